// SPDX-License-Identifier: Apache-2.0
// Layers with a memory: SVDF (Nakkiran et al. 2015) and the LSTM (Hochreiter and Schmidhuber 1997; forget
// gate of Gers et al. 2000), step by step as nodes of the graph. Where the activations are integers, the
// gates and the cell are int16 as in TFLite: scale 2^-12 before a gate's function, 2^-15 behind it, the
// cell's own for the cell.
#include <fmt/format.h>

#include <cmath>

#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {
namespace {

struct Grid {
  DType type = DType::f32;
  float scale = 0;
  std::int32_t zero_point = 0;
};

Grid grid_of(const Value& value) { return {value.type, value.scale, value.zero_point}; }

/// Makes nodes of one recurrent operator. Values of integer types know their scale and zero point.
class Maker {
 public:
  explicit Maker(NodeContext& context) : context_(context) {}

  ValueId quantize(ValueId x, const Grid& grid, const std::string& name) {
    if (grid.type == DType::f32) return x;
    Node node = simple_node(Op::quantize, {x, scalar(grid.scale, name), zero(grid, name)});
    const ValueId y = add(std::move(node), context_.shape(x), grid.type, name + ".levels");
    note(y, grid);
    return y;
  }
  ValueId dequantize(ValueId x, const std::string& name) {
    const Grid grid = grid_of(context_.value(x));
    if (grid.type == DType::f32) return x;
    Node node = simple_node(Op::dequantize, {x, scalar(grid.scale, name), zero(grid, name)});
    return add(std::move(node), context_.shape(x), DType::f32, name + ".real");
  }
  /// Levels of the type, or the real number itself.
  ValueId through(ValueId x, const Grid& grid, const std::string& name) {
    return dequantize(quantize(x, grid, name), name);
  }
  ValueId unary(Function function, ValueId x, const std::string& name) {
    Node node = simple_node(Op::unary, {x});
    node.function = function;
    return add(std::move(node), context_.shape(x), DType::f32, name);
  }
  ValueId binary(Op op, ValueId a, ValueId b, const std::string& name) {
    return add(simple_node(op, {a, b}), context_.shape(a), DType::f32, name);
  }
  ValueId reshape(ValueId x, Shape shape, const std::string& name) {
    if (context_.shape(x) == shape) return x;
    return moved(simple_node(Op::reshape, {x}), std::move(shape), name);
  }
  /// Elements begin .. begin + count - 1 of one axis.
  ValueId slice(ValueId x, std::size_t axis, std::int64_t begin, std::int64_t count,
                const std::string& name) {
    Shape shape = context_.shape(x);
    if (begin == 0 && count == shape[axis]) return x;
    Node node = simple_node(Op::slice, {x});
    node.starts.assign(shape.size(), 0);
    node.steps.assign(shape.size(), 1);
    node.starts[axis] = begin;
    shape[axis] = count;
    return moved(std::move(node), std::move(shape), name);
  }
  /// Of real numbers.
  ValueId reshape_real(ValueId x, Shape shape, const std::string& name) {
    if (context_.shape(x) == shape) return x;
    return context_.add(simple_node(Op::reshape, {x}), std::move(shape), DType::f32, name);
  }
  ValueId concat(const std::vector<ValueId>& parts, std::size_t axis, const std::string& name) {
    if (parts.size() == 1) return parts[0];
    Node node = simple_node(Op::concat, parts);
    node.axis = static_cast<std::int64_t>(axis);
    Shape shape = context_.shape(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i) shape[axis] += context_.shape(parts[i])[axis];
    return moved(std::move(node), std::move(shape), name);
  }
  ValueId clip(ValueId x, float bound, const std::string& name) {
    if (!(bound > 0)) return x;
    Node node = simple_node(Op::clip, {x});
    node.clip_lo = -bound;
    node.clip_hi = bound;
    return add(std::move(node), context_.shape(x), DType::f32, name);
  }
  ValueId add(Node node, Shape shape, DType type, const std::string& name) {
    node.stays_float = true;
    return context_.add(std::move(node), std::move(shape), type, name);
  }

