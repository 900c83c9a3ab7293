// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "converter/cli/labelled_data.h"
#include "converter/cli/labels.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/error.h"
#include "converter/faults/bit_flips.h"
#include "converter/io/file.h"
#include "converter/lipschitz/note_norms.h"
#include "converter/report/faults.h"

namespace bulwark::converter::cli {
namespace {

using faults::BitFlips;
using report::FaultLevel;
using report::FaultReport;
using Bytes = std::vector<std::uint8_t>;

struct Options {
  std::string model, data, labels, flips = "activations", html;
  std::vector<double> rates = {1e-5, 1e-4, 1e-3, 1e-2};
  std::uint64_t seed = 0;
  std::int64_t trials = 10;
  EngineOptions engine;
  bool json = false;
};

/// Flips bits of what every step writes; reshapes only give it another shape, and what the input is quantized
/// to is still the input.
struct ActivationFaults {
  explicit ActivationFaults(const schema::VerifiedModel& file) {
    for (std::int32_t i = 0; i < file.operator_count(); ++i) {
      const schema::OperatorView op = file.op(i);
      const schema::TensorView output = file.tensor(op.outputs[0]);
      const bool bytes = schema::is_quantized(output.type) && schema::element_size(output.type) == 1;
      const bool layer =
          op.kind != schema::OperatorKind::reshape && op.kind != schema::OperatorKind::quantize;
      outputs.push_back(bytes && layer ? std::optional(output) : std::nullopt);
    }
  }
  static void flip(void* context, std::int32_t step, void* output, std::size_t bytes) {
    auto& self = *static_cast<ActivationFaults*>(context);
    const auto& info = self.outputs[static_cast<std::size_t>(step)];
    if (!info || !self.flips) return;
    self.count += faults::flip_activations({static_cast<std::uint8_t*>(output), bytes}, *info, *self.flips);
  }

  std::vector<std::optional<schema::TensorView>> outputs;  ///< per step
  std::optional<BitFlips> flips;
  std::int64_t count = 0;
};

/// A model in memory with a session that counts what clip bounds cut.
class Subject {
 public:
  Subject(const Bytes& bytes, const EngineOptions& options, ActivationFaults* activations)
      : model_(Model::from_memory(bytes, "the model")), session_(model_, counting(options, activations)) {}

  std::int64_t label(const LabelledData& set, std::int64_t i) {
    session_.set_input(0, set.data.integer_door, set.data.run(i));
    session_.run();
    return predicted_labels(session_.output(0), model_.output(0).type, 1)[0];
  }
  bool noticed() const {
    for (std::int32_t step = 0; step < session_.step_count(); ++step) {
      const auto counts = session_.clip_counts(step);
      if (std::any_of(counts.begin(), counts.end(), [](std::int64_t count) { return count != 0; }))
        return true;
    }
    return false;
  }
  std::string path() const { return session_.path(); }

 private:
  EngineOptions counting(EngineOptions options, ActivationFaults* activations) {
    options.count_clips = true;
    observer_ = {ActivationFaults::flip, activations};
    if (activations != nullptr) options.observer = &observer_;
    return options;
  }

  Model model_;
  bw_step_observer observer_ = {};
  Session session_;
};

class Experiment {
 public:
  explicit Experiment(const Options& options) : options_(options), bounded_(io::read_file(options.model)) {
    const schema::VerifiedModel file = lipschitz::verified(bounded_);
    if (file.packed_count() > 0) {
      throw bad_input(fmt::format(
          "'{}' has weights packed ahead of time; faults needs a file without (convert without --pack)",
          options.model));
    }
    free_ = bounded_;
    if (faults::lift_clip_bounds(free_, file) == 0) {
      throw bad_input(
          fmt::format("'{}' has no clip bounds: bulwark convert --clip-eps makes them", options.model));
    }
    const Model model = Model::from_memory(bounded_, options.model);
    set_ = load_labelled(model, options.data, options.labels, "faults");
    if (set_.batch != 1) throw bad_input(fmt::format("'{}': faults needs a batch of 1", options.model));
    report_.model = options.model;
    report_.flips = options.flips;
    report_.seed = options.seed;
    report_.clip_eps = static_cast<double>(file.clip_eps());
    report_.samples = set_.data.runs;
  }

