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

InputData raw_input(const Model& model, std::int32_t index, std::vector<std::uint8_t> bytes,
                    const std::string& file) {
  const std::size_t expected = model.input(index).bytes;
  if (bytes.empty() || bytes.size() % expected != 0) {
    throw input_error(
        model, index, file,
        fmt::format("raw data of {} bytes, expected {} or a multiple of it", bytes.size(), expected));
  }
  InputData data;
  data.runs = static_cast<std::int64_t>(bytes.size() / expected);
  data.run_bytes = expected;
  data.bytes = std::move(bytes);
  return data;
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
  std::vector<std::uint8_t> bytes = io::read_file(file);
  if (!is_npy(bytes, file)) return raw_input(model, index, std::move(bytes), file);
  return load_input(model, index, io::parse_npy(std::move(bytes), file), file);
}

std::vector<InputData> load_inputs(const Model& model, const std::vector<std::string>& files) {
  if (files.size() != static_cast<std::size_t>(model.input_count())) {
    std::string list;
    for (std::int32_t i = 0; i < model.input_count(); ++i) {
      list += fmt::format("{}'{}' ({})", i ? ", " : "", model.input(i).name, describe(model.input(i)));
    }
    throw usage_error(fmt::format("'{}' has {} input(s) and {} --input given; one --input for each of: {}",
                                  model.path(), model.input_count(), files.size(), list));
  }
  std::vector<InputData> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    inputs.push_back(load_input(model, static_cast<std::int32_t>(i), files[i]));
    if (inputs[i].runs != inputs[0].runs) {
      throw bad_input(fmt::format("'{}' holds {} sample(s), '{}' holds {}", files[i], inputs[i].runs,
                                  files[0], inputs[0].runs));
    }
  }
  return inputs;
}

void run_on(Session& session, std::span<const InputData> inputs, std::int64_t i) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    session.set_input(static_cast<std::int32_t>(k), inputs[k].integer_door, inputs[k].run(i));
  }
  session.run();
}

}  // namespace bulwark::converter::cli
