// SPDX-License-Identifier: Apache-2.0
// ModelSpec -> bytes.

// FlatBuffers asserts that no alignment exceeds this; weights are placed on cache lines.
#define FLATBUFFERS_MAX_ALIGNMENT 64

#include <array>
#include <cstring>

#include "converter/error.h"
#include "converter/write/pack_weights.h"
#include "converter/write/writer.h"
#include "generated/model_generated.h"
#include "schema/limits.h"
#include "schema/seal.h"

namespace bulwark::converter::write {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
template <typename T>
using VectorOffset = Offset<flatbuffers::Vector<T>>;

constexpr std::size_t kWeightAlignment = 64;
constexpr std::size_t kDataAlignment = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint32_t kSealedLater = 1;  // a field that is 0 would not be stored

class ModelWriter {
 public:
  explicit ModelWriter(const ModelSpec& spec) : spec_(spec) {}

  std::vector<std::uint8_t> write() {
    const auto tensors = table_vector(spec_.tensors, &ModelWriter::tensor);
    const auto operators = table_vector(spec_.operators, &ModelWriter::op);
    const auto inputs = builder_.CreateVector(spec_.inputs);
    const auto outputs = builder_.CreateVector(spec_.outputs);
    const auto robustness_offset = robustness();
    const auto golden_offset = golden();
    Offset<flatbuffers::Vector<Offset<fb::KeyValue>>> metadata;
    if (!spec_.metadata.empty()) metadata = table_vector(spec_.metadata, &ModelWriter::key_value);
    Offset<flatbuffers::Vector<Offset<fb::State>>> states;
    if (!spec_.states.empty()) states = table_vector(spec_.states, &ModelWriter::state);
    const auto producer = builder_.CreateString(spec_.producer);
    const std::array<std::uint8_t, kHashBytes> no_hash{};
    const auto hash = builder_.CreateVector(no_hash.data(), no_hash.size());
    fb::FinishModelBuffer(builder_, fb::CreateModel(builder_, schema::kSchemaVersion, producer, tensors,
                                                    operators, inputs, outputs, robustness_offset,
                                                    golden_offset, metadata, hash, kSealedLater, states));
    return {builder_.GetBufferPointer(), builder_.GetBufferPointer() + builder_.GetSize()};
  }

 private:
  template <typename Spec, typename Table>
  Offset<flatbuffers::Vector<Offset<Table>>> table_vector(const std::vector<Spec>& specs,
                                                          Offset<Table> (ModelWriter::*make)(const Spec&)) {
    std::vector<Offset<Table>> offsets;
    offsets.reserve(specs.size());
    for (const Spec& spec : specs) offsets.push_back((this->*make)(spec));
    return builder_.CreateVector(offsets);
  }

  VectorOffset<std::uint8_t> data(const std::vector<std::uint8_t>& bytes, std::size_t alignment) {
    // The builder counts in 31 bits; the file's own limit is below that.
    total_ += bytes.size();
    if (total_ > schema::kMaxFileBytes) throw bad_input("the model is larger than 2^30 bytes");
    builder_.ForceVectorAlignment(bytes.size(), 1, alignment);
    return builder_.CreateVector(bytes);
  }

  template <typename T>
  VectorOffset<T> optional_vector(const std::vector<T>& values) {
    return values.empty() ? VectorOffset<T>() : builder_.CreateVector(values);
  }

  Offset<fb::Tensor> tensor(const TensorSpec& spec) {
    const auto name = builder_.CreateString(spec.name);
    const auto shape = builder_.CreateVector(spec.shape);
    VectorOffset<std::uint8_t> constant;
    if (!spec.constant.empty()) constant = data(spec.constant, kDataAlignment);
    return fb::CreateTensor(builder_, name, static_cast<fb::ElementType>(spec.type), shape, spec.scale,
                            spec.zero_point, spec.lo, spec.hi, constant);
  }

  Offset<fb::Operator> op(const OperatorSpec& spec) {
    const auto name = builder_.CreateString(spec.name);
    const auto inputs = builder_.CreateVector(spec.inputs);
    const auto outputs = builder_.CreateVector(spec.outputs);
    Offset<fb::LinearOptions> linear_offset;
    Offset<fb::PoolOptions> pool_offset;
    Offset<fb::AddOptions> add;
    Offset<fb::SoftmaxOptions> softmax;
    if (spec.linear) linear_offset = linear(spec);
    if (spec.pool) pool_offset = pool(*spec.pool);
    if (spec.add) {
      add = fb::CreateAddOptions(builder_, spec.add->multiplier_a, spec.add->multiplier_b, spec.add->bias,
                                 spec.add->multiplier);
    }
    if (spec.softmax) {
      softmax = fb::CreateSoftmaxOptions(builder_, builder_.CreateVector(spec.softmax->table),
                                         spec.softmax->numerator);
    }
    Offset<fb::LogSoftmaxOptions> log_softmax;
    Offset<fb::LookupOptions> lookup;
    Offset<fb::PreluOptions> prelu;
    Offset<fb::FunctionOptions> function;
    if (const auto& o = spec.log_softmax) {
      log_softmax = fb::CreateLogSoftmaxOptions(builder_, builder_.CreateVector(o->table), o->multiplier_x,
                                                o->multiplier_log, static_cast<std::uint8_t>(o->shift));
    }
    if (spec.lookup) lookup = fb::CreateLookupOptions(builder_, builder_.CreateVector(spec.lookup->entries));
    if (const auto& o = spec.prelu) {
      prelu = fb::CreatePreluOptions(builder_, o->multiplier, o->slope_multiplier);
    }
    if (const auto& o = spec.function) {
      function =
          fb::CreateFunctionOptions(builder_, static_cast<fb::Function>(o->function), o->alpha, o->beta);
    }
    const auto axes = optional_vector(spec.axes);
    const auto indices = optional_vector(spec.indices);
    Offset<fb::ResizeOptions> resize;
    if (const auto& o = spec.resize) {
      const auto rows = optional_vector(o->rows), columns = optional_vector(o->columns);
      const auto float_rows = optional_vector(o->float_rows),
                 float_columns = optional_vector(o->float_columns);
      resize = fb::CreateResizeOptions(builder_, rows, columns, float_rows, float_columns);
    }
    Offset<fb::WideLookupOptions> wide_lookup;
    if (const auto& o = spec.wide_lookup)
      wide_lookup = fb::CreateWideLookupOptions(builder_, builder_.CreateVector(o->entries));
    Offset<fb::TimeFilterOptions> time_filter;
    if (const auto& o = spec.time_filter) {
      const auto weights = builder_.CreateVector(o->weights);
      time_filter = fb::CreateTimeFilterOptions(builder_, weights, optional_vector(o->bias));
    }
    return fb::CreateOperator(builder_, name, static_cast<fb::OperatorKind>(spec.kind), inputs, outputs,
                              linear_offset, pool_offset, add, softmax, spec.multiplier, spec.float_lo,
                              spec.float_hi, axes, log_softmax, lookup, prelu, function, indices, resize,
                              wide_lookup, time_filter);
  }

