// SPDX-License-Identifier: Apache-2.0
// Arithmetic on sizes that come from a file or a user. Every function returns nothing where the exact result
// does not fit. 64-bit types alone: size_t has 32 bits on a 32-bit processor.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace bulwark::schema {

template <typename T>
concept CheckedInteger = std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t>;

template <CheckedInteger T>
constexpr std::optional<T> checked_add(T a, T b) {
  using Limits = std::numeric_limits<T>;
  if (b > 0 && a > Limits::max() - b) return std::nullopt;
  if (b < 0 && a < Limits::min() - b) return std::nullopt;
  return static_cast<T>(a + b);
}

template <CheckedInteger T>
constexpr std::optional<T> checked_multiply(T a, T b) {
  using Limits = std::numeric_limits<T>;
  if (a == 0 || b == 0) return T{0};
  if (a > 0 && b > 0 && a > Limits::max() / b) return std::nullopt;
  if (a > 0 && b < 0 && b < Limits::min() / a) return std::nullopt;
  if (a < 0 && b > 0 && a < Limits::min() / b) return std::nullopt;
  if (a < 0 && b < 0 && a < Limits::max() / b) return std::nullopt;
  return static_cast<T>(a * b);
}

/// The smallest multiple of `alignment`, a power of two, that is not below value >= 0.
template <CheckedInteger T>
constexpr std::optional<T> checked_align_up(T value, T alignment) {
  const std::optional<T> raised = checked_add(value, static_cast<T>(alignment - 1));
  if (!raised) return std::nullopt;
  return static_cast<T>(*raised - *raised % alignment);
}

template <std::integral To, std::integral From>
constexpr std::optional<To> checked_narrow(From value) {
  if (!std::in_range<To>(value)) return std::nullopt;
  return static_cast<To>(value);
}

}  // namespace bulwark::schema
