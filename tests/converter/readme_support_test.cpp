// SPDX-License-Identifier: Apache-2.0
// The support tables of the README are the importers' own registries. BULWARK_WRITE_README=1 writes them
// anew.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "converter/import/onnx/onnx_importer.h"
#include "converter/import/tflite/tflite_importer.h"
#include "tests/converter/temp_folder.h"

namespace bulwark::converter {
namespace {

const std::string kReadme = BULWARK_SOURCE_DIR "/README.md";

std::string row(const std::string& type, const std::string& notes) {
  return "| " + type + " | " + notes + " |\n";
}

std::string onnx_table() {
  std::string table = "| ONNX operator | what of it |\n|---|---|\n";
  for (const auto& op : import_onnx::supported_operators()) {
    table += row((*op.domain ? "com.microsoft " : "") + std::string(op.type), op.notes);
  }
  return table;
}

std::string tflite_table() {
  std::string table = "| TFLite operator | what of it |\n|---|---|\n";
  for (const auto& op : import_tflite::supported_operators()) table += row(op.type, op.notes);
  return table;
}

/// The table of the README that begins with the same line, up to the blank line behind it.
void hold(std::string& readme, const std::string& table) {
  const std::size_t begin = readme.find(table.substr(0, table.find('\n') + 1));
  REQUIRE(begin != std::string::npos);
  const std::size_t end = readme.find("\n\n", begin) + 1;
  if (std::getenv("BULWARK_WRITE_README")) {
    readme.replace(begin, end - begin, table);
    test::spill(kReadme, readme);
  } else {
    INFO("BULWARK_WRITE_README=1 test_converter \"the README*\" writes the table anew");
    CHECK(readme.substr(begin, end - begin) == table);
  }
}

}  // namespace

TEST_CASE("the README's support tables are the importers' registries") {
  const auto bytes = test::slurp(kReadme);
  std::string readme(bytes.begin(), bytes.end());
  hold(readme, onnx_table());
  hold(readme, tflite_table());
}

}  // namespace bulwark::converter
