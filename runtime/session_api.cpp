// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "runtime/options.h"
#include "runtime/session.h"

using namespace bulwark;
using runtime::fail;

namespace {

bw_status busy() { return fail(BW_STATUS_BUSY, "the session is in use on another thread"); }

bw_status check_index(std::size_t count, std::int32_t index, const char* what) {
  if (index >= 0 && static_cast<std::size_t>(index) < count) return BW_STATUS_OK;
  return fail(BW_STATUS_INVALID_ARGUMENT, "%s %d does not exist: the session has %zu", what, index, count);
}

bw_status read_session_options(const bw_session_options* given, bw_session_options* options) {
  const bw_status status =
      runtime::read_options(given, bw_session_options_init, "bw_session_options", options);
  return status == BW_STATUS_OK ? runtime::check_allocator(options->allocator) : status;
}

bw_status find_memory(const bw_session_options& options, std::uint64_t bytes, void** memory) {
  *memory = options.memory;
  if (options.memory == nullptr) {
    *memory = runtime::Allocator(options.allocator).allocate(bytes);
    return *memory != nullptr ? BW_STATUS_OK
                              : fail(BW_STATUS_OUT_OF_MEMORY, "no memory for the %llu bytes of a session",
                                     static_cast<unsigned long long>(bytes));
  }
  if (options.memory_bytes < bytes) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "options.memory has %zu bytes, the session needs %llu",
                options.memory_bytes, static_cast<unsigned long long>(bytes));
  }
  if (reinterpret_cast<std::uintptr_t>(options.memory) % runtime::kAlignment != 0) {
    return fail(BW_STATUS_MISALIGNED, "options.memory is not aligned to %zu bytes", runtime::kAlignment);
  }
  return BW_STATUS_OK;
}

// The buffer of one door of an input.
bw_status find_input(const bw_session& session, std::int32_t index, bool integers, runtime::Buffer* buffer) {
  const schema::VerifiedModel& file = session.plan->model->file;
  const bw_status status = check_index(file.inputs().size(), index, "input");
  if (status != BW_STATUS_OK) return status;
  *buffer = runtime::tensor_buffer(session, file.inputs()[static_cast<std::size_t>(index)]);
  if (!integers) return BW_STATUS_OK;
  bw_tensor_info info;
  const bw_status door = bw_model_input_integer_info(session.plan->model, index, &info);
  if (door != BW_STATUS_OK) return door;
  *buffer = {const_cast<void*>(session.inputs[index].integers), info.bytes};
  return BW_STATUS_OK;
}

// Selects a door of an input; *buffer is its place.
bw_status open_door(bw_session* session, std::int32_t index, bool integers, runtime::Buffer* buffer) {
  const bw_status status = find_input(*session, index, integers, buffer);
  if (status == BW_STATUS_OK) session->inputs[index].use_integers = integers;
  return status;
}

bw_status get_input(bw_session* session, std::int32_t index, bool integers, void** data, std::size_t* bytes) {
  if (session == nullptr || data == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "data");
  }
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return busy();
  runtime::Buffer buffer = {};
  const bw_status status = open_door(session, index, integers, &buffer);
  if (status != BW_STATUS_OK) return status;
  *data = buffer.data;
  if (bytes != nullptr) *bytes = buffer.bytes;
  return BW_STATUS_OK;
}

bw_status set_input(bw_session* session, std::int32_t index, bool integers, const void* data,
                    std::size_t size) {
  if (session == nullptr || data == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "data");
  }
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return busy();
  runtime::Buffer buffer = {};
  bw_status status = find_input(*session, index, integers, &buffer);
  if (status != BW_STATUS_OK) return status;
  if (size != buffer.bytes) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "input %d takes %zu bytes, got %zu", index, buffer.bytes, size);
  }
  status = open_door(session, index, integers, &buffer);
  if (status == BW_STATUS_OK) std::memcpy(buffer.data, data, size);
  return status;
}

}  // namespace