 private:
  ValueId moved(Node node, Shape shape, const std::string& name) {
    const Value& x = context_.value(node.inputs[0]);
    const Grid grid = grid_of(x);
    const ValueId y = context_.add(std::move(node), std::move(shape), grid.type, name);
    note(y, grid);
    return y;
  }
  void note(ValueId id, const Grid& grid) {
    context_.graph()[id].scale = grid.scale;
    context_.graph()[id].zero_point = grid.zero_point;
  }
  ValueId scalar(float value, const std::string& name) {
    return context_.add_constant(DType::f32, {}, {{value}, {}}, name + ".scale");
  }
  ValueId zero(const Grid& grid, const std::string& name) {
    return context_.add_constant(grid.type, {}, {{}, {grid.zero_point}}, name + ".zero_point");
  }

  NodeContext& context_;
};

/// Rows of constant weights and biases, of one input after another: floats, or integers with a scale per row.
class Rows {
 public:
  Rows(NodeContext& context, bool integers, std::int64_t depth)
      : context_(context), integers_(integers), depth_(depth) {}

  void append(std::size_t input, std::int64_t rows) {
    const Value& stored = context_.constant(input, "the weights");
    if (stored.shape != Shape{rows, depth_}) {
      throw Refusal(fmt::format("the weights '{}' have shape {}, should have {}", stored.name,
                                text(stored.shape), text({rows, depth_})));
    }
    const ValueId id = context_.input(input);
    context_.budget().take(static_cast<std::uint64_t>(rows * depth_) * sizeof(std::int64_t));
    if (stored.type == DType::f32) {
      if (integers_) throw Refusal("mixes quantized activations and float32 weights");
      append(weights_.floats, stored.constant->floats);
      return;
    }
    context_.expect_type(id, {DType::f32, DType::s8, DType::u8});
    const Levels& levels = context_.levels(input);
    if (levels.per_axis() && levels.axis != 0)
      throw Refusal(fmt::format("the weights '{}' have scales along axis {}", stored.name, levels.axis));
    for (std::int64_t r = 0; r < rows; ++r) {
      const std::size_t entry = levels.per_axis() ? static_cast<std::size_t>(r) : 0;
      const float scale = levels.scales[entry];
      const std::int64_t zero = levels.zero_points[entry];
      scales_.push_back(scale);
      for (std::int64_t i = 0; i < depth_; ++i) {
        const std::int64_t level = stored.constant->ints[static_cast<std::size_t>(r * depth_ + i)] - zero;
        if (integers_) {
          if (level < -128 || level > 127)
            throw Refusal(fmt::format("the weights '{}' do not fit int8", stored.name));
          weights_.ints.push_back(level);
        } else {
          weights_.floats.push_back(static_cast<float>(level) * scale);
        }
      }
    }
  }
  /// The bias of the rows appended last; absent: zeros.
  void append_bias(std::size_t input, std::int64_t rows) {
    const std::size_t count = static_cast<std::size_t>(rows);
    if (!context_.has_input(input)) {
      integers_ ? bias_.ints.resize(bias_.ints.size() + count, 0)
                : bias_.floats.resize(bias_.floats.size() + count, 0);
      return;
    }
    const Value& stored = context_.constant(input, "the bias");
    context_.expect_type(context_.input(input), {integers_ ? DType::s32 : DType::f32});
    if (element_count(stored.shape) != rows) {
      throw Refusal(fmt::format("the bias '{}' has {} elements for {} rows", stored.name,
                                element_count(stored.shape), rows));
    }
    append(bias_.floats, stored.constant->floats);
    append(bias_.ints, stored.constant->ints);
  }

  /// x [N, depth] times all rows, plus the biases (whose scale is that of x times that of the row).
  ValueId product(ValueId x, float x_scale, const std::string& name) {
    const std::int64_t count = context_.shape(x).at(0);
    const std::int64_t rows =
        static_cast<std::int64_t>(weights_.ints.size() + weights_.floats.size()) / depth_;
    Node node =
        simple_node(Op::gemm, {x, dequantized(weights_, DType::s8, {rows, depth_}, 1, name + ".weights")});
    node.trans_b = true;
    if (!bias_.ints.empty() || !bias_.floats.empty())
      node.inputs.push_back(dequantized(bias_, DType::s32, {rows}, x_scale, name + ".bias"));
    context_.count_macs({count, rows}, depth_);
    return context_.add(std::move(node), {count, rows}, DType::f32, name);
  }

