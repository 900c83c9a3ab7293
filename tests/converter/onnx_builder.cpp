// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/onnx_builder.h"

namespace bulwark::tests {
namespace {

namespace importer = converter::import_onnx;

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name,
                                    onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

std::vector<std::int64_t> counted(std::int64_t count, std::int64_t first, std::int64_t step,
                                  std::int64_t modulus) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(i * step % modulus + first);
  return values;
}

}  // namespace

OnnxBuilder::OnnxBuilder(std::int64_t opset, std::int64_t microsoft) {
  model.set_ir_version(8);
  graph().set_name("test");
  model.add_opset_import()->set_version(opset);
  if (microsoft > 0) {
    auto& entry = *model.add_opset_import();
    entry.set_domain("com.microsoft");
    entry.set_version(microsoft);
  }
}

OnnxBuilder& OnnxBuilder::input(const std::string& name, const std::vector<std::int64_t>& shape,
                                std::int32_t type) {
  auto& info = *graph().add_input();
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const std::int64_t d : shape) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    if (d == -1) {
      dim.set_dim_param("N");
    } else {
      dim.set_dim_value(d);
    }
  }
  return *this;
}

OnnxBuilder& OnnxBuilder::output(const std::string& name, std::int32_t type) {
  auto& info = *graph().add_output();
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  return *this;
}

OnnxBuilder& OnnxBuilder::floats(const std::string& name, const std::vector<std::int64_t>& shape,
                                 const std::vector<float>& values) {
  auto& tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(importer::kFloat);
  for (const std::int64_t d : shape) tensor.add_dims(d);
  for (const float v : values) tensor.add_float_data(v);
  return *this;
}

OnnxBuilder& OnnxBuilder::ints(const std::string& name, std::int32_t type,
                               const std::vector<std::int64_t>& shape,
                               const std::vector<std::int64_t>& values) {
  auto& tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t d : shape) tensor.add_dims(d);
  if (type == importer::kInt4 || type == importer::kUint4) {
    for (std::size_t i = 0; i < values.size(); i += 2) {
      const std::int64_t high = i + 1 < values.size() ? values[i + 1] & 15 : 0;
      tensor.add_int32_data(static_cast<std::int32_t>((values[i] & 15) | high << 4));
    }
    return *this;
  }
  for (const std::int64_t v : values) {
    if (type == importer::kInt64) {
      tensor.add_int64_data(v);
    } else {
      tensor.add_int32_data(static_cast<std::int32_t>(v));
    }
  }
  return *this;
}

onnx::NodeProto& OnnxBuilder::node(const std::string& type, const std::vector<std::string>& inputs,
                                   const std::vector<std::string>& outputs, const std::string& domain) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(type);
  node.set_domain(domain);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  return node;
}

std::vector<std::uint8_t> OnnxBuilder::bytes() const {
  const std::string text = model.SerializeAsString();
  return {text.begin(), text.end()};
}

converter::Graph OnnxBuilder::import(const importer::ImportOptions& options) const {
  return importer::import_bytes(bytes(), "test.onnx", options);
}

converter::TensorData OnnxBuilder::run(const std::vector<std::vector<float>>& inputs) const {
  const converter::Graph imported = import();
  std::vector<converter::TensorData> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    tensors.push_back({imported[imported.inputs.at(i)].shape, inputs[i]});
  }
  return converter::evaluate(imported, tensors).at(0);
}

onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
  return node;
}

onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, float value) {
  add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
  return node;
}

onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, const char* value) {
  add_attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
  return node;
}

onnx::NodeProto& set(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& value) {
  auto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
  for (const std::int64_t v : value) attribute.add_ints(v);
  return node;
}

OnnxBuilder small_qdq_model() {
  OnnxBuilder b(21);
  b.input("x", {-1, 2, 6, 6});
  b.floats("x_scale", {}, {0.02f}).ints("x_zero", importer::kUint8, {}, {3});
  b.ints("w", importer::kInt4, {4, 2, 3, 3}, counted(72, -7, 5, 15));
  b.floats("w_scale", {4}, {0.1f, 0.2f, 0.05f, 0.15f}).ints("w_zero", importer::kInt4, {4}, {0, 0, 0, 0});
  b.ints("b", importer::kInt32, {4}, {10, -20, 30, 0});
  b.floats("b_scale", {4}, {0.002f, 0.004f, 0.001f, 0.003f});
  b.floats("y_scale", {}, {0.05f}).ints("y_zero", importer::kInt8, {}, {-128});
  b.ints("g", importer::kInt8, {3, 36}, counted(108, -50, 7, 101));
  b.floats("g_scale", {}, {0.01f}).floats("g_bias", {3}, {0.5f, -0.5f, 0.0f});
  b.node("QuantizeLinear", {"x", "x_scale", "x_zero"}, {"xq"});
  b.node("DequantizeLinear", {"xq", "x_scale", "x_zero"}, {"xd"});
  set(b.node("DequantizeLinear", {"w", "w_scale", "w_zero"}, {"wd"}), "axis", std::int64_t{0});
  set(b.node("DequantizeLinear", {"b", "b_scale"}, {"bd"}), "axis", std::int64_t{0});
  set(b.node("Conv", {"xd", "wd", "bd"}, {"c"}), "pads", std::vector<std::int64_t>{1, 1, 1, 1})
      .set_name("conv1");
  b.node("Relu", {"c"}, {"r"});
  b.node("QuantizeLinear", {"r", "y_scale", "y_zero"}, {"rq"});
  onnx::NodeProto& pool = b.node("MaxPool", {"rq"}, {"p"});
  set(pool, "kernel_shape", std::vector<std::int64_t>{2, 2});
  set(pool, "strides", std::vector<std::int64_t>{2, 2}).set_name("pool1");
  b.node("DequantizeLinear", {"p", "y_scale", "y_zero"}, {"pd"});
  b.node("Flatten", {"pd"}, {"f"});
  b.node("DequantizeLinear", {"g", "g_scale"}, {"gd"});
  set(b.node("Gemm", {"f", "gd", "g_bias"}, {"y"}), "transB", std::int64_t{1}).set_name("gemm1");
  b.output("y");
  return b;
}

}  // namespace bulwark::tests
