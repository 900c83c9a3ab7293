// SPDX-License-Identifier: Apache-2.0
// Comparison with the input and outputs that a file carries.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "runtime/session.h"
#include "runtime/status.h"

using namespace bulwark;
using runtime::fail;

namespace {

constexpr float kFloatTolerance = 1e-4f;       // of the largest expected value
constexpr std::int32_t kIntegerTolerance = 1;  // behind float operators

// The functions below return the first element (or byte) that differs, or -1.

std::int64_t exact_difference(const std::uint8_t* got, const std::uint8_t* want, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    if (got[i] != want[i]) return static_cast<std::int64_t>(i);
  }
  return -1;
}

std::int64_t integer_difference(const std::uint8_t* got, const std::uint8_t* want, std::size_t bytes,
                                bool is_unsigned) {
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::int32_t a = is_unsigned ? got[i] : static_cast<std::int8_t>(got[i]);
    const std::int32_t b = is_unsigned ? want[i] : static_cast<std::int8_t>(want[i]);
    if (std::abs(a - b) > kIntegerTolerance) return static_cast<std::int64_t>(i);
  }
  return -1;
}

float float_at(const std::uint8_t* bytes, std::size_t i) {
  float value;
  std::memcpy(&value, bytes + i * sizeof value, sizeof value);
  return value;
}

std::int64_t float_difference(const std::uint8_t* got, const std::uint8_t* want, std::size_t bytes) {
  const std::size_t count = bytes / sizeof(float);
  float largest = 0;
  for (std::size_t i = 0; i < count; ++i) largest = std::fmax(largest, std::fabs(float_at(want, i)));
  for (std::size_t i = 0; i < count; ++i) {
    // Written so that a NaN differs.
    if (!(std::fabs(float_at(got, i) - float_at(want, i)) <= kFloatTolerance * largest)) {
      return static_cast<std::int64_t>(i);
    }
  }
  return -1;
}

std::int64_t find_difference(const bw_model& model, schema::ElementType type, const void* got,
                             schema::View<std::uint8_t> want) {
  const std::uint8_t* bytes = static_cast<const std::uint8_t*>(got);
  if (model.bit_exact) {
    const std::int64_t byte = exact_difference(bytes, want.data(), want.size());
    return byte < 0 ? byte : byte / static_cast<std::int64_t>(schema::element_size(type));
  }
  if (type == schema::ElementType::f32) return float_difference(bytes, want.data(), want.size());
  if (!schema::is_quantized(type)) {  // indices
    const std::int64_t byte = exact_difference(bytes, want.data(), want.size());
    return byte < 0 ? byte : byte / static_cast<std::int64_t>(schema::element_size(type));
  }
  return integer_difference(bytes, want.data(), want.size(), type == schema::ElementType::u8);
}

void set_golden_inputs(bw_session& session) {
  const schema::VerifiedModel& file = session.plan->model->file;
  for (std::int32_t i = 0; i < file.golden_input_count(); ++i) {
    const schema::GoldenTensorView golden = file.golden_input(i);
    runtime::InputDoors& input = session.inputs[golden.index];
    std::memcpy(input.source, golden.data.data(), golden.data.size());
    input.use_integers = false;
  }
}

}  // namespace

extern "C" bw_status bw_session_check_golden(bw_session* session, int32_t* matches) {
  if (session == nullptr || matches == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "matches");
  }
  const bw_model& model = *session->plan->model;
  if (!model.file.has_golden()) return fail(BW_STATUS_NOT_FOUND, "the model carries no golden data");
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return fail(BW_STATUS_BUSY, "the session is in use on another thread");

  set_golden_inputs(*session);
  runtime::reset_states(*session);
  runtime::run_steps(*session);
  runtime::reset_states(*session);
  *matches = 1;
  for (std::int32_t i = 0; i < model.file.golden_output_count(); ++i) {
    const schema::GoldenTensorView golden = model.file.golden_output(i);
    const std::int32_t tensor = model.file.outputs()[static_cast<std::size_t>(golden.index)];
    const schema::TensorView view = model.file.tensor(tensor);
    const std::int64_t where = find_difference(model, view.type, session->tensors[tensor], golden.data);
    if (where < 0) continue;
    *matches = 0;
    fail(BW_STATUS_OK, "output %d '%s' differs from the golden data at element %lld", golden.index,
         view.name.data(), static_cast<long long>(where));
    break;
  }
  return BW_STATUS_OK;
}