 private:
  template <typename T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
  ValueId dequantized(const Constant& constant, DType type, const Shape& shape, float scale,
                      const std::string& name) {
    if (!integers_) return context_.add_constant(DType::f32, shape, constant, name);
    Constant scales, zeros;
    for (const float s : scales_) {
      scales.floats.push_back(s * scale);
      zeros.ints.push_back(0);
    }
    const Shape entries{static_cast<std::int64_t>(scales_.size())};
    Node node = simple_node(Op::dequantize, {});
    node.inputs = {context_.add_constant(type, shape, constant, name),
                   context_.add_constant(DType::f32, entries, std::move(scales), name + ".scales"),
                   context_.add_constant(type, entries, std::move(zeros), name + ".zero_points")};
    return context_.add(std::move(node), shape, DType::f32, name + ".real");
  }

  NodeContext& context_;
  bool integers_;
  std::int64_t depth_;
  Constant weights_, bias_;
  std::vector<float> scales_;
};

/// The operator's variable in another shape of as many elements.
ValueId memory(NodeContext& context, std::size_t input, const Shape& stored, const Shape& shape) {
  GraphBuilder& builder = context.builder();
  const TensorNumber number = context.input_tensor(input);
  Value form = builder.form_of(number);
  if (form.shape != stored) {
    throw Refusal(fmt::format("the variable '{}' has shape {}, should have {}", form.name, text(form.shape),
                              text(stored)));
  }
  form.shape = shape;
  return builder.variables.read(builder.graph, builder.variable_key(number), form, true);
}

/// Constants of input i in a new shape, with one scale; `type` is what they must have.
ValueId constants(NodeContext& context, std::size_t i, const Shape& shape, std::initializer_list<DType> types,
                  float scale, const std::string& name) {
  const Value stored = context.constant(i, name.c_str());
  context.expect_type(context.input(i), types);
  if (element_count(stored.shape) != element_count(shape)) {
    throw Refusal(fmt::format("'{}' has shape {}, should have {} elements", stored.name, text(stored.shape),
                              element_count(shape)));
  }
  context.budget().take(static_cast<std::uint64_t>(element_count(shape)) * sizeof(std::int64_t));
  const ValueId id = context.add_constant(stored.type, shape, *stored.constant, name);
  if (stored.type == DType::f32) return id;
  Node node =
      simple_node(Op::dequantize, {id, context.add_constant(DType::f32, {}, {{scale}, {}}, name + ".scale"),
                                   context.add_constant(stored.type, {}, {{}, {0}}, name + ".zero_point")});
  return context.add(std::move(node), shape, DType::f32, name + ".real");
}

float single_scale(NodeContext& context, std::size_t i, const char* what) {
  const Levels& levels = context.levels(i);
  if (levels.per_axis()) throw Refusal(fmt::format("{} have a scale per channel", what));
  if (levels.zero_points[0] != 0) throw Refusal(fmt::format("{} have a zero point", what));
  return levels.scales[0];
}

/// What is kept from run to run is [batch, time, features].
struct Svdf {
  std::int64_t batch, features, time, units, rank;
};

Svdf svdf_of(NodeContext& context) {
  context.expect_inputs(5, 5);
  context.expect_rank(context.input(0), 2, 2);
  context.expect_rank(context.input(1), 2, 2);
  context.expect_rank(context.input(2), 2, 2);
  const std::int64_t rank = context.options<wire::SVDFOptions>().rank();
  const Shape x = context.shape(context.input(0)), w = context.shape(context.input(1)),
              t = context.shape(context.input(2));
  if (rank < 1 || w[0] % rank != 0 || t[0] != w[0] || w[1] != x[1]) {
    throw Refusal(
        fmt::format("weights {} and {} of rank {} do not fit an input {}", text(w), text(t), rank, text(x)));
  }
  return {x[0], w[0], t[1], w[0] / rank, rank};
}

}  // namespace

