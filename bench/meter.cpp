// SPDX-License-Identifier: Apache-2.0
#include "bench/meter.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bench/engine.h"
#include "bench/failure.h"
#include "bench/files.h"
#include "bench/statistics.h"
#include "schema/verifier.h"

namespace bulwark::bench {
namespace {

constexpr double kSampleMs = 0.02;
/// Warm-up before the first model, while clocks rise, and before each one after it.
constexpr double kColdMs = 300, kWarmMs = 10;
constexpr std::size_t kMinSamples = 5, kMaxSamples = 100000;

/// A copy at an address that fits a model.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::span<const std::uint8_t> bytes)
      : memory_(bytes.size() + kAlignment), size_(bytes.size()) {
    std::memcpy(data(), bytes.data(), size_);
  }
  std::uint8_t* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + (kAlignment - address % kAlignment) % kAlignment;
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kAlignment = 64;
  std::vector<std::uint8_t> memory_;
  std::size_t size_;
};

/// What every run of a meter needs, made from a model's bytes.
struct Runner {
  Runner(std::span<const std::uint8_t> bytes, const Arguments& arguments)
      : file(bytes),
        model(made(Model::from_memory({file.data(), file.size()}))),
        plan(made(Plan::create(model, plan_options(arguments)))),
        session(made(Session::create(plan, session_options(arguments)))),
        first_constant(find_constant(file)) {}

  double run(std::int64_t runs) {
    const Clock::time_point begin = Clock::now();
    for (std::int64_t i = 0; i < runs; ++i) check(session.run(), "run");
    return milliseconds_since(begin);
  }
  /// Runs for that long; the least time of a run.
  double warm_up(double ms) {
    double once = run(1);
    const Clock::time_point begin = Clock::now();
    while (milliseconds_since(begin) < ms) once = std::min(once, run(1));
    return once;
  }
  MeterReading reading(const std::vector<double>& ns) const {
    const Statistics s = statistics_of(ns);
    return {s.p50, s.p75 - s.p25, static_cast<std::int64_t>(s.count),
            plan.step(plan.step_count() - 1)->kernel, plan.path()};
  }

  AlignedBytes file;
  Model model;
  Plan plan;
  Session session;
  schema::View<std::uint8_t> first_constant;  ///< of a layer's model: its input

 private:
  static schema::View<std::uint8_t> find_constant(AlignedBytes& bytes) {
    schema::VerifiedModel view;
    schema::VerifyError error;
    const bool sound = schema::VerifiedModel::verify({bytes.data(), bytes.size()}, {}, &view, &error);
    return sound ? view.tensor(0).constant : schema::View<std::uint8_t>{};
  }
  template <typename T>
  static T made(Result<T> result) {
    check(result.status(), "a layer's model");
    return std::move(*result);
  }
};

class ClockMeter : public Meter {
 public:
  ClockMeter(const Arguments& arguments, double seconds) : arguments_(arguments), seconds_(seconds) {}

  MeterReading read(std::span<const std::uint8_t> bytes) override {
    Runner runner(bytes, arguments_);
    // Stability is not asked for: the runs of a small layer are alike long before the clock has risen.
    const double once = runner.warm_up(std::min(cold_ ? kColdMs : kWarmMs, seconds_ * 1000));
    cold_ = false;
    std::vector<double> ns;
    const Clock::time_point start = Clock::now();
    while (ns.size() < kMaxSamples &&
           (ns.size() < kMinSamples || milliseconds_since(start) < seconds_ * 1000)) {
      ns.push_back(sample(runner, once));
    }
    return runner.reading(ns);
  }

 protected:
  virtual double sample(Runner& runner, double once_ms) {
    const auto runs = static_cast<std::int64_t>(std::ceil(kSampleMs / std::max(once_ms, 1e-5)));
    return runner.run(runs) * 1e6 / static_cast<double>(runs);
  }

 private:
  const Arguments& arguments_;
  double seconds_;
  bool cold_ = true;
};

/// Reads one byte of every cache line.
void touch(const std::uint8_t* data, std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  for (std::size_t i = 0; i < bytes; i += kLine)
    static_cast<void>(*static_cast<const volatile std::uint8_t*>(data + i));
}

class LayerClockMeter : public ClockMeter {
 public:
  LayerClockMeter(const Arguments& arguments, double seconds, std::size_t network_bytes)
      : ClockMeter(arguments, seconds), others_(network_bytes, 1) {
    std::vector<double> ns;
    for (int i = 0; i < 1000; ++i) ns.push_back(milliseconds_since(Clock::now()) * 1e6);
    clock_ns_ = statistics_of(ns).p50;
  }

