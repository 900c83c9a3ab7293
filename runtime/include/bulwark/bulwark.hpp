// SPDX-License-Identifier: Apache-2.0
// C++20 handles over bulwark.h: they release themselves, move and do not copy, and never throw.
//
//   auto session = bulwark::Session::open("model.bwk");
//   if (!session) { std::puts(session.message()); return 1; }
//   std::ranges::copy(pixels, session->input<float>(0).begin());
//   session->run();
//   for (float logit : session->output<float>(0)) ...
#ifndef BULWARK_BULWARK_HPP_
#define BULWARK_BULWARK_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "bulwark/bulwark.h"

namespace bulwark {

/// The outcome of a call. True when it succeeded.
class [[nodiscard]] Status {
 public:
  Status() = default;
  explicit Status(bw_status code) : code_(code) {}
  explicit operator bool() const { return code_ == BW_STATUS_OK; }
  bw_status code() const { return code_; }
  /// What went wrong; valid until the next failing call on this thread.
  const char* message() const { return *this ? "" : bw_status_message(); }

 private:
  bw_status code_ = BW_STATUS_OK;
};

/// A value, or the status that says why there is none. * and -> need a value.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(status) {}
  explicit operator bool() const { return value_.has_value(); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  Status status() const { return status_; }
  const char* message() const { return status_.message(); }

 private:
  std::optional<T> value_;
  Status status_;
};

using TensorInfo = bw_tensor_info;
using StepInfo = bw_step_info;

/// The C structs with their defaults filled in.
struct ModelOptions : bw_model_options {
  ModelOptions() : bw_model_options{} { bw_model_options_init(this); }
};
struct PlanOptions : bw_plan_options {
  PlanOptions() : bw_plan_options{} { bw_plan_options_init(this); }
};
struct SessionOptions : bw_session_options {
  SessionOptions() : bw_session_options{} { bw_session_options_init(this); }
};

namespace detail {

struct Release {
  void operator()(bw_model* model) const { bw_model_release(model); }
  void operator()(bw_plan* plan) const { bw_plan_release(plan); }
  void operator()(bw_session* session) const { bw_session_release(session); }
};

template <typename T>
concept Element =
    std::is_same_v<T, float> || std::is_same_v<T, std::int8_t> || std::is_same_v<T, std::uint8_t> ||
    std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>;

template <Element T>
constexpr bw_type type_of() {
  if constexpr (std::is_same_v<T, float>) return BW_TYPE_F32;
  if constexpr (std::is_same_v<T, std::int32_t>) return BW_TYPE_S32;
  if constexpr (std::is_same_v<T, std::int64_t>) return BW_TYPE_S64;
  return std::is_same_v<T, std::int8_t> ? BW_TYPE_S8 : BW_TYPE_U8;
}

}  // namespace detail

/// A verified model. May be released as soon as its plans are made.
class Model {
 public:
  static Result<Model> load(const char* path, const ModelOptions& options = {}) {
    bw_model* model = nullptr;
    const Status status(bw_model_load_file(path, &options, &model));
    return status ? Result<Model>(Model(model)) : status;
  }
  /// Without copying: `bytes` is 16-byte aligned and stays as it is until model, plans and sessions are
  /// released.
  static Result<Model> from_memory(std::span<const std::uint8_t> bytes, const ModelOptions& options = {}) {
    bw_model* model = nullptr;
    const Status status(bw_model_load_memory(bytes.data(), bytes.size(), &options, &model));
    return status ? Result<Model>(Model(model)) : status;
  }

  std::int32_t input_count() const { return bw_model_input_count(get()); }
  std::int32_t output_count() const { return bw_model_output_count(get()); }
  Result<TensorInfo> input(std::int32_t i) const { return info(bw_model_input_info, i); }
  Result<TensorInfo> output(std::int32_t i) const { return info(bw_model_output_info, i); }
  /// BW_STATUS_NOT_FOUND when the input has no integer door.
  Result<TensorInfo> integer_input(std::int32_t i) const { return info(bw_model_input_integer_info, i); }
  bool is_bit_exact() const { return bw_model_is_bit_exact(get()) != 0; }
  bool has_golden() const { return bw_model_has_golden(get()) != 0; }
  /// Tensors that keep their value from run to run.
  std::int32_t state_count() const { return bw_model_state_count(get()); }
  bw_model* get() const { return handle_.get(); }

 private:
  explicit Model(bw_model* model) : handle_(model) {}
  Result<TensorInfo> info(bw_status (*ask)(const bw_model*, std::int32_t, bw_tensor_info*),
                          std::int32_t i) const {
    TensorInfo result = {};
    const Status status(ask(get(), i, &result));
    return status ? Result<TensorInfo>(result) : status;
  }
  std::unique_ptr<bw_model, detail::Release> handle_;
};

/// Kernels chosen and weights packed, for any number of sessions.
class Plan {
 public:
  static Result<Plan> create(const Model& model, const PlanOptions& options = {}) {
    bw_plan* plan = nullptr;
    const Status status(bw_plan_create(model.get(), &options, &plan));
    return status ? Result<Plan>(Plan(plan, model.get())) : status;
  }

