// SPDX-License-Identifier: Apache-2.0
// The support table of the README is the importer's own registry.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

#include "converter/import/onnx/onnx_importer.h"

namespace bulwark::converter {
namespace {

std::string support_table() {
  std::string table = "| operator | what of it |\n|---|---|\n";
  for (const import_onnx::OperatorSupport& op : import_onnx::supported_operators()) {
    table += std::string("| ") + (*op.domain ? "com.microsoft " : "") + op.type + " | " + op.notes + " |\n";
  }
  return table;
}

TEST_CASE("the README's support table is the importer's registry") {
  std::ifstream file(BULWARK_SOURCE_DIR "/README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  INFO("README.md must contain:\n" << support_table());
  CHECK(readme.str().find(support_table()) != std::string::npos);
}

}  // namespace
}  // namespace bulwark::converter
