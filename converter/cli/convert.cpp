// SPDX-License-Identifier: Apache-2.0
#include "converter/convert.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/calibration.h"
#include "converter/cli/clip_calibration.h"
#include "converter/cli/input_data.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/report/quantize_report.h"
#include "converter/report/text.h"
#include "converter/write/packed_section.h"
#include "converter/write/writer.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;
using quantize::RangeMethod;

struct Options {
  std::string source, output, plan, range = "auto", rounding = "optimized";
  std::vector<std::string> calibration, golden;
  std::vector<double> mean, deviation;
  bool symmetric = false, per_tensor = false, keep_biases = false, equalize = false;
  int weights = 8, activations = 8;
  bool json = false;
  std::vector<std::string> pack;   ///< paths
  int clip_eps = -1;               ///< -1: no clip bounds
  std::vector<std::string> given;  ///< options that only a float source takes
};

/// "percentile:99.9" and the other names of --range; false for anything else.
bool read_range(const std::string& text, quantize::QuantizeOptions* options) {
  const std::map<std::string, RangeMethod> names = {{"auto", RangeMethod::automatic},
                                                    {"min-max", RangeMethod::min_max},
                                                    {"percentile", RangeMethod::percentile},
                                                    {"mse", RangeMethod::mse},
                                                    {"kl", RangeMethod::kl}};
  const std::size_t colon = text.find(':');
  const auto found = names.find(text.substr(0, colon));
  if (found == names.end()) return false;
  options->method = found->second;
  if (colon == std::string::npos) return true;
  const std::string number = text.substr(colon + 1);
  char* end = nullptr;
  options->percentile = std::strtod(number.c_str(), &end);
  const bool complete = !number.empty() && end == number.c_str() + number.size();
  return found->second == RangeMethod::percentile && complete && options->percentile > 50 &&
         options->percentile <= 100;
}

Normalization normalization_of(const Options& options) {
  if (options.mean.empty() && options.deviation.empty()) return {};
  for (const double value : options.deviation) {
    if (!(value > 0)) throw usage_error(fmt::format("--std {}: must be above 0", value));
  }
  return {options.mean.empty() ? std::vector<double>{0.0} : options.mean,
          options.deviation.empty() ? std::vector<double>{1.0} : options.deviation};
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
    std::vector<std::string> idle = options.given;
    if (options.clip_eps >= 0) std::erase(idle, "--calibrate");
    if (!idle.empty()) {
      throw usage_error(fmt::format(
          "'{}' is quantized already: its own bits and ranges are kept, so {} {} nothing to act on",
          options.source, fmt::join(idle, ", "), idle.size() == 1 ? "has" : "have"));
    }
    return convert;
  }
  if (options.calibration.empty()) {
    throw bad_input(
        fmt::format("'{}' is a float model: quantizing it needs samples of its input (--calibrate FILE.npy)",
                    options.source));
  }
  read_range(options.range, &convert.quantize);
  convert.quantize.symmetric = options.symmetric;
  convert.quantize.per_tensor_weights = options.per_tensor;
  convert.quantize.correct_biases = !options.keep_biases;
  convert.quantize.equalize = options.equalize;
  convert.quantize.rounding =
      options.rounding == "nearest" ? quantize::Rounding::nearest : quantize::Rounding::optimized;
  convert.quantize.bits = {options.weights, options.activations};
  if (!options.plan.empty())
    convert.quantize.layers = load_bit_plan(graph, options.plan, convert.quantize.bits);
  convert.calibration =
      load_calibration(graph, options.calibration, normalization_of(options), &convert.quantize);
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

/// The model's bytes, followed by the weights as the kernels of the paths pack them.
std::vector<std::uint8_t> pack_ahead(std::vector<std::uint8_t> bytes, const std::vector<std::string>& paths) {
  std::vector<write::PackedSpec> packed;
  const Model model = Model::from_memory(bytes, "the converted model");
  const auto keep = [](void* context, std::int32_t op, const char* kernel, const void* data,
                       std::size_t size) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    static_cast<std::vector<write::PackedSpec>*>(context)->push_back({op, kernel, {begin, begin + size}});
  };
  for (const std::string& path : paths)
    check(bw_model_pack(model.get(), path.c_str(), keep, &packed), "--pack");
  if (packed.empty()) return bytes;
  return write::append_packed(bytes, fmt::format("{}", fmt::join(paths, ", ")), std::move(packed));
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
  if (model.packed) text += fmt::format("packed weights: {}\n", model.packed->text());
  for (const std::string& kept : lowered.float_operators) text += fmt::format("kept in float: {}\n", kept);
  for (const std::string& note : lowered.notes) text += fmt::format("note: {}\n", note);
  return text;
}