  FaultReport run() {
    Subject clean(free_, options_.engine, nullptr);
    report_.path = clean.path();
    for (std::int64_t i = 0; i < set_.data.runs; ++i) clean_.push_back(clean.label(set_, i));
    std::vector<double> rates = options_.rates;
    std::sort(rates.begin(), rates.end());
    rates.insert(rates.begin(), 0.0);
    for (const double rate : rates) {
      FaultLevel level;
      level.rate = rate;
      if (options_.flips == "weights") {
        weights(level);
      } else {
        activations(level);
      }
      report_.levels.push_back(level);
    }
    return std::move(report_);
  }

 private:
  /// The same flips with and without bounds, others for every sample.
  std::uint64_t seed_of(std::int64_t i) const {
    return options_.seed * 0x9E3779B97F4A7C15u + static_cast<std::uint64_t>(i);
  }

  void activations(FaultLevel& level) {
    const schema::VerifiedModel file = lipschitz::verified(bounded_);
    ActivationFaults faults_without(file), faults_with(file);
    Subject without(free_, options_.engine, &faults_without), with(bounded_, options_.engine, &faults_with);
    for (std::int64_t i = 0; i < set_.data.runs; ++i) {
      faults_without.flips.emplace(level.rate, seed_of(i));
      faults_with.flips.emplace(level.rate, seed_of(i));
      compare(level, without, with, i);
    }
    level.flips = faults_with.count;
  }

  void weights(FaultLevel& level) {
    const std::int64_t trials = level.rate == 0 ? 1 : options_.trials;
    for (std::int64_t trial = 0; trial < trials; ++trial) {
      Bytes free = free_, bounded = bounded_;
      BitFlips flips(level.rate, seed_of(trial)), same(level.rate, seed_of(trial));
      level.flips += faults::flip_weights(bounded, lipschitz::verified(bounded_), flips);
      faults::flip_weights(free, lipschitz::verified(free_), same);
      ++level.trials;
      bw_model* loaded = nullptr;
      if (bw_model_load_memory(bounded.data(), bounded.size(), nullptr, &loaded) != BW_STATUS_OK) {
        ++level.refused;
        continue;
      }
      bw_model_release(loaded);
      Subject without(free, options_.engine, nullptr), with(bounded, options_.engine, nullptr);
      for (std::int64_t i = 0; i < set_.data.runs; ++i) compare(level, without, with, i);
    }
  }

  void compare(FaultLevel& level, Subject& without, Subject& with, std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t label = without.label(set_, i);
    ++level.runs;
    level.right_without += label == set_.labels[at] ? 1 : 0;
    level.right_with += with.label(set_, i) == set_.labels[at] ? 1 : 0;
    const bool noticed = with.noticed(), changed = label != clean_[at];
    level.noticed += noticed ? 1 : 0;
    level.changed += changed ? 1 : 0;
    level.changed_noticed += noticed && changed ? 1 : 0;
  }

  const Options& options_;
  Bytes bounded_, free_;  ///< the file, and the file with its clip bounds lifted
  LabelledData set_;
  std::vector<std::int64_t> clean_;
  FaultReport report_;
};

Exit run_faults(const Options& options) {
  const FaultReport report = Experiment(options).run();
  if (!options.html.empty()) write_text(to_html(report), options.html);
  if (options.json) {
    print(to_json(report));
  } else {
    print(to_text(report));
  }
  return Exit::done;
}

}  // namespace

void add_faults(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "faults", "Accuracy under random bit flips, with and without clip bounds, and how many runs they tell");
  verb->add_option("model", options->model, "model file, converted with --clip-eps")
      ->required()
      ->type_name("MODEL.bwk");
  add_labelled_data(verb, &options->data, &options->labels);
  verb->add_option(
          "--flips", options->flips,
          "activations: in what every layer writes, anew in each run; weights: in the stored weights, a\n"
          "model with faults for all samples; a file that the verifier refuses is counted")
      ->check(CLI::IsMember({"activations", "weights"}))
      ->capture_default_str()
      ->type_name("WHERE");
  verb->add_option("--rate", options->rates, "share of the bits that flip")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("R,R,..");
  verb->add_option("--trials", options->trials, "models with faulty weights per rate")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->type_name("N");
  verb->add_option("--seed", options->seed, "of the flips")->capture_default_str()->type_name("S");
  verb->add_option("--html", options->html, "a page with the curves")->type_name("F");
  add_threads(verb, &options->engine.threads);
  add_path(verb, &options->engine.path);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_faults(*options); }; });
}

}  // namespace bulwark::converter::cli
