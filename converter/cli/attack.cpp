// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "converter/attack/square.h"
#include "converter/cli/door.h"
#include "converter/cli/labelled_data.h"
#include "converter/cli/labels.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"
#include "converter/io/file.h"
#include "converter/report/text.h"

namespace bulwark::converter::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string model, data, labels, method = "square", adversarial, per_sample, save, path;
  int eps = 8;
  std::int64_t queries = 5000;
  std::uint64_t seed = 0;
  std::int32_t threads = 1;
  bool json = false, certify = false;
};

struct Sample {
  std::int64_t label = 0, predicted = 0;
  bool broken = false;     ///< right at first, wrong after the attack
  bool certified = false;  ///< with --certify: proved for this eps
  std::int64_t queries = 0;
};

class Attack {
 public:
  explicit Attack(const Options& options)
      : options_(options),
        model_(Model::load(options.model)),
        set_(load_labelled(model_, options.data, options.labels, "attack")),
        door_(find_door(model_, set_.data, "attack")),
        shape_(picture_shape(door_.info)),
        adversarial_(set_.data) {
    if (options.method == "transfer") adversarial_ = load_adversarial();
    samples_.resize(static_cast<std::size_t>(set_.samples));
  }

  std::string run() {
    std::vector<std::thread> workers;
    for (std::int32_t i = 1; i < options_.threads; ++i) workers.emplace_back([this] { work(); });
    work();
    for (std::thread& worker : workers) worker.join();
    if (failure_) std::rethrow_exception(failure_);
    return path_;
  }

  const std::vector<Sample>& samples() const { return samples_; }
  /// The pictures after the attack, as levels from 0.
  io::Npy adversarial_array() const {
    io::Npy array{io::NpyType::u8, {set_.samples}, adversarial_.bytes};
    for (int i = 1; i < door_.info.rank; ++i) array.shape.push_back(door_.info.shape[i]);
    if (door_.info.type == BW_TYPE_S8) {
      for (std::uint8_t& byte : array.bytes) byte = static_cast<std::uint8_t>(byte + 128);
    }
    return array;
  }

 private:
  InputData load_adversarial() const {
    InputData moved = load_input(model_, 0, options_.adversarial);
    if (moved.runs != set_.data.runs || moved.integer_door != set_.data.integer_door) {
      throw bad_input(fmt::format("'{}': {} picture(s), '{}' has {}", options_.adversarial, moved.runs,
                                  options_.data, set_.data.runs));
    }
    for (std::int64_t i = 0; i < moved.runs; ++i) {
      check_moved(door_.levels(set_.data.run(i)), door_.levels(moved.run(i)), options_.eps, i, options_.data,
                  options_.adversarial);
    }
    return moved;
  }

  void work() {
    try {
      EngineOptions engine;
      engine.path = options_.path;
      engine.certify = options_.certify;
      Session session(model_, engine);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        path_ = session.path();
      }
      for (std::int64_t i = next_++; i < set_.samples && !failed_; i = next_++) attack_one(session, i);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      failed_ = true;
    }
  }

  void attack_one(Session& session, std::int64_t i) {
    const bw_type output = model_.output(0).type;
    Sample sample;
    sample.label = set_.labels[static_cast<std::size_t>(i)];
    sample.predicted = argmax(scores(session, door_, output, set_.data.run(i)));
    if (options_.certify) sample.certified = session.certify(options_.eps, BW_CERTIFY_FIRST).certified != 0;
    // A certificate speaks of the answer, right or wrong: what is attacked is the answer.
    const std::int64_t target = options_.certify ? sample.predicted : sample.label;
    if (sample.predicted == target) change(session, i, target, &sample);
    const std::lock_guard<std::mutex> lock(mutex_);
    samples_[static_cast<std::size_t>(i)] = sample;
    progress_(static_cast<std::size_t>(++done_), static_cast<std::size_t>(set_.samples));
  }

  void change(Session& session, std::int64_t i, std::int64_t target, Sample* sample) {
    const bw_type output = model_.output(0).type;
    if (options_.method == "transfer") {
      sample->queries = 1;
      sample->broken = argmax(scores(session, door_, output, adversarial_.run(i))) != target;
      return;
    }
    attack::SquareOptions square;
    square.eps = options_.eps;
    square.queries = options_.queries;
    square.seed = options_.seed * 1000003 + static_cast<std::uint64_t>(i);
    square.lo = door_.info.lo;
    square.hi = door_.info.hi;
    const attack::SquareResult result = attack::square(
        door_.levels(set_.data.run(i)), shape_, square, [&](std::span<const std::int16_t> picture) {
          return lead(scores(session, door_, output, Door::bytes(picture)), target);
        });
    sample->queries = result.queries;
    sample->broken = result.found;
    const std::vector<std::uint8_t> bytes = Door::bytes(result.picture);
    std::copy(bytes.begin(), bytes.end(),
              adversarial_.bytes.begin() +
                  static_cast<std::ptrdiff_t>(i) * static_cast<std::ptrdiff_t>(bytes.size()));
  }

  const Options& options_;
  Model model_;
  LabelledData set_;
  Door door_;
  attack::PictureShape shape_;
  InputData adversarial_;
  std::vector<Sample> samples_;
  std::mutex mutex_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::int64_t done_ = 0;
  std::exception_ptr failure_;
  std::string path_;
  Progress progress_{"attacking"};
};

