// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "converter/cli/diff_report.h"
#include "converter/cli/diff_side.h"
#include "converter/cli/input_data.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/io/file.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string a, b, html;
  std::vector<std::string> inputs;
  double max_steps = 0, tolerance = 0;
  bool limit_steps = false, limit_distance = false;
  bool json = false;
};

enum class SideKind { model, graph, reference };

SideKind kind_of(const std::string& path) {
  if (std::filesystem::is_directory(path) || path.ends_with(".npy")) return SideKind::reference;
  return path.ends_with(".onnx") || path.ends_with(".tflite") ? SideKind::graph : SideKind::model;
}

/// k of ".../case<k>_in0.bin"; -1 for other names.
std::int64_t case_number(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  std::int64_t k = 0;
  std::size_t at = 4;
  if (!name.starts_with("case")) return -1;
  for (; at < name.size() && at < 12 && name[at] >= '0' && name[at] <= '9'; ++at)
    k = k * 10 + (name[at] - '0');
  return at > 4 && name.substr(at).starts_with("_in") ? k : -1;
}

/// The input files: one per input and case.
struct InputFiles {
  std::vector<std::vector<std::string>> files;  ///< [input][case]
  std::vector<std::int64_t> cases;              ///< k of each, -1 for files that are not numbered
};

InputFiles find_inputs(const Options& options, std::size_t inputs) {
  InputFiles found;
  if (!options.inputs.empty()) {
    if (options.inputs.size() != inputs) {
      throw usage_error(
          fmt::format("{} --input given, the model has {} input(s)", options.inputs.size(), inputs));
    }
    for (const std::string& file : options.inputs) found.files.push_back({file});
    found.cases = {case_number(options.inputs[0])};
    return found;
  }
  const std::string folder = std::filesystem::is_directory(options.b) ? options.b : options.a;
  found.files.resize(inputs);
  for (std::int64_t k = 0; std::filesystem::exists(fmt::format("{}/case{}_in0.bin", folder, k)); ++k) {
    for (std::size_t i = 0; i < inputs; ++i)
      found.files[i].push_back(fmt::format("{}/case{}_in{}.bin", folder, k, i));
    found.cases.push_back(k);
  }
  if (found.cases.empty()) throw usage_error("--input is required (one per input of the model)");
  return found;
}

struct Sides {
  std::unique_ptr<Side> a, b;
  std::int64_t runs = 0;
};

std::vector<Levels> levels_of(const Side* side) {
  std::vector<Levels> levels;
  if (side) {
    for (const InputFormat& format : side->input_formats()) levels.push_back(format.levels);
  }
  return levels;
}

Sides open_sides(const Options& options) {
  const SideKind kinds[] = {kind_of(options.a), kind_of(options.b)};
  const std::string* paths[] = {&options.a, &options.b};
  if (kinds[0] == SideKind::reference && kinds[1] == SideKind::reference) {
    throw usage_error("one of the two must be a model (.bwk, .onnx or .tflite)");
  }
  std::unique_ptr<Side> sides[2];
  const bool layers = kinds[0] != SideKind::reference && kinds[1] != SideKind::reference;
  for (int i : {0, 1}) {
    if (kinds[i] == SideKind::model) sides[i] = make_model_side(*paths[i], layers);
  }
  for (int i : {0, 1}) {
    if (kinds[i] == SideKind::graph) sides[i] = make_graph_side(*paths[i], levels_of(sides[1 - i].get()));
  }
  const Side& runner = *(sides[0] ? sides[0] : sides[1]);
  const std::vector<InputFormat> formats = runner.input_formats();
  const InputFiles inputs = find_inputs(options, formats.size());
  for (int i : {0, 1}) {
    if (!sides[i]) sides[i] = make_reference_side(*paths[i], runner.output_formats(), inputs.cases);
  }
  std::vector<io::Npy> arrays;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    std::vector<io::Npy> parts;
    for (const std::string& file : inputs.files[i])
      parts.push_back(read_array(file, formats[i].type, formats[i].shape));
    names.push_back(inputs.files[i][0]);
    arrays.push_back(concatenate(parts, names.back()));
  }
  const std::int64_t runs_a = sides[0]->set_inputs(arrays, names),
                     runs_b = sides[1]->set_inputs(arrays, names);
  if (runs_a != runs_b) {
    throw bad_input(fmt::format("'{}' gives {} run(s), '{}' {}", options.a, runs_a, options.b, runs_b));
  }
  return {std::move(sides[0]), std::move(sides[1]), runs_a};
}

/// The tensor of the source that a tensor of a model stands for.
const SideTensor* find_tensor(const std::map<std::string, SideTensor>& tensors, std::string name) {
  constexpr std::string_view kMoved = "_channels_last";
  auto found = tensors.find(name);
  if (found == tensors.end() && name.ends_with(kMoved)) {
    name.resize(name.size() - kMoved.size());
    found = tensors.find(name);
  }
  return found == tensors.end() ? nullptr : &found->second;
}

