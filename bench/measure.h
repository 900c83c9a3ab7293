// SPDX-License-Identifier: Apache-2.0
// Runs of one engine, timed, with what the sensors showed meanwhile.
#pragma once

#include <vector>

#include "bench/engine.h"
#include "bench/sensors.h"
#include "bench/statistics.h"

namespace bulwark::bench {

/// Times of every step of a profiled session, in the order of execution.
struct StepTimes {
  std::vector<double> sum_us;
  std::size_t runs = 0;

  void take(const Session& session, std::int32_t steps);
};

struct Warmup {
  std::size_t runs = 0;
  double seconds = 0;
  bool stable = false;
};

/// One second of the measurement.
struct Second {
  double at = 0;  ///< its end, since the measurement began
  std::size_t runs = 0;
  double median_ms = 0;
  SensorReading sensors;  ///< at its end
};

struct Measurement {
  Warmup warmup;
  std::vector<double> ms;  ///< of the first million runs
  std::size_t runs = 0;
  double seconds = 0;
  std::vector<Second> timeline;
  SensorReading before;  ///< the sensors when it began
  StepTimes steps;
};

/// The same pattern of every value on every machine, so that instruction counts repeat.
void fill_inputs(Engine& engine);

/// Runs until is_stable() holds for the times, `longest_seconds` at most, once at least.
Warmup warm_up(Engine& engine, double longest_seconds);

/// Warms up, then runs for --min-s or --sustain, five times at least. Sensors are read between runs.
/// Ctrl-C ends a sustained measurement early; what was measured counts.
Measurement measure(Engine& engine, const Arguments& arguments, Sensors& sensors);

}  // namespace bulwark::bench
