// SPDX-License-Identifier: Apache-2.0
#include "converter/cli/diff_side.h"
#include "converter/cli/input_data.h"
#include "converter/cli/labels.h"
#include "converter/error.h"
#include "converter/io/file.h"
#include "schema/verifier.h"

namespace bulwark::converter::cli {
namespace {

SideTensor side_tensor(const bw_tensor_info& info, std::span<const std::uint8_t> bytes) {
  SideTensor tensor{info.name, shape_of(info), {}, 0, {}};
  for (const float value : as_floats(bytes, info.type)) tensor.values.push_back(value);
  if (info.scale == 0) return tensor;
  tensor.step = info.scale;
  for (double& value : tensor.values) value = info.scale * (value - info.zero_point);
  return tensor;
}

class ModelSide : public Side {
 public:
  ModelSide(const std::string& path, bool keep_intermediates)
      : bytes_(io::read_file(path)),
        model_(Model::from_memory(bytes_, path)),
        session_(model_, {1, "", keep_intermediates}),
        keep_intermediates_(keep_intermediates) {
    schema::VerifyError error;
    if (!schema::VerifiedModel::verify(bytes_, {false}, &verified_, &error)) throw bad_input(error.message);
    for (const std::int32_t tensor : verified_.outputs()) output_steps_.push_back(step_behind(tensor));
  }

  std::vector<InputFormat> input_formats() const override {
    std::vector<InputFormat> formats;
    for (std::int32_t i = 0; i < model_.input_count(); ++i) {
      const bw_tensor_info info = model_.input(i);
      InputFormat format{npy_type(info.type), shape_of(info), {}};
      const auto door = model_.integer_input(i);
      if (door && info.type == BW_TYPE_F32) {
        format.levels.scale = door->scale;
        format.levels.offset = door->lo - door->zero_point;
      }
      formats.push_back(format);
    }
    return formats;
  }

  std::vector<OutputFormat> output_formats() const override {
    std::vector<OutputFormat> formats;
    for (std::int32_t i = 0; i < model_.output_count(); ++i) {
      const bw_tensor_info info = model_.output(i);
      const bool integer = info.scale != 0;
      formats.push_back({info.name, npy_type(info.type), shape_of(info), integer ? info.scale : 1.0,
                         static_cast<double>(integer ? info.zero_point : 0)});
    }
    return formats;
  }

  std::int64_t set_inputs(const std::vector<io::Npy>& arrays,
                          const std::vector<std::string>& files) override {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      inputs_.push_back(load_input(model_, static_cast<std::int32_t>(i), arrays[i], files[i]));
    }
    return common_runs(inputs_, files);
  }

  std::vector<SideTensor> run(std::int64_t i) override {
    run_on(session_, inputs_, i);
    std::vector<SideTensor> outputs;
    for (std::int32_t k = 0; k < model_.output_count(); ++k) {
      outputs.push_back(side_tensor(model_.output(k), session_.output(k)));
      if (outputs.back().step == 0) outputs.back().step = output_steps_[static_cast<std::size_t>(k)];
    }
    return outputs;
  }

  std::vector<std::string> tensor_order() override {
    std::vector<std::string> names;
    for (std::int32_t i = 0; keep_intermediates_ && i < bw_session_tensor_count(session_.get()); ++i) {
      bw_tensor_info info = {};
      const void* data = nullptr;
      if (bw_session_tensor(session_.get(), i, &info, &data) == BW_STATUS_OK) names.emplace_back(info.name);
    }
    return names;
  }

  std::map<std::string, SideTensor> tensors() override {
    std::map<std::string, SideTensor> found;
    if (!keep_intermediates_) return found;
    for (std::int32_t i = 0; i < bw_session_tensor_count(session_.get()); ++i) {
      bw_tensor_info info = {};
      const void* data = nullptr;
      if (bw_session_tensor(session_.get(), i, &info, &data) != BW_STATUS_OK || data == nullptr) continue;
      SideTensor tensor = side_tensor(info, {static_cast<const std::uint8_t*>(data), info.bytes});
      tensor.flattened = picture_behind(i);
      found.emplace(info.name, std::move(tensor));
    }
    return found;
  }

 private:
  /// The shape of the picture that a reshape made this tensor from.
  std::vector<std::int64_t> picture_behind(std::int32_t tensor) const {
    for (std::int32_t i = 0; i < verified_.operator_count(); ++i) {
      const schema::OperatorView op = verified_.op(i);
      if (op.kind != schema::OperatorKind::reshape || op.outputs[0] != tensor) continue;
      const auto shape = verified_.tensor(op.inputs[0]).shape;
      if (shape.size() == 4) return {shape.begin(), shape.end()};
    }
    return {};
  }

  /// The step of the integers that a float tensor was made from; 0 when it was computed.
  double step_behind(std::int32_t tensor) const {
    for (std::int32_t i = verified_.operator_count() - 1; i >= 0; --i) {
      const schema::OperatorView op = verified_.op(i);
      if (op.outputs[0] != tensor) continue;
      tensor = op.inputs[0];
      if (op.kind == schema::OperatorKind::dequantize) return verified_.tensor(tensor).scale;
      if (op.kind != schema::OperatorKind::reshape && op.kind != schema::OperatorKind::transpose) return 0;
    }
    return 0;
  }

  std::vector<std::uint8_t> bytes_;
  Model model_;
  schema::VerifiedModel verified_;
  Session session_;
  bool keep_intermediates_;
  std::vector<InputData> inputs_;
  std::vector<double> output_steps_;
};

}  // namespace

std::unique_ptr<Side> make_model_side(const std::string& path, bool keep_intermediates) {
  return std::make_unique<ModelSide>(path, keep_intermediates);
}

}  // namespace bulwark::converter::cli
