// SPDX-License-Identifier: Apache-2.0
// One layer of a model as a model of its own, at any width of its weights and of its input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::bench {

struct LayerWidths {
  std::int32_t weights = 0;      ///< 8, 4, 3, 2; 32 for float; 0 without weights
  std::int32_t activations = 8;  ///< 8..2 of the input; 32 for float; 8 without weights
  bool operator==(const LayerWidths&) const = default;
};

/// Of an operator as it stands in the model. The input's width is that of its range; ternary weights have 2
/// bits, 9-bit ones 9.
LayerWidths widths_of(const schema::VerifiedModel& model, std::int32_t index);

/// True for convolutions and fully connected layers on integers: the layers whose cost depends on bits.
bool has_integer_weights(const schema::OperatorView& op);

/// False for operators on 16-bit elements, which can be neither a model's input or output nor constants: no
/// table has a cost of them.
bool can_stand_alone(const schema::VerifiedModel& model, std::int32_t index);

std::string key_of(const schema::VerifiedModel& model, std::int32_t index);

/// Multiply-accumulates of one run; 0 without weights.
std::int64_t macs_of(const schema::VerifiedModel& model, std::int32_t index);

/// The bytes of a .bwk file with the one operator. Its inputs are constants, so that nothing but the operator
/// runs; the input of the model is one byte that nothing reads. Integer weights and inputs are random over
/// the whole range of their width (8-bit weights -127..127); outputs are as wide as inputs; requantization is
/// per channel, with fraction bits where the operator has some: as many as the widths leave room for. The
/// same bytes on every machine. Throws Failure (bad_input) where the operator can not stand alone.
std::vector<std::uint8_t> layer_model(const schema::VerifiedModel& model, std::int32_t index,
                                      LayerWidths widths);

/// A model whose one layer does next to nothing: what a run costs by itself.
std::vector<std::uint8_t> empty_model();

}  // namespace bulwark::bench
