// SPDX-License-Identifier: Apache-2.0
// Data movement, and the views of tensors that the other operators share.
#include <algorithm>

#include "converter/error.h"
#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {

void fail(const Node& node, const std::string& what) {
  throw bad_input("node '" + node.name + "' (" + name(node.op) + "): " + what);
}

AxisSplit split_at(const Shape& shape, std::int64_t axis) {
  AxisSplit split;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::int64_t at = static_cast<std::int64_t>(i);
    (at < axis ? split.outer : at == axis ? split.count : split.inner) *= shape[i];
  }
  return split;
}

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

Image image_of(const Node& node, const Shape& shape) {
  if (shape.size() != 3 && shape.size() != 4) fail(node, "only one and two spatial axes are supported");
  Shape full = shape;  // with a height of 1 for a 1-D one
  const std::size_t first = node.channels_last ? 1 : 2;
  if (shape.size() == 3) full.insert(full.begin() + static_cast<std::ptrdiff_t>(first), 1);
  const std::vector<std::int64_t> steps = strides_of(full);
  const std::size_t channel = node.channels_last ? 3 : 1;
  return {full[0],  full[channel],  full[first],  full[first + 1],
          steps[0], steps[channel], steps[first], steps[first + 1]};
}

Window window_of(const Node& node) {
  const std::size_t axes = node.kernel.size();
  if (axes != 1 && axes != 2) fail(node, "only one and two spatial axes are supported");
  const auto at = [&](const std::vector<std::int64_t>& v, std::size_t i, std::int64_t fallback) {
    return i < v.size() ? v[i] : fallback;
  };
  Window window;
  window.kernel_w = node.kernel[axes - 1];
  window.stride_w = at(node.strides, axes - 1, 1);
  window.dilation_w = at(node.dilations, axes - 1, 1);
  window.left = at(node.pads, axes - 1, 0);
  window.right = at(node.pads, 2 * axes - 1, 0);
  if (axes == 2) {
    window.kernel_h = node.kernel[0];
    window.stride_h = at(node.strides, 0, 1);
    window.dilation_h = at(node.dilations, 0, 1);
    window.top = at(node.pads, 0, 0);
    window.bottom = at(node.pads, 2, 0);
  }
  return window;
}

TensorData copy(const Call& call) { return {call.shape, call.in.at(0)->data}; }

TensorData transpose(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const std::size_t rank = x.shape.size();
  const std::vector<std::int64_t> strides = strides_of(x.shape);
  TensorData y{call.shape, std::vector<float>(x.data.size())};
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t source = 0;
  for (float& out : y.data) {
    out = x.data[static_cast<std::size_t>(source)];
    for (std::size_t i = rank; i-- > 0;) {
      const std::int64_t step = strides[static_cast<std::size_t>(call.node.perm[i])];
      source += step;
      if (++index[i] < y.shape[i]) break;
      source -= step * y.shape[i];
      index[i] = 0;
    }
  }
  return y;
}

TensorData concat(const Call& call) {
  TensorData y{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const AxisSplit out = split_at(call.shape, call.node.axis);
  std::int64_t start = 0;
  for (const TensorData* x : call.in) {
    const AxisSplit split = split_at(x->shape, call.node.axis);
    const std::int64_t run = split.count * split.inner;
    for (std::int64_t o = 0; o < split.outer; ++o) {
      std::copy_n(x->data.begin() + o * run, run, y.data.begin() + o * out.count * out.inner + start);
    }
    start += run;
  }
  return y;
}

TensorData pad(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const std::size_t rank = x.shape.size();
  const std::vector<std::int64_t> strides = strides_of(x.shape);
  TensorData y{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  std::vector<std::int64_t> index(rank, 0);
  for (float& out : y.data) {
    std::int64_t source = 0;
    bool inside = true;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t at = index[i] - call.node.pads[i];
      inside = inside && at >= 0 && at < x.shape[i];
      source += at * strides[i];
    }
    out = inside ? x.data[static_cast<std::size_t>(source)] : call.node.pad_value;
    for (std::size_t i = rank; i-- > 0;) {
      if (++index[i] < y.shape[i]) break;
      index[i] = 0;
    }
  }
  return y;
}

}  // namespace bulwark::converter::twin
