// SPDX-License-Identifier: Apache-2.0
// From generated FlatBuffers tables whose structure has been verified to plain views.
#pragma once

#include "generated/model_generated.h"
#include "schema/model_view.h"

namespace bulwark::schema {

static_assert(FLATBUFFERS_LITTLEENDIAN, "views read the file's bytes in place");

template <typename T>
View<T> view(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? View<T>{} : View<T>{vector->data(), vector->size()};
}
inline std::string_view view(const flatbuffers::String* string) {
  return string == nullptr ? std::string_view{} : std::string_view{string->c_str(), string->size()};
}
TensorView view(const fb::Tensor& tensor);
WeightsView view(const fb::Weights& weights);
LinearView view(const fb::LinearOptions& options);
PoolView view(const fb::PoolOptions& options);
OperatorView view(const fb::Operator& op);
LayerRobustnessView view(const fb::LayerRobustness& layer);
StateView view(const fb::State& state);
GoldenTensorView view(const fb::GoldenTensor& tensor);
KeyValueView view(const fb::KeyValue& pair);

/// Entries of a vector that may be absent.
template <typename T>
std::int32_t count(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : static_cast<std::int32_t>(vector->size());
}

}  // namespace bulwark::schema
