// SPDX-License-Identifier: Apache-2.0
// How the parts of an importer say no, and how much memory a source may ask for.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace bulwark::converter::importing {

/// What is wrong; whoever catches it knows where and says so.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown when an input stands for something already reported: the node is skipped in silence.
struct AlreadyReported {};

/// Memory that one model's constants may take.
class Budget {
 public:
  /// Throws Refusal when the sum of all calls passes 2 GiB.
  void take(std::uint64_t bytes) {
    if (bytes > left_) throw Refusal("the model's constants need more than 2 GiB");
    left_ -= bytes;
  }

 private:
  std::uint64_t left_ = std::uint64_t{2} << 30;
};

}  // namespace bulwark::converter::importing
