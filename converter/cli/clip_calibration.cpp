// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/clip_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "converter/cli/calibration.h"
#include "converter/cli/input_data.h"
#include "converter/error.h"
#include "converter/lipschitz/clip_bounds.h"
#include "converter/write/writer.h"

namespace bulwark::converter::cli {
namespace {

using lipschitz::SeenRange;

/// The outputs of a spec's operators with weights, over all runs.
class Watcher {
 public:
  explicit Watcher(const write::ModelSpec& spec) : seen_(spec.tensors.size()) {
    for (const write::OperatorSpec& op : spec.operators) {
      if (!op.linear || op.linear->lo.empty()) continue;
      const auto channels = static_cast<std::size_t>(op.linear->weights.rows);
      seen_[static_cast<std::size_t>(op.outputs[0])] = {std::vector<std::int32_t>(channels, 127),
                                                        std::vector<std::int32_t>(channels, -128)};
    }
  }

  void look(const Session& session) {
    for (std::size_t t = 0; t < seen_.size(); ++t) {
      SeenRange& range = seen_[t];
      if (range.lo.empty()) continue;
      const std::span<const std::uint8_t> bytes = session.tensor(static_cast<std::int32_t>(t));
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::int32_t value = static_cast<std::int8_t>(bytes[i]);
        const std::size_t c = i % range.lo.size();
        range.lo[c] = std::min(range.lo[c], value);
        range.hi[c] = std::max(range.hi[c], value);
      }
    }
  }
  const std::vector<SeenRange>& seen() const { return seen_; }

 private:
  std::vector<SeenRange> seen_;
};

/// A file, or the files of a folder as one array.
InputData load_source(const Model& model, std::int32_t index, const std::string& source) {
  const bw_tensor_info info = model.input(index);
  std::vector<io::Npy> arrays;
  for (const std::string& file : calibration_files(source))
    arrays.push_back(read_array(file, npy_type(info.type), shape_of(info)));
  return load_input(model, index, concatenate(arrays, source), source);
}

std::vector<InputData> load_sources(const Model& model, const std::vector<std::string>& sources) {
  if (sources.size() != static_cast<std::size_t>(model.input_count())) {
    throw usage_error(
        fmt::format("the source has {} input(s) and {} --calibrate given; one for each input, in order",
                    model.input_count(), sources.size()));
  }
  std::vector<InputData> inputs;
  for (std::size_t k = 0; k < sources.size(); ++k)
    inputs.push_back(load_source(model, static_cast<std::int32_t>(k), sources[k]));
  common_runs(inputs, sources);
  return inputs;
}

void run_sample(Session& session, const quantize::Samples::Sample& sample) {
  for (std::size_t k = 0; k < sample.size(); ++k) {
    const std::vector<float>& values = sample[k].data;
    session.set_input(static_cast<std::int32_t>(k), false,
                      {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)});
  }
  session.run();
}

}  // namespace

std::string add_clip_bounds(write::ModelSpec* spec, std::int32_t eps, const quantize::Samples& samples,
                            const std::vector<std::string>& sources, Progress* progress) {
  const std::vector<std::uint8_t> bytes = write::serialize(*spec);
  const Model model = Model::from_memory(bytes, "the converted model");
  EngineOptions options;
  options.keep_intermediates = true;
  Session session(model, options);
  Watcher watcher(*spec);
  std::vector<InputData> inputs;
  if (samples.empty()) inputs = load_sources(model, sources);
  const std::size_t runs = samples.empty() ? static_cast<std::size_t>(inputs[0].runs) : samples.size();
  for (std::size_t i = 0; i < runs; ++i) {
    if (samples.empty()) {
      run_on(session, inputs, static_cast<std::int64_t>(i));
    } else {
      run_sample(session, samples[i]);
    }
    watcher.look(session);
    (*progress)(i + 1, runs);
  }
  const auto layers = std::count_if(watcher.seen().begin(), watcher.seen().end(),
                                    [](const SeenRange& range) { return !range.lo.empty(); });
  const std::int32_t bounded = lipschitz::apply_clip_bounds(*spec, eps, watcher.seen());
  return fmt::format(
      "clip bounds for input changes of {} step(s), from {} sample(s): {} of {} layers got one{}", eps, runs,
      bounded, layers,
      bounded < layers ? "; those of the others would lie outside of their ranges" : "");
}

}  // namespace bulwark::converter::cli
