// SPDX-License-Identifier: Apache-2.0
// How an array of samples fits a model's input, told by the shapes alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace bulwark::converter::io {

/// Order of the axes of one sample in the array against the input's.
enum class Arrangement {
  same,
  channels_last,   ///< the array is [.., H, W, C], the input [.., C, H, W]
  channels_first,  ///< the array is [.., C, H, W], the input [.., H, W, C]
};

struct SampleLayout {
  std::int64_t runs = 0;          ///< inputs of the model in the array
  std::int64_t run_elements = 0;  ///< elements of one input
  Arrangement arrangement = Arrangement::same;
};

/// `input` is [batch, sample..]. Accepted are [N, sample..] with N a multiple of the batch, and [sample..]
/// where the batch is 1; axes of size 1 in the sample may be absent or added; a sample of three axes may have
/// its channels at the other end. When an array fits as it is, it is not rearranged. Nothing when it does not
/// fit, or holds no sample.
std::optional<SampleLayout> match_samples(std::span<const std::int64_t> array,
                                          std::span<const std::int64_t> input);

/// Copies one input out of the array, rearranged: `from` and `to` hold layout.run_elements elements of
/// `element_size` bytes.
void copy_run(const SampleLayout& layout, std::span<const std::int64_t> input, std::size_t element_size,
              const std::uint8_t* from, std::uint8_t* to);

}  // namespace bulwark::converter::io
