// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "converter/error.h"
#include "converter/passes/lower/lowering.h"
#include "schema/limits.h"

namespace bulwark::converter::passes::lowering {
namespace {

constexpr std::size_t kLongestName = 960;  // leaves room for a suffix below the format's limit

std::string unique(std::set<std::string>& taken, std::string name) {
  if (name.empty()) name = "unnamed";
  if (name.size() > kLongestName) name.resize(kLongestName);
  std::string candidate = name;
  for (int i = 1; !taken.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
  return candidate;
}

std::vector<std::int32_t> file_shape(const std::string& name, const Shape& shape) {
  if (shape.size() > static_cast<std::size_t>(schema::kMaxRank)) {
    throw bad_input("tensor '" + name + "' has " + std::to_string(shape.size()) + " axes, at most " +
                    std::to_string(schema::kMaxRank) + " are supported");
  }
  std::vector<std::int32_t> out;
  for (const std::int64_t d : shape) {
    if (d < 1 || d > schema::kMaxDimension) {
      throw bad_input("tensor '" + name + "' has a dimension of " + std::to_string(d));
    }
    out.push_back(static_cast<std::int32_t>(d));
  }
  if (out.empty()) out.push_back(1);  // a scalar
  return out;
}

}  // namespace

TensorIndex Lowering::add_tensor(const std::string& name, write::ElementType type, const Shape& shape,
                                 const Grid& grid) {
  write::TensorSpec tensor;
  tensor.shape = file_shape(name, shape);
  tensor.name = unique(names_, name);
  tensor.type = type;
  if (schema::is_quantized(type)) {
    tensor.scale = grid.scale;
    tensor.zero_point = grid.zero_point;
    tensor.lo = grid.lo;
    tensor.hi = grid.hi;
  }
  spec_.tensors.push_back(std::move(tensor));
  return static_cast<TensorIndex>(spec_.tensors.size()) - 1;
}

TensorIndex Lowering::add_constant_tensor(const std::string& name, const Shape& shape, const Grid& grid,
                                          const std::vector<std::int32_t>& levels) {
  const TensorIndex tensor = add_tensor(name, write::ElementType::s8, shape, grid);
  for (const std::int32_t level : levels) {
    at(tensor).constant.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(level)));
  }
  return tensor;
}

TensorIndex Lowering::add_float_constant(const std::string& name, const Shape& shape,
                                         const std::vector<float>& values) {
  const TensorIndex tensor = add_tensor(name, write::ElementType::f32, shape);
  at(tensor).constant.resize(values.size() * sizeof(float));
  std::memcpy(at(tensor).constant.data(), values.data(), values.size() * sizeof(float));
  return tensor;
}

write::OperatorSpec& Lowering::emit(write::OperatorKind kind, const std::string& name,
                                    std::vector<TensorIndex> inputs, TensorIndex output) {
  write::OperatorSpec op;
  op.kind = kind;
  op.name = unique(operator_names_, name);
  op.inputs = std::move(inputs);
  op.outputs = {output};
  spec_.operators.push_back(std::move(op));
  return spec_.operators.back();
}

Grid Lowering::grid_of(TensorIndex tensor) const {
  const write::TensorSpec& t = spec_.tensors[static_cast<std::size_t>(tensor)];
  return {t.scale, t.zero_point, t.lo, t.hi};
}

Shape Lowering::shape_of(TensorIndex tensor) const {
  const std::vector<std::int32_t>& shape = spec_.tensors[static_cast<std::size_t>(tensor)].shape;
  return {shape.begin(), shape.end()};
}

}  // namespace bulwark::converter::passes::lowering