struct Counts {
  std::int64_t right = 0, robust = 0, broken = 0, certified = 0, certified_broken = 0, queries = 0;
};

Counts count(const std::vector<Sample>& samples) {
  Counts counts;
  for (const Sample& sample : samples) {
    const bool right = sample.label == sample.predicted;
    counts.right += right ? 1 : 0;
    counts.robust += right && !sample.broken ? 1 : 0;
    counts.broken += sample.broken ? 1 : 0;
    counts.certified += sample.certified ? 1 : 0;
    counts.certified_broken += sample.certified && sample.broken ? 1 : 0;
    counts.queries += sample.queries;
  }
  return counts;
}

void write_csv(const std::vector<Sample>& samples, const std::string& path) {
  std::string out = "index,label,predicted,broken,certified,queries\n";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& s = samples[i];
    out += fmt::format("{},{},{},{},{},{}\n", i, s.label, s.predicted, s.broken ? 1 : 0, s.certified ? 1 : 0,
                       s.queries);
  }
  write_text(out, path);
}

void print_report(const Options& options, const Counts& counts, double samples, const std::string& path) {
  const double right = static_cast<double>(counts.right) / samples,
               robust = static_cast<double>(counts.robust) / samples;
  if (options.json) {
    Json json{{"model", options.model},
              {"path", path},
              {"method", options.method},
              {"eps", options.eps},
              {"samples", samples},
              {"clean_accuracy", right},
              {"accuracy", robust},
              {"broken", counts.broken},
              {"mean_queries", static_cast<double>(counts.queries) / samples}};
    if (options.method == "square") {
      json["queries"] = options.queries;
      json["seed"] = options.seed;
    }
    if (options.certify) {
      json["certified"] = counts.certified;
      json["certified_broken"] = counts.certified_broken;
    }
    print(json);
    return;
  }
  std::string text = fmt::format(
      "accuracy {:.2f} % clean, {:.2f} % under {} at eps {} ({} of {:.0f} answers changed), path {}\n",
      100 * right, 100 * robust, options.method, options.eps, counts.broken, samples, path);
  if (options.certify) {
    text += fmt::format("certified at eps {}: {}, of which changed: {}\n", options.eps, counts.certified,
                        counts.certified_broken);
  }
  print(text);
}

Exit run_attack(const Options& options) {
  if ((options.method == "transfer") == options.adversarial.empty()) {
    throw usage_error("--adversarial F.npy belongs to --method transfer, and that method needs it");
  }
  Attack attack(options);
  const std::string path = attack.run();
  if (!options.per_sample.empty()) write_csv(attack.samples(), options.per_sample);
  if (!options.save.empty()) io::write_npy(options.save, attack.adversarial_array());
  const Counts counts = count(attack.samples());
  print_report(options, counts, static_cast<double>(attack.samples().size()), path);
  return counts.certified_broken == 0 ? Exit::done : Exit::no;
}

}  // namespace

void add_attack(CLI::App& app, Action* action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("attack", "Accuracy under attack, through the runtime that ships");
  verb->add_option("model", options->model, "model file")->required()->type_name("MODEL.bwk");
  add_labelled_data(verb, &options->data, &options->labels);
  verb->add_option("--eps", options->eps, "largest change of an input element, in steps")
      ->check(CLI::Range(0, 255))
      ->capture_default_str()
      ->type_name("E");
  verb->add_option("--method", options->method,
                   "square: random squares, no gradients; transfer: pictures made elsewhere (--adversarial)")
      ->check(CLI::IsMember({"square", "transfer"}))
      ->capture_default_str();
  verb->add_option("--adversarial", options->adversarial, "changed pictures, one for each of --data")
      ->type_name("F.npy");
  verb->add_option("--queries", options->queries, "runs of the model for one picture at most")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  verb->add_option("--seed", options->seed,
                   "of the random squares; each picture has one start, another seed is another one")
      ->capture_default_str()
      ->type_name("S");
  verb->add_flag(
      "--certify", options->certify,
      "also certify each answer and attack it, right or wrong; exit code 1 when a certified one changes");
  verb->add_option("--per-sample", options->per_sample, "one line per sample")->type_name("F.csv");
  verb->add_option("--save", options->save, "the pictures after the attack")->type_name("F.npy");
  verb->add_option("--threads", options->threads, "pictures attacked at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str()
      ->type_name("N");
  add_path(verb, &options->path);
  add_json(verb, &options->json);
  verb->callback([=] { *action = [=] { return run_attack(*options); }; });
}

}  // namespace bulwark::converter::cli
