// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/amplification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "converter/cli/door.h"
#include "converter/cli/labels.h"
#include "converter/cli/terminal.h"
#include "converter/error.h"
#include "schema/verifier.h"

namespace bulwark::converter::cli {
namespace {

using Levels16 = std::vector<std::int16_t>;

/// Tensors of one run in real units, those of the layers and the input's integers.
struct Values {
  std::vector<double> input;
  std::vector<std::vector<double>> layers;
  std::int64_t label = 0;
};

double relative_change(const std::vector<double>& clean, const std::vector<double>& moved) {
  double change = 0, size = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    change += (moved[i] - clean[i]) * (moved[i] - clean[i]);
    size += clean[i] * clean[i];
  }
  return size > 0 ? std::sqrt(change / size) : 0;
}

class Runner {
 public:
  Runner(const std::vector<std::uint8_t>& bytes, const std::string& path, const AmplificationOptions& options)
      : model_(Model::from_memory(bytes, path)),
        data_(load(options.data)),
        door_(find_door(model_, data_, "inspect --data")),
        kept_(model_, {1, "", true}),
        quick_(model_, {}) {
    schema::VerifyError error;
    if (!schema::VerifiedModel::verify(bytes, {false}, &verified_, &error)) throw bad_input(error.message);
    for (std::int32_t i = 0; i < verified_.operator_count(); ++i) {
      const schema::OperatorView op = verified_.op(i);
      const schema::ElementType type = verified_.tensor(op.outputs[0]).type;
      if (type == schema::ElementType::s32 || type == schema::ElementType::s64) continue;
      names_.emplace_back(op.name);
      tensors_.push_back(op.outputs[0]);
    }
  }

  const std::vector<std::string>& names() const { return names_; }
  const Door& door() const { return door_; }
  const InputData& data() const { return data_; }
  InputData load(const std::string& file) const {
    if (model_.input_count() != 1) {
      throw bad_input(fmt::format("'{}' has {} inputs; inspect --data needs a model with one", model_.path(),
                                  model_.input_count()));
    }
    return load_input(model_, 0, file);
  }

  Values run(const Levels16& picture) {
    Values values;
    for (const std::int16_t level : picture)
      values.input.push_back(static_cast<double>(door_.info.scale) * (level - door_.info.zero_point));
    values.label = argmax(scores(kept_, door_, output(), Door::bytes(picture)));
    for (const std::int32_t tensor : tensors_) values.layers.push_back(real_values(tensor));
    return values;
  }

  Levels16 attacked(const Levels16& picture, std::int64_t label, const AmplificationOptions& options,
                    std::uint64_t seed) {
    attack::SquareOptions square;
    square.eps = options.eps;
    square.queries = options.queries;
    square.seed = seed;
    square.lo = door_.info.lo;
    square.hi = door_.info.hi;
    return attack::square(picture, picture_shape(door_.info), square,
                          [&](std::span<const std::int16_t> tried) {
                            return lead(scores(quick_, door_, output(), Door::bytes(tried)), label);
                          })
        .picture;
  }

 private:
  bw_type output() const { return model_.output(0).type; }

  std::vector<double> real_values(std::int32_t tensor) const {
    bw_tensor_info info = {};
    const void* data = nullptr;
    check(bw_session_tensor(kept_.get(), tensor, &info, &data), fmt::format("tensor {}", tensor));
    std::vector<double> values;
    for (const float value : as_floats({static_cast<const std::uint8_t*>(data), info.bytes}, info.type)) {
      values.push_back(info.scale == 0 ? static_cast<double>(value)
                                       : static_cast<double>(info.scale) *
                                             (static_cast<double>(value) - info.zero_point));
    }
    return values;
  }

  Model model_;
  InputData data_;
  Door door_;
  Session kept_, quick_;
  schema::VerifiedModel verified_;
  std::vector<std::string> names_;
  std::vector<std::int32_t> tensors_;
};

Levels16 noisy(Levels16 picture, int eps, const bw_tensor_info& info, std::mt19937_64& random) {
  for (std::int16_t& level : picture) {
    const int moved = level + ((random() & 1) != 0 ? eps : -eps);
    level = static_cast<std::int16_t>(std::clamp(moved, info.lo, info.hi));
  }
  return picture;
}

}  // namespace

report::Amplification measure_amplification(const std::vector<std::uint8_t>& bytes, const std::string& model,
                                            const AmplificationOptions& options) {
  Runner runner(bytes, model, options);
  report::Amplification found;
  found.eps = options.eps;
  found.samples = std::min(options.samples, runner.data().runs);
  found.attack =
      options.attacked.empty() ? fmt::format("square, {} queries", options.queries) : options.attacked;
  for (const std::string& name : runner.names()) found.layers.push_back({name, {}});
  InputData given;
  if (!options.attacked.empty()) given = runner.load(options.attacked);
  if (!options.attacked.empty() && given.runs < found.samples) {
    throw bad_input(fmt::format("'{}': {} sample(s), {} of '{}' are to be compared", options.attacked,
                                given.runs, found.samples, options.data));
  }
  std::mt19937_64 random(options.seed);
  Progress progress("measuring amplification");
  const double share = 1 / static_cast<double>(found.samples);
  for (std::int64_t i = 0; i < found.samples; ++i) {
    const Levels16 picture = runner.door().levels(runner.data().run(i));
    const Values clean = runner.run(picture);
    const Levels16 hostile =
        options.attacked.empty()
            ? runner.attacked(picture, clean.label, options, options.seed + static_cast<std::uint64_t>(i))
            : runner.door().levels(given.run(i));
    check_moved(picture, hostile, options.eps, i, options.data, options.attacked);
    const Values noise = runner.run(noisy(picture, options.eps, runner.door().info, random));
    const Values attacked = runner.run(hostile);
    found.noise_flips += noise.label != clean.label ? 1 : 0;
    found.attacked_flips += attacked.label != clean.label ? 1 : 0;
    found.input.noise += share * relative_change(clean.input, noise.input);
    found.input.attacked += share * relative_change(clean.input, attacked.input);
    for (std::size_t l = 0; l < found.layers.size(); ++l) {
      found.layers[l].change.noise += share * relative_change(clean.layers[l], noise.layers[l]);
      found.layers[l].change.attacked += share * relative_change(clean.layers[l], attacked.layers[l]);
    }
    progress(static_cast<std::size_t>(i + 1), static_cast<std::size_t>(found.samples));
  }
  return found;
}

}  // namespace bulwark::converter::cli
