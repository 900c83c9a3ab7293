// SPDX-License-Identifier: Apache-2.0
#include "converter/convert.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/calibration.h"
#include "converter/cli/input_data.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/report/text.h"
#include "converter/write/writer.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;
using quantize::RangeMethod;

struct Options {
  std::string source, output, plan, method = "minmax";
  std::vector<std::string> calibration, golden;
  double percentile = 99.99;
  int weights = 8, activations = 8;
  bool json = false;
  std::vector<std::string> given;  ///< options that only a float source takes
};

RangeMethod range_method(const std::string& name) {
  if (name == "percentile") return RangeMethod::percentile;
  return name == "mse" ? RangeMethod::mse : RangeMethod::min_max;
}

void check_output(const Options& options) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.source, options.output, ignored)) {
    throw usage_error(fmt::format("the output '{}' is the source", options.output));
  }
  const std::string folder = std::filesystem::path(options.output).parent_path().string();
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    throw io_error(fmt::format("cannot write '{}': there is no folder '{}'", options.output, folder));
  }
}

ConvertOptions convert_options(const Options& options, const Graph& graph, Progress* progress) {
  ConvertOptions convert;
  if (!quantize::is_float_graph(graph)) {
    if (!options.given.empty()) {
      throw usage_error(fmt::format(
          "'{}' is quantized already: its own bits and ranges are kept, so {} {} nothing to act on",
          options.source, fmt::join(options.given, ", "), options.given.size() == 1 ? "has" : "have"));
    }
    return convert;
  }
  if (options.calibration.empty()) {
    throw bad_input(
        fmt::format("'{}' is a float model: quantizing it needs samples of its input (--calibrate FILE.npy)",
                    options.source));
  }
  convert.quantize.method = range_method(options.method);
  convert.quantize.percentile = options.percentile;
  convert.quantize.bits = {options.weights, options.activations};
  if (!options.plan.empty())
    convert.quantize.layers = load_bit_plan(graph, options.plan, convert.quantize.bits);
  convert.calibration = load_calibration(graph, options.calibration);
  convert.progress = [progress](std::size_t done, std::size_t total) { (*progress)(done, total); };
  return convert;
}

/// What the float door takes for the integers: dividing by the scale gives them back exactly.
std::vector<std::uint8_t> as_source_input(const Model& model, std::int32_t index, const InputData& data) {
  const auto first = data.run(0);
  if (!data.integer_door) return {first.begin(), first.end()};
  const bw_tensor_info door = *model.integer_input(index);
  std::vector<std::uint8_t> bytes(first.size() * sizeof(float));
  for (std::size_t i = 0; i < first.size(); ++i) {
    const int q = door.type == BW_TYPE_S8 ? static_cast<std::int8_t>(first[i]) : first[i];
    const float value = static_cast<float>(q - door.zero_point) * door.scale;
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
  return bytes;
}

/// Runs the first sample through the model as the runtime will and puts input and outputs into the spec.
void embed_golden(const std::vector<std::string>& files, write::ModelSpec* spec) {
  const std::vector<std::uint8_t> bytes = write::serialize(*spec);
  const Model model = Model::from_memory(bytes, "the converted model");
  const std::vector<InputData> inputs = load_inputs(model, files, "--golden");
  Session session(model, {});
  for (std::int32_t i = 0; i < model.input_count(); ++i) {
    spec->golden_inputs.push_back({i, as_source_input(model, i, inputs[static_cast<std::size_t>(i)])});
    session.set_input(i, false, spec->golden_inputs.back().data);
  }
  session.run();
  for (std::int32_t i = 0; i < model.output_count(); ++i) {
    const auto output = session.output(i);
    spec->golden_outputs.push_back({i, {output.begin(), output.end()}});
  }
}

std::string summary(const report::ModelReport& model, const passes::LowerReport& lowered) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "kind", "output", "weights", "activation bits", "bytes", "float bytes"}};
  for (const report::LayerReport& layer : model.layers) {
    if (layer.weights.empty()) continue;
    const int bits = model.output_of(layer).bits();
    rows.push_back({report::shorten(layer.name, 40), schema::name(layer.kind),
                    model.output_of(layer).shape_text(), layer.weights,
                    bits == 0 ? "f32" : std::to_string(bits), std::to_string(layer.bytes),
                    std::to_string(4 * layer.parameters)});
  }
  std::string text = report::table(rows);
  const double ratio = model.weight_bytes() == 0 ? 0
                                                 : static_cast<double>(model.float_bytes()) /
                                                       static_cast<double>(model.weight_bytes());
  text += fmt::format(
      "\n{}: {} layers, file {}; parameters {} against {} as float32 ({:.1f} times smaller); {}\n",
      model.path, model.layers.size(), report::byte_text(model.file_bytes),
      report::byte_text(model.weight_bytes()), report::byte_text(model.float_bytes()), ratio,
      model.bit_exact ? "bit-exact" : "not bit-exact");
  for (const std::string& kept : lowered.float_operators) text += fmt::format("kept in float: {}\n", kept);
  for (const std::string& note : lowered.notes) text += fmt::format("note: {}\n", note);
  return text;
}

