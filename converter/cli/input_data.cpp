// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/input_data.h"

#include <fmt/format.h>

#include <cstring>

#include "converter/error.h"
#include "converter/io/sample_layout.h"

namespace bulwark::converter::cli {
namespace {

Error input_error(const Model& model, std::int32_t index, const std::string& file, const std::string& what) {
  return bad_input(fmt::format("'{}': {}; input {} ('{}') of '{}' takes {}", file, what, index,
                               model.input(index).name, model.path(), describe(model.input(index))));
}

bool is_npy(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  return (bytes.size() >= 6 && std::memcmp(bytes.data(), "\x93NUMPY", 6) == 0) || file.ends_with(".npy");
}

/// The bytes of the array as the input's own type, or as the integers behind it; sets the door.
std::vector<std::uint8_t> to_input_type(const Model& model, std::int32_t index, const io::Npy& array,
                                        const std::string& file, bool* integer_door) {
  const bw_tensor_info source = model.input(index);
  *integer_door = false;
  if (array.type == io::NpyType::f32 || array.type == io::NpyType::f64) {
    if (source.type != BW_TYPE_F32)
      throw input_error(model, index, file, fmt::format("type {}", name(array.type)));
    const std::vector<float> values = array.as_floats();
    const auto* begin = reinterpret_cast<const std::uint8_t*>(values.data());
    return {begin, begin + values.size() * sizeof(float)};
  }
  const auto integers = model.integer_input(index);
  if ((array.type != io::NpyType::u8 && array.type != io::NpyType::s8) || !integers) {
    throw input_error(model, index, file, fmt::format("type {}", name(array.type)));
  }
  *integer_door = source.type == BW_TYPE_F32;
  if (array.type == io::NpyType::s8) {
    if (integers->type != BW_TYPE_S8) throw input_error(model, index, file, "type int8");
    return array.bytes;
  }
  if (integers->hi - integers->lo != 255) {
    throw input_error(model, index, file,
                      fmt::format("type uint8, but the integers of the input have {} levels and not 256",
                                  integers->hi - integers->lo + 1));
  }
  std::vector<std::uint8_t> bytes = array.bytes;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(byte + integers->lo);
  return bytes;
}

}  // namespace

io::NpyType npy_type(bw_type type) {
  switch (type) {
    case BW_TYPE_S8:
      return io::NpyType::s8;
    case BW_TYPE_U8:
      return io::NpyType::u8;
    case BW_TYPE_S16:
      return io::NpyType::s16;
    case BW_TYPE_S32:
      return io::NpyType::s32;
    case BW_TYPE_S64:
      return io::NpyType::s64;
    default:
      return io::NpyType::f32;
  }
}

io::Npy read_array(const std::string& file, io::NpyType raw_type,
                   const std::vector<std::int64_t>& raw_shape) {
  std::vector<std::uint8_t> bytes = io::read_file(file);
  if (is_npy(bytes, file)) return io::parse_npy(std::move(bytes), file);
  std::size_t expected = element_size(raw_type);
  for (const std::int64_t dimension : raw_shape) expected *= static_cast<std::size_t>(dimension);
  if (bytes.empty() || bytes.size() % expected != 0) {
    throw bad_input(fmt::format("'{}': raw data of {} bytes; {} {} takes {} or a multiple of it", file,
                                bytes.size(), name(raw_type), io::shape_text(raw_shape), expected));
  }
  io::Npy array{raw_type, raw_shape, std::move(bytes)};
  if (array.shape.empty()) array.shape = {1};
  array.shape[0] *= static_cast<std::int64_t>(array.bytes.size() / expected);
  return array;
}

io::Npy concatenate(const std::vector<io::Npy>& arrays, const std::string& name_of_all) {
  io::Npy all = arrays.at(0);
  for (std::size_t i = 1; i < arrays.size(); ++i) {
    const io::Npy& part = arrays[i];
    if (part.type != all.type || part.shape.empty() || part.shape.size() != all.shape.size() ||
        !std::equal(part.shape.begin() + 1, part.shape.end(), all.shape.begin() + 1)) {
      throw bad_input(fmt::format("'{}': the cases differ in type or shape", name_of_all));
    }
    all.shape[0] += part.shape[0];
    all.bytes.insert(all.bytes.end(), part.bytes.begin(), part.bytes.end());
  }
  return all;
}

InputData load_input(const Model& model, std::int32_t index, const io::Npy& array, const std::string& file) {
  InputData data;
  const std::vector<std::uint8_t> bytes = to_input_type(model, index, array, file, &data.integer_door);
  const bw_tensor_info info = model.input(index);
  const std::vector<std::int64_t> shape = shape_of(info);
  const auto layout = io::match_samples(array.shape, shape);
  if (!layout) {
    throw input_error(model, index, file,
                      fmt::format("{} {}", name(array.type), io::shape_text(array.shape)));
  }
  const std::size_t element_size = info.type == BW_TYPE_F32 && !data.integer_door ? sizeof(float) : 1;
  data.runs = layout->runs;
  data.run_bytes = static_cast<std::size_t>(layout->run_elements) * element_size;
  data.bytes.resize(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += data.run_bytes) {
    io::copy_run(*layout, shape, element_size, bytes.data() + at, data.bytes.data() + at);
  }
  return data;
}

InputData load_input(const Model& model, std::int32_t index, const std::string& file) {
  const bw_tensor_info info = model.input(index);
  return load_input(model, index, read_array(file, npy_type(info.type), shape_of(info)), file);
}

std::int64_t common_runs(const std::vector<InputData>& inputs, const std::vector<std::string>& files) {
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].runs == inputs[0].runs) continue;
    throw bad_input(fmt::format("'{}' holds {} sample(s), '{}' holds {}", files[i], inputs[i].runs, files[0],
                                inputs[0].runs));
  }
  return inputs.empty() ? 0 : inputs[0].runs;
}

std::vector<InputData> load_inputs(const Model& model, const std::vector<std::string>& files,
                                   const char* option) {
  if (files.size() != static_cast<std::size_t>(model.input_count())) {
    std::string list;
    for (std::int32_t i = 0; i < model.input_count(); ++i) {
      list += fmt::format("{}'{}' ({})", i ? ", " : "", model.input(i).name, describe(model.input(i)));
    }
    throw usage_error(fmt::format("'{0}' has {1} input(s) and {2} {3} given; one {3} for each of: {4}",
                                  model.path(), model.input_count(), files.size(), option, list));
  }
  std::vector<InputData> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    inputs.push_back(load_input(model, static_cast<std::int32_t>(i), files[i]));
  }
  common_runs(inputs, files);
  return inputs;
}

void run_on(Session& session, std::span<const InputData> inputs, std::int64_t i) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    session.set_input(static_cast<std::int32_t>(k), inputs[k].integer_door, inputs[k].run(i));
  }
  session.run();
}

}  // namespace bulwark::converter::cli