  const char* path() const { return bw_plan_path(get()); }
  std::size_t packed_bytes() const { return bw_plan_packed_bytes(get()); }
  std::size_t mapped_bytes() const { return bw_plan_mapped_bytes(get()); }
  std::size_t arena_bytes() const { return bw_plan_arena_bytes(get()); }
  std::int32_t step_count() const { return bw_plan_step_count(get()); }
  Result<StepInfo> step(std::int32_t i) const {
    StepInfo info = {};
    const Status status(bw_plan_step_info(get(), i, &info));
    return status ? Result<StepInfo>(info) : status;
  }
  bw_plan* get() const { return handle_.get(); }

 private:
  friend class Session;
  Plan(bw_plan* plan, bw_model* model) : handle_(plan), model_(model) {}
  std::unique_ptr<bw_plan, detail::Release> handle_;
  bw_model* model_;  // kept alive by the plan
};

/// The memory and threads of one run at a time.
class Session {
 public:
  /// Loads a file and makes everything in one call.
  static Result<Session> open(const char* path, const SessionOptions& options = {},
                              const PlanOptions& plan_options = {}) {
    Result<Model> model = Model::load(path);
    if (!model) return model.status();
    Result<Plan> plan = Plan::create(*model, plan_options);
    if (!plan) return plan.status();
    return create(*plan, options);
  }
  static Result<Session> create(const Plan& plan, const SessionOptions& options = {}) {
    bw_session* session = nullptr;
    const Status status(bw_session_create(plan.get(), &options, &session));
    return status ? Result<Session>(Session(session, plan.model_)) : status;
  }

  /// The session's own buffer, to be filled before a run. Empty when there is no such input or T is not its
  /// type.
  template <detail::Element T>
  std::span<T> input(std::int32_t i) {
    return buffer<T>(bw_model_input_info, bw_session_input, i);
  }
  /// The same for the integer door of a float input.
  template <detail::Element T>
  std::span<T> integer_input(std::int32_t i) {
    return buffer<T>(bw_model_input_integer_info, bw_session_input_integer, i);
  }

  Status run() { return Status(bw_session_run(get())); }
  /// The states of a streaming model as in a new session.
  Status reset_state() { return Status(bw_session_reset_state(get())); }

  /// Valid until the next run. Empty when there is no such output or T is not its type.
  template <detail::Element T>
  std::span<const T> output(std::int32_t i) const {
    TensorInfo info = {};
    const void* data = nullptr;
    std::size_t bytes = 0;
    if (bw_model_output_info(model_, i, &info) != BW_STATUS_OK || info.type != detail::type_of<T>())
      return {};
    if (bw_session_output(get(), i, &data, &bytes) != BW_STATUS_OK) return {};
    return {static_cast<const T*>(data), bytes / sizeof(T)};
  }

  /// Whether the file's golden input gives the file's golden outputs; message() of the C API says where not.
  Result<bool> check_golden() {
    std::int32_t matches = 0;
    const Status status(bw_session_check_golden(get(), &matches));
    return status ? Result<bool>(matches != 0) : status;
  }
  /// Per channel, what the clip bounds of a step cut in the last run; empty for a step without any. Needs
  /// count_clips.
  Result<std::span<const std::int64_t>> clip_counts(std::int32_t step) const {
    const std::int64_t* counts = nullptr;
    std::int32_t channels = 0;
    const Status status(bw_session_clip_counts(get(), step, &counts, &channels));
    if (!status) return status;
    return std::span<const std::int64_t>(counts, static_cast<std::size_t>(channels));
  }
  Result<std::int64_t> step_ns(std::int32_t step) const {
    std::int64_t ns = 0;
    const Status status(bw_session_step_ns(get(), step, &ns));
    return status ? Result<std::int64_t>(ns) : status;
  }
  bw_session* get() const { return handle_.get(); }

 private:
  Session(bw_session* session, bw_model* model) : handle_(session), model_(model) {}

  template <typename T>
  std::span<T> buffer(bw_status (*ask)(const bw_model*, std::int32_t, bw_tensor_info*),
                      bw_status (*take)(bw_session*, std::int32_t, void**, std::size_t*), std::int32_t i) {
    TensorInfo info = {};
    void* data = nullptr;
    std::size_t bytes = 0;
    if (ask(model_, i, &info) != BW_STATUS_OK || info.type != detail::type_of<T>()) return {};
    if (take(get(), i, &data, &bytes) != BW_STATUS_OK) return {};
    return {static_cast<T*>(data), bytes / sizeof(T)};
  }

  std::unique_ptr<bw_session, detail::Release> handle_;
  bw_model* model_;  // kept alive by the session's plan
};

}  // namespace bulwark

#endif  // BULWARK_BULWARK_HPP_
