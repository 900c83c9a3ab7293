// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "bench/commands.h"
#include "bench/json.h"
#include "bench/npy.h"
#include "bench/samples.h"

namespace bulwark::bench {
namespace {

// Empty outputs with the shapes of the model, to which the bytes of every sample are appended.
std::vector<Npy> make_outputs(const Model& model, std::size_t samples) {
  std::vector<Npy> outputs;
  for (std::int32_t i = 0; i < model.output_count(); ++i) {
    const Result<TensorInfo> info = model.output(i);
    check(info.status(), "output " + std::to_string(i));
    Npy output{info->type, {info->shape, info->shape + info->rank}, {}};
    output.shape[0] *= static_cast<std::int64_t>(samples);
    outputs.push_back(std::move(output));
  }
  return outputs;
}

void append_outputs(const Session& session, std::vector<Npy>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const void* data = nullptr;
    std::size_t bytes = 0;
    check(Status(bw_session_output(session.get(), static_cast<std::int32_t>(i), &data, &bytes)), "output");
    const auto* begin = static_cast<const std::uint8_t*>(data);
    outputs[i].data.insert(outputs[i].data.end(), begin, begin + bytes);
  }
}

// Milliseconds of every run. Every round runs all samples, as one sequence from fresh states where the model
// has some; the outputs are taken once.
std::vector<double> run_samples(Session& session, const std::vector<Samples>& inputs, std::int32_t repeat,
                                std::vector<Npy>& outputs) {
  std::vector<double> times;
  for (std::int32_t round = 0; round < repeat; ++round) {
    check(session.reset_state(), "run");
    for (std::size_t i = 0; i < inputs[0].count; ++i) {
      set_samples(session, inputs, i);
      const Clock::time_point begin = Clock::now();
      check(session.run(), "run");
      times.push_back(milliseconds_since(begin));
      if (round == 0) append_outputs(session, outputs);
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

Exit run_command(const Arguments& arguments) {
  if (arguments.output_dir.empty()) throw Failure{Exit::usage, "run needs --output-dir"};
  Engine engine(arguments);
  const std::vector<Samples> inputs = load_inputs(engine.model, arguments);
  std::vector<Npy> outputs = make_outputs(engine.model, inputs[0].count);
  const std::vector<double> times = run_samples(engine.session, inputs, arguments.repeat, outputs);

  make_folder(arguments.output_dir);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string stem = arguments.output_dir + "/output" + std::to_string(i);
    write_file(stem + ".bin", outputs[i].data);
    write_file(stem + ".npy", format_npy(outputs[i]));
  }
  const double median = times[times.size() / 2];
  if (arguments.json) {
    Json report;
    report.add("model", arguments.model).add("path", engine.plan.path()).add("threads", arguments.threads);
    report.add("samples", static_cast<std::int64_t>(inputs[0].count)).add("repeat", arguments.repeat);
    report.add("median_ms", median)
        .add("min_ms", times.front())
        .add("outputs", static_cast<std::int64_t>(outputs.size()));
    std::printf("%s\n", report.text().c_str());
  } else {
    std::printf(
        "%zu sample(s) on path %s, %d thread(s): median %.3f ms, fastest %.3f ms; %zu output(s) in %s\n",
        inputs[0].count, engine.plan.path(), arguments.threads, median, times.front(), outputs.size(),
        arguments.output_dir.c_str());
  }
  return Exit::done;
}

}  // namespace bulwark::bench
