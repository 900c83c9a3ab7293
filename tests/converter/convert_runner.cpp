// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/convert_runner.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "converter/write/writer.h"

namespace bulwark::test {

using converter::TensorData;

namespace {

void check(bw_status status) {
  if (status != BW_STATUS_OK) FAIL(bw_status_string(status) << ": " << bw_status_message());
}

std::vector<std::uint8_t> to_bytes(const TensorData& tensor, const bw_tensor_info& info) {
  std::vector<std::uint8_t> bytes(info.bytes);
  if (info.type == BW_TYPE_F32) {
    REQUIRE(bytes.size() == tensor.data.size() * sizeof(float));
    std::memcpy(bytes.data(), tensor.data.data(), bytes.size());
    return bytes;
  }
  REQUIRE(bytes.size() == tensor.data.size());
  std::transform(tensor.data.begin(), tensor.data.end(), bytes.begin(),
                 [](float v) { return static_cast<std::uint8_t>(static_cast<int>(v)); });
  return bytes;
}

template <typename T>
std::vector<float> numbers(const void* data, std::size_t bytes) {
  const T* values = static_cast<const T*>(data);
  return {values, values + bytes / sizeof(T)};
}

std::vector<float> numbers(const void* data, std::size_t bytes, bw_type type) {
  switch (type) {
    case BW_TYPE_S8:
      return numbers<std::int8_t>(data, bytes);
    case BW_TYPE_U8:
      return numbers<std::uint8_t>(data, bytes);
    case BW_TYPE_S32:
      return numbers<std::int32_t>(data, bytes);
    case BW_TYPE_S64:
      return numbers<std::int64_t>(data, bytes);
    default:
      return numbers<float>(data, bytes);
  }
}

}  // namespace

Runner::Runner(const converter::write::ModelSpec& spec) : bytes_(converter::write::serialize(spec)) {
  memory_ = std::make_unique<std::uint8_t[]>(bytes_.size() + 64);
  void* aligned = memory_.get();
  std::size_t space = bytes_.size() + 64;
  std::align(64, bytes_.size(), aligned, space);
  std::memcpy(aligned, bytes_.data(), bytes_.size());
  check(bw_model_load_memory(aligned, bytes_.size(), nullptr, &model_));
  bw_plan_options options;
  bw_plan_options_init(&options);
  options.keep_intermediates = 1;
  check(bw_plan_create(model_, &options, &plan_));
  check(bw_session_create(plan_, nullptr, &session_));
}

Runner::~Runner() {
  bw_session_release(session_);
  bw_plan_release(plan_);
  bw_model_release(model_);
}

std::vector<TensorData> Runner::run(const std::vector<TensorData>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    bw_tensor_info info;
    check(bw_model_input_info(model_, static_cast<std::int32_t>(i), &info));
    const std::vector<std::uint8_t> bytes = to_bytes(inputs[i], info);
    check(bw_session_set_input(session_, static_cast<std::int32_t>(i), bytes.data(), bytes.size()));
  }
  check(bw_session_run(session_));
  return outputs();
}

std::vector<TensorData> Runner::run_integers(const std::vector<std::int8_t>& levels) {
  check(bw_session_set_input_integer(session_, 0, levels.data(), levels.size()));
  check(bw_session_run(session_));
  return outputs();
}

bool Runner::has_integer_door() const {
  bw_tensor_info info;
  return bw_model_input_integer_info(model_, 0, &info) == BW_STATUS_OK;
}

std::optional<std::vector<float>> Runner::steps(const std::string& tensor) const {
  for (std::int32_t i = 0; i < bw_session_tensor_count(session_); ++i) {
    bw_tensor_info info;
    const void* data = nullptr;
    check(bw_session_tensor(session_, i, &info, &data));
    if (info.scale == 0 || tensor != info.name) continue;
    std::vector<float> steps;
    for (std::size_t k = 0; k < info.bytes; ++k) {
      const int level = info.type == BW_TYPE_S8 ? static_cast<const std::int8_t*>(data)[k]
                                                : static_cast<const std::uint8_t*>(data)[k];
      steps.push_back(static_cast<float>(level - info.zero_point));
    }
    return steps;
  }
  return std::nullopt;
}

std::vector<TensorData> Runner::outputs() {
  std::vector<TensorData> results;
  for (std::int32_t i = 0; i < bw_model_output_count(model_); ++i) {
    bw_tensor_info info;
    check(bw_model_output_info(model_, i, &info));
    const void* data = nullptr;
    std::size_t size = 0;
    check(bw_session_output(session_, i, &data, &size));
    TensorData tensor;
    tensor.shape.assign(info.shape, info.shape + info.rank);
    tensor.data = numbers(data, size, info.type);
    results.push_back(std::move(tensor));
  }
  return results;
}

float largest_distance(const std::vector<TensorData>& a, const std::vector<TensorData>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].data.size() == b[i].data.size());
    for (std::size_t k = 0; k < a[i].data.size(); ++k) {
      largest = std::max(largest, std::abs(a[i].data[k] - b[i].data[k]));
    }
  }
  return largest;
}

std::string shared_model(const std::string& name) {
  const std::string path = std::string(BULWARK_SHARED_DIR) + "/models/" + name;
  if (std::filesystem::exists(path)) return path;
  WARN("skipped: no shared model " << name);
  return "";
}

}  // namespace bulwark::test
