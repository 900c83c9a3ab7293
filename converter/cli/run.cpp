// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "converter/cli/input_data.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string model, output_folder;
  std::vector<std::string> inputs;
  EngineOptions engine;
  std::int64_t repeat = 1;
  bool json = false, golden = false;
};

/// Runs everything `repeat` times; the outputs of the last round, sample after sample, and the time of each
/// run.
struct Results {
  std::vector<std::vector<std::uint8_t>> outputs;
  std::vector<std::vector<std::int64_t>> clips;  ///< per step and channel, over all runs; with count_clips
  std::vector<double> milliseconds;
};

void add_clips(const Session& session, std::vector<std::vector<std::int64_t>>* clips) {
  for (std::size_t step = 0; step < clips->size(); ++step) {
    const auto counts = session.clip_counts(static_cast<std::int32_t>(step));
    (*clips)[step].resize(counts.size());
    for (std::size_t c = 0; c < counts.size(); ++c) (*clips)[step][c] += counts[c];
  }
}

Results run_all(const Model& model, Session& session, const std::vector<InputData>& inputs,
                const Options& options) {
  Results results;
  const std::int64_t repeat = options.repeat;
  if (options.engine.count_clips) results.clips.resize(static_cast<std::size_t>(session.step_count()));
  results.outputs.resize(static_cast<std::size_t>(model.output_count()));
  Progress progress("running");
  const std::int64_t runs = inputs[0].runs;
  for (std::int64_t round = 0; round < repeat; ++round) {
    for (std::vector<std::uint8_t>& output : results.outputs) output.clear();
    check(bw_session_reset_state(session.get()), model.path());
    for (std::int64_t i = 0; i < runs; ++i) {
      const auto start = std::chrono::steady_clock::now();
      run_on(session, inputs, i);
      const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
      results.milliseconds.push_back(time.count());
      for (std::size_t k = 0; k < results.outputs.size(); ++k) {
        const auto bytes = session.output(static_cast<std::int32_t>(k));
        results.outputs[k].insert(results.outputs[k].end(), bytes.begin(), bytes.end());
      }
      if (round == 0) add_clips(session, &results.clips);
      progress(static_cast<std::size_t>(round * runs + i + 1), static_cast<std::size_t>(repeat * runs));
    }
  }
  std::sort(results.milliseconds.begin(), results.milliseconds.end());
  return results;
}

/// Writes output<i>.bin and output<i>.npy; what was written, for the report.
Json write_outputs(const Model& model, std::int64_t runs, std::vector<std::vector<std::uint8_t>> outputs,
                   const std::string& folder) {
  io::make_folder(folder);
  Json list = Json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bw_tensor_info info = model.output(static_cast<std::int32_t>(i));
    const std::string stem = (std::filesystem::path(folder) / fmt::format("output{}", i)).string();
    io::Npy array{npy_type(info.type), shape_of(info), std::move(outputs[i])};
    array.shape[0] *= runs;
    io::write_atomically(array.bytes, stem + ".bin");
    io::write_npy(stem + ".npy", array);
    list.push_back(
        {{"name", info.name}, {"type", name(array.type)}, {"shape", array.shape}, {"file", stem + ".npy"}});
  }
  return list;
}

/// The layers that have clip bounds.
Json clip_report(const Session& session, const std::vector<std::vector<std::int64_t>>& clips) {
  Json list = Json::array();
  for (std::size_t step = 0; step < clips.size(); ++step) {
    if (clips[step].empty()) continue;
    list.push_back({{"layer", session.step_info(static_cast<std::int32_t>(step)).operator_name},
                    {"cut", std::accumulate(clips[step].begin(), clips[step].end(), std::int64_t{0})},
                    {"channels", clips[step]}});
  }
  return list;
}

