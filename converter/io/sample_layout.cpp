// SPDX-License-Identifier: Apache-2.0
#include "converter/io/sample_layout.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace bulwark::converter::io {
namespace {

using Dimensions = std::vector<std::int64_t>;

Dimensions without_ones(std::span<const std::int64_t> shape) {
  Dimensions kept;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(kept), [](std::int64_t d) { return d != 1; });
  return kept;
}

std::optional<Arrangement> match_sample(std::span<const std::int64_t> array,
                                        std::span<const std::int64_t> sample) {
  if (without_ones(array) == without_ones(sample)) return Arrangement::same;
  if (array.size() != 3 || sample.size() != 3) return std::nullopt;
  const Dimensions moved_front = {array[2], array[0], array[1]};
  const Dimensions moved_back = {array[1], array[2], array[0]};
  if (std::equal(sample.begin(), sample.end(), moved_front.begin())) return Arrangement::channels_last;
  if (std::equal(sample.begin(), sample.end(), moved_back.begin())) return Arrangement::channels_first;
  return std::nullopt;
}

}  // namespace

std::optional<SampleLayout> match_samples(std::span<const std::int64_t> array,
                                          std::span<const std::int64_t> input) {
  if (input.empty()) return std::nullopt;
  const std::int64_t batch = input[0];
  const auto sample = input.subspan(1);
  SampleLayout layout;
  layout.run_elements = batch;
  for (const std::int64_t dimension : sample) layout.run_elements *= dimension;

  if (!array.empty() && array[0] > 0 && array[0] % batch == 0) {
    if (const auto arrangement = match_sample(array.subspan(1), sample)) {
      layout.runs = array[0] / batch;
      layout.arrangement = *arrangement;
      return layout;
    }
  }
  if (batch == 1) {
    if (const auto arrangement = match_sample(array, sample)) {
      layout.runs = 1;
      layout.arrangement = *arrangement;
      return layout;
    }
  }
  return std::nullopt;
}

void copy_run(const SampleLayout& layout, std::span<const std::int64_t> input, std::size_t element_size,
              const std::uint8_t* from, std::uint8_t* to) {
  if (layout.arrangement == Arrangement::same) {
    std::memcpy(to, from, static_cast<std::size_t>(layout.run_elements) * element_size);
    return;
  }
  // Both rearrangements turn rows of `inner` elements into columns.
  const bool last = layout.arrangement == Arrangement::channels_last;
  const auto pixels = static_cast<std::size_t>(last ? input[2] * input[3] : input[1] * input[2]);
  const auto channels = static_cast<std::size_t>(last ? input[1] : input[3]);
  const std::size_t rows = last ? pixels : channels;
  const std::size_t inner = last ? channels : pixels;
  for (std::int64_t b = 0; b < input[0]; ++b) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < inner; ++i) {
        std::memcpy(to + (i * rows + r) * element_size, from + (r * inner + i) * element_size, element_size);
      }
    }
    from += rows * inner * element_size;
    to += rows * inner * element_size;
  }
}

}  // namespace bulwark::converter::io