void compare_outputs(const std::vector<SideTensor>& a, const std::vector<SideTensor>& b,
                     Comparison* comparison) {
  const std::size_t count = std::min(a.size(), b.size());
  for (std::size_t k = comparison->outputs.size(); k < count; ++k)
    comparison->outputs.push_back({a[k].name, {}});
  for (std::size_t k = 0; k < count; ++k) {
    SideTensor other = b[k];
    other.values = aligned(a[k], b[k]);
    if (other.values.empty()) {
      throw bad_input(fmt::format("output {} is {} on one side and {} on the other", k,
                                  io::shape_text(a[k].shape), io::shape_text(b[k].shape)));
    }
    comparison->outputs[k].distance.add(a[k], other);
    comparison->outputs[k].distance.add_labels(a[k].values, other.values,
                                               a[k].shape.empty() ? 1 : a[k].shape[0]);
  }
}

/// Tensors that both sides have, in `order`.
void compare_layers(const std::vector<std::string>& order, const std::map<std::string, SideTensor>& a,
                    const std::map<std::string, SideTensor>& b, Comparison* comparison) {
  for (const std::string& name : order) {
    const SideTensor* left = find_tensor(a, name);
    const SideTensor* right = find_tensor(b, name);
    if (!left || !right) continue;
    SideTensor other = *right;
    other.values = aligned(*left, *right);
    if (other.values.empty()) continue;
    auto row = std::find_if(comparison->layers.begin(), comparison->layers.end(),
                            [&](const Named& n) { return n.name == name; });
    if (row == comparison->layers.end()) row = comparison->layers.insert(row, {name, {}});
    row->distance.add(*left, other);
  }
}

Comparison compare(Sides& sides) {
  Comparison comparison;
  comparison.runs = sides.runs;
  Progress progress("comparing");
  for (std::int64_t i = 0; i < sides.runs; ++i) {
    compare_outputs(sides.a->run(i), sides.b->run(i), &comparison);
    const std::vector<std::string> order =
        sides.a->tensor_order().empty() ? sides.b->tensor_order() : sides.a->tensor_order();
    if (!order.empty()) compare_layers(order, sides.a->tensors(), sides.b->tensors(), &comparison);
    progress(static_cast<std::size_t>(i + 1), static_cast<std::size_t>(sides.runs));
  }
  return comparison;
}

/// Whether the output is as near as --max-steps and --tolerance ask.
bool within(const Options& options, const Named& output) {
  const Distance& distance = output.distance;
  if (options.limit_distance && !(distance.largest() <= options.tolerance)) return false;
  if (!options.limit_steps) return true;
  if (distance.step() == 0 && distance.largest() > 0) {
    throw usage_error(fmt::format(
        "output '{}' is float and has no steps; use --tolerance in place of --max-steps", output.name));
  }
  // Reals of equal integers differ by rounding alone: less than a thousandth of a step.
  return distance.largest_steps() <= options.max_steps + 1e-3;
}

Exit diff(const Options& options) {
  Sides sides = open_sides(options);
  const Comparison comparison = compare(sides);
  bool accepted = true;
  for (const Named& output : comparison.outputs) accepted = within(options, output) && accepted;
  if (!options.html.empty()) write_text(to_html(comparison, options.a, options.b), options.html);
  if (options.json) {
    Json json{{"a", options.a}, {"b", options.b}, {"samples", comparison.runs}, {"within_limits", accepted}};
    json.update(to_json(comparison));
    print(json);
  } else {
    std::string text = fmt::format("{} against {}, {} run(s)\n\n", options.a, options.b, comparison.runs);
    text += to_text(comparison);
    if (!accepted) text += "\nthe outputs are further apart than allowed\n";
    print(text);
  }
  return accepted ? Exit::done : Exit::no;
}

}  // namespace

void add_diff(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "diff", "Distance of outputs and layers between two models, or a model and recorded outputs");
  const char* sides =
      "model (.bwk), source (.onnx or .tflite, computed on reals), or recorded outputs:\na .npy file, or a "
      "folder with "
      "output<i>.npy, output<i>.bin or case<k>_out<i>.bin";
  verb->add_option("a", options->a, sides)->required()->type_name("A");
  verb->add_option("b", options->b, "the same")->required()->type_name("B");
  verb->add_option("--input", options->inputs,
                   "one file per input, as in run; may be left out when the folder has case<k>_in<i>.bin")
      ->type_name("F")
      ->allow_extra_args(false);
  const auto* steps = verb->add_option("--max-steps", options->max_steps,
                                       "exit code 1 when an output differs by more steps of its scale")
                          ->check(CLI::NonNegativeNumber)
                          ->type_name("N");
  const auto* tolerance =
      verb->add_option("--tolerance", options->tolerance, "exit code 1 when an output differs by more")
          ->check(CLI::NonNegativeNumber)
          ->type_name("T");
  verb->add_option("--html", options->html, "a page with the distance of every layer")->type_name("F");
  add_json(verb, &options->json);
  verb->callback([=] {
    options->limit_steps = steps->count() > 0;
    options->limit_distance = tolerance->count() > 0;
    *action = [=] { return diff(*options); };
  });
}

}  // namespace bulwark::converter::cli