std::string report_text(const Json& report) {
  std::string text = fmt::format("{} run(s) on path {}, {} thread(s): median {:.3f} ms, fastest {:.3f} ms\n",
                                 report["runs"].get<std::int64_t>(), report["path"].get<std::string>(),
                                 report["threads"].get<int>(), report["median_ms"].get<double>(),
                                 report["min_ms"].get<double>());
  for (const Json& output : report["outputs"]) {
    text += fmt::format(
        "output '{}' {} {} -> {}\n", output["name"].get<std::string>(), output["type"].get<std::string>(),
        io::shape_text(output["shape"].get<std::vector<std::int64_t>>()), output["file"].get<std::string>());
  }
  if (!report.contains("clips")) return text;
  if (report["clips"].empty()) text += "no layer has clip bounds (bulwark convert --clip-eps makes them)\n";
  for (const Json& layer : report["clips"]) {
    text += fmt::format("layer '{}': clip bounds cut {} value(s)\n", layer["layer"].get<std::string>(),
                        layer["cut"].get<std::int64_t>());
  }
  return text;
}

Exit check_golden(const Model& model, const Options& options) {
  if (bw_model_has_golden(model.get()) == 0) {
    throw bad_input(
        fmt::format("'{}' has no golden data (bulwark convert --golden puts it in)", model.path()));
  }
  Session session(model, options.engine);
  std::int32_t matches = 0;
  check(bw_session_check_golden(session.get(), &matches), model.path());
  const std::string difference = matches == 1 ? "" : bw_status_message();
  if (options.json) {
    print(Json{{"model", model.path()},
               {"path", session.path()},
               {"golden", matches == 1},
               {"difference", difference}});
  } else {
    print(matches == 1 ? fmt::format("golden: every output is as recorded (path {})\n", session.path())
                       : fmt::format("golden: DIFFERENT: {} (path {})\n", difference, session.path()));
  }
  return matches == 1 ? Exit::done : Exit::no;
}

Exit run(const Options& options) {
  const Model model = Model::load(options.model);
  if (options.golden) return check_golden(model, options);
  const std::vector<InputData> inputs = load_inputs(model, options.inputs);
  if (options.output_folder.empty()) throw usage_error("--output-dir is required");
  Session session(model, options.engine);
  Results results = run_all(model, session, inputs, options);
  const std::vector<double>& times = results.milliseconds;
  Json report = {{"model", options.model},
                 {"path", session.path()},
                 {"threads", options.engine.threads},
                 {"samples", inputs[0].runs},
                 {"repeat", options.repeat},
                 {"runs", times.size()},
                 {"median_ms", times[times.size() / 2]},
                 {"min_ms", times.front()}};
  if (options.engine.count_clips) report["clips"] = clip_report(session, results.clips);
  report["outputs"] = write_outputs(model, inputs[0].runs, std::move(results.outputs), options.output_folder);
  if (options.json) {
    print(report);
  } else {
    print(report_text(report));
  }
  return Exit::done;
}

}  // namespace

void add_run(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("run", "Run a model on inputs and write its outputs");
  verb->add_option("model", options->model, "model file")->required()->type_name("MODEL.bwk");
  verb->add_option("--input", options->inputs,
                   "one file per input, in the model's order: .npy, or raw little-endian in C order in the "
                   "input's own type. A "
                   "uint8 .npy is fed as the 256 levels of an 8-bit input. Several samples along the first "
                   "axis run one by one, as the steps of one sequence where the model keeps states")
      ->type_name("F")
      ->allow_extra_args(false);
  verb->add_option("--output-dir", options->output_folder,
                   "folder for output<i>.bin and output<i>.npy; made when absent")
      ->type_name("D");
  add_threads(verb, &options->engine.threads);
  add_path(verb, &options->engine.path);
  verb->add_option(
          "--repeat", options->repeat,
          "rounds over all samples, for timing; every round of a streaming model begins with fresh states")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  verb->add_flag("--count-clips", options->engine.count_clips,
                 "count the values that clip bounds cut (convert --clip-eps), layer by layer");
  verb->add_flag("--golden", options->golden,
                 "run the input in the file and compare its outputs (exit code 1: different)");
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run(*options); }; });
}

}  // namespace bulwark::converter::cli
