// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>

#include "bench/interrupt.h"

namespace bulwark::bench {
namespace {

constexpr std::size_t kMinRuns = 5, kMaxSamples = 1000000, kMaxWarmups = 100000;
/// Clocks take about that long to rise.
constexpr double kLeastWarmupMs = 100;

double timed_run(Engine& engine) {
  const Clock::time_point start = Clock::now();
  const Status status = engine.session.run();
  const double ms = milliseconds_since(start);
  check(status, "run");
  return ms;
}

/// Collects the runs of the second that is going on.
class Timeline {
 public:
  /// `seconds` is how long it is to last.
  Timeline(Measurement* measurement, Sensors* sensors, double seconds)
      : measurement_(measurement), sensors_(sensors), planned_(seconds), terminal_(isatty(2) != 0) {
    measurement->before = sensors->read();
  }
  void run(double ms) {
    second_.push_back(ms);
    const double now = milliseconds_since(begin_) / 1000;
    if (now >= static_cast<double>(ended_ + 1)) end(now);
  }
  /// What is left is told too where it is the only part, or makes up half a second.
  void finish() {
    measurement_->seconds = milliseconds_since(begin_) / 1000;
    if (!second_.empty() && (ended_ == 0 || measurement_->seconds - static_cast<double>(ended_) >= 0.5)) {
      end(measurement_->seconds);
    }
    if (terminal_) std::fputs("\r\x1b[K", stderr);
  }
  double seconds() const { return milliseconds_since(begin_) / 1000; }

 private:
  void end(double now) {
    measurement_->timeline.push_back({now, second_.size(), statistics_of(second_).p50, sensors_->read()});
    if (terminal_) {
      const Second& last = measurement_->timeline.back();
      std::fprintf(stderr, "\r\x1b[K%.0f of %.0f s, median %.4f ms", now, planned_, last.median_ms);
      if (last.sensors.celsius) std::fprintf(stderr, ", %.1f C", *last.sensors.celsius);
    }
    second_.clear();
    ended_ = static_cast<long>(now);
  }

  Measurement* measurement_;
  Sensors* sensors_;
  double planned_;
  bool terminal_;
  Clock::time_point begin_ = Clock::now();
  std::vector<double> second_;
  long ended_ = 0;  ///< seconds that are over
};

}  // namespace

void StepTimes::take(const Session& session, std::int32_t steps) {
  sum_us.resize(static_cast<std::size_t>(steps));
  for (std::int32_t i = 0; i < steps; ++i) {
    const Result<std::int64_t> ns = session.step_ns(i);
    check(ns.status(), "profile");
    sum_us[static_cast<std::size_t>(i)] += static_cast<double>(*ns) / 1000;
  }
  ++runs;
}

void fill_inputs(Engine& engine) {
  for (std::int32_t i = 0; i < engine.model.input_count(); ++i) {
    void* data = nullptr;
    std::size_t bytes = 0;
    check(Status(bw_session_input(engine.session.get(), i, &data, &bytes)), "input");
    const Result<TensorInfo> info = engine.model.input(i);
    check(info.status(), "input");
    std::uint32_t state = 1;
    const std::size_t size = info->type == BW_TYPE_F32 ? sizeof(float) : 1;
    for (std::size_t at = 0; at < bytes; at += size) {
      state = state * 1664525 + 1013904223;
      const float value = static_cast<float>(state >> 24) / 256;
      if (size == 1) {
        static_cast<std::uint8_t*>(data)[at] = static_cast<std::uint8_t>(state >> 24);
      } else {
        std::memcpy(static_cast<std::uint8_t*>(data) + at, &value, size);
      }
    }
  }
}

Warmup warm_up(Engine& engine, double longest_seconds) {
  Warmup warmup;
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  std::size_t look = 9;  // sorting after every run would take longer than the runs
  do {
    times.push_back(timed_run(engine));
    if (times.size() < look || milliseconds_since(begin) < kLeastWarmupMs) continue;
    warmup.stable = is_stable(times);
    look = times.size() + times.size() / 4;
  } while (!warmup.stable && times.size() < kMaxWarmups &&
           milliseconds_since(begin) < longest_seconds * 1000);
  warmup.runs = times.size();
  warmup.seconds = milliseconds_since(begin) / 1000;
  return warmup;
}

Measurement measure(Engine& engine, const Arguments& arguments, Sensors& sensors) {
  Measurement measurement;
  measurement.warmup = warm_up(engine, arguments.warmup_seconds);
  const double seconds = arguments.sustain_seconds > 0 ? arguments.sustain_seconds : arguments.min_seconds;
  std::optional<InterruptGuard> guard;
  if (arguments.sustain_seconds > 0) guard.emplace();
  Timeline timeline(&measurement, &sensors, seconds);
  while (measurement.runs < kMinRuns || (timeline.seconds() < seconds && !(guard && guard->interrupted()))) {
    const double ms = timed_run(engine);
    if (measurement.ms.size() < kMaxSamples) measurement.ms.push_back(ms);
    ++measurement.runs;
    if (arguments.profile) measurement.steps.take(engine.session, engine.plan.step_count());
    timeline.run(ms);
  }
  timeline.finish();
  return measurement;
}

}  // namespace bulwark::bench
