// SPDX-License-Identifier: Apache-2.0
// What quantization did to each layer, measured on calibration samples.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bulwark::converter::quantize {

/// Distance of a layer's results from those of the float network, errors of the layers in front of it
/// included.
struct ResultError {
  double sqnr_db = 0;  ///< 10 log10(sum of x^2 / sum of (x - x')^2); 300 when there is no error
  double mean_steps =
      0;  ///< mean of |x - x'| over the step of the quantizer behind it; 0 where there is none
};

struct LayerError {
  std::string name;
  int weight_bits = 8, activation_bits = 8;  ///< activation bits 0: the layer writes float
  double weight_sqnr_db = 0;                 ///< of the weights alone
  bool optimized = false;                    ///< rounded by second order, else to nearest
  bool bias_corrected = false;
  ResultError before;  ///< weights rounded to nearest, biases as they were
  ResultError after;   ///< as written
};

/// A quantizer of activations.
struct ActivationError {
  std::string name;
  int bits = 8;
  double lo = 0, hi = 0;  ///< what its levels cover
  double sqnr_db = 0;     ///< of quantizing alone
  double clipped = 0;     ///< share of the values outside lo..hi
};

struct QuantizeReport {
  std::size_t samples = 0;             ///< that ranges were taken from
  std::size_t correction_samples = 0;  ///< that errors were measured and corrected on
  std::vector<LayerError> layers;
  std::vector<ActivationError> activations;
  std::vector<std::string> equalized;  ///< "conv1 -> conv2"
  std::vector<std::string> notes;
};

}  // namespace bulwark::converter::quantize
