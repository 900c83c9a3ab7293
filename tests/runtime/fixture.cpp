// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/fixture.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "converter/write/writer.h"

namespace bulwark::test {
namespace {

constexpr std::size_t kAlignment = 64;

void require_ok(bw_status status) {
  if (status != BW_STATUS_OK) FAIL(bw_status_string(status) << ": " << bw_status_message());
}

}  // namespace

ModelBytes::ModelBytes(const ModelSpec& spec) : ModelBytes(Bytes(converter::write::serialize(spec))) {}

ModelBytes::ModelBytes(const Bytes& bytes) {
  size_ = bytes.size();
  storage_.resize(size_ + kAlignment);
  const std::size_t misfit = reinterpret_cast<std::uintptr_t>(storage_.data()) % kAlignment;
  data_ = storage_.data() + (kAlignment - misfit) % kAlignment;
  std::memcpy(data_, bytes.data(), size_);
}

ModelHandle load(const ModelBytes& bytes) {
  bw_model* model = nullptr;
  require_ok(bw_model_load_memory(bytes.data(), bytes.size(), nullptr, &model));
  return ModelHandle(model);
}

PlanHandle make_plan(bw_model* model, const char* path, bool keep_intermediates) {
  bw_plan_options options;
  bw_plan_options_init(&options);
  options.path = path;
  options.keep_intermediates = keep_intermediates ? 1 : 0;
  bw_plan* plan = nullptr;
  require_ok(bw_plan_create(model, &options, &plan));
  return PlanHandle(plan);
}

SessionHandle make_session(bw_plan* plan, std::int32_t threads, bool profile) {
  bw_session_options options;
  bw_session_options_init(&options);
  options.threads = threads;
  options.profile = profile ? 1 : 0;
  bw_session* session = nullptr;
  require_ok(bw_session_create(plan, &options, &session));
  return SessionHandle(session);
}

void set_inputs(bw_session* session, const std::vector<Bytes>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require_ok(
        bw_session_set_input(session, static_cast<std::int32_t>(i), inputs[i].data(), inputs[i].size()));
  }
}

std::vector<Bytes> run(bw_session* session) {
  require_ok(bw_session_run(session));
  std::vector<Bytes> outputs;
  const void* data = nullptr;
  std::size_t bytes = 0;
  for (std::int32_t i = 0; bw_session_output(session, i, &data, &bytes) == BW_STATUS_OK; ++i) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    outputs.emplace_back(begin, begin + bytes);
  }
  return outputs;
}

std::vector<Bytes> run_model(const ModelBytes& bytes, const std::vector<Bytes>& inputs, const char* path,
                             std::int32_t threads) {
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get(), path);
  const SessionHandle session = make_session(plan.get(), threads);
  set_inputs(session.get(), inputs);
  return run(session.get());
}

std::vector<std::string> available_paths() {
  Network n(1);
  n.output(n.requantize(n.input_integer({1, 1})));
  const ModelBytes bytes(n.spec());
  const ModelHandle model = load(bytes);
  std::vector<std::string> paths;
  for (const char* path : {"reference", "neon", "dotprod", "i8mm", "avx2", "vnni"}) {
    bw_plan_options options;
    bw_plan_options_init(&options);
    options.path = path;
    bw_plan* plan = nullptr;
    const bw_status status = bw_plan_create(model.get(), &options, &plan);
    bw_plan_release(plan);
    if (status == BW_STATUS_OK) paths.push_back(path);
  }
  return paths;
}

std::vector<Bytes> random_inputs(const ModelSpec& spec, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Bytes> inputs;
  for (const std::int32_t index : spec.inputs) {
    const auto& tensor = spec.tensors[static_cast<std::size_t>(index)];
    std::size_t count = 1;
    for (const std::int32_t d : tensor.shape) count *= static_cast<std::size_t>(d);
    Bytes bytes;
    for (std::size_t i = 0; i < count; ++i) {
      if (tensor.type != ElementType::f32) {
        bytes.push_back(static_cast<std::uint8_t>(random()));
        continue;
      }
      const float value = (static_cast<float>(random() % 65536) - 32768.0f) / 8192.0f;
      std::uint8_t raw[4];
      std::memcpy(raw, &value, 4);
      bytes.insert(bytes.end(), raw, raw + 4);
    }
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

std::vector<Bytes> naive_outputs(const ModelSpec& spec, const std::vector<Bytes>& inputs) {
  const std::vector<Bytes> all = evaluate_naively(spec, inputs);
  std::vector<Bytes> outputs;
  for (const std::int32_t index : spec.outputs) outputs.push_back(all[static_cast<std::size_t>(index)]);
  return outputs;
}

std::vector<converter::write::PackedSpec> pack_weights(const bw_model* model, const std::string& path) {
  std::vector<converter::write::PackedSpec> packed;
  const auto keep = [](void* context, std::int32_t op, const char* kernel, const void* data,
                       std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    static_cast<std::vector<converter::write::PackedSpec>*>(context)->push_back(
        {op, kernel, {bytes, bytes + size}});
  };
  INFO(bw_status_message());
  REQUIRE(bw_model_pack(model, path.c_str(), keep, &packed) == BW_STATUS_OK);
  return packed;
}

Bytes packed_file(const ModelSpec& spec, const std::vector<std::string>& paths) {
  const ModelBytes plain(spec);
  const ModelHandle model = load(plain);
  std::vector<converter::write::PackedSpec> all;
  for (const std::string& path : paths) {
    for (converter::write::PackedSpec& one : pack_weights(model.get(), path)) all.push_back(std::move(one));
  }
  REQUIRE_FALSE(all.empty());
  return converter::write::append_packed(converter::write::serialize(spec), "some", std::move(all));
}

}  // namespace bulwark::test
