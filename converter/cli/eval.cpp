// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/input_data.h"
#include "converter/cli/labels.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxClasses = 4096;  // the confusion matrix has their square

struct Options {
  std::string model, data, labels;
  EngineOptions engine;
  bool json = false;
};

struct Evaluation {
  std::int64_t samples = 0, correct = 0;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [label][predicted]
  std::string path;

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(samples); }
};

std::vector<std::int64_t> read_labels(const std::string& file, std::int64_t samples, std::int64_t classes) {
  const io::Npy array = io::read_npy(file);
  if (array.type == io::NpyType::f32 || array.type == io::NpyType::f64) {
    throw bad_input(fmt::format("'{}': labels are {}, integers expected", file, name(array.type)));
  }
  if (array.elements() != samples) {
    throw bad_input(fmt::format("'{}': {} label(s) of shape {} for {} sample(s)", file, array.elements(),
                                io::shape_text(array.shape), samples));
  }
  std::vector<std::int64_t> labels = array.as_ints();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= classes) {
      throw bad_input(fmt::format("'{}': label {} of sample {} is not one of the {} classes", file, labels[i],
                                  i, classes));
    }
  }
  return labels;
}

Evaluation evaluate_labels(const Options& options) {
  const Model model = Model::load(options.model);
  if (model.input_count() != 1) {
    throw bad_input(
        fmt::format("'{}' has {} inputs; eval needs a model with one", options.model, model.input_count()));
  }
  const InputData data = load_input(model, 0, options.data);
  const bw_tensor_info output = model.output(0);
  const std::int64_t batch = output.shape[0];
  const std::int64_t samples = data.runs * batch;
  const auto classes = static_cast<std::int64_t>(output.bytes / element_bytes(output.type)) / batch;
  if (classes > kMaxClasses) {
    throw bad_input(fmt::format("'{}': output 0 is {}: not the scores of at most {} classes", options.model,
                                describe(output), kMaxClasses));
  }
  const std::vector<std::int64_t> labels = read_labels(options.labels, samples, classes);

  Session session(model, options.engine);
  Evaluation evaluation;
  evaluation.samples = samples;
  evaluation.path = session.path();
  evaluation.confusion.assign(static_cast<std::size_t>(classes),
                              std::vector<std::int64_t>(static_cast<std::size_t>(classes)));
  Progress progress("evaluating");
  for (std::int64_t i = 0; i < data.runs; ++i) {
    run_on(session, {&data, 1}, i);
    const std::vector<std::int64_t> predicted = predicted_labels(session.output(0), output.type, batch);
    for (std::int64_t k = 0; k < batch; ++k) {
      const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(i * batch + k)]);
      const auto guess = static_cast<std::size_t>(predicted[static_cast<std::size_t>(k)]);
      ++evaluation.confusion[label][guess];
      evaluation.correct += label == guess ? 1 : 0;
    }
    progress(static_cast<std::size_t>(i + 1), static_cast<std::size_t>(data.runs));
  }
  return evaluation;
}

std::string confusion_text(const Evaluation& evaluation) {
  const std::size_t classes = evaluation.confusion.size();
  if (classes > 20) return "";
  std::vector<std::vector<std::string>> rows = {{"label"}};
  for (std::size_t c = 0; c < classes; ++c) rows[0].push_back(std::to_string(c));
  rows[0].push_back("right");
  for (std::size_t label = 0; label < classes; ++label) {
    std::vector<std::string> row = {std::to_string(label)};
    std::int64_t total = 0;
    for (const std::int64_t count : evaluation.confusion[label]) {
      row.push_back(count ? std::to_string(count) : "-");
      total += count;
    }
    const std::int64_t right = evaluation.confusion[label][label];
    row.push_back(
        total ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(right) / static_cast<double>(total))
              : "-");
    rows.push_back(row);
  }
  return "\nconfusion (rows: labels, columns: predictions)\n" + report::table(rows);
}

Exit eval(const Options& options) {
  const Evaluation evaluation = evaluate_labels(options);
  if (options.json) {
    print(Json{{"model", options.model},
               {"path", evaluation.path},
               {"threads", options.engine.threads},
               {"samples", evaluation.samples},
               {"correct", evaluation.correct},
               {"accuracy", evaluation.accuracy()},
               {"confusion", evaluation.confusion}});
  } else {
    print(fmt::format("accuracy {:.2f} % ({} of {}), path {}\n", 100 * evaluation.accuracy(),
                      evaluation.correct, evaluation.samples, evaluation.path) +
          confusion_text(evaluation));
  }
  return Exit::done;
}

}  // namespace

void add_eval(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("eval", "Accuracy and confusion of a classifier on labelled samples");
  verb->add_option("model", options->model, "model file")->required()->type_name("MODEL.bwk");
  verb->add_option(
          "--data", options->data,
          "samples, [N, ..]; uint8 pictures (NCHW or NHWC) are fed as the 256 levels of an 8-bit input")
      ->required()
      ->type_name("X.npy");
  verb->add_option("--labels", options->labels, "N integers")->required()->type_name("Y.npy");
  add_threads(verb, &options->engine.threads);
  add_path(verb, &options->engine.path);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return eval(*options); }; });
}

}  // namespace bulwark::converter::cli
