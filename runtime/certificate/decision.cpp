// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/decision.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "kernels/common/weights.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

using schema::ElementType;
using schema::OperatorKind;
using schema::OperatorView;
using schema::TensorView;

/// The operator that writes a tensor, or -1.
std::int32_t writer_of(const schema::VerifiedModel& file, std::int32_t tensor) {
  for (std::int32_t i = file.operator_count() - 1; i >= 0; --i) {
    if (file.op(i).outputs[0] == tensor) return i;
  }
  return -1;
}

/// At most one axis has more than one element, so that moving axes changes nothing.
bool is_vector(const TensorView& tensor) {
  return std::count_if(tensor.shape.begin(), tensor.shape.end(),
                       [](std::int32_t size) { return size != 1; }) <= 1;
}

bool keeps_order(const OperatorView& op) {
  return op.kind == OperatorKind::dequantize || op.kind == OperatorKind::softmax ||
         op.kind == OperatorKind::log_softmax || op.kind == OperatorKind::reshape ||
         op.kind == OperatorKind::transpose;
}

/// A linear operator with one output element per class and no window.
bool is_matrix(const schema::VerifiedModel& file, const OperatorView& op) {
  if (op.kind != OperatorKind::fully_connected && op.kind != OperatorKind::conv_2d) return false;
  return file.tensor(op.outputs[0]).elements() == op.linear.weights.rows &&
         file.tensor(op.inputs[0]).elements() == op.linear.weights.row_elements;
}

std::int64_t multiplier_index(const schema::LinearView& linear, std::int32_t row) {
  return linear.multiplier.size() == 1 ? 0 : row;
}

double multiplier_of(const schema::LinearView& linear, std::int32_t row) {
  return linear.multiplier[static_cast<std::size_t>(multiplier_index(linear, row))];
}

/// The largest |(acc << f) + bias| that the input's range allows, over all classes.
std::int64_t reach(const schema::VerifiedModel& file, const Decision& decision) {
  const OperatorView op = file.op(decision.op);
  const TensorView input = file.tensor(op.inputs[0]);
  const std::int64_t largest = std::max(std::abs(input.lo), std::abs(input.hi));
  std::int64_t reached = 0;
  for (std::int32_t c = 0; c < decision.classes; ++c) {
    std::int64_t sum = 0;
    for (std::int32_t k = 0; k < decision.depth; ++k)
      sum += std::abs(decision.weights[c * std::int64_t{decision.depth} + k]);
    const std::int64_t bias = op.linear.bias[static_cast<std::size_t>(c)];
    reached = std::max(reached, (sum * largest << op.linear.fraction_bits) + std::abs(bias));
  }
  return reached;
}

/// The float logits of a class from the integers of its inputs.
class Logits {
 public:
  Logits(const schema::VerifiedModel& file, const Decision& decision, const Ends& ends)
      : decision_(decision),
        linear_(file.op(decision.op).linear),
        lo_(static_cast<const std::int8_t*>(ends.lo)),
        hi_(static_cast<const std::int8_t*>(ends.hi)) {}

  /// At the corner of the lower ends: only the class that is first there can be first everywhere.
  std::int32_t first_at_corner() const {
    std::int32_t best = 0;
    float largest = 0;
    for (std::int32_t c = 0; c < decision_.classes; ++c) {
      std::int64_t sum = 0;
      const std::int16_t* w = row(c);
      for (std::int32_t k = 0; k < decision_.depth; ++k) sum += w[k] * lo_[k];
      const auto v = static_cast<std::int32_t>((sum << linear_.fraction_bits) + bias(c));
      const float logit = static_cast<float>(v) * static_cast<float>(multiplier_of(linear_, c));
      if (c == 0 || logit > largest) {
        best = c;
        largest = logit;
      }
    }
    return best;
  }

  /// The smallest lead of `label` over class j on the box, in logits, and whether it is one for certain.
  Lead lead_over(std::int32_t label, std::int32_t j) const {
    return decision_.one_multiplier ? integer_lead(label, j) : real_lead(label, j);
  }

