// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "converter/error.h"
#include "converter/io/npy.h"
#include "schema/limits.h"

namespace bulwark::converter::cli {
namespace {

Exit exit_code(bw_status status) {
  switch (status) {
    case BW_STATUS_IO:
    case BW_STATUS_OUT_OF_MEMORY:
      return Exit::io;
    case BW_STATUS_UNKNOWN_PATH:
      return Exit::usage;
    default:
      return Exit::bad_input;
  }
}

}  // namespace

void check(bw_status status, const std::string& what) {
  if (status == BW_STATUS_OK) return;
  const std::string detail = bw_status_message();
  throw Error(exit_code(status),
              fmt::format("{}: {}", what, detail.empty() ? bw_status_string(status) : detail));
}

std::vector<std::int64_t> shape_of(const bw_tensor_info& info) {
  return {info.shape, info.shape + info.rank};
}

std::string describe(const bw_tensor_info& info) {
  return fmt::format("{} {}", schema::name(static_cast<schema::ElementType>(info.type)),
                     io::shape_text(shape_of(info)));
}

Model Model::load(const std::string& path) {
  Model model;
  model.path_ = path;
  bw_model* handle = nullptr;
  check(bw_model_load_file(path.c_str(), nullptr, &handle), fmt::format("'{}'", path));
  model.model_.reset(handle);
  return model;
}

Model Model::from_memory(std::span<const std::uint8_t> bytes, const std::string& name) {
  Model model;
  model.path_ = name;
  bw_model* handle = nullptr;
  check(bw_model_load_memory(bytes.data(), bytes.size(), nullptr, &handle), fmt::format("'{}'", name));
  model.model_.reset(handle);
  return model;
}

bw_tensor_info Model::input(std::int32_t i) const {
  bw_tensor_info info = {};
  check(bw_model_input_info(get(), i, &info), path_);
  return info;
}

std::optional<bw_tensor_info> Model::integer_input(std::int32_t i) const {
  const bw_tensor_info source = input(i);
  if (source.type != BW_TYPE_F32) return source;
  bw_tensor_info info = {};
  if (bw_model_input_integer_info(get(), i, &info) != BW_STATUS_OK) return std::nullopt;
  return info;
}

bw_tensor_info Model::output(std::int32_t i) const {
  bw_tensor_info info = {};
  check(bw_model_output_info(get(), i, &info), path_);
  return info;
}

Plan::Plan(const Model& model, const EngineOptions& options) {
  bw_plan_options plan_options;
  bw_plan_options_init(&plan_options);
  if (!options.path.empty()) plan_options.path = options.path.c_str();
  plan_options.keep_intermediates = options.keep_intermediates ? 1 : 0;
  plan_options.certify = options.certify ? 1 : 0;
  plan_options.count_clips = options.count_clips ? 1 : 0;
  bw_plan* handle = nullptr;
  check(bw_plan_create(model.get(), &plan_options, &handle), fmt::format("'{}'", model.path()));
  plan_.reset(handle);
}

report::ModelReport report_of(std::span<const std::uint8_t> given, const std::string& path) {
  // As a mapped file lies in memory, or packed weights would not be used.
  std::vector<std::uint8_t> room(given.size() + schema::kPackedAlignment);
  void* aligned = room.data();
  std::size_t left = room.size();
  std::align(schema::kPackedAlignment, given.size(), aligned, left);
  std::copy(given.begin(), given.end(), static_cast<std::uint8_t*>(aligned));
  const std::span<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(aligned), given.size());
  const Model model = Model::from_memory(bytes, path);
  const Plan plan(model, {});
  schema::VerifiedModel verified;
  schema::VerifyError error;
  if (!schema::VerifiedModel::verify(bytes, {false}, &verified, &error)) {
    throw bad_input(fmt::format("'{}': {}", path, error.message));
  }
  return report::make_report(verified, model.get(), plan.get(), path);
}

Session::Session(const Model& model, const EngineOptions& options) : plan_(model, options) {
  bw_session_options session_options;
  bw_session_options_init(&session_options);
  session_options.threads = options.threads;
  session_options.observer = options.observer;
  bw_session* handle = nullptr;
  check(bw_session_create(plan_.get(), &session_options, &handle), fmt::format("'{}'", model.path()));
  session_.reset(handle);
}

bw_step_info Session::step_info(std::int32_t step) const {
  bw_step_info info = {};
  check(bw_plan_step_info(plan_.get(), step, &info), fmt::format("step {}", step));
  return info;
}

void Session::set_input(std::int32_t index, bool integer_door, std::span<const std::uint8_t> bytes) {
  const auto set = integer_door ? bw_session_set_input_integer : bw_session_set_input;
  check(set(session_.get(), index, bytes.data(), bytes.size()), fmt::format("input {}", index));
}

void Session::run() { check(bw_session_run(session_.get()), "run"); }

bw_certificate Session::certify(std::int32_t eps, bw_certify_mode mode) {
  bw_certificate certificate = {};
  check(bw_session_run_certified(session_.get(), eps, mode, &certificate), "certify");
  return certificate;
}

std::span<const std::uint8_t> Session::output(std::int32_t index) const {
  const void* data = nullptr;
  std::size_t bytes = 0;
  check(bw_session_output(session_.get(), index, &data, &bytes), fmt::format("output {}", index));
  return {static_cast<const std::uint8_t*>(data), bytes};
}

std::span<const std::uint8_t> Session::tensor(std::int32_t index) const {
  bw_tensor_info info = {};
  const void* data = nullptr;
  check(bw_session_tensor(session_.get(), index, &info, &data), fmt::format("tensor {}", index));
  return {static_cast<const std::uint8_t*>(data), info.bytes};
}

std::span<const std::int64_t> Session::clip_counts(std::int32_t step) const {
  const std::int64_t* counts = nullptr;
  std::int32_t channels = 0;
  check(bw_session_clip_counts(session_.get(), step, &counts, &channels), fmt::format("step {}", step));
  return {counts, static_cast<std::size_t>(channels)};
}

}  // namespace bulwark::converter::cli
