// SPDX-License-Identifier: Apache-2.0
// What one run of a model costs: by the clock, or by a program that counts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bench/arguments.h"
#include "bench/sensors.h"

namespace bulwark::bench {

struct MeterReading {
  double cost = 0;
  double spread = 0;  ///< third minus first quartile
  std::int64_t samples = 1;
  std::string kernel;  ///< of the last operator
  std::string path;
};

class Meter {
 public:
  virtual ~Meter() = default;
  /// Throws Failure.
  virtual MeterReading read(std::span<const std::uint8_t> model) = 0;
};

/// Nanoseconds of a warm run here, the median of samples over --min-s seconds (or `longest`, whichever is
/// less). A sample is as many runs as take 20 us.
std::unique_ptr<Meter> clock_meter(const Arguments& arguments, double longest);

/// The same for a layer as it runs in a network that needs `network_bytes` of weights and activations: before
/// every run as many bytes are read as the rest of the network has, so that caches hold of the layer's
/// weights what they would hold, and then the layer's input, which the layer before has just written. A
/// sample is one run, less what reading the clock takes.
std::unique_ptr<Meter> layer_clock_meter(const Arguments& arguments, double longest,
                                         std::size_t network_bytes);

/// Nanojoules of a warm run here: what the energy counters or the power supply show while it runs again and
/// again for --min-s seconds (counters move in steps: seconds are needed); the whole device, idle parts included. `sensors` must outlive the
/// meter. Throws Failure (bad_input) where the system shows neither.
std::unique_ptr<Meter> energy_meter(const Arguments& arguments, Sensors& sensors);

/// The program's answer: a number of at least 0, then the kernel and the path.
std::unique_ptr<Meter> command_meter(const std::string& command);

}  // namespace bulwark::bench
