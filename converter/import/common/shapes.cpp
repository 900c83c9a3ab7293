// SPDX-License-Identifier: Apache-2.0
#include "converter/import/common/shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "converter/import/common/refusal.h"
#include "schema/limits.h"

namespace bulwark::converter::importing {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 30;

std::int64_t elements_within(const Shape& shape, std::int64_t lowest, std::int64_t limit) {
  if (shape.size() > static_cast<std::size_t>(schema::kMaxRank)) {
    throw Refusal(fmt::format("shape {} has more than {} dimensions", text(shape), schema::kMaxRank));
  }
  std::int64_t count = 1;
  for (const std::int64_t d : shape) {
    if (d < lowest) throw Refusal(fmt::format("shape {} has a dimension of {}", text(shape), d));
    if (d > limit || (d > 0 && count > limit / d))
      throw Refusal(fmt::format("shape {} is too large", text(shape)));
    count *= d;
  }
  return count;
}

void check_extent(const char* what, std::int64_t value, std::int64_t lowest) {
  if (value < lowest || value > schema::kMaxKernelExtent) {
    throw Refusal(fmt::format("{} of {} is outside {}..{}", what, value, lowest, schema::kMaxKernelExtent));
  }
}

}  // namespace

std::string text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

std::int64_t constant_elements(const Shape& shape) { return elements_within(shape, 0, kMaxElements); }

void check_activation(const Shape& shape) {
  elements_within(shape, 1, schema::kMaxTensorBytes);
  for (const std::int64_t d : shape) {
    if (d > schema::kMaxDimension)
      throw Refusal(fmt::format("shape {} has a dimension of {}", text(shape), d));
  }
}

std::int64_t normalize_axis(std::int64_t axis, std::size_t rank) {
  const std::int64_t n = static_cast<std::int64_t>(rank);
  if (axis < -n || axis >= n) throw Refusal(fmt::format("axis {} does not exist in {} dimensions", axis, n));
  return axis < 0 ? axis + n : axis;
}

std::vector<std::int64_t> normalize_axes(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<std::int64_t> out;
  for (const std::int64_t axis : axes) out.push_back(normalize_axis(axis, rank));
  std::sort(out.begin(), out.end());
  if (std::adjacent_find(out.begin(), out.end()) != out.end()) {
    throw Refusal(fmt::format("axes {} name one twice", text(axes)));
  }
  return out;
}

Shape broadcast(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t p = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t q = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (p != q && p != 1 && q != 1) {
      throw Refusal(fmt::format("shapes {} and {} do not broadcast", text(a), text(b)));
    }
    out[out.size() - 1 - i] = p == 1 ? q : p;
  }
  return out;
}

Shape reshape(const Shape& from, const std::vector<std::int64_t>& to, bool allow_zero) {
  const auto impossible = [&] { return Refusal(fmt::format("{} can not become {}", text(from), text(to))); };
  Shape out = to;
  std::size_t unknown = out.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && !allow_zero) {
      if (i >= from.size()) throw impossible();
      out[i] = from[i];
    }
    if (out[i] == -1) {
      if (unknown != out.size()) throw impossible();
      unknown = i;
      out[i] = 1;
    }
  }
  const std::int64_t have = constant_elements(from), want = constant_elements(out);
  if (unknown != out.size()) {
    if (want == 0 || have % want != 0) throw impossible();
    out[unknown] = have / want;
  } else if (have != want) {
    throw impossible();
  }
  return out;
}

std::int64_t place_windows(WindowAxis& axis, AutoPad auto_pad, bool ceil_mode) {
  check_extent("a kernel", axis.kernel, 1);
  check_extent("a stride", axis.stride, 1);
  check_extent("a dilation", axis.dilation, 1);
  if (auto_pad == AutoPad::valid) axis.before = axis.after = 0;
  if (auto_pad == AutoPad::same_upper || auto_pad == AutoPad::same_lower) {
    const std::int64_t windows = (axis.input + axis.stride - 1) / axis.stride;
    const std::int64_t total =
        std::max<std::int64_t>(0, (windows - 1) * axis.stride + axis.extent() - axis.input);
    axis.before = auto_pad == AutoPad::same_upper ? total / 2 : total - total / 2;
    axis.after = total - axis.before;
  }
  check_extent("a padding", axis.before, 0);
  check_extent("a padding", axis.after, 0);
  const std::int64_t room = axis.input + axis.before + axis.after - axis.extent();
  if (room < 0) {
    throw Refusal(fmt::format("a window of {} is larger than the padded input of {}", axis.extent(),
                              axis.input + axis.before + axis.after));
  }
  std::int64_t windows = room / axis.stride + 1;
  // A further, partial window counts only when it starts inside the input or the padding before it.
  if (ceil_mode && room % axis.stride != 0 && windows * axis.stride < axis.input + axis.before) ++windows;
  return windows;
}

}  // namespace bulwark::converter::importing
