// SPDX-License-Identifier: Apache-2.0
// Temperature, clock and energy, where the system shows them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/system_files.h"

namespace bulwark::bench {

struct SensorReading {
  std::optional<double> celsius;  ///< of the hottest thermal zone
  std::vector<long long> khz;     ///< of each core that was asked for; empty where it is not shown
  std::optional<double> watts;    ///< of the whole device, from a power supply's current and voltage
  std::optional<double> joules;   ///< of an energy counter, since it was first read
};

class Sensors {
 public:
  /// Clocks are those of `cores`.
  Sensors(const SystemFiles& files, std::vector<int> cores);

  SensorReading read();

  /// Where each quantity comes from, in words; empty where it is not shown.
  const std::string& temperature_source() const { return temperature_source_; }
  const std::string& clock_source() const { return clock_source_; }
  const std::string& power_source() const { return power_source_; }
  const std::string& energy_source() const { return energy_source_; }

 private:
  /// Counts microjoules up to `range`, then begins again; 0: it does not wrap.
  struct Counter {
    std::string path;
    long long range = 0, last = 0;
    double joules = 0;
  };
  void find_temperature();
  void find_energy();
  void find_power();
  std::optional<double> read_power() const;
  std::optional<double> read_energy();

  const SystemFiles& files_;
  std::vector<int> cores_;
  std::vector<std::string> zones_;
  std::vector<Counter> counters_;
  std::string supply_;  ///< folder
  std::string temperature_source_, clock_source_, power_source_, energy_source_;
};

}  // namespace bulwark::bench