/// Inputs: x [batch, depth], feature weights [features, depth], time weights [features, time], bias [units],
/// and the variable [batch, features * time].
void import_svdf(NodeContext& context) {
  const Svdf svdf = svdf_of(context);
  const bool integers = context.dtype(context.input(0)) != DType::f32;
  Maker make(context);
  const ValueId kept =
      memory(context, 4, {svdf.batch, svdf.features * svdf.time}, {svdf.batch, svdf.time, svdf.features});
  const Grid grid = grid_of(context.value(kept));
  if (integers != (grid.type != DType::f32)) throw Refusal("mixes quantized and float32 activations");
  Rows rows(context, integers, context.shape(context.input(1))[1]);
  rows.append(1, svdf.features);
  const float x_scale = integers ? context.levels(0).scales.at(0) : 1;
  ValueId newest = make.quantize(rows.product(context.real(0), x_scale, "features"), grid, "newest");
  newest = make.reshape(newest, {svdf.batch, 1, svdf.features}, "newest_step");
  std::vector<ValueId> steps;
  if (svdf.time > 1) steps.push_back(make.slice(kept, 1, 1, svdf.time - 1, "older"));
  steps.push_back(newest);
  const ValueId next = make.concat(steps, 1, "memory");
  context.assign_variable(4, next);

  const float t_scale = integers ? single_scale(context, 2, "the time weights") : 1;
  const std::string name = "time_weights";
  const ValueId w =
      integers
          ? constants(context, 2, {svdf.units, svdf.rank, svdf.time}, {DType::s8, DType::s16}, t_scale, name)
          : constants(context, 2, {svdf.units, svdf.rank, svdf.time}, {DType::f32}, 1, name);
  Node filter = simple_node(Op::conv, {make.dequantize(next, "memory"), w});
  if (context.has_input(3)) {
    filter.inputs.push_back(
        integers ? constants(context, 3, {svdf.units}, {DType::s32}, grid.scale * t_scale, "bias")
                 : constants(context, 3, {svdf.units}, {DType::f32}, 1, "bias"));
  }
  filter.kernel = {svdf.time};
  filter.strides = filter.dilations = {1};
  filter.pads = {0, 0};
  filter.groups = svdf.units;
  filter.channels_last = true;
  context.count_macs({svdf.batch, svdf.features}, svdf.time);
  const Shape shape{svdf.batch, svdf.units};
  // TFLite's integer kernel takes RELU alone, and leaves it to the range of its output.
  const wire::Activation activation = context.options<wire::SVDFOptions>().fused_activation();
  const bool in_range = integers && activation == wire::Activation::RELU;
  context.output(std::move(filter), {svdf.batch, 1, svdf.units},
                 in_range ? wire::Activation::NONE : activation, 0, &shape);
}

namespace {

// Inputs of UNIDIRECTIONAL_SEQUENCE_LSTM and of the full LSTM, each for the input, forget, cell and output
// gate.
constexpr std::size_t kInputWeights = 1, kRecurrentWeights = 5, kPeepholes = 9, kBiases = 12,
                      kProjection = 16, kProjectionBias = 17, kHidden = 18, kCell = 19, kNorms = 20;

/// Gates in the order of the graph; those with a sigmoid first.
enum Gate : std::size_t { kInput = 0, kForget = 1, kOutput = 2, kUpdate = 3 };

class Lstm {
 public:
  Lstm(NodeContext& context, float cell_clip, float projection_clip, bool time_major)
      : context_(context), make_(context), cell_clip_(cell_clip), projection_clip_(projection_clip) {
    read_shapes(time_major);
    check_parts();
  }

  void run() {
    Rows x_rows(context_, integers_, depth_), h_rows(context_, integers_, outputs_);
    for (const std::size_t place : {0u, 1u, 3u, 2u}) {  // the file's place of input, forget, output, update
      if (coupled_ && place == 0) continue;
      x_rows.append(kInputWeights + place, cells_);
      x_rows.append_bias(kBiases + place, cells_);
      h_rows.append(kRecurrentWeights + place, cells_);
    }
    ValueId h = memory(context_, kHidden, {batch_, outputs_}, {batch_, outputs_});
    ValueId c = memory(context_, kCell, {batch_, cells_}, {batch_, cells_});
    hidden_ = grid_of(context_.value(h));
    cell_ = grid_of(context_.value(c));
    const bool fits = integers_ ? hidden_.type == DType::s8 && cell_.type == DType::s16
                                : hidden_.type == DType::f32 && cell_.type == DType::f32;
    if (!fits) throw Refusal("has variables of types that do not fit its input");
    const float x_scale = integers_ ? context_.levels(0).scales.at(0) : 1;
    const ValueId flat = make_.reshape_real(context_.real(0), {batch_ * steps_, depth_}, "rows");
    ValueId all = make_.quantize(x_rows.product(flat, x_scale, "input_gates"), gate_, "input_gates");
    const std::int64_t width = gates() * cells_;
    all = make_.reshape(all, time_axis_ == 0 ? Shape{steps_, batch_, width} : Shape{batch_, steps_, width},
                        "input_gates");
    std::vector<ValueId> outputs;
    for (std::int64_t t = 0; t < steps_; ++t) {
      const std::string at = steps_ == 1 ? "" : fmt::format("step{}.", t);
      const ValueId from_x = make_.reshape(make_.slice(all, time_axis_, t, 1, at + "input_step"),
                                           {batch_, width}, at + "input_step");
      const ValueId from_h = make_.quantize(
          h_rows.product(make_.dequantize(h, at + "hidden"), hidden_.scale, at + "hidden_gates"), gate_,
          at + "hidden_gates");
      step(at, from_x, from_h, &h, &c);
      outputs.push_back(make_.reshape(
          h, time_axis_ == 0 ? Shape{1, batch_, outputs_} : Shape{batch_, 1, outputs_}, at + "output"));
    }
    context_.assign_variable(kHidden, h);
    context_.assign_variable(kCell, c);
    ValueId y = make_.concat(outputs, time_axis_, "outputs");
    if (!sequence_) y = make_.reshape(y, {batch_, outputs_}, "output");
    context_.output_real(make_.dequantize(y, "output"));
  }

