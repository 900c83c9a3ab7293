// SPDX-License-Identifier: Apache-2.0
#include "bench/samples.h"

#include <algorithm>

#include "bench/failure.h"
#include "bench/npy.h"

namespace bulwark::bench {
namespace {

const char* type_name(bw_type type) {
  return type == BW_TYPE_F32 ? "float32" : type == BW_TYPE_S8 ? "int8" : "uint8";
}

template <typename T>
std::string shape_text(const T* shape, std::size_t rank) {
  std::string text;
  for (std::size_t i = 0; i < rank; ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return "[" + text + "]";
}

std::string describe(const TensorInfo& info) {
  return std::string(type_name(info.type)) + " " +
         shape_text(info.shape, static_cast<std::size_t>(info.rank));
}

// Input `index` of a model, for messages and for the checks.
struct Target {
  std::int32_t index;
  TensorInfo source;
  std::optional<TensorInfo> integers;  // the type of the bytes given as integers
  const std::string& file;

  [[noreturn]] void refuse(const std::string& what) const {
    throw Failure{Exit::bad_input, file + ": " + what + "; input " + std::to_string(index) + " '" +
                                       source.name + "' takes " + describe(source)};
  }
};

Target make_target(const Model& model, std::int32_t index, const std::string& file) {
  const Result<TensorInfo> source = model.input(index);
  check(source.status(), file);
  Target target{index, *source, std::nullopt, file};
  if (source->type != BW_TYPE_F32) {
    target.integers = *source;
  } else if (const Result<TensorInfo> integers = model.integer_input(index)) {
    target.integers = *integers;
  }
  return target;
}

std::vector<std::int64_t> without_ones(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> result;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(result), [](std::int64_t d) { return d != 1; });
  return result;
}

// How many samples of the input's shape the array holds.
std::size_t count_samples(const Target& target, const Npy& array) {
  const std::vector<std::int64_t> wanted(target.source.shape, target.source.shape + target.source.rank);
  if (without_ones(array.shape) == without_ones(wanted)) return 1;
  if (!array.shape.empty() && array.shape[0] > 0 && array.shape[0] % wanted[0] == 0) {
    std::vector<std::int64_t> one = array.shape;
    one[0] = wanted[0];
    if (without_ones(one) == without_ones(wanted))
      return static_cast<std::size_t>(array.shape[0] / wanted[0]);
  }
  target.refuse("is " + std::string(type_name(array.type)) + " " +
                shape_text(array.shape.data(), array.shape.size()));
}

// uint8 levels as the integers of the tensor.
void shift_levels(const Target& target, Bytes& data) {
  const std::int32_t levels = target.integers->hi - target.integers->lo + 1;
  if (levels != 256)
    target.refuse("is uint8, but the input's integers have " + std::to_string(levels) +
                  " levels and not 256");
  for (std::uint8_t& level : data) level = static_cast<std::uint8_t>(level + target.integers->lo);
}

Samples from_npy(const Target& target, Npy array) {
  Samples samples;
  samples.count = count_samples(target, array);
  const bool fits = array.type == BW_TYPE_F32 ? target.source.type == BW_TYPE_F32
                                              : target.integers && (array.type == BW_TYPE_U8 ||
                                                                    array.type == target.integers->type);
  if (!fits) target.refuse("is " + std::string(type_name(array.type)));
  if (array.type == BW_TYPE_U8) shift_levels(target, array.data);
  samples.integers = array.type != BW_TYPE_F32 && target.source.type == BW_TYPE_F32;
  samples.data = std::move(array.data);
  samples.sample_bytes = samples.data.size() / samples.count;
  return samples;
}

Samples from_raw(const Target& target, Bytes bytes) {
  Samples samples;
  samples.sample_bytes = target.source.bytes;
  if (bytes.empty() || bytes.size() % samples.sample_bytes != 0) {
    target.refuse("has " + std::to_string(bytes.size()) + " bytes, must be a multiple of " +
                  std::to_string(samples.sample_bytes));
  }
  samples.count = bytes.size() / samples.sample_bytes;
  samples.data = std::move(bytes);
  return samples;
}

}  // namespace

Samples load_samples(const Model& model, std::int32_t index, const std::string& file) {
  const Target target = make_target(model, index, file);
  Bytes bytes = read_file(file);
  if (looks_like_npy(bytes) || file.ends_with(".npy")) return from_npy(target, parse_npy(bytes, file));
  return from_raw(target, std::move(bytes));
}

void set_sample(Session& session, std::int32_t index, const Samples& samples, std::size_t i) {
  const std::uint8_t* data = samples.data.data() + i * samples.sample_bytes;
  const auto set = samples.integers ? bw_session_set_input_integer : bw_session_set_input;
  check(Status(set(session.get(), index, data, samples.sample_bytes)), "input " + std::to_string(index));
}

std::vector<Samples> load_inputs(const Model& model, const Arguments& arguments) {
  const auto expected = static_cast<std::size_t>(model.input_count());
  if (arguments.inputs.size() != expected) {
    throw Failure{Exit::usage, arguments.model + " has " + std::to_string(expected) +
                                   " input(s), --input was given " + std::to_string(arguments.inputs.size()) +
                                   " time(s)"};
  }
  std::vector<Samples> inputs;
  for (std::size_t i = 0; i < expected; ++i) {
    inputs.push_back(load_samples(model, static_cast<std::int32_t>(i), arguments.inputs[i]));
    if (inputs[i].count != inputs[0].count) {
      throw Failure{Exit::bad_input, arguments.inputs[i] + " holds " + std::to_string(inputs[i].count) +
                                         " sample(s), " + arguments.inputs[0] + " holds " +
                                         std::to_string(inputs[0].count)};
    }
  }
  return inputs;
}

void set_samples(Session& session, const std::vector<Samples>& inputs, std::size_t i) {
  for (std::size_t k = 0; k < inputs.size(); ++k)
    set_sample(session, static_cast<std::int32_t>(k), inputs[k], i);
}

}  // namespace bulwark::bench
