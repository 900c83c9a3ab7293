// SPDX-License-Identifier: Apache-2.0
// VerifiedModel's accessors.
#include "schema/verifier.h"
#include "schema/views.h"

namespace bulwark::schema {
namespace {

const fb::Model* model_of(const void* root) { return static_cast<const fb::Model*>(root); }

}  // namespace

std::int32_t VerifiedModel::schema_version() const { return root_ ? model_of(root_)->schema_version() : 0; }
std::string_view VerifiedModel::producer() const {
  return root_ ? view(model_of(root_)->producer()) : std::string_view{};
}
View<std::int32_t> VerifiedModel::inputs() const {
  return root_ ? view(model_of(root_)->inputs()) : View<std::int32_t>{};
}
View<std::int32_t> VerifiedModel::outputs() const {
  return root_ ? view(model_of(root_)->outputs()) : View<std::int32_t>{};
}
std::int32_t VerifiedModel::tensor_count() const { return root_ ? count(model_of(root_)->tensors()) : 0; }
TensorView VerifiedModel::tensor(std::int32_t index) const {
  return view(*model_of(root_)->tensors()->Get(static_cast<std::uint32_t>(index)));
}
std::int32_t VerifiedModel::operator_count() const { return root_ ? count(model_of(root_)->operators()) : 0; }
OperatorView VerifiedModel::op(std::int32_t index) const {
  return view(*model_of(root_)->operators()->Get(static_cast<std::uint32_t>(index)));
}
View<std::uint8_t> VerifiedModel::content_sha256() const {
  return root_ ? view(model_of(root_)->content_sha256()) : View<std::uint8_t>{};
}

std::int32_t VerifiedModel::state_count() const {
  return root_ && model_of(root_)->states() ? count(model_of(root_)->states()) : 0;
}
StateView VerifiedModel::state(std::int32_t i) const {
  return view(*model_of(root_)->states()->Get(static_cast<std::uint32_t>(i)));
}

bool VerifiedModel::has_golden() const { return root_ && model_of(root_)->golden() != nullptr; }
std::int32_t VerifiedModel::golden_input_count() const {
  return has_golden() ? count(model_of(root_)->golden()->inputs()) : 0;
}
GoldenTensorView VerifiedModel::golden_input(std::int32_t i) const {
  return view(*model_of(root_)->golden()->inputs()->Get(static_cast<std::uint32_t>(i)));
}
std::int32_t VerifiedModel::golden_output_count() const {
  return has_golden() ? count(model_of(root_)->golden()->outputs()) : 0;
}
GoldenTensorView VerifiedModel::golden_output(std::int32_t i) const {
  return view(*model_of(root_)->golden()->outputs()->Get(static_cast<std::uint32_t>(i)));
}

std::int32_t VerifiedModel::robustness_layer_count() const {
  const fb::Robustness* robustness = root_ ? model_of(root_)->robustness() : nullptr;
  return robustness ? count(robustness->layers()) : 0;
}
LayerRobustnessView VerifiedModel::robustness_layer(std::int32_t i) const {
  return view(*model_of(root_)->robustness()->layers()->Get(static_cast<std::uint32_t>(i)));
}
float VerifiedModel::clip_eps() const {
  const fb::Robustness* robustness = root_ ? model_of(root_)->robustness() : nullptr;
  return robustness ? robustness->clip_eps() : 0;
}
std::string_view VerifiedModel::recipe() const {
  const fb::Robustness* robustness = root_ ? model_of(root_)->robustness() : nullptr;
  return robustness ? view(robustness->recipe()) : std::string_view{};
}

std::int32_t VerifiedModel::metadata_count() const { return root_ ? count(model_of(root_)->metadata()) : 0; }
KeyValueView VerifiedModel::metadata(std::int32_t i) const {
  return view(*model_of(root_)->metadata()->Get(static_cast<std::uint32_t>(i)));
}

}  // namespace bulwark::schema
