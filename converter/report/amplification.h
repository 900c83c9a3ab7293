// SPDX-License-Identifier: Apache-2.0
// How a change of the input grows from layer to layer: the figure by which Defensive Quantization (Lin, Gan,
// Han 2019, figure 1) explains why plain low-bit networks are easier to fool.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bulwark::converter::report {

/// Mean over the samples of ||moved - clean||_2 / ||clean||_2, in real units.
struct RelativeChange {
  double noise = 0;     ///< every element of the input eps steps up or down, at random
  double attacked = 0;  ///< the input moved so that the label should change
};

struct AmplifiedLayer {
  std::string name;
  RelativeChange change;  ///< of the layer's output
};

struct Amplification {
  int eps = 0;               ///< of the noise and of the attack, in steps of the input
  std::int64_t samples = 0;  ///< compared
  std::string attack;        ///< "square, 300 queries" or the file of attacked pictures
  std::int64_t noise_flips = 0, attacked_flips = 0;  ///< samples whose label changes
  RelativeChange input;
  std::vector<AmplifiedLayer> layers;  ///< in the file's order, those whose output is not an index

  /// Last layer over input; above 1 the network amplifies.
  RelativeChange ratio() const;
};

nlohmann::ordered_json to_json(const Amplification& amplification);
std::string to_text(const Amplification& amplification);
/// A section of a page: the figure and what it says.
std::string to_html(const Amplification& amplification);

}  // namespace bulwark::converter::report
