// SPDX-License-Identifier: Apache-2.0
#include "bench/sensors.h"

#include <algorithm>
#include <cmath>

namespace bulwark::bench {
namespace {

const std::string kZones = "/sys/class/thermal/", kSupplies = "/sys/class/power_supply/",
                  kCaps = "/sys/class/powercap/", kMonitors = "/sys/class/hwmon/",
                  kCpus = "/sys/devices/system/cpu/";

/// What zones that are switched off show is colder or hotter than any chip.
bool is_plausible(long long millicelsius) { return millicelsius > -40000 && millicelsius < 200000; }

std::string clock_file(int core) {
  return kCpus + "cpu" + std::to_string(core) + "/cpufreq/scaling_cur_freq";
}

}  // namespace

Sensors::Sensors(const SystemFiles& files, std::vector<int> cores) : files_(files), cores_(std::move(cores)) {
  find_temperature();
  if (std::any_of(cores_.begin(), cores_.end(),
                  [&](int core) { return files_.number(clock_file(core)).has_value(); })) {
    clock_source_ = "cpufreq's scaling_cur_freq of each core, once a second";
  }
  find_energy();
  find_power();
}

void Sensors::find_temperature() {
  for (const std::string& zone : files_.names(kZones, "thermal_zone")) {
    const auto value = files_.number(kZones + zone + "/temp");
    if (!value || !is_plausible(*value)) continue;
    zones_.push_back(kZones + zone + "/temp");
    temperature_source_ +=
        (temperature_source_.empty() ? "" : ", ") + files_.text(kZones + zone + "/type").value_or(zone);
  }
  if (!zones_.empty())
    temperature_source_ = "hottest of the thermal zones " + temperature_source_ + ", once a second";
}

void Sensors::find_energy() {
  // Packages alone: their parts (intel-rapl:0:0) are contained in them.
  for (const std::string& cap : files_.names(kCaps, "intel-rapl:")) {
    if (std::count(cap.begin(), cap.end(), ':') != 1) continue;
    const auto now = files_.number(kCaps + cap + "/energy_uj");
    if (!now) continue;
    counters_.push_back({kCaps + cap + "/energy_uj",
                         files_.number(kCaps + cap + "/max_energy_range_uj").value_or(0), *now, 0});
    energy_source_ = "processor packages' energy counters (RAPL)";
  }
  if (!counters_.empty()) return;
  for (const std::string& monitor : files_.names(kMonitors, "hwmon")) {
    const std::string path = kMonitors + monitor + "/energy1_input";
    const auto now = files_.number(path);
    if (!now) continue;
    counters_.push_back({path, 0, *now, 0});
    energy_source_ = "energy counter of " + files_.text(kMonitors + monitor + "/name").value_or(monitor);
    return;
  }
}

void Sensors::find_power() {
  for (const std::string& supply : files_.names(kSupplies, "")) {
    supply_ = kSupplies + supply + "/";
    if (read_power()) {
      power_source_ = "power supply '" + supply + "', once a second: the whole device";
      // On the mains its battery is charged: that is no consumption.
      if (files_.text(supply_ + "status").value_or("") == "Charging")
        power_source_ += ", which is being charged";
      return;
    }
  }
  supply_.clear();
}

std::optional<double> Sensors::read_power() const {
  if (supply_.empty()) return std::nullopt;
  if (const auto power = files_.number(supply_ + "power_now"))
    return std::abs(static_cast<double>(*power)) * 1e-6;
  const auto current = files_.number(supply_ + "current_now"),
             voltage = files_.number(supply_ + "voltage_now");
  if (!current || !voltage) return std::nullopt;
  return std::abs(static_cast<double>(*current)) * 1e-6 * static_cast<double>(*voltage) * 1e-6;
}

std::optional<double> Sensors::read_energy() {
  if (counters_.empty()) return std::nullopt;
  double joules = 0;
  for (Counter& counter : counters_) {
    const long long now = files_.number(counter.path).value_or(counter.last);
    const long long step = now >= counter.last ? now - counter.last : now + counter.range - counter.last;
    counter.joules += static_cast<double>(std::max(step, 0LL)) * 1e-6;
    counter.last = now;
    joules += counter.joules;
  }
  return joules;
}

SensorReading Sensors::read() {
  SensorReading reading;
  for (const std::string& zone : zones_) {
    const auto value = files_.number(zone);
    if (!value || !is_plausible(*value)) continue;
    reading.celsius = std::max(reading.celsius.value_or(-100), static_cast<double>(*value) / 1000);
  }
  if (!clock_source_.empty()) {
    for (const int core : cores_) reading.khz.push_back(files_.number(clock_file(core)).value_or(0));
  }
  reading.watts = read_power();
  reading.joules = read_energy();
  return reading;
}

}  // namespace bulwark::bench
