// SPDX-License-Identifier: Apache-2.0
// Every operator of the networks, alone, at every width: the same work as in its network, and it runs.
#include "bench/layer_model.h"

#include <algorithm>

#include "bench/meter.h"
#include "bench/model_file.h"
#include "tests/bench/support.h"
#include "tests/runtime/network.h"

namespace bulwark::test {
namespace {

using namespace bench;

/// Costs nothing but runs the model once.
MeterReading run_once(const std::vector<std::uint8_t>& bytes) {
  Arguments quick;
  quick.min_seconds = 0;
  quick.path = "reference";
  return clock_meter(quick, 0)->read(bytes);
}

void check_layer(const Folder& folder, const schema::VerifiedModel& model, std::int32_t op,
                 LayerWidths widths) {
  INFO(op << " " << key_of(model, op) << " w" << widths.weights << " a" << widths.activations);
  const std::vector<std::uint8_t> bytes = layer_model(model, op, widths);
  folder.write("layer.bwk", std::string(bytes.begin(), bytes.end()));
  const ModelFile alone(folder / "layer.bwk");
  REQUIRE(alone.model().operator_count() == 1);
  CHECK(key_of(alone.model(), 0) == key_of(model, op));
  CHECK(macs_of(alone.model(), 0) == macs_of(model, op));
  CHECK(widths_of(alone.model(), 0) == widths);
  CHECK(run_once(bytes).cost > 0);
  CHECK(layer_model(model, op, widths) == bytes);
}

TEST_CASE("layer model: every operator of every network, alone") {
  const Folder folder;
  std::int32_t linear = 0;
  for (const ModelSpec& spec : {every_operator_network(1), elementwise_network(2),
                                float_elementwise_network(3), movement_network(4), float_network(5)}) {
    const ModelFile file(folder.write("network.bwk", spec));
    const schema::VerifiedModel& model = file.model();
    for (std::int32_t op = 0; op < model.operator_count(); ++op) {
      if (!has_integer_weights(model.op(op))) {
        check_layer(folder, model, op, widths_of(model, op));
        continue;
      }
      ++linear;
      for (const std::int32_t weights : {8, 4, 3, 2}) {
        for (const std::int32_t activations : {8, 5, 4, 2})
          check_layer(folder, model, op, {weights, activations});
      }
    }
  }
  CHECK(linear >= 3);
}

TEST_CASE("layer model: widths of layers as they stand") {
  const Folder folder;
  Network network(1);
  const std::int32_t x = network.input_integer({1, 6, 6, 4});
  const std::int32_t narrow = network.clip(x, -3, 10);
  network.output(network.conv(narrow, {}, WeightFormat::s4));
  network.output(network.conv(x, {}, WeightFormat::ternary));
  const ModelFile file(folder.write("network.bwk", network.spec()));
  CHECK(widths_of(file.model(), 0) == LayerWidths{0, 8});
  CHECK(widths_of(file.model(), 1) == LayerWidths{4, 4});
  CHECK(widths_of(file.model(), 2) == LayerWidths{2, 8});
  CHECK(macs_of(file.model(), 1) == 6 * 6 * 8 * 9 * 4);
}

TEST_CASE("layer model: the empty model runs") { CHECK(run_once(empty_model()).kernel.starts_with("clip_")); }

}  // namespace
}  // namespace bulwark::test
