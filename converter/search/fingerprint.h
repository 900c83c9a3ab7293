// SPDX-License-Identifier: Apache-2.0
// SHA-256 of what is added, in order, as text.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "converter/graph/graph.h"
#include "converter/quantize/samples.h"
#include "schema/sha256.h"

namespace bulwark::converter::search {

class Fingerprint {
 public:
  /// Texts and lists are told apart from their neighbours by their lengths.
  Fingerprint& add(const std::string& text) { return add(std::vector<char>(text.begin(), text.end())); }
  template <typename T>
  requires std::is_arithmetic_v<T> Fingerprint& add(const std::vector<T>& values) {
    const std::uint64_t count = values.size();
    return put(&count, sizeof count).put(values.data(), count * sizeof(T));
  }
  /// Names, structure and constants; of attributes those of windows and shapes.
  Fingerprint& add(const Graph& graph);
  Fingerprint& add(const quantize::Samples& samples, std::size_t count);

  std::string text();  ///< 64 hex digits; nothing may be added after it

 private:
  Fingerprint& put(const void* data, std::size_t bytes) {
    sha_.update({static_cast<const std::uint8_t*>(data), bytes});
    return *this;
  }
  schema::Sha256 sha_;
};

}  // namespace bulwark::converter::search