 private:
  const std::int16_t* row(std::int32_t c) const {
    return decision_.weights + c * std::int64_t{decision_.depth};
  }
  std::int64_t bias(std::int32_t c) const { return linear_.bias[static_cast<std::size_t>(c)]; }

  /// Terms are at most 510 * 128 in absolute value, so a chunk's sum fits 32 bits and the loop vectors.
  static constexpr std::int32_t kChunk = 16384;

  /// min over the box of (w_t - w_j) . a from `begin` to `end`.
  std::int32_t least_sum(const std::int16_t* t, const std::int16_t* other, std::int32_t begin,
                         std::int32_t end) const {
    std::int32_t sum = 0;
    for (std::int32_t k = begin; k < end; ++k) {
      const std::int32_t difference = t[k] - other[k];
      sum += std::min(difference * lo_[k], difference * hi_[k]);
    }
    return sum;
  }

  /// min over the box of (w_t - w_j) . a + b_t - b_j, exactly.
  Lead integer_lead(std::int32_t label, std::int32_t j) const {
    const std::int16_t* t = row(label);
    const std::int16_t* other = row(j);
    std::int64_t sum = 0;
    for (std::int32_t k = 0; k < decision_.depth; k += kChunk)
      sum += least_sum(t, other, k, std::min(k + kChunk, decision_.depth));
    const std::int64_t lead = sum * (std::int64_t{1} << linear_.fraction_bits) + bias(label) - bias(j);
    return {label, static_cast<float>(static_cast<double>(lead) * multiplier_of(linear_, label)),
            lead > decision_.gap};
  }

  /// The same where the classes have multipliers of their own. Each term is exact but for one rounding of the
  /// difference and one of the sum, so the result is wrong by less than (depth + 3) * 2^-52 times the sum of
  /// the terms' absolute values; the two float logits are wrong by 2^-23 of their largest value each.
  Lead real_lead(std::int32_t label, std::int32_t j) const {
    const std::int16_t* t = row(label);
    const std::int16_t* other = row(j);
    const double unit = static_cast<double>(std::int64_t{1} << linear_.fraction_bits);
    const double mt = multiplier_of(linear_, label), mj = multiplier_of(linear_, j);
    const double offset = mt * static_cast<double>(bias(label)) - mj * static_cast<double>(bias(j));
    double sum = offset;
    double size =
        mt * std::abs(static_cast<double>(bias(label))) + mj * std::abs(static_cast<double>(bias(j)));
    for (std::int32_t k = 0; k < decision_.depth; ++k) {
      const double difference = unit * (mt * t[k] - mj * other[k]);
      sum += difference * (difference > 0 ? lo_[k] : hi_[k]);
      size += unit * (mt * std::abs(t[k]) + mj * std::abs(other[k])) *
              std::max(std::abs(lo_[k]), std::abs(hi_[k]));
    }
    const double error = size * (std::ldexp(1.0, -22) + (decision_.depth + 3) * std::ldexp(1.0, -52));
    return {label, static_cast<float>(sum), sum > error};
  }

  const Decision& decision_;
  schema::LinearView linear_;
  const std::int8_t* lo_;
  const std::int8_t* hi_;
};

template <typename T>
std::int32_t argmax(const T* values, std::int32_t count) {
  return static_cast<std::int32_t>(std::max_element(values, values + count) - values);
}

/// Integer logits: the label's lower end against every other upper end.
template <typename T>
Lead integer_logits_lead(const Decision& decision, const Ends& ends, std::int32_t label, float scale) {
  const T* lo = static_cast<const T*>(ends.lo);
  const T* hi = static_cast<const T*>(ends.hi);
  if (label < 0) label = argmax(lo, decision.classes);
  std::int32_t next = -256;
  for (std::int32_t j = 0; j < decision.classes; ++j) {
    if (j != label) next = std::max<std::int32_t>(next, hi[j]);
  }
  return {label, static_cast<float>(lo[label] - next) * scale, lo[label] > next};
}

}  // namespace

