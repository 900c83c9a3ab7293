// SPDX-License-Identifier: Apache-2.0
// What widths of single layers do to a model's outputs, kept in a file between searches: measuring it is most
// of what a search takes. A file says of what it is, so that one of another model is never taken for this
// one's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

namespace bulwark::converter::search {

/// Of what numbers are. The first two are SHA-256 in hex.
struct MeasuredOn {
  std::string model;    ///< names, structure and constants of the optimized float graph
  std::string samples;  ///< calibration samples, input ranges, and the model with 8 bits that they lead to
  std::string measure;  ///< the objective in words, with the SHA-256 of what it reads besides the samples
  bool operator==(const MeasuredOn&) const = default;
};

enum class Subject : std::uint8_t {
  everything,   ///< the whole model with 8 bits; no name
  weights,      ///< of the layer with this name, all else with 8 bits
  activations,  ///< of the group whose first writer has this name
};

struct Sensitivities {
  using Key = std::tuple<Subject, std::string, int>;  ///< subject, name, bits
  MeasuredOn on;
  std::map<Key, double> values;  ///< of the objective, less is better
};

/// The numbers of a file, or none where there is no such file. Throws Error (io, bad_input) that says what is
/// wrong: of another model, of other samples, by another measure, damaged.
Sensitivities read_sensitivities(const std::string& file, const MeasuredOn& on);

/// Atomically, at any time: what is there is reused by the next search. Throws Error (io).
void write_sensitivities(const Sensitivities& sensitivities, const std::string& file);

}  // namespace bulwark::converter::search