extern "C" {

void bw_session_options_init(bw_session_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof *options;
  options->threads = 1;
}

bw_status bw_session_bytes(const bw_plan* plan, const bw_session_options* given, size_t* bytes) {
  if (plan == nullptr || bytes == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", plan == nullptr ? "plan" : "bytes");
  }
  bw_session_options options;
  bw_status status = read_session_options(given, &options);
  runtime::SessionLayout layout;
  if (status == BW_STATUS_OK) status = runtime::lay_out_session(*plan, options, &layout);
  if (status == BW_STATUS_OK) *bytes = static_cast<size_t>(layout.bytes);
  return status;
}

bw_status bw_session_create(bw_plan* plan, const bw_session_options* given, bw_session** session) {
  if (plan == nullptr || session == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", plan == nullptr ? "plan" : "session");
  }
  *session = nullptr;
  bw_session_options options;
  bw_status status = read_session_options(given, &options);
  runtime::SessionLayout layout;
  if (status == BW_STATUS_OK) status = runtime::lay_out_session(*plan, options, &layout);
  void* memory = nullptr;
  if (status == BW_STATUS_OK) status = find_memory(options, layout.bytes, &memory);
  if (status != BW_STATUS_OK) return status;
  status = runtime::construct_session(*plan, options, layout, memory, session);
  if (status != BW_STATUS_OK && options.memory == nullptr) {
    runtime::Allocator(options.allocator).release(memory, static_cast<std::size_t>(layout.bytes));
  }
  return status;
}

void bw_session_release(bw_session* session) {
  if (session == nullptr) return;
  const runtime::Allocator allocator = session->allocator;
  const bool own_memory = session->own_memory;
  const std::size_t bytes = session->bytes;
  bw_plan* plan = session->plan;
  session->~bw_session();
  if (own_memory) allocator.release(session, bytes);
  runtime::release(plan);
}

bw_status bw_session_input(bw_session* session, int32_t index, void** data, size_t* bytes) {
  return get_input(session, index, false, data, bytes);
}

bw_status bw_session_input_integer(bw_session* session, int32_t index, void** data, size_t* bytes) {
  return get_input(session, index, true, data, bytes);
}

bw_status bw_session_set_input(bw_session* session, int32_t index, const void* data, size_t size) {
  return set_input(session, index, false, data, size);
}

bw_status bw_session_set_input_integer(bw_session* session, int32_t index, const void* data, size_t size) {
  return set_input(session, index, true, data, size);
}

bw_status bw_session_run(bw_session* session) {
  if (session == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "session is null");
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return busy();
  runtime::run_steps(*session);
  return BW_STATUS_OK;
}

bw_status bw_session_reset_state(bw_session* session) {
  if (session == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "session is null");
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return busy();
  runtime::reset_states(*session);
  return BW_STATUS_OK;
}

bw_status bw_session_output(const bw_session* session, int32_t index, const void** data, size_t* bytes) {
  if (session == nullptr || data == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "data");
  }
  const auto outputs = session->plan->model->file.outputs();
  const bw_status status = check_index(outputs.size(), index, "output");
  if (status != BW_STATUS_OK) return status;
  const runtime::Buffer buffer = runtime::tensor_buffer(*session, outputs[static_cast<std::size_t>(index)]);
  *data = buffer.data;
  if (bytes != nullptr) *bytes = buffer.bytes;
  return BW_STATUS_OK;
}

int32_t bw_session_tensor_count(const bw_session* session) {
  return session == nullptr ? 0 : session->plan->model->file.tensor_count();
}

bw_status bw_session_tensor(const bw_session* session, int32_t index, bw_tensor_info* info,
                            const void** data) {
  if (session == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "session is null");
  const schema::VerifiedModel& file = session->plan->model->file;
  const bw_status status = check_index(session->plan->places.size(), index, "tensor");
  if (status != BW_STATUS_OK) return status;
  const schema::TensorView tensor = file.tensor(index);
  if (info != nullptr) *info = runtime::tensor_info(tensor);
  if (data == nullptr) return BW_STATUS_OK;
  if (!session->plan->keep_intermediates || session->tensors[index] == nullptr) {
    return fail(BW_STATUS_NOT_FOUND, "tensor '%s' has no place of its own: the plan needs keep_intermediates",
                tensor.name.data());
  }
  *data = session->tensors[index];
  return BW_STATUS_OK;
}

bw_status bw_session_step_ns(const bw_session* session, int32_t step, int64_t* ns) {
  if (session == nullptr || ns == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "ns");
  }
  const bw_status status = check_index(session->plan->steps.size(), step, "step");
  if (status != BW_STATUS_OK) return status;
  if (session->step_ns == nullptr) {
    return fail(BW_STATUS_NOT_FOUND, "the session was created without profile");
  }
  *ns = session->step_ns[step];
  return BW_STATUS_OK;
}

bw_status bw_session_clip_counts(const bw_session* session, int32_t index, const int64_t** counts,
                                 int32_t* channels) {
  if (session == nullptr || counts == nullptr || channels == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null",
                session == nullptr  ? "session"
                : counts == nullptr ? "counts"
                                    : "channels");
  }
  const bw_status status = check_index(session->plan->steps.size(), index, "step");
  if (status != BW_STATUS_OK) return status;
  if (session->clip_counts == nullptr) {
    return fail(BW_STATUS_NOT_FOUND, "the plan was created without count_clips");
  }
  const runtime::ClipStep& step = session->plan->clips->steps[index];
  *channels = step.channels;
  *counts = step.channels == 0 ? nullptr : session->clip_counts + step.counts_at;
  return BW_STATUS_OK;
}

}  // extern "C"
