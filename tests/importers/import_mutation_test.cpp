// SPDX-License-Identifier: Apache-2.0
// Damaged ONNX and TFLite files: every truncation and every flipped bit of small models, hostile numbers, and
// random damage. Each gives a graph or an Error with a message, nothing else; what is accepted also goes
// through passes and lowering.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "converter/error.h"
#include "converter/import/tflite/tflite_importer.h"
#include "converter/io/file.h"
#include "converter/passes/passes.h"
#include "converter/quantize/quantize.h"
#include "tests/converter/onnx_builder.h"

using namespace bulwark;

namespace {

struct Outcome {
  std::size_t accepted = 0, refused = 0;
};

using Import = converter::Graph (*)(const std::vector<std::uint8_t>&);

converter::Graph import_onnx(const std::vector<std::uint8_t>& bytes) {
  return converter::import_onnx::import_bytes(bytes, "m.onnx");
}

converter::Graph import_tflite(const std::vector<std::uint8_t>& bytes) {
  return converter::import_tflite::import_bytes(bytes, "m.tflite");
}

void import_damaged(const std::vector<std::uint8_t>& bytes, Outcome& outcome, Import import = import_onnx) {
  try {
    converter::Graph graph = import(bytes);
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

/// The importer, and what a conversion does with its graph.
converter::Graph lower_tflite(const std::vector<std::uint8_t>& bytes) {
  converter::Graph graph = import_tflite(bytes);
  converter::Graph optimized = graph;
  converter::passes::optimize(optimized);
  if (!converter::quantize::is_float_graph(optimized)) converter::passes::lower(optimized);
  return graph;
}

std::vector<std::uint8_t> corpus_model(const std::string& name) {
  return converter::io::read_file(BULWARK_SOURCE_DIR "/tests/corpus/tflite/" + name + ".tflite");
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

TEST_CASE("every truncation of a TFLite model is refused", "[import][bad_input][tflite]") {
  const std::string name =
      GENERATE("conv_int4", "add_constant", "net_two_in_two_out", "conv_outside_buffers");
  const std::vector<std::uint8_t> bytes = corpus_model(name);
  // Behind the last buffer outside the FlatBuffer there is padding that nobody misses.
  const std::size_t padding = name == "conv_outside_buffers" ? 15 : 0;
  Outcome outcome;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    import_damaged({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, outcome, lower_tflite);
  }
  CHECK(outcome.accepted <= padding);
  CHECK(outcome.accepted + outcome.refused == bytes.size());
}

TEST_CASE("every flipped bit of a TFLite model gives a graph or an error", "[import][bad_input][tflite]") {
  std::vector<std::uint8_t> bytes =
      corpus_model(GENERATE("conv_int4", "add_constant", "net_two_in_two_out", "reshape"));
  Outcome outcome;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    import_damaged(bytes, outcome, lower_tflite);
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  CHECK(outcome.accepted + outcome.refused == bytes.size() * 8);
  CHECK(outcome.refused > 500);
}

TEST_CASE("hostile numbers in every word of a TFLite model give a graph or an error",
          "[import][bad_input][tflite]") {
  const std::string name =
      GENERATE("conv_int4", "depthwise_conv_uint8", "fully_connected_keep_dims", "concatenation",
               "padv2_uint8", "transpose", "average_pool_2d_same", "net_float_doors", "softmax_beta",
               "batch_matmul_adjoint", "float_half_weights", "conv_outside_buffers");
  std::vector<std::uint8_t> bytes = corpus_model(name);
  CAPTURE(name);
  Outcome outcome;
  // Every scalar of the format and every length and offset is part of an aligned word.
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t now = 0;
    std::memcpy(&now, &bytes[at], sizeof now);
    for (const std::uint32_t hostile :
         {0u, 1u, ~0u, 0x7fffffffu, 0x80000000u, 0x01000000u, 65536u, now + 1, now - 1, now * 2}) {
      std::memcpy(&bytes[at], &hostile, sizeof hostile);
      import_damaged(bytes, outcome, lower_tflite);
    }
    std::memcpy(&bytes[at], &now, sizeof now);
  }
  CHECK(outcome.accepted + outcome.refused == bytes.size() / 4 * 10);
  CHECK(outcome.refused > 300);
}
