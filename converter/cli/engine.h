// SPDX-License-Identifier: Apache-2.0
// The runtime's C API for the verbs: owners of its handles, and its status codes as Errors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulwark/bulwark.h"
#include "converter/report/model_report.h"

namespace bulwark::converter::cli {

/// Throws Error with the exit code that fits, when status is not OK.
void check(bw_status status, const std::string& what);

/// The type and shape of a tensor as words: "f32 [1, 1, 28, 28]".
std::string describe(const bw_tensor_info& info);
std::vector<std::int64_t> shape_of(const bw_tensor_info& info);

class Model {
 public:
  static Model load(const std::string& path);
  /// `bytes` must outlive the model and everything made from it, at a 16-byte aligned address.
  static Model from_memory(std::span<const std::uint8_t> bytes, const std::string& name);

  bw_model* get() const { return model_.get(); }
  const std::string& path() const { return path_; }
  std::int32_t input_count() const { return bw_model_input_count(get()); }
  std::int32_t output_count() const { return bw_model_output_count(get()); }
  bw_tensor_info input(std::int32_t i) const;
  /// The integer door of an input; for an input that is an integer itself, that one.
  std::optional<bw_tensor_info> integer_input(std::int32_t i) const;
  bw_tensor_info output(std::int32_t i) const;

 private:
  struct Release {
    void operator()(bw_model* model) const { bw_model_release(model); }
  };
  std::unique_ptr<bw_model, Release> model_;
  std::string path_;
};

struct EngineOptions {
  std::int32_t threads = 1;
  std::string path;  ///< kernel path; empty: BULWARK_PATH, else the best
  bool keep_intermediates = false;
  bool certify = false;
  bool count_clips = false;
  const bw_step_observer* observer = nullptr;  ///< only read while the session is made
};

class Plan {
 public:
  Plan(const Model& model, const EngineOptions& options);
  bw_plan* get() const { return plan_.get(); }

 private:
  struct Release {
    void operator()(bw_plan* plan) const { bw_plan_release(plan); }
  };
  std::unique_ptr<bw_plan, Release> plan_;
};

/// Everything about a model file whose bytes these are.
report::ModelReport report_of(std::span<const std::uint8_t> bytes, const std::string& path);

class Session {
 public:
  Session(const Model& model, const EngineOptions& options);

  bw_session* get() const { return session_.get(); }
  std::string path() const { return bw_plan_path(plan_.get()); }
  std::int32_t step_count() const { return bw_plan_step_count(plan_.get()); }
  bw_step_info step_info(std::int32_t step) const;
  void set_input(std::int32_t index, bool integer_door, std::span<const std::uint8_t> bytes);
  void run();
  /// The session was made with certify; 0 <= eps <= 255.
  bw_certificate certify(std::int32_t eps, bw_certify_mode mode);
  std::span<const std::uint8_t> output(std::int32_t index) const;
  /// The session was made with keep_intermediates.
  std::span<const std::uint8_t> tensor(std::int32_t index) const;
  /// The session was made with count_clips: what the last run cut per channel, empty for a step without
  /// bounds.
  std::span<const std::int64_t> clip_counts(std::int32_t step) const;

 private:
  struct Release {
    void operator()(bw_session* session) const { bw_session_release(session); }
  };
  Plan plan_;
  std::unique_ptr<bw_session, Release> session_;
};

}  // namespace bulwark::converter::cli