 private:
  std::int64_t gates() const { return coupled_ ? 3 : 4; }

  void read_shapes(bool time_major) {
    context_.expect_inputs(20, 24);
    const ValueId x = context_.input(0);
    context_.expect_type(x, {DType::f32, DType::s8});
    context_.expect_rank(x, 2, 3);
    const Shape shape = context_.shape(x);
    sequence_ = shape.size() == 3;
    time_axis_ = sequence_ && !time_major ? 1 : 0;
    steps_ = sequence_ ? shape[time_axis_] : 1;
    batch_ = sequence_ ? shape[1 - time_axis_] : shape[0];
    depth_ = shape.back();
    integers_ = context_.dtype(x) != DType::f32;
    coupled_ = !context_.has_input(kInputWeights);
    cells_ = context_.shape(context_.input(kInputWeights + 1)).at(0);
    outputs_ = context_.shape(context_.input(kRecurrentWeights + 1)).at(1);
    if (integers_) {
      gate_ = {DType::s16, std::ldexp(1.0f, -12), 0};
      unit_ = {DType::s16, std::ldexp(1.0f, -15), 0};
    }
  }

  void check_parts() {
    const auto any = [&](std::size_t first, std::size_t count) {
      bool found = false;
      for (std::size_t i = first; i < first + count; ++i) found = found || context_.has_input(i);
      return found;
    };
    if (any(kNorms, 4)) throw Refusal("normalizes its gates, which is not supported");
    peephole_ = any(kPeepholes, 3);
    projection_ = context_.has_input(kProjection);
    if (integers_ && peephole_) throw Refusal("has peepholes, which are supported in float32 alone");
    if (integers_ && projection_) throw Refusal("has a projection, which is supported in float32 alone");
    if (!projection_ && outputs_ != cells_) {
      throw Refusal(fmt::format("has {} outputs and {} cells without a projection", outputs_, cells_));
    }
  }

  /// Gates g .. g + count - 1 of what all gates read, as it is stored.
  ValueId part(ValueId all, std::size_t g, std::int64_t count, const std::string& name) {
    const auto place = static_cast<std::int64_t>(g) - (coupled_ ? 1 : 0);
    return make_.slice(all, 1, place * cells_, count * cells_, name);
  }
  ValueId part(ValueId all, std::size_t g, const std::string& name) {
    return make_.dequantize(part(all, g, 1, name), name);
  }
  /// In float, w * c of the gate's peephole comes on top.
  ValueId watched(ValueId x, std::size_t g, ValueId c, const std::string& name) {
    const std::size_t input = kPeepholes + g;
    if (!context_.has_input(input)) return x;
    const ValueId w = constants(context_, input, {1, cells_}, {DType::f32}, 1, name + "_peephole");
    return make_.binary(Op::add, x, make_.binary(Op::mul, c, w, name + "_watch"), name + "_watching");
  }
  ValueId gate(ValueId sums, std::size_t g, ValueId cell, const std::string& name) {
    const ValueId sum = watched(part(sums, g, name + "_sum"), g, cell, name);
    return make_.through(make_.unary(Function::sigmoid, sum, name), unit_, name);
  }

