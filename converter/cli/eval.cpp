// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include <memory>
#include <nlohmann/json.hpp>

#include "converter/cli/labelled_data.h"
#include "converter/cli/labels.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

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

Evaluation evaluate_labels(const Options& options) {
  const Model model = Model::load(options.model);
  const LabelledData set = load_labelled(model, options.data, options.labels, "eval");
  const bw_tensor_info output = model.output(0);
  Session session(model, options.engine);
  Evaluation evaluation;
  evaluation.samples = set.samples;
  evaluation.path = session.path();
  std::vector<std::int64_t> guesses;
  Progress progress("evaluating");
  for (std::int64_t i = 0; i < set.data.runs; ++i) {
    check(bw_session_reset_state(session.get()), "eval");
    run_on(session, {&set.data, 1}, i);
    const std::vector<std::int64_t> predicted = predicted_labels(session.output(0), output.type, set.batch);
    guesses.insert(guesses.end(), predicted.begin(), predicted.end());
    progress(static_cast<std::size_t>(i + 1), static_cast<std::size_t>(set.data.runs));
  }
  const bool gives_labels = output.type == BW_TYPE_S32 || output.type == BW_TYPE_S64;
  std::int64_t classes = gives_labels ? 1 : set.classes;
  for (const std::int64_t guess : guesses) {
    if (guess >= set.classes) {
      throw bad_input(fmt::format("'{}': gave label {}, at most {} classes are supported", options.model,
                                  guess, set.classes));
    }
    classes = std::max(classes, guess + 1);
  }
  for (const std::int64_t label : set.labels) classes = std::max(classes, label + 1);
  evaluation.confusion.assign(static_cast<std::size_t>(classes),
                              std::vector<std::int64_t>(static_cast<std::size_t>(classes)));
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    ++evaluation.confusion[static_cast<std::size_t>(set.labels[i])][static_cast<std::size_t>(guesses[i])];
    evaluation.correct += set.labels[i] == guesses[i] ? 1 : 0;
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
  add_labelled_data(verb, &options->data, &options->labels);
  add_threads(verb, &options->engine.threads);
  add_path(verb, &options->engine.path);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return eval(*options); }; });
}

}  // namespace bulwark::converter::cli
