// SPDX-License-Identifier: Apache-2.0
// A network of 16-bit elements: a cell with a table, sums and products, and a filter over what a state
// remembers.
#include "tests/schema/model_builder.h"

namespace bulwark::test {

using fb::OperatorKind;

ModelBuilder wide_network() {
  ModelBuilder b;
  const std::int32_t x = b.f32({1, 1, 12}), levels = b.s16({1, 1, 12}), bent = b.s16({1, 1, 12}),
                     sum = b.s16({1, 1, 12}), product = b.s16({1, 1, 12}, 0.0002f);
  const std::int32_t memory = b.s16({1, 4, 12}), older = b.s16({1, 3, 12}), next = b.s16({1, 4, 12}),
                     flat = b.s16({1, 12}), again = b.s16({1, 12});
  const std::int32_t filtered = b.s8({1, 6}), shown = b.s8({1, 12}, 0.03f, 5);
  b.inputs({x});
  b.outputs({filtered, shown});
  b.op(OperatorKind::quantize, {x}, levels);
  fb::OperatorT& lookup = b.op(OperatorKind::lookup, {levels}, bent);
  lookup.wide_lookup = std::make_unique<fb::WideLookupOptionsT>();
  for (int i = 0; i < 1025; ++i)
    lookup.wide_lookup->entries.push_back(static_cast<std::int16_t>(i * 7919 % 65536 - 32768));
  b.op(OperatorKind::add, {levels, bent}, sum);
  b.op(OperatorKind::mul, {levels, bent}, product).multiplier = 0.005f;
  b.op(OperatorKind::slice, {memory}, older).axes = {0, 1, 0, 1, 1, 1};
  b.op(OperatorKind::concat, {older, sum}, next).axes = {1};
  fb::OperatorT& filter = b.op(OperatorKind::time_filter, {next}, filtered);
  filter.multiplier = 1.0f / (1 << 22);
  filter.time_filter = std::make_unique<fb::TimeFilterOptionsT>();
  for (int i = 0; i < 48; ++i)
    filter.time_filter->weights.push_back(static_cast<std::int16_t>(i * 521 - 12000));
  filter.time_filter->bias = {100000, -2000000, 0, 7, 5, 123456};
  b.op(OperatorKind::reshape, {product}, flat);
  b.tensor(flat).scale = b.tensor(product).scale;
  b.op(OperatorKind::reshape, {levels}, again);
  b.op(OperatorKind::mul, {flat, again}, shown).multiplier = 1e-5f;
  b.state(memory, next);
  return b;
}

}  // namespace bulwark::test
