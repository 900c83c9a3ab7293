// SPDX-License-Identifier: Apache-2.0
// Damaged ONNX files: every truncation and every flipped bit of a small model, and random damage. Each gives
// a graph or an Error with a message, nothing else.
#include <catch2/catch.hpp>
#include <random>

#include "converter/error.h"
#include "tests/converter/onnx_builder.h"

using namespace bulwark;

namespace {

struct Outcome {
  std::size_t accepted = 0, refused = 0;
};

void import_damaged(const std::vector<std::uint8_t>& bytes, Outcome& outcome) {
  try {
    const converter::Graph graph = converter::import_onnx::import_bytes(bytes, "m.onnx");
    ++outcome.accepted;
    // What was accepted is whole: every value a node reads is a constant, an input or made before.
    std::vector<bool> made(graph.values.size(), false);
    for (const converter::ValueId id : graph.inputs) made.at(static_cast<std::size_t>(id)) = true;
    for (const converter::Node& node : graph.nodes) {
      for (const converter::ValueId id : node.inputs) {
        if (!made.at(static_cast<std::size_t>(id)) && !graph[id].constant) FAIL("reads a value nothing made");
      }
      for (const converter::ValueId id : node.outputs) made.at(static_cast<std::size_t>(id)) = true;
    }
  } catch (const converter::Error& error) {
    ++outcome.refused;
    if (std::string(error.what()).empty()) FAIL("an empty message");
  }
}

}  // namespace

TEST_CASE("every truncation of an ONNX model is refused", "[import][bad_input]") {
  const std::vector<std::uint8_t> bytes = tests::small_qdq_model().bytes();
  Outcome outcome;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    import_damaged({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, outcome);
  }
  CHECK(outcome.accepted == 0);
  CHECK(outcome.refused == bytes.size());
}

TEST_CASE("every flipped bit of an ONNX model gives a graph or an error", "[import][bad_input]") {
  std::vector<std::uint8_t> bytes = tests::small_qdq_model().bytes();
  Outcome outcome;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    import_damaged(bytes, outcome);
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  CHECK(outcome.accepted + outcome.refused == bytes.size() * 8);
  CHECK(outcome.refused > 1000);
}

TEST_CASE("random damage to an ONNX model gives a graph or an error", "[import][bad_input]") {
  const std::vector<std::uint8_t> bytes = tests::small_qdq_model().bytes();
  std::mt19937 random(1);
  Outcome outcome;
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::uint8_t> damaged = bytes;
    for (unsigned k = 1 + random() % 4; k > 0; --k) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          damaged[at] = 0xff;
          break;
        case 2:
          damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(at),
                         damaged[random() % damaged.size()]);
      }
    }
    import_damaged(damaged, outcome);
  }
  CHECK(outcome.accepted + outcome.refused == 5000);
}
