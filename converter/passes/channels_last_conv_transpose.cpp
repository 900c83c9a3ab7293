// SPDX-License-Identifier: Apache-2.0
// A transposed convolution of stride s is a convolution of stride 1 with s * s times the channels, one set
// for each phase of the output, whose pixels are then laid side by side: output pixel q * s + r takes the
// taps k = r + s * t, which read the input at q - t. Exact: every product of the source is there once, the
// others are with zero.
#include <algorithm>

#include "converter/passes/channels_last.h"
#include "converter/passes/passes.h"
#include "converter/passes/rewrite.h"

namespace bulwark::converter::passes {
namespace {

/// One spatial axis. Output o is position o + crop of the phases side by side.
struct PhaseAxis {
  std::int64_t input, output, kernel, stride, dilation, pad;
  std::int64_t taps = 1, before = 0, after = 0, crop = 0;

  PhaseAxis(std::int64_t in, std::int64_t out, std::int64_t k, std::int64_t s, std::int64_t d, std::int64_t p)
      : input(in), output(out), kernel(k), stride(s), dilation(d), pad(p) {
    const std::int64_t extent = d * (k - 1) + 1;
    taps = (extent + s - 1) / s;
    // The window that begins `taps - 1 - before` places late makes the first pixels that are wanted.
    before = std::max<std::int64_t>(0, taps - 1 - pad / s);
    after = std::max<std::int64_t>(0, (pad + out - 1) / s - (in - 1));
    crop = pad - (taps - 1 - before) * s;
  }
  std::int64_t places() const { return input + before + after - taps + 1; }
  /// The tap of the kernel that phase r has at tap j of the window, or -1.
  std::int64_t tap(std::int64_t r, std::int64_t j) const {
    const std::int64_t k = r + stride * (taps - 1 - j);
    return k % dilation == 0 && k / dilation < kernel ? k / dilation : -1;
  }
};

struct Phases {
  PhaseAxis h, w;
  std::int64_t inputs, outputs, groups;  ///< channels

  std::int64_t count() const { return h.stride * w.stride; }
  /// The output channel and the phase of a channel of the convolution. Groups keep their channels together.
  std::int64_t channel(std::int64_t c) const { return groups == 1 ? c % outputs : c / count(); }
  std::int64_t phase(std::int64_t c) const { return groups == 1 ? c / outputs : c % count(); }

  std::vector<std::int64_t> channels() const {
    std::vector<std::int64_t> result;
    for (std::int64_t c = 0; c < outputs * count(); ++c) result.push_back(channel(c));
    return result;
  }
  /// Source of every weight [channels, inputs of a group, taps] in [inputs, outputs of a group, kernel].
  std::vector<std::int64_t> weights() const {
    std::vector<std::int64_t> result;
    const std::int64_t group_inputs = inputs / groups, group_outputs = outputs / groups;
    for (std::int64_t c = 0; c < outputs * count(); ++c) {
      const std::int64_t m = channel(c), r = phase(c);
      for (std::int64_t i = 0; i < group_inputs; ++i) {
        const std::int64_t input = m / group_outputs * group_inputs + i;
        const std::int64_t plane = (input * group_outputs + m % group_outputs) * h.kernel * w.kernel;
        for (std::int64_t j = 0; j < h.taps * w.taps; ++j) {
          const std::int64_t row = h.tap(r / w.stride, j / w.taps), column = w.tap(r % w.stride, j % w.taps);
          result.push_back(row < 0 || column < 0 ? -1 : plane + row * w.kernel + column);
        }
      }
    }
    return result;
  }
};

Phases phases_of(const Graph& graph, const Node& node) {
  const Shape& x = graph[node.inputs[0]].shape;
  const Shape& y = graph[node.outputs[0]].shape;
  const std::size_t axes = node.kernel.size(), first = node.channels_last ? 1 : 2;
  const std::size_t channel = node.channels_last ? x.size() - 1 : 1;
  const auto axis = [&](std::size_t i) {
    return PhaseAxis(x[first + i], y[first + i], node.kernel[i], node.strides[i], node.dilations[i],
                     node.pads[i]);
  };
  return {axes == 2 ? axis(0) : PhaseAxis(1, 1, 1, 1, 1, 0), axis(axes - 1), x[channel], y[channel],
          node.groups};
}

Node node_of(Op op, const std::string& name, ValueId x, ValueId y) {
  Node node;
  node.op = op;
  node.name = name;
  node.source_type = "layout";
  node.inputs = {x};
  node.outputs = {y};
  return node;
}

template <typename T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<std::int64_t>& indices) {
  std::vector<T> result;
  for (const std::int64_t i : indices) result.push_back(values.at(static_cast<std::size_t>(i)));
  return result;
}

}  // namespace

ValueId ChannelsLast::add_form(const std::string& name, DType type, Shape shape) {
  const ValueId id = graph_.add_value({name, type, std::move(shape), {}});
  made_.resize(graph_.values.size(), true);
  return id;
}

