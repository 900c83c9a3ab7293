// SPDX-License-Identifier: Apache-2.0
// Slices, gathers, blocks moved to the batch and back, resizing and the place of an extreme.
#include <algorithm>
#include <cmath>

#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

TensorData empty_output(const Call& call) {
  return {call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
}

/// Calls visit(element, index) for every element of a shape, in C order.
template <typename Visit>
void for_each_index(const Shape& shape, Visit visit) {
  std::vector<std::int64_t> index(shape.size(), 0);
  const std::int64_t count = element_count(shape);
  for (std::int64_t at = 0; at < count; ++at) {
    visit(static_cast<std::size_t>(at), index);
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (++index[i] < shape[i]) break;
      index[i] = 0;
    }
  }
}

/// The elements along one axis at real positions, linearly interpolated.
TensorData interpolate(const Node& node, const TensorData& x, std::int64_t axis,
                       const std::vector<double>& positions) {
  Shape shape = x.shape;
  const AxisSplit in = split_at(x.shape, axis);
  shape.at(static_cast<std::size_t>(axis)) = static_cast<std::int64_t>(positions.size());
  TensorData y{shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)))};
  float* out = y.data.data();
  for (std::int64_t o = 0; o < in.outer; ++o) {
    for (const double position : positions) {
      if (!(position >= 0 && position <= static_cast<double>(in.count - 1)))
        fail(node, "reads outside its input");
      const std::int64_t low = static_cast<std::int64_t>(position), high = std::min(low + 1, in.count - 1);
      const double weight = position - static_cast<double>(low);
      const float* a = x.data.data() + (o * in.count + low) * in.inner;
      const float* b = x.data.data() + (o * in.count + high) * in.inner;
      for (std::int64_t i = 0; i < in.inner; ++i) {
        *out++ =
            static_cast<float>((1 - weight) * static_cast<double>(a[i]) + weight * static_cast<double>(b[i]));
      }
    }
  }
  return y;
}

}  // namespace

TensorData slice(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const std::vector<std::int64_t> strides = strides_of(x.shape);
  TensorData y = empty_output(call);
  for_each_index(call.shape, [&](std::size_t at, const std::vector<std::int64_t>& index) {
    std::int64_t source = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
      source += (call.node.starts[i] + index[i] * call.node.steps[i]) * strides[i];
    }
    y.data[at] = x.data.at(static_cast<std::size_t>(source));
  });
  return y;
}

TensorData gather(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const AxisSplit in = split_at(x.shape, call.node.axis);
  TensorData y = empty_output(call);
  auto out = y.data.begin();
  for (std::int64_t o = 0; o < in.outer; ++o) {
    for (const std::int64_t index : call.node.indices) {
      if (index < 0 || index >= in.count) fail(call.node, "reads outside its input");
      out = std::copy_n(x.data.begin() + (o * in.count + index) * in.inner, in.inner, out);
    }
  }
  return y;
}

TensorData batch_blocks(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const bool to_batch = call.node.op == Op::space_to_batch;
  // Both directions pair an element of the small batch with one of the large batch.
  const Shape& space = to_batch ? x.shape : call.shape;
  const Shape& batch = to_batch ? call.shape : x.shape;
  const std::int64_t block_h = call.node.kernel[0], block_w = call.node.kernel[1];
  const std::vector<std::int64_t> strides = strides_of(space);
  TensorData y = empty_output(call);
  for_each_index(batch, [&](std::size_t at, const std::vector<std::int64_t>& index) {
    const std::int64_t n = index[0] % space[0], block = index[0] / space[0];
    const std::int64_t row = index[1] * block_h + block / block_w - call.node.pads[0];
    const std::int64_t column = index[2] * block_w + block % block_w - call.node.pads[1];
    if (row < 0 || row >= space[1] || column < 0 || column >= space[2]) {
      if (to_batch) y.data[at] = call.node.pad_value;
      return;
    }
    const std::size_t place =
        static_cast<std::size_t>(n * strides[0] + row * strides[1] + column * strides[2] + index[3]);
    if (to_batch) {
      y.data[at] = x.data[place];
    } else {
      y.data[place] = x.data[at];
    }
  });
  return y;
}

TensorData resize(const Call& call) {
  TensorData y = *call.in.at(0);
  for (std::size_t i = 0; i < call.node.axes.size(); ++i) {
    y = interpolate(call.node, y, call.node.axes[i], call.node.positions.at(i));
  }
  if (call.type != DType::f32) {
    for (float& level : y.data) level = std::nearbyint(level);
  }
  return y;
}

TensorData arg_extreme(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const AxisSplit in = split_at(x.shape, call.node.axis);
  const bool largest = call.node.op == Op::arg_max;
  TensorData y = empty_output(call);
  for (std::int64_t o = 0; o < in.outer; ++o) {
    for (std::int64_t i = 0; i < in.inner; ++i) {
      const float* row = x.data.data() + o * in.count * in.inner + i;
      std::int64_t best = 0;
      for (std::int64_t c = 1; c < in.count; ++c) {
        const float value = row[c * in.inner], held = row[best * in.inner];
        if (largest ? value > held : value < held) best = c;
      }
      y.data[static_cast<std::size_t>(o * in.inner + i)] = static_cast<float>(best);
    }
  }
  return y;
}

}  // namespace bulwark::converter::twin
