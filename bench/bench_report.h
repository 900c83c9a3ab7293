// SPDX-License-Identifier: Apache-2.0
// What bench tells about one model on one device: bench-report.schema.json, a text, a page.
#pragma once

#include <string>
#include <vector>

#include "bench/device.h"
#include "bench/measure.h"

namespace bulwark::bench {

struct StepReport {
  std::string name, kind, kernel;
  std::int64_t macs = 0;
  std::int32_t runs_in = 0;
  double mean_us = 0;       ///< 0 without a profile
  std::string passed_over;  ///< see bw_step_info; empty: none
};

/// How the end of a long measurement differs from its beginning.
struct Throttling {
  double first_ms = 0, last_ms = 0;       ///< medians of the seconds of the first and of the last tenth
  double slowest_ms = 0, slowest_at = 0;  ///< the slowest second, and when it was
};
Throttling throttling_of(const std::vector<Second>& timeline);

/// Energy of a run, and where the figure comes from; 0 and empty where the system shows none.
struct Energy {
  double joules_per_run = 0, watts = 0;
  std::string source;
};
Energy energy_of(const Measurement& measurement, const Sensors& sensors);

struct BenchReport {
  std::string model, path, core, cores;
  std::int64_t model_bytes = 0;
  Device device;
  std::int32_t threads = 1;
  bool bit_exact = true, profile = false;
  std::int64_t macs = 0;
  double load_ms = 0, plan_ms = 0, session_ms = 0;
  std::int64_t arena_bytes = 0, packed_bytes = 0, session_bytes = 0, peak_bytes = 0;
  std::int64_t mapped_bytes = 0, mapped_layers = 0;  ///< weights that are used where the file has them packed
  std::vector<StepReport> steps;
  std::string temperature_source, clock_source;
  Energy energy;
  bool sustained = false;
  Measurement measurement;

  std::string json() const;
  std::string text() const;
};

/// Of an engine that has not run yet.
BenchReport describe(const Engine& engine, const Arguments& arguments, const Device& device);
/// Largest resident size of this process, in bytes.
std::int64_t peak_memory();

}  // namespace bulwark::bench
