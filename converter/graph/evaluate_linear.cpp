// SPDX-License-Identifier: Apache-2.0
// Convolutions and matrix products: rows of patches times the weights, in double, rounded once to float.
#include <Eigen/Core>
#include <algorithm>

#include "converter/graph/evaluate_ops.h"

namespace bulwark::converter::twin {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatView = Eigen::Map<const FloatMatrix, 0, Eigen::OuterStride<>>;

constexpr std::int64_t kPixelsAtOnce = 1024;  // bounds the patch matrix

/// Weights of one group, [M/groups, taps * C], channels innermost so that channels-last pixels are copied in
/// runs.
Matrix weights_of_group(const TensorData& w, const Window& window, std::int64_t group, std::int64_t rows) {
  const std::int64_t channels = w.shape[1];
  const std::int64_t taps = window.kernel_h * window.kernel_w;
  Matrix out(rows, taps * channels);
  const float* source = w.data.data() + group * rows * channels * taps;
  for (std::int64_t m = 0; m < rows; ++m) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t t = 0; t < taps; ++t) out(m, t * channels + c) = *source++;
    }
  }
  return out;
}

struct Patches {
  const Image& x;
  const Image& y;
  const Window& window;
  std::int64_t channels;  ///< of the group

  /// Fills [pixels, taps * channels] with the patches of output pixels first, first + every, .. of one
  /// picture and group.
  void fill(const float* picture, std::int64_t first, Matrix& out, std::int64_t every = 1) const {
    for (std::int64_t p = 0; p < out.rows(); ++p) {
      const std::int64_t pixel = first + p * every;
      const std::int64_t top = pixel / y.w * window.stride_h - window.top;
      const std::int64_t left = pixel % y.w * window.stride_w - window.left;
      double* row = out.data() + p * out.cols();
      for (std::int64_t ky = 0; ky < window.kernel_h; ++ky) {
        const std::int64_t iy = top + ky * window.dilation_h;
        for (std::int64_t kx = 0; kx < window.kernel_w; ++kx, row += channels) {
          const std::int64_t ix = left + kx * window.dilation_w;
          if (iy < 0 || iy >= x.h || ix < 0 || ix >= x.w) {
            std::fill_n(row, channels, 0.0);
            continue;
          }
          const float* source = picture + iy * x.step_h + ix * x.step_w;
          for (std::int64_t c = 0; c < channels; ++c) row[c] = source[c * x.step_c];
        }
      }
    }
  }
};

Matrix to_double(const FloatView& view) { return view.cast<double>(); }

FloatView view_of(const float* data, std::int64_t rows, std::int64_t columns) {
  return {data, rows, columns, Eigen::OuterStride<>(columns)};
}

/// Step in batches for a broadcast operand: index of its matrix for batch b of the output.
std::int64_t batch_index(std::int64_t b, const Shape& out, const Shape& in) {
  std::int64_t index = 0, step = 1;
  const std::size_t out_batches = out.size() - 2, in_batches = in.size() - 2;
  for (std::size_t i = 0; i < out_batches; ++i) {
    const std::int64_t at = b % out[out_batches - 1 - i];
    b /= out[out_batches - 1 - i];
    if (i >= in_batches) continue;
    const std::int64_t size = in[in_batches - 1 - i];
    index += (size == 1 ? 0 : at) * step;
    step *= size;
  }
  return index;
}

}  // namespace

