// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/load_and_run.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/common/cpu.h"

namespace bulwark::test {
namespace {

[[noreturn]] void broken(const char* what, bw_status status) {
  std::fprintf(stderr, "%s: status %d, '%s'\n", what, status, bw_status_message());
  std::abort();
}

/// Hands out memory up to a limit.
struct Bounded {
  std::size_t used = 0;

  static void* allocate(void* context, std::size_t size, std::size_t alignment) {
    auto& self = *static_cast<Bounded*>(context);
    if (size > kMemoryLimit - self.used) return nullptr;
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, size) != 0)
      return nullptr;
    self.used += size;
    return memory;
  }
  static void release(void* context, void* memory, std::size_t size) {
    static_cast<Bounded*>(context)->used -= size;
    std::free(memory);
  }
};

/// Refusals for want of memory are clean; anything else that a sound model meets is not.
bool usable(const char* what, bw_status status) {
  if (status == BW_STATUS_OK) return true;
  if (status != BW_STATUS_OUT_OF_MEMORY || *bw_status_message() == '\0') broken(what, status);
  return false;
}

void fill_inputs(bw_session* session, const bw_model* model) {
  std::uint32_t random = 1;
  for (std::int32_t i = 0; i < bw_model_input_count(model); ++i) {
    bw_tensor_info info;
    if (bw_model_input_info(model, i, &info) != BW_STATUS_OK) broken("input info", BW_STATUS_OK);
    std::vector<std::uint8_t> bytes(info.bytes);
    for (std::size_t k = 0; k < bytes.size(); k += info.type == BW_TYPE_F32 ? 4 : 1) {
      random = random * 1664525 + 1013904223;
      const float value = static_cast<float>(random >> 16) / 32768.0f - 1.0f;
      if (info.type == BW_TYPE_F32)
        std::memcpy(&bytes[k], &value, 4);
      else
        bytes[k] = static_cast<std::uint8_t>(random >> 24);
    }
    const bw_status status = bw_session_set_input(session, i, bytes.data(), bytes.size());
    if (status != BW_STATUS_OK) broken("set input", status);
  }
}

std::vector<std::uint8_t> read_outputs(const bw_session* session, const bw_model* model) {
  std::vector<std::uint8_t> all;
  for (std::int32_t i = 0; i < bw_model_output_count(model); ++i) {
    const void* data = nullptr;
    std::size_t bytes = 0;
    const bw_status status = bw_session_output(session, i, &data, &bytes);
    if (status != BW_STATUS_OK) broken("output", status);
    const auto* begin = static_cast<const std::uint8_t*>(data);
    all.insert(all.end(), begin, begin + bytes);
  }
  return all;
}

bool small_enough(const bw_plan* plan) {
  std::int64_t macs = 0;
  for (std::int32_t i = 0; i < bw_plan_step_count(plan) && macs <= kMacLimit; ++i) {
    bw_step_info info;
    if (bw_plan_step_info(plan, i, &info) != BW_STATUS_OK) broken("step info", BW_STATUS_OK);
    macs += info.macs;
  }
  return macs <= kMacLimit;
}

/// True when it ran; then *outputs holds every output, one after another.
bool run_on(bw_model* model, const char* path, const bw_allocator& allocator,
            std::vector<std::uint8_t>* outputs) {
  bw_plan_options plan_options;
  bw_plan_options_init(&plan_options);
  plan_options.path = path;
  plan_options.allocator = &allocator;
  bw_plan* plan = nullptr;
  bw_session* session = nullptr;
  bool ran = usable("plan", bw_plan_create(model, &plan_options, &plan)) && small_enough(plan);
  if (ran) {
    bw_session_options session_options;
    bw_session_options_init(&session_options);
    session_options.allocator = &allocator;
    ran = usable("session", bw_session_create(plan, &session_options, &session));
  }
  if (ran) {
    fill_inputs(session, model);
    // A second run begins with what the first one has left in the states.
    for (int runs = bw_model_state_count(model) > 0 ? 2 : 1; runs > 0; --runs) {
      const bw_status status = bw_session_run(session);
      if (status != BW_STATUS_OK) broken("run", status);
    }
    *outputs = read_outputs(session, model);
  }
  bw_session_release(session);
  bw_plan_release(plan);
  return ran;
}

bool is_refusal(bw_status status) {
  return status >= BW_STATUS_NOT_A_MODEL && status <= BW_STATUS_MISALIGNED && *bw_status_message() != '\0';
}

std::vector<const char*> find_paths() {
  std::vector<const char*> found;
  for (const char* path : {"reference", "neon", "dotprod", "i8mm", "avx2", "vnni"}) {
    kernels::Isa isa;
    if (kernels::parse_isa(path, &isa) && kernels::isa_available(isa, kernels::cpu_features()))
      found.push_back(path);
  }
  return found;
}

}  // namespace

ExactBuffer::ExactBuffer(std::span<const std::uint8_t> bytes) : data_(nullptr), size_(bytes.size()) {
  void* memory = nullptr;
  if (posix_memalign(&memory, 64, size_ == 0 ? 1 : size_) != 0) std::abort();
  data_ = static_cast<std::uint8_t*>(memory);
  if (size_ != 0) std::memcpy(data_, bytes.data(), size_);
}

ExactBuffer::~ExactBuffer() { std::free(data_); }

const std::vector<const char*>& paths() {
  static const std::vector<const char*> all = find_paths();
  return all;
}

Outcome load_and_run(std::span<const std::uint8_t> bytes) {
  ExactBuffer buffer(bytes);
  Bounded memory;
  const bw_allocator allocator{Bounded::allocate, Bounded::release, &memory};
  bw_model_options options;
  bw_model_options_init(&options);
  options.skip_content_hash = 1;
  options.allocator = &allocator;
  bw_model* model = nullptr;
  Outcome outcome;
  outcome.load = bw_model_load_memory(buffer.data(), buffer.size(), &options, &model);
  if (outcome.load != BW_STATUS_OK) {
    if (!is_refusal(outcome.load)) broken("load", outcome.load);
    outcome.message = bw_status_message();
    return outcome;
  }
  std::vector<std::uint8_t> first, outputs;
  outcome.ran = run_on(model, paths().front(), allocator, &first);
  for (std::size_t i = 1; outcome.ran && i < paths().size(); ++i) {
    outcome.ran = run_on(model, paths()[i], allocator, &outputs);
    if (outcome.ran && bw_model_is_bit_exact(model) && outputs != first) outcome.paths_agree = false;
  }
  bw_model_release(model);
  if (memory.used != 0) broken("memory left", BW_STATUS_OK);
  return outcome;
}

}  // namespace bulwark::test
