// SPDX-License-Identifier: Apache-2.0
// Every operator: a known kind, the number of inputs and exactly the options of that kind, then the kind's
// own rules.
#include <cinttypes>
#include <limits>

#include "schema/semantics/semantics.h"

namespace bulwark::schema {
namespace {

/// What one kind needs. s8 only: the option is there when the first input is s8 and absent otherwise.
struct Kind {
  bool (*check)(const OperatorCheck&);
  std::int32_t min_inputs, max_inputs;
  enum class Options {
    none,
    linear,
    pool,
    add_s8,
    softmax_s8,
    log_softmax_s8,
    lookup,
    prelu_s8,
    function,
    resize,
    time_filter
  } options;
  bool axes;
  bool float_clamp;  ///< on f32 data
  bool multiplier = false;
  bool indices = false;
  bool wide = false;  ///< some of its tensors are s32 or s64: its own rules say which
  bool s16 = false;   ///< its own rules say where its tensors may be s16
};
using enum Kind::Options;

constexpr Kind kKinds[] = {
    {check_linear, 1, 1, linear, false, true},                                         // conv_2d
    {check_linear, 1, 1, linear, false, true},                                         // fully_connected
    {check_pool, 1, 1, pool, false, true},                                             // max_pool_2d
    {check_pool, 1, 1, pool, false, true},                                             // average_pool_2d
    {check_add, 2, 2, add_s8, false, true, false, false, false, true},                 // add
    {check_requantize, 1, 1, none, false, false, true},                                // requantize
    {check_quantize, 1, 1, none, false, false, false, false, false, true},             // quantize
    {check_dequantize, 1, 1, none, false, false},                                      // dequantize
    {check_clip, 1, 1, none, false, true},                                             // clip
    {check_softmax, 1, 1, softmax_s8, false, false},                                   // softmax
    {check_reshape, 1, 1, none, false, false, false, false, false, true},              // reshape
    {check_transpose, 1, 1, none, true, false},                                        // transpose
    {check_concat, 1, kMaxNodeTensors, none, true, false, false, false, false, true},  // concat
    {check_pad, 1, 1, none, true, false},                                              // pad
    {check_lookup, 1, 1, lookup, false, false, false, false, false, true},             // lookup
    {check_binary, 2, 2, none, false, true, true, false, false, true},                 // mul
    {check_binary, 2, 2, none, false, true},                                           // sub
    {check_binary, 2, 2, none, false, true},                                           // div
    {check_binary, 2, 2, none, false, true},                                           // maximum
    {check_binary, 2, 2, none, false, true},                                           // minimum
    {check_binary, 2, 2, prelu_s8, false, true},                                       // prelu
    {check_function, 1, 1, function, false, false},                                    // function
    {check_reduce, 1, 1, none, true, true, true},                                      // reduce_sum
    {check_reduce, 1, 1, none, true, true},                                            // reduce_max
    {check_reduce, 1, 1, none, true, true},                                            // reduce_min
    {check_log_softmax, 1, 1, log_softmax_s8, false, false},                           // log_softmax
    {check_slice, 1, 1, none, true, false, false, false, false, true},                 // slice
    {check_gather, 1, 1, none, true, false, false, true},                              // gather
    {check_resize, 1, 1, resize, true, false},                                         // resize
    {check_arg_extreme, 1, 1, none, true, false, false, false, true},                  // arg_max
    {check_arg_extreme, 1, 1, none, true, false, false, false, true},                  // arg_min
    {check_time_filter, 1, 1, time_filter, false, false, true, false, false, true},    // time_filter
};
constexpr std::size_t kKindCount = sizeof kKinds / sizeof kKinds[0];
static_assert(kKindCount == static_cast<std::size_t>(fb::OperatorKind::MAX) + 1);

bool require_present(const Place& place, const char* what, bool present, bool wanted) {
  if (present == wanted) return true;
  return place.invalid(wanted ? "has no %s options" : "must have no %s options", what);
}

bool check_options(const OperatorCheck& check, const Kind& kind) {
  const fb::Operator& raw = check.raw;
  const ElementType type = check.input(0).type;
  const bool is_s8 = type != ElementType::f32 && type != ElementType::s16;
  const Place& place = check.place;
  return require_present(place, "linear", raw.linear() != nullptr, kind.options == linear) &&
         require_present(place, "pool", raw.pool() != nullptr, kind.options == pool) &&
         require_present(place, "add", raw.add() != nullptr, kind.options == add_s8 && is_s8) &&
         require_present(place, "softmax", raw.softmax() != nullptr, kind.options == softmax_s8 && is_s8) &&
         require_present(place, "log_softmax", raw.log_softmax() != nullptr,
                         kind.options == log_softmax_s8 && is_s8) &&
         require_present(place, "lookup", raw.lookup() != nullptr,
                         kind.options == lookup && type != ElementType::s16) &&
         require_present(place, "wide_lookup", raw.wide_lookup() != nullptr,
                         kind.options == lookup && type == ElementType::s16) &&
         require_present(place, "time_filter", raw.time_filter() != nullptr, kind.options == time_filter) &&
         require_present(place, "prelu", raw.prelu() != nullptr, kind.options == prelu_s8 && is_s8) &&
         require_present(place, "function", raw.function() != nullptr, kind.options == function) &&
         require_present(place, "resize", raw.resize() != nullptr, kind.options == resize) &&
         require_present(place, "indices", !check.op.indices.empty(), kind.indices) &&
         require_present(place, "axes", !check.op.axes.empty(), kind.axes);
}

/// Scalars that a kind does not use keep their default, so that a file says nothing that is not done.
bool check_scalars(const OperatorCheck& check, const Kind& kind) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const OperatorView& op = check.op;
  if (!kind.multiplier && op.multiplier != 1) {
    return check.place.invalid("must have no multiplier");
  }
  if (kind.float_clamp && check.input(0).type == ElementType::f32) {
    if (op.float_lo <= op.float_hi) return true;
    return check.place.invalid("float_lo is %g and float_hi is %g, must be lo <= hi",
                               static_cast<double>(op.float_lo), static_cast<double>(op.float_hi));
  }
  if (op.float_lo == -kInfinity && op.float_hi == kInfinity) return true;
  return check.place.invalid("must have no float_lo and float_hi");
}

/// s8, u8 and f32 are the types of activations; others have a few operators of their own.
bool check_types(const OperatorCheck& check, const Kind& kind) {
  for (const View<std::int32_t> tensors : {check.op.inputs, check.op.outputs}) {
    for (const std::int32_t index : tensors) {
      const ElementType type = check.context.tensor(index).type;
      if (is_activation(type) || (kind.s16 && type == ElementType::s16)) continue;
      return check.place.invalid("tensor %" PRId32 " is %s, must be s8, u8 or f32", index, name(type));
    }
  }
  return true;
}

bool check_operator(Context& context, const Place& place, std::int32_t position, const fb::Operator& raw) {
  const auto index = static_cast<std::size_t>(raw.kind());
  if (index >= kKindCount) return place.invalid("unknown operator kind %zu", index);
  const Kind& kind = kKinds[index];
  const OperatorCheck check{context, place, raw, view(raw), position};
  return place.text("the name", check.op.name, 1, kMaxNameBytes) &&
         place.in_range("the number of inputs", static_cast<std::int64_t>(check.op.inputs.size()),
                        kind.min_inputs, kind.max_inputs) &&
         check_options(check, kind) && check_scalars(check, kind) &&
         (kind.wide || check_types(check, kind)) && kind.check(check);
}

}  // namespace

bool check_operators(Context& context) {
  const std::int32_t operators = count(context.model.operators());
  for (std::int32_t i = 0; i < operators; ++i) {
    const fb::Operator& raw = *context.model.operators()->Get(static_cast<std::uint32_t>(i));
    if (!check_operator(context, Place(context.error, "operator", i, view(raw.name())), i, raw)) return false;
  }
  return true;
}

}  // namespace bulwark::schema