  void step(const std::string& at, ValueId from_x, ValueId from_h, ValueId* h, ValueId* c) {
    const ValueId sums =
        make_.quantize(make_.binary(Op::add, make_.dequantize(from_x, at + "input_step"),
                                    make_.dequantize(from_h, at + "hidden_gates"), at + "gates"),
                       gate_, at + "gates");
    const ValueId before = make_.dequantize(*c, at + "cell_before");
    const std::size_t first = coupled_ ? kForget : kInput;
    ValueId open = kNoValue;  // all sigmoids at once, where no gate waits for the new cell
    if (!peephole_) {
      const ValueId sum = make_.dequantize(part(sums, first, gates() - 1, at + "open_sum"), at + "open_sum");
      open = make_.quantize(make_.unary(Function::sigmoid, sum, at + "open"), unit_, at + "open");
    }
    const auto opened = [&](std::size_t g, ValueId cell, const char* name) {
      return peephole_ ? gate(sums, g, cell, at + name) : part(open, g, at + name);
    };
    const ValueId forget = opened(kForget, before, "forget");
    const ValueId wanted =
        make_.through(make_.unary(Function::tanh, part(sums, kUpdate, at + "update_sum"), at + "update"),
                      unit_, at + "update");
    const ValueId input = coupled_ ? make_.through(rest(forget, at + "input"), unit_, at + "input")
                                   : opened(kInput, before, "input");
    const ValueId kept =
        make_.through(make_.binary(Op::mul, forget, before, at + "kept"), cell_, at + "kept");
    const ValueId added =
        make_.through(make_.binary(Op::mul, input, wanted, at + "added"), cell_, at + "added");
    const ValueId now =
        make_.clip(make_.binary(Op::add, kept, added, at + "cell"), cell_clip_, at + "cell_clip");
    *c = make_.quantize(now, cell_, at + "cell");
    const ValueId cell = make_.dequantize(*c, at + "cell");
    const ValueId output = opened(kOutput, cell, "output_gate");
    const ValueId shown = make_.through(make_.unary(Function::tanh, cell, at + "shown"), unit_, at + "shown");
    ValueId hidden = make_.binary(Op::mul, output, shown, at + "hidden");
    if (projection_) {
      Rows rows(context_, false, cells_);
      rows.append(kProjection, outputs_);
      if (context_.has_input(kProjectionBias)) rows.append_bias(kProjectionBias, outputs_);
      hidden =
          make_.clip(rows.product(hidden, 1, at + "projection"), projection_clip_, at + "projection_clip");
    }
    *h = make_.quantize(hidden, hidden_, at + "hidden");
  }

  ValueId rest(ValueId x, const std::string& name) {
    const ValueId one = context_.add_constant(DType::f32, {}, {{1.0f}, {}}, name + ".one");
    Node node = simple_node(Op::sub, {one, x});
    return make_.add(std::move(node), context_.shape(x), DType::f32, name);
  }

  NodeContext& context_;
  Maker make_;
  float cell_clip_, projection_clip_;
  bool integers_ = false, coupled_ = false, peephole_ = false, projection_ = false, sequence_ = false;
  std::size_t time_axis_ = 1;
  std::int64_t batch_ = 0, steps_ = 0, depth_ = 0, cells_ = 0, outputs_ = 0;
  Grid gate_, unit_, hidden_, cell_;
};

void expect_tanh(wire::Activation activation) {
  if (activation == wire::Activation::TANH) return;
  throw Refusal(
      fmt::format("has the activation {}, only TANH is supported", wire::EnumNameActivation(activation)));
}

}  // namespace

void import_sequence_lstm(NodeContext& context) {
  const auto& options = context.options<wire::UnidirectionalSequenceLSTMOptions>();
  expect_tanh(options.fused_activation());
  context.expect_rank(context.input(0), 3, 3);
  Lstm(context, options.cell_clip(), options.proj_clip(), options.time_major()).run();
}

/// One step; the kernel that the format calls full.
void import_lstm(NodeContext& context) {
  const auto& options = context.options<wire::LSTMOptions>();
  expect_tanh(options.fused_activation());
  if (options.kernel_type() != 0) throw Refusal("the basic kernel is not supported, only the full one");
  context.expect_rank(context.input(0), 2, 2);
  Lstm(context, options.cell_clip(), options.proj_clip(), true).run();
}

}  // namespace bulwark::converter::import_tflite