  Offset<fb::LinearOptions> linear(const OperatorSpec& op_spec) {
    const LinearSpec& spec = *op_spec.linear;
    const WeightsSpec& w = spec.weights;
    const auto bytes = data(pack_weights(w, op_spec.name), kWeightAlignment);
    const auto scales = optional_vector(w.scales);
    const auto weights = fb::CreateWeights(builder_, static_cast<fb::WeightFormat>(w.format), w.rows,
                                           w.row_elements, bytes, scales);
    Offset<fb::Requantization> requantization;
    if (w.format != WeightFormat::f32) {
      const auto bias = builder_.CreateVector(spec.bias);
      const auto multiplier = builder_.CreateVector(spec.multiplier);
      const auto lo = optional_vector(spec.lo);
      const auto hi = optional_vector(spec.hi);
      requantization = fb::CreateRequantization(builder_, static_cast<std::uint8_t>(spec.fraction_bits), bias,
                                                multiplier, lo, hi);
    }
    const auto float_bias = optional_vector(spec.float_bias);
    return fb::CreateLinearOptions(builder_, weights, requantization, float_bias, spec.stride_h,
                                   spec.stride_w, spec.dilation_h, spec.dilation_w, spec.kernel_h,
                                   spec.kernel_w, spec.pad_top, spec.pad_left, spec.pad_bottom,
                                   spec.pad_right, spec.groups);
  }

  Offset<fb::PoolOptions> pool(const PoolSpec& spec) {
    return fb::CreatePoolOptions(builder_, spec.kernel_h, spec.kernel_w, spec.stride_h, spec.stride_w,
                                 spec.dilation_h, spec.dilation_w, spec.pad_top, spec.pad_left,
                                 spec.pad_bottom, spec.pad_right, spec.count_include_pad, spec.multiplier,
                                 spec.origin_shift);
  }

  Offset<fb::State> state(const StateSpec& spec) {
    VectorOffset<std::uint8_t> initial;
    if (!spec.initial.empty()) initial = data(spec.initial, kDataAlignment);
    return fb::CreateState(builder_, spec.tensor, spec.next, initial);
  }

  Offset<fb::LayerRobustness> layer_robustness(const LayerRobustnessSpec& spec) {
    VectorOffset<std::int8_t> lo, hi;
    if (!spec.unclipped_lo.empty()) lo = builder_.CreateVector(spec.unclipped_lo);
    if (!spec.unclipped_hi.empty()) hi = builder_.CreateVector(spec.unclipped_hi);
    return fb::CreateLayerRobustness(builder_, spec.operator_index, spec.linf_norm, spec.l2_bound,
                                     spec.clip_slack, lo, hi);
  }

  Offset<fb::Robustness> robustness() {
    if (spec_.robustness.empty() && spec_.recipe.empty() && spec_.clip_eps == 0) return {};
    const auto layers = table_vector(spec_.robustness, &ModelWriter::layer_robustness);
    const auto recipe = builder_.CreateString(spec_.recipe);
    return fb::CreateRobustness(builder_, layers, spec_.clip_eps, recipe);
  }

  Offset<fb::GoldenTensor> golden_tensor(const GoldenTensorSpec& spec) {
    return fb::CreateGoldenTensor(builder_, spec.index, data(spec.data, kDataAlignment));
  }

  Offset<fb::Golden> golden() {
    if (spec_.golden_inputs.empty() && spec_.golden_outputs.empty()) return {};
    const auto inputs = table_vector(spec_.golden_inputs, &ModelWriter::golden_tensor);
    const auto outputs = table_vector(spec_.golden_outputs, &ModelWriter::golden_tensor);
    return fb::CreateGolden(builder_, inputs, outputs);
  }

  Offset<fb::KeyValue> key_value(const std::pair<std::string, std::string>& entry) {
    const auto key = builder_.CreateString(entry.first);
    const auto value = builder_.CreateString(entry.second);
    return fb::CreateKeyValue(builder_, key, value);
  }

  const ModelSpec& spec_;
  FlatBufferBuilder builder_;
  std::uint64_t total_ = 0;
};

}  // namespace

std::vector<std::uint8_t> serialize(const ModelSpec& spec) {
  std::vector<std::uint8_t> bytes = ModelWriter(spec).write();
  schema::VerifyError error;
  if (!schema::seal(bytes, &error)) throw bad_input(error.message);
  return bytes;
}

}  // namespace bulwark::converter::write