ValueId ChannelsLast::rebuilt(ValueId id, const Shape& shape, const std::vector<std::int64_t>& indices,
                              std::int64_t axis, const std::vector<std::int64_t>& channels) {
  const Value value = graph_[id];
  const std::string name = value.name + "_phases";
  if (!is_constant_or_dequantized(graph_, id)) return kNoValue;
  if (value.constant) {
    Constant constant;
    for (const std::int64_t i : indices) {
      constant.floats.push_back(i < 0 ? 0.0f : value.constant->floats.at(static_cast<std::size_t>(i)));
    }
    const ValueId made = add_constant(graph_, name, value.type, shape, std::move(constant));
    made_.resize(graph_.values.size(), true);
    return made;
  }
  Node dequantize = *producer(graph_, id);
  const Shape count{static_cast<std::int64_t>(channels.size())};
  const bool per_axis = !per_tensor(graph_, dequantize);
  if (per_axis && dequantize.axis != axis) return kNoValue;
  std::vector<std::int64_t> zeros(channels.size(), 0);
  if (per_axis) {
    const Value scale = graph_[dequantize.inputs[1]];
    dequantize.inputs[1] =
        add_floats(graph_, scale.name + "_phases", count, picked(scale.constant->floats, channels));
    dequantize.axis = 0;
  }
  if (dequantize.inputs.size() > 2 && dequantize.inputs[2] != kNoValue) {
    const Value zero = graph_[dequantize.inputs[2]];
    const std::vector<std::int64_t>& ints = zero.constant->ints;
    zeros = per_axis ? picked(ints, channels) : std::vector<std::int64_t>(channels.size(), ints.at(0));
    if (per_axis)
      dequantize.inputs[2] = add_constant(graph_, zero.name + "_phases", zero.type, count, {{}, zeros});
  }
  const Value stored = graph_[dequantize.inputs[0]];
  Constant integers;
  const std::size_t row = indices.size() / channels.size();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    integers.ints.push_back(indices[i] < 0 ? zeros[i / row]
                                           : stored.constant->ints.at(static_cast<std::size_t>(indices[i])));
  }
  dequantize.inputs[0] =
      add_constant(graph_, stored.name + "_phases", stored.type, shape, std::move(integers));
  const ValueId made = add_form(name, value.type, shape);
  dequantize.outputs = {made};
  dequantize.name += "_phases";
  emit(std::move(dequantize));
  return made;
}

bool ChannelsLast::rewrite_conv_transpose(Node& node) {
  if (node.op != Op::conv_transpose) return false;
  const Phases p = phases_of(graph_, node);
  const std::int64_t all = p.outputs * p.count(), taps = p.h.taps * p.w.taps;
  const std::vector<std::int64_t> channels = p.channels();
  std::vector<std::int64_t> of_group = channels;  // groups share the scales of their weights
  for (std::int64_t& c : of_group) c %= p.outputs / p.groups;
  const ValueId weights =
      rebuilt(node.inputs[1], {all, p.inputs / p.groups, p.h.taps, p.w.taps}, p.weights(), 1, of_group);
  const bool biased = node.inputs.size() > 2 && node.inputs[2] != kNoValue;
  const ValueId bias = biased ? rebuilt(node.inputs[2], {all}, channels, 0, channels) : kNoValue;
  if (weights == kNoValue || taps == 0 || (biased && bias == kNoValue)) return false;

  const bool first_form = !node.channels_last;
  const ValueId y = first_form ? declare_last(node.outputs[0]) : node.outputs[0];
  if (!first_form) made_[static_cast<std::size_t>(y)] = true;
  const ValueId x = first_form ? last(node.inputs[0]) : first(node.inputs[0]);
  const std::string name = graph_[node.outputs[0]].name;
  const std::int64_t batch = graph_[x].shape[0], rows = p.h.places(), columns = p.w.places();
  const auto form = [&](const char* suffix, Shape shape) {
    return add_form(name + suffix, DType::f32, std::move(shape));
  };

  const ValueId picture = form("_picture", {batch, p.h.input, p.w.input, p.inputs});
  reshape(x, picture);
  const ValueId conv = form("_phases", {batch, rows, columns, all});
  node.op = Op::conv;
  node.inputs = {picture, weights};
  if (biased) node.inputs.push_back(bias);
  node.outputs = {conv};
  node.kernel = {p.h.taps, p.w.taps};
  node.strides = node.dilations = {1, 1};
  node.pads = {p.h.before, p.w.before, p.h.after, p.w.after};
  node.channels_last = true;
  const std::string node_name = node.name;
  emit(std::move(node));

  const std::int64_t sh = p.h.stride, sw = p.w.stride;
  const bool grouped = p.groups != 1;
  const ValueId split = form("_split", grouped ? Shape{batch, rows, columns, p.outputs, sh, sw}
                                               : Shape{batch, rows, columns, sh, sw, p.outputs});
  reshape(conv, split);
  const ValueId mixed = form("_mixed", {batch, rows, sh, columns, sw, p.outputs});
  move(split, mixed,
       grouped ? std::vector<std::int64_t>{0, 1, 4, 2, 5, 3} : std::vector<std::int64_t>{0, 1, 3, 2, 4, 5});
  const ValueId joined = form("_joined", {batch, rows * sh, columns * sw, p.outputs});
  reshape(mixed, joined);
  const ValueId cropped = form("_cropped", {batch, p.h.output, p.w.output, p.outputs});
  Node slice = node_of(Op::slice, node_name + "_crop", joined, cropped);
  slice.starts = {0, p.h.crop, p.w.crop, 0};
  slice.steps = {1, 1, 1, 1};
  if (graph_[joined].shape == graph_[cropped].shape) slice.op = Op::identity;
  emit(std::move(slice));
  reshape(cropped, y);
  return true;
}

}  // namespace bulwark::converter::passes
