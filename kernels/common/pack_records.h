// SPDX-License-Identifier: Apache-2.0
// Packing record by record, and the proof that records packed ahead of time are what it would make.
//
// `Records` is a packing of one layer:
//   for_records(packed, each)          calls each(which, record) for every record from `packed` on, which
//                                      points to bytes or to constant ones, while it says yes; whether all
//                                      said so
//   put_record(sink, which, record)    a whole record in vectors; false, before it puts any, where it has to
//                                      be written weight by weight
//   write_record(which, record)        every byte of it, weight by weight
//   record_bytes(which)
#pragma once

#include "kernels/common/bytes.h"
#include "kernels/common/bytes16.h"

namespace bulwark::kernels {

/// Channels of a record, where records have room for as many each.
struct RecordChannels {
  std::size_t first, count;
};

/// Whether a channel of a record clamps its outputs to fewer values than int8 has.
static inline bool any_clamps(const std::uint8_t* lo, const std::uint8_t* hi, std::size_t channels) {
  std::uint8_t clamps = 0;
  for (std::size_t lane = 0; lane < channels; ++lane) {
    clamps |= static_cast<std::uint8_t>((lo[lane] ^ 0x80) | (hi[lane] ^ 0x7f));
  }
  return clamps != 0;
}

template <typename Records>
void write_records(const Records& records, std::uint8_t* packed) {
  PackedWriter writer;
  records.for_records(packed, [&](const auto& which, std::uint8_t* record) {
    if (!records.put_record(writer, which, record)) records.write_record(which, record);
    return true;
  });
}

/// `spare` has room for a record.
template <typename Records>
bool records_match(const Records& records, std::uint8_t* spare, const std::uint8_t* packed) {
  PackedComparer comparer;
  const bool same = records.for_records(packed, [&](const auto& which, const std::uint8_t* record) {
    if (records.put_record(comparer, which, record)) return true;
    records.write_record(which, spare);
    return equal_bytes(spare, record, records.record_bytes(which));
  });
  return same && comparer.same();
}

}  // namespace bulwark::kernels