 protected:
  double sample(Runner& runner, double) override {
    const std::size_t own = runner.plan.packed_bytes();
    touch(others_.data(), others_.size() - std::min(own, others_.size()));
    touch(runner.first_constant.data(), runner.first_constant.size());
    return std::max(0.0, runner.run(1) * 1e6 - clock_ns_);
  }

 private:
  std::vector<std::uint8_t> others_;
  double clock_ns_ = 0;
};

class EnergyMeter : public Meter {
 public:
  EnergyMeter(const Arguments& arguments, Sensors& sensors)
      : arguments_(arguments), sensors_(sensors), seconds_(arguments.min_seconds) {
    if (sensors.energy_source().empty() && sensors.power_source().empty()) {
      throw Failure{Exit::bad_input,
                    "this system shows no energy: neither counters nor a power supply's power"};
    }
  }

  MeterReading read(std::span<const std::uint8_t> bytes) override {
    Runner runner(bytes, arguments_);
    const double once_ms = runner.warm_up(kWarmMs);
    const auto batch = static_cast<std::int64_t>(std::ceil(kBatchMs / std::max(once_ms, 1e-5)));
    const SensorReading before = sensors_.read();
    double from_power = 0, last_s = 0;
    std::int64_t runs = 0;
    SensorReading now;
    const Clock::time_point begin = Clock::now();
    do {
      runner.run(batch);
      runs += batch;
      now = sensors_.read();
      const double at_s = milliseconds_since(begin) / 1000;
      from_power += now.watts.value_or(0) * (at_s - last_s);
      last_s = at_s;
    } while (last_s < seconds_);
    const double joules = now.joules ? *now.joules - before.joules.value_or(0) : from_power;
    MeterReading reading = runner.reading({joules * 1e9 / static_cast<double>(runs)});
    reading.spread = 0;
    return reading;
  }

 private:
  static constexpr double kBatchMs = 20;
  const Arguments& arguments_;
  Sensors& sensors_;
  double seconds_;
};

/// A file that is gone when this is.
class TemporaryFile {
 public:
  TemporaryFile() {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder != nullptr ? folder : "/tmp") + "/bulwark_layer_XXXXXX";
    const int descriptor = mkstemp(path_.data());
    if (descriptor < 0) throw Failure{Exit::io, path_ + ": " + std::strerror(errno)};
    close(descriptor);
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class CommandMeter : public Meter {
 public:
  explicit CommandMeter(std::string command) : command_(std::move(command)) {}

  MeterReading read(std::span<const std::uint8_t> bytes) override {
    const TemporaryFile file;
    write_file(file.path(), bytes);
    const std::string answer = output_of(command_ + " '" + file.path() + "'");
    MeterReading reading;
    char kernel[128] = "", path[32] = "";
    if (std::sscanf(answer.c_str(), "%lf %127s %31s", &reading.cost, kernel, path) != 3 ||
        !(reading.cost >= 0) || std::isinf(reading.cost)) {
      throw Failure{Exit::bad_input, "'" + command_ + "' must print COST KERNEL PATH, it printed '" +
                                         answer.substr(0, answer.find('\n')) + "'"};
    }
    reading.kernel = kernel;
    reading.path = path;
    return reading;
  }

 private:
  static std::string output_of(const std::string& command) {
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr)
      throw Failure{Exit::io, "'" + command + "' can not be started: " + std::strerror(errno)};
    std::string text;
    char part[256];
    while (std::fgets(part, sizeof part, pipe) != nullptr) text += part;
    const int status = pclose(pipe);
    if (status == 0) return text;
    const std::string how = WIFEXITED(status) ? "ended with exit code " + std::to_string(WEXITSTATUS(status))
                                              : std::string("was stopped by a signal");
    throw Failure{Exit::bad_input, "'" + command + "' " + how};
  }

  std::string command_;
};

}  // namespace

std::unique_ptr<Meter> clock_meter(const Arguments& arguments, double longest) {
  return std::make_unique<ClockMeter>(arguments, std::min(arguments.min_seconds, longest));
}

std::unique_ptr<Meter> layer_clock_meter(const Arguments& arguments, double longest,
                                         std::size_t network_bytes) {
  return std::make_unique<LayerClockMeter>(arguments, std::min(arguments.min_seconds, longest),
                                           network_bytes);
}

std::unique_ptr<Meter> energy_meter(const Arguments& arguments, Sensors& sensors) {
  return std::make_unique<EnergyMeter>(arguments, sensors);
}

std::unique_ptr<Meter> command_meter(const std::string& command) {
  return std::make_unique<CommandMeter>(command);
}

}  // namespace bulwark::bench