Exit run_convert(const Options& options) {
  check_output(options);
  Progress progress("calibrating");
  const Graph graph = import_source(options.source);
  ConvertResult result = convert(options.source, convert_options(options, graph, &progress));
  if (!options.golden.empty()) embed_golden(options.golden, &result.spec);
  write::write_file(result.spec, options.output);
  const report::ModelReport model = report_of(io::read_file(options.output), options.output);
  if (options.json) {
    Json json = to_json(model);
    json["source"] = options.source;
    json["float_operators"] = result.report.float_operators;
    json["notes"] = result.report.notes;
    print(json);
  } else {
    print(summary(model, result.report));
  }
  return Exit::done;
}

/// Options that mean something for a float source alone; returns the option to be chained.
CLI::Option* float_only(CLI::Option* option, const std::shared_ptr<Options>& options) {
  return option->each([options, name = option->get_name()](const std::string&) {
    if (std::find(options->given.begin(), options->given.end(), name) == options->given.end())
      options->given.push_back(name);
  });
}

}  // namespace

void add_convert(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("convert", "Turn a trained model into a verified .bwk file");
  verb->add_option("source", options->source, "trained model, quantized (QDQ, QOperator) or float")
      ->required()
      ->type_name("SOURCE.{onnx,tflite}");
  verb->add_option("-o,--output", options->output, "file to write; it appears whole or not at all")
      ->required()
      ->type_name("MODEL.bwk");
  float_only(
      verb->add_option(
          "--calibrate", options->calibration,
          "samples for a float model, along the first axis of a .npy file, or a folder of such files;\n"
          "uint8 pictures (NCHW or NHWC, told by the shape) are divided by 255; once per input, in order"),
      options)
      ->type_name("FILE.npy|DIR")
      ->allow_extra_args(false);
  float_only(verb->add_option("--calibration-method", options->method, "how ranges are chosen"), options)
      ->check(CLI::IsMember({"minmax", "percentile", "mse"}))
      ->capture_default_str()
      ->type_name("M");
  float_only(verb->add_option("--percentile", options->percentile,
                              "share of the values inside the range, in percent"),
             options)
      ->check(CLI::Range(50.0, 100.0))
      ->capture_default_str()
      ->type_name("P");
  float_only(verb->add_option("--weights", options->weights,
                              "bits of the weights: 8, 4, 3 or 2 (first and last layer: 8)"),
             options)
      ->check(CLI::IsMember({8, 4, 3, 2}))
      ->capture_default_str()
      ->type_name("N");
  float_only(verb->add_option("--activations", options->activations, "bits of the activations: 8 to 2"),
             options)
      ->check(CLI::Range(2, 8))
      ->capture_default_str()
      ->type_name("N");
  float_only(
      verb->add_option("--bits", options->plan,
                       "bits by layer: {\"layers\": {\"conv1\": {\"weights\": 4, \"activations\": 4}}}"),
      options)
      ->type_name("PLAN.json");
  verb->add_option(
          "--golden", options->golden,
          "input to keep in the file with the outputs it gives (first sample); once per input, in order")
      ->type_name("FILE.npy")
      ->allow_extra_args(false);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_convert(*options); }; });
}

}  // namespace bulwark::converter::cli
