// SPDX-License-Identifier: Apache-2.0
#include "runtime/model.h"
#include "runtime/options.h"

using namespace bulwark;
using runtime::fail;

namespace {

// Common to both loads: `map` fills in where the bytes are.
template <typename Source>
bw_status load(const bw_model_options* given, const char* label, bw_model** result, Source source) {
  if (result == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "model is null");
  *result = nullptr;
  bw_model_options options;
  bw_status status = runtime::read_options(given, bw_model_options_init, "bw_model_options", &options);
  if (status != BW_STATUS_OK) return status;
  status = runtime::check_allocator(options.allocator);
  if (status != BW_STATUS_OK) return status;

  bw_model* model = runtime::make_handle<bw_model>(runtime::Allocator(options.allocator));
  if (model == nullptr) return fail(BW_STATUS_OUT_OF_MEMORY, "no memory for the model's handle");
  std::span<const std::uint8_t> bytes;
  status = source(*model, &bytes);
  if (status == BW_STATUS_OK) {
    status = runtime::verify_model(*model, bytes, options.skip_content_hash == 0, label);
  }
  if (status == BW_STATUS_OK) {
    *result = model;
  } else {
    runtime::release(model);
  }
  return status;
}

bw_status describe(schema::View<std::int32_t> tensors, const bw_model* model, std::int32_t index,
                   const char* what, bw_tensor_info* info) {
  if (info == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "info is null");
  if (index < 0 || static_cast<std::size_t>(index) >= tensors.size()) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s %d does not exist: the model has %zu", what, index,
                tensors.size());
  }
  *info = runtime::tensor_info(model->file.tensor(tensors[static_cast<std::size_t>(index)]));
  return BW_STATUS_OK;
}

}  // namespace

extern "C" {

void bw_model_options_init(bw_model_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->struct_size = sizeof *options;
}

bw_status bw_model_load_file(const char* path, const bw_model_options* options, bw_model** model) {
  if (path == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "path is null");
  return load(options, path, model, [path](bw_model& into, std::span<const std::uint8_t>* bytes) {
    const bw_status status = into.mapping.map(path);
    *bytes = into.mapping.bytes();
    return status;
  });
}

bw_status bw_model_load_memory(const void* data, size_t size, const bw_model_options* options,
                               bw_model** model) {
  if (data == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "data is null");
  return load(options, "", model, [data, size](bw_model&, std::span<const std::uint8_t>* bytes) {
    *bytes = {static_cast<const std::uint8_t*>(data), size};
    return BW_STATUS_OK;
  });
}

void bw_model_release(bw_model* model) { runtime::release(model); }

int32_t bw_model_input_count(const bw_model* model) {
  return model == nullptr ? 0 : static_cast<int32_t>(model->file.inputs().size());
}

int32_t bw_model_output_count(const bw_model* model) {
  return model == nullptr ? 0 : static_cast<int32_t>(model->file.outputs().size());
}

bw_status bw_model_input_info(const bw_model* model, int32_t index, bw_tensor_info* info) {
  if (model == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "model is null");
  return describe(model->file.inputs(), model, index, "input", info);
}

bw_status bw_model_output_info(const bw_model* model, int32_t index, bw_tensor_info* info) {
  if (model == nullptr) return fail(BW_STATUS_INVALID_ARGUMENT, "model is null");
  return describe(model->file.outputs(), model, index, "output", info);
}

bw_status bw_model_input_integer_info(const bw_model* model, int32_t index, bw_tensor_info* info) {
  const bw_status status = bw_model_input_info(model, index, info);
  if (status != BW_STATUS_OK) return status;
  const std::int32_t door = model->door_operator[index];
  if (door < 0) {
    return fail(BW_STATUS_NOT_FOUND,
                "input %d '%s' has no integer door: it is not a float input that is only quantized", index,
                info->name);
  }
  *info = runtime::tensor_info(model->file.tensor(model->file.op(door).outputs[0]));
  return BW_STATUS_OK;
}

int32_t bw_model_state_count(const bw_model* model) {
  return model == nullptr ? 0 : model->file.state_count();
}

int32_t bw_model_is_bit_exact(const bw_model* model) { return model != nullptr && model->bit_exact ? 1 : 0; }

int32_t bw_model_has_golden(const bw_model* model) {
  return model != nullptr && model->file.has_golden() ? 1 : 0;
}

}  // extern "C"
