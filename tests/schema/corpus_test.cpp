// SPDX-License-Identifier: Apache-2.0
// tests/corpus holds what the builder makes; BULWARK_WRITE_CORPUS=1 writes it anew after a change of the
// format.
#include <cstdlib>
#include <fstream>

#include "tests/fuzz/corpus.h"
#include "tests/schema/refusal.h"

namespace bulwark::test {
namespace {

void compare(const char* name, const ModelBuilder& builder) {
  const std::filesystem::path path = std::filesystem::path(BULWARK_SOURCE_DIR) / "tests/corpus" / name;
  const Bytes bytes = builder.file();
  if (std::getenv("BULWARK_WRITE_CORPUS") != nullptr) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  INFO(name);
  CHECK(read_bytes(path) == bytes);
}

TEST_CASE("corpus: the built models are those in the tree") {
  compare("built_integer_network.bwk", integer_network());
  compare("built_float_network.bwk", float_network());
  compare("built_legacy_network.bwk", legacy_network());
  compare("built_elementwise_network.bwk", elementwise_network());
  compare("built_padding_network.bwk", padding_network());
  compare("built_movement_network.bwk", movement_network());
  compare("built_wide_network.bwk", wide_network());
}

TEST_CASE("corpus: every file is accepted, content hash included") {
  for (const CorpusFile& file : read_corpus(std::filesystem::path(BULWARK_SOURCE_DIR) / "tests/corpus")) {
    INFO(file.name);
    const schema::VerifyError error = verify(file.bytes, true);
    CHECK(std::string(error.message) == "");
  }
}

}  // namespace
}  // namespace bulwark::test