TensorData conv(const Call& call) {
  const TensorData& input = *call.in.at(0);
  const TensorData& weights = *call.in.at(1);
  const TensorData* bias = call.in.size() > 2 ? call.in[2] : nullptr;
  const Image x = image_of(call.node, input.shape), y = image_of(call.node, call.shape);
  const Window window = window_of(call.node);
  const std::int64_t groups = call.node.groups, rows = y.c / groups, channels = weights.shape.at(1);
  TensorData out{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const Patches patches{x, y, window, channels};
  Matrix patch, product;
  for (std::int64_t g = 0; g < groups; ++g) {
    const Matrix w = weights_of_group(weights, window, g, rows);
    for (std::int64_t n = 0; n < x.n; ++n) {
      for (std::int64_t first = 0; first < y.h * y.w; first += kPixelsAtOnce) {
        patch.resize(std::min(kPixelsAtOnce, y.h * y.w - first), w.cols());
        patches.fill(input.data.data() + n * x.step_n + g * channels * x.step_c, first, patch);
        product.noalias() = patch * w.transpose();
        float* destination = out.data.data() + n * y.step_n + g * rows * y.step_c + first * y.step_w;
        for (std::int64_t m = 0; m < rows; ++m) {
          const double b =
              bias ? static_cast<double>(bias->data[static_cast<std::size_t>(g * rows + m)]) : 0.0;
          for (std::int64_t p = 0; p < product.rows(); ++p) {
            destination[m * y.step_c + p * y.step_w] = static_cast<float>(product(p, m) + b);
          }
        }
      }
    }
  }
  return out;
}

namespace {

void visit_patches(const Node& node, const TensorData& input, const Shape& weights, const Shape& result,
                   std::int64_t group, std::int64_t every,
                   const std::function<void(const InputRows&)>& visit) {
  const Image x = image_of(node, input.shape), y = image_of(node, result);
  const Window window = window_of(node);
  const std::int64_t channels = weights.at(1);
  const Patches patches{x, y, window, channels};
  Matrix patch;
  for (std::int64_t n = 0; n < x.n; ++n) {
    const float* picture = input.data.data() + n * x.step_n + group * channels * x.step_c;
    const std::int64_t pixels = y.h * y.w;
    for (std::int64_t first = 0; first < pixels; first += kPixelsAtOnce * every) {
      patch.resize(std::min(kPixelsAtOnce, (pixels - first + every - 1) / every),
                   window.kernel_h * window.kernel_w * channels);
      patches.fill(picture, first, patch, every);
      visit({patch.data(), patch.rows(), patch.cols()});
    }
  }
}

}  // namespace

void visit_input_rows(const Node& node, const TensorData& x, const Shape& weights, const Shape& result,
                      std::int64_t group, std::int64_t every,
                      const std::function<void(const InputRows&)>& visit) {
  if (node.op == Op::conv) return visit_patches(node, x, weights, result, group, every, visit);
  if (node.op != Op::gemm && (node.op != Op::matmul || weights.size() != 2))
    fail(node, "has no rows of inputs");
  const std::int64_t columns = node.trans_a ? x.shape.at(0) : x.shape.back();
  const std::int64_t rows = columns == 0 ? 0 : element_count(x.shape) / columns;
  for (std::int64_t first = 0; first < rows; first += kPixelsAtOnce * every) {
    Matrix block(std::min(kPixelsAtOnce, (rows - first + every - 1) / every), columns);
    for (std::int64_t i = 0; i < block.rows(); ++i) {
      const std::int64_t row = first + i * every;
      for (std::int64_t k = 0; k < columns; ++k)
        block(i, k) = x.data[static_cast<std::size_t>(node.trans_a ? k * rows + row : row * columns + k)];
    }
    visit({block.data(), block.rows(), block.cols()});
  }
}

TensorData gemm(const Call& call) {
  const TensorData& x = *call.in.at(0);
  const TensorData& w = *call.in.at(1);
  const TensorData* c = call.in.size() > 2 ? call.in[2] : nullptr;
  const Matrix a = to_double(view_of(x.data.data(), x.shape.at(0), x.shape.at(1)));
  const Matrix b = to_double(view_of(w.data.data(), w.shape.at(0), w.shape.at(1)));
  const double alpha = static_cast<double>(call.node.alpha);
  Matrix y(call.shape.at(0), call.shape.at(1));
  if (call.node.trans_a && call.node.trans_b) {
    y.noalias() = alpha * (a.transpose() * b.transpose());
  } else if (call.node.trans_a) {
    y.noalias() = alpha * (a.transpose() * b);
  } else if (call.node.trans_b) {
    y.noalias() = alpha * (a * b.transpose());
  } else {
    y.noalias() = alpha * (a * b);
  }
  if (c) {  // broadcast to [M, N]
    const std::size_t rank = c->shape.size();
    const bool by_column = rank > 0 && c->shape[rank - 1] > 1, by_row = rank > 1 && c->shape[rank - 2] > 1;
    const std::int64_t row_step = by_row ? (by_column ? y.cols() : 1) : 0;
    for (std::int64_t i = 0; i < y.rows(); ++i) {
      for (std::int64_t j = 0; j < y.cols(); ++j) {
        const float value = c->data[static_cast<std::size_t>(i * row_step + (by_column ? j : 0))];
        y(i, j) += static_cast<double>(call.node.beta) * static_cast<double>(value);
      }
    }
  }
  TensorData out{call.shape, std::vector<float>(static_cast<std::size_t>(y.size()))};
  Eigen::Map<FloatMatrix>(out.data.data(), y.rows(), y.cols()) = y.cast<float>();
  return out;
}

TensorData matmul(const Call& call) {
  const TensorData& a = *call.in.at(0);
  const TensorData& b = *call.in.at(1);
  const std::size_t rank = call.shape.size();
  if (a.shape.size() < 2 || b.shape.size() < 2) fail(call.node, "operands need at least two axes");
  const std::int64_t rows = call.shape[rank - 2], columns = call.shape[rank - 1], depth = a.shape.back();
  TensorData out{call.shape, std::vector<float>(static_cast<std::size_t>(element_count(call.shape)))};
  const std::int64_t batches = rows * columns == 0 ? 0 : element_count(call.shape) / (rows * columns);
  for (std::int64_t i = 0; i < batches; ++i) {
    const float* left = a.data.data() + batch_index(i, call.shape, a.shape) * rows * depth;
    const float* right = b.data.data() + batch_index(i, call.shape, b.shape) * depth * columns;
    const Matrix y = to_double(view_of(left, rows, depth)) * to_double(view_of(right, depth, columns));
    Eigen::Map<FloatMatrix>(out.data.data() + i * rows * columns, rows, columns) = y.cast<float>();
  }
  return out;
}

}  // namespace bulwark::converter::twin