Exit run_convert(const Options& options) {
  check_output(options);
  if (options.clip_eps >= 0 && options.calibration.empty())
    throw usage_error("--clip-eps needs samples of the input (--calibrate FILE.npy)");
  Progress progress("calibrating");
  Graph graph = import_source(options.source);
  const ConvertOptions convert_with = convert_options(options, graph, &progress);
  ConvertResult result = convert(std::move(graph), options.source, convert_with);
  if (options.clip_eps >= 0) {
    result.report.notes.push_back(add_clip_bounds(&result.spec, options.clip_eps, convert_with.calibration,
                                                  options.calibration, &progress));
  }
  if (!options.golden.empty()) embed_golden(options.golden, &result.spec);
  std::vector<std::uint8_t> bytes = write::serialize(result.spec);
  if (!options.pack.empty()) bytes = pack_ahead(std::move(bytes), options.pack);
  write::write_model(bytes, options.output);
  const report::ModelReport model = report_of(io::read_file(options.output), options.output);
  if (options.json) {
    Json json = to_json(model);
    json["source"] = options.source;
    json["float_operators"] = result.report.float_operators;
    json["notes"] = result.report.notes;
    if (result.quantization) json["quantization"] = report::to_json(*result.quantization);
    print(json);
  } else {
    std::string text = summary(model, result.report);
    if (result.quantization) text += fmt::format("\n{}", report::to_text(*result.quantization));
    print(text);
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
          "samples for a float model or for --clip-eps, along the first axis of a .npy file, or a folder of\n"
          "such files; NCHW or NHWC, told by the shape; for a float model uint8 pictures need --mean and\n"
          "--std; once per input, in order"),
      options)
      ->type_name("FILE.npy|DIR")
      ->allow_extra_args(false);
  float_only(
      verb->add_option("--mean", options->mean,
                       "the network takes (value - mean) / std for uint8 values; one number, or one per\n"
                       "channel with commas"),
      options)
      ->delimiter(',')
      ->type_name("M");
  float_only(verb->add_option("--std", options->deviation, "see --mean; 255 for networks trained on 0..1"),
             options)
      ->delimiter(',')
      ->type_name("S");
  float_only(
      verb->add_option("--range", options->range,
                       "how ranges of activations are chosen: min-max, percentile[:99.99], mse, kl, or\n"
                       "auto: min-max for 8 bits and mse for fewer"),
      options)
      ->check([](const std::string& text) {
        quantize::QuantizeOptions ignored;
        return read_range(text, &ignored)
                   ? std::string()
                   : fmt::format(
                         "{}: must be auto, min-max, percentile, percentile:P with P above 50 and at "
                         "most 100, mse or kl",
                         text);
      })
      ->capture_default_str()
      ->type_name("R");
  float_only(
      verb->add_option("--rounding", options->rounding,
                       "of weights with 4 bits and fewer: optimized (second order, on the calibration\n"
                       "samples) or nearest"),
      options)
      ->check(CLI::IsMember({"optimized", "nearest"}))
      ->capture_default_str()
      ->type_name("R");
  float_only(verb->add_flag("--no-bias-correction", options->keep_biases,
                            "leave biases alone; else they take up the mean error of each channel"),
             options);
  float_only(verb->add_flag("--equalize", options->equalize,
                            "first balance the channels between layers (cross-layer equalization)"),
             options);
  float_only(verb->add_flag("--symmetric", options->symmetric,
                            "zero point in the middle for activations with both signs"),
             options);
  float_only(
      verb->add_flag("--per-tensor", options->per_tensor, "one weight scale per layer, not one per channel"),
      options);
  float_only(
      verb->add_option("--weights", options->weights,
                       "bits of the weights: 8, 4, 3 or 2 (first and last layer: 8, unless in --bits)"),
      options)
      ->check(CLI::IsMember({8, 4, 3, 2}))
      ->capture_default_str()
      ->type_name("N");
  float_only(verb->add_option("--activations", options->activations,
                              "bits of the activations: 8 to 2 (last layer: 8, unless in --bits)"),
             options)
      ->check(CLI::Range(2, 8))
      ->capture_default_str()
      ->type_name("N");
  float_only(
      verb->add_option("--bits", options->plan,
                       "bits by layer: {\"layers\": {\"conv1\": {\"weights\": 4, \"activations\": 4}}}"),
      options)
      ->type_name("PLAN.json");
  verb->add_option("--clip-eps", options->clip_eps,
                   "clamp every channel around what --calibrate shows, so far away that no such input\n"
                   "moved by up to E of its integer steps is cut; `run --count-clips` counts what is")
      ->check(CLI::Range(0, 255))
      ->type_name("E");
  verb->add_option(
          "--golden", options->golden,
          "input to keep in the file with the outputs it gives (first sample); once per input, in order")
      ->type_name("FILE.npy")
      ->allow_extra_args(false);
  verb->add_option(
          "--pack", options->pack,
          "also keep the weights as the kernels of this path pack them: neon, dotprod or i8mm of 64-bit\n"
          "ARM, armv7 (neon of 32-bit ARM), on x86-64 avx2 or vnni; several with commas; they are used\n"
          "where the file is mapped, other paths run the file as ever")
      ->delimiter(',')
      ->check(CLI::IsMember({"armv7", "neon", "dotprod", "i8mm", "avx2", "vnni"}))
      ->type_name("ISA");
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_convert(*options); }; });
}

}  // namespace bulwark::converter::cli