bw_status find_decision(const schema::VerifiedModel& file, Decision* decision) {
  std::int32_t tensor = file.outputs()[0];
  std::int32_t op = writer_of(file, tensor);
  while (op >= 0 && keeps_order(file.op(op)) && is_vector(file.tensor(tensor))) {
    tensor = file.op(op).inputs[0];
    op = writer_of(file, tensor);
  }
  const TensorView logits = file.tensor(tensor);
  if (!is_vector(logits) || logits.elements() < 2 || logits.elements() > INT32_MAX || op < 0) {
    return fail(BW_STATUS_NOT_CERTIFIABLE, "output 0 is not a vector of at least two classes for one input");
  }
  decision->tensor = tensor;
  decision->classes = static_cast<std::int32_t>(logits.elements());
  if (logits.type != ElementType::f32) return BW_STATUS_OK;
  const OperatorView writer = file.op(op);
  if (!is_matrix(file, writer) || file.tensor(writer.inputs[0]).type != ElementType::s8) {
    return fail(BW_STATUS_NOT_CERTIFIABLE, "operator %d '%s' (%s): the logits are computed from floats", op,
                writer.name.data(), schema::name(writer.kind));
  }
  decision->op = op;
  decision->depth = writer.linear.weights.row_elements;
  return BW_STATUS_OK;
}

bool prepare_decision(const schema::VerifiedModel& file, Bump& bump, Decision* decision) {
  if (decision->op < 0) return true;
  const schema::LinearView linear = file.op(decision->op).linear;
  const auto depth = static_cast<std::size_t>(decision->depth);
  auto* weights = bump.make<std::int16_t>(static_cast<std::size_t>(decision->classes) * depth);
  if (weights == nullptr) return false;
  const auto format = static_cast<kernels::WeightFormat>(linear.weights.format);
  const auto bytes = static_cast<std::size_t>(kernels::weight_row_bytes(format, depth));
  for (std::size_t c = 0; c < static_cast<std::size_t>(decision->classes); ++c) {
    kernels::unpack_weight_row(format, linear.weights.data.data() + c * bytes, depth, weights + c * depth);
  }
  decision->weights = weights;
  decision->one_multiplier = std::all_of(linear.multiplier.begin(), linear.multiplier.end(),
                                         [&](float m) { return m == linear.multiplier[0]; });
  // Two roundings to 24 bits of numbers of up to `reach`: closer leads may vanish in the float logits.
  decision->gap = reach(file, *decision) >> 22;
  return true;
}

Lead find_lead(const schema::VerifiedModel& file, const Decision& decision, const Ends& ends,
               std::int32_t label) {
  const TensorView logits = file.tensor(decision.tensor);
  if (logits.type == ElementType::s8)
    return integer_logits_lead<std::int8_t>(decision, ends, label, logits.scale);
  if (logits.type == ElementType::u8)
    return integer_logits_lead<std::uint8_t>(decision, ends, label, logits.scale);
  const Logits box(file, decision, ends);
  if (label < 0) label = box.first_at_corner();
  Lead smallest;
  smallest.certified = true;
  for (std::int32_t j = 0; j < decision.classes; ++j) {
    if (j == label) continue;
    const Lead lead = box.lead_over(label, j);
    if (smallest.label < 0 || lead.margin < smallest.margin) smallest.margin = lead.margin;
    smallest.certified = smallest.certified && lead.certified;
    smallest.label = label;
  }
  return smallest;
}

std::int32_t nominal_label(const schema::VerifiedModel& file, const Decision& decision, const void* logits) {
  switch (file.tensor(decision.tensor).type) {
    case ElementType::s8:
      return argmax(static_cast<const std::int8_t*>(logits), decision.classes);
    case ElementType::u8:
      return argmax(static_cast<const std::uint8_t*>(logits), decision.classes);
    default:
      return argmax(static_cast<const float*>(logits), decision.classes);
  }
}

}  // namespace bulwark::runtime
