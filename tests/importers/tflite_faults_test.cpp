// SPDX-License-Identifier: Apache-2.0
// TFLite files that are refused: every reason at once, with names and places.
#include <catch2/catch.hpp>

#include "converter/error.h"
#include "converter/import/tflite/tflite_importer.h"
#include "converter/io/file.h"

using namespace bulwark;
using Catch::Contains;

namespace {

const std::string kFolder = BULWARK_SOURCE_DIR "/tests/corpus/tflite/";

std::string refusal(const std::vector<std::uint8_t>& bytes) {
  try {
    converter::import_tflite::import_bytes(bytes, "m.tflite");
  } catch (const converter::Error& error) {
    CHECK(error.code() == converter::Exit::bad_input);
    return error.what();
  }
  FAIL("accepted");
  return "";
}

std::string refusal(const std::string& name) {
  return refusal(converter::io::read_file(kFolder + name + ".tflite"));
}

}  // namespace

TEST_CASE("What of TFLite is not supported is refused by name", "[tflite]") {
  CHECK(refusal("refused_int16") ==
        "tensor 0 't0': has type INT16: 16-bit activations are not supported\n"
        "tensor 3 't3': has type INT16: 16-bit activations are not supported");
  CHECK(refusal("refused_tanh") ==
        "operator 0 (FULLY_CONNECTED) of subgraph 0, output 't3': fused activation TANH is not supported");
  CHECK(refusal("refused_shuffled") ==
        "operator 0 (FULLY_CONNECTED) of subgraph 0, output 't3': shuffled weights are not supported");
  CHECK(refusal("refused_subgraphs") ==
        "subgraph 1 'then': only the main subgraph is supported (no control flow, no functions)\n"
        "subgraph 2 'else': only the main subgraph is supported (no control flow, no functions)");
  CHECK_THAT(refusal("refused_variable_unset"),
             Catch::Contains("operator 1 (READ_VARIABLE) of subgraph 0") &&
                 Catch::Contains("reads variable '/state' before anything is assigned to it"));
  CHECK_THAT(refusal("refused_variable_shape"), Catch::Contains("as int8 [1,4], it holds int8 [1,5]"));
  CHECK_THAT(refusal("refused_variable_scale"), Catch::Contains("a scale of 0.037"));
  CHECK_THAT(refusal("refused_forms"),
             Contains("input 't0': dimension 1 has no size; only the first, the batch, may be open") &&
                 Contains("tensor 1 't1': is stored sparse, which is not supported") &&
                 Contains("tensor 2 't2': is a variable"));
}

TEST_CASE("Bytes that are no TFLite model are refused", "[tflite]") {
  CHECK(refusal(std::vector<std::uint8_t>{}) == "'m.tflite' is not a TFLite model: 0 bytes");
  CHECK(refusal(std::vector<std::uint8_t>(100, 0xff)) == "'m.tflite' is not a TFLite model");
  std::vector<std::uint8_t> bytes(100, 0xff);
  std::copy_n("TFL3", 4, bytes.begin() + 4);
  CHECK(refusal(bytes) == "'m.tflite' is not a sound TFLite model, or it is cut off");
}
