// SPDX-License-Identifier: Apache-2.0
// Where in a model a check looks, so that every message begins "operator 3 'conv1': ".
#pragma once

#include "schema/verifier.h"

namespace bulwark::schema {

class Place {
 public:
  /// The model as a whole, or a part there is one of ("golden").
  Place(VerifyError* error, const char* kind) : error_(error), kind_(kind) {}
  Place(VerifyError* error, const char* kind, std::int32_t index, std::string_view name)
      : error_(error), kind_(kind), index_(index), name_(name) {}

  /// They fill the error and return false. `format` is a printf format of what is wrong.
  [[gnu::format(printf, 2, 3)]] bool invalid(const char* format, ...) const;
  [[gnu::format(printf, 2, 3)]] bool malformed(const char* format, ...) const;
  [[gnu::format(printf, 2, 3)]] bool too_large(const char* format, ...) const;

  /// False, with a message, unless lo <= value <= hi.
  bool in_range(const char* what, std::int64_t value, std::int64_t lo, std::int64_t hi) const;
  /// False, with a message, unless the multiplier is a positive normal number: one that flush-to-zero leaves
  /// alone.
  bool positive_normal(const char* what, float value) const;
  bool positive_normal(const char* what, View<float> values) const;
  /// False, with a message, unless there are `expected` entries.
  bool has_entries(const char* what, std::size_t entries, std::size_t expected) const;
  /// A string of min..max bytes without a zero byte.
  bool text(const char* what, std::string_view text, std::size_t min, std::size_t max) const;

 private:
  bool report(VerifyCode code, const char* message) const;

  VerifyError* error_;
  const char* kind_;
  std::int32_t index_ = -1;
  std::string_view name_;
};

}  // namespace bulwark::schema
