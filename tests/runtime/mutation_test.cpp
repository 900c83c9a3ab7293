// SPDX-License-Identifier: Apache-2.0
// Damaged models of tests/corpus through the C API: each is refused with a message or runs, on every path, to
// the same bytes. Under the sanitizers this also shows that nothing is read or written out of bounds.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fields.h"
#include "tests/fuzz/load_and_run.h"

namespace bulwark::test {
namespace {

// Seconds of processor time; sanitizers make everything about four and twenty times slower.
#if defined(__SANITIZE_THREAD__)
constexpr double kHang = 30;
#elif defined(__SANITIZE_ADDRESS__)
constexpr double kHang = 4;
#else
constexpr double kHang = 1;
#endif

std::vector<CorpusFile> corpus() {
  return read_corpus(std::filesystem::path(BULWARK_SOURCE_DIR) / "tests/corpus");
}

/// Files up to this size are tried at every bit.
constexpr std::size_t kSmall = 8192;

bool full_budget() {
  const char* wanted = std::getenv("BULWARK_TEST_BUDGET");
  return wanted != nullptr && std::string(wanted) == "full";
}

/// Every stride-th mutant is tried: emulated processors are about twenty times slower.
std::size_t stride(std::size_t size) {
  if (full_budget()) return 1;
#if defined(__x86_64__)
  return size <= kSmall ? 1 : 101;
#else
  return size <= kSmall ? 61 : 4001;
#endif
}

struct Tally {
  std::size_t mutants = 0, refused = 0, ran = 0, without_room = 0;
  double slowest = 0;

  void take(const std::vector<std::uint8_t>& bytes) {
    const std::clock_t start = std::clock();
    const Outcome outcome = load_and_run(bytes);
    slowest = std::max(slowest, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    ++mutants;
    if (outcome.load != BW_STATUS_OK)
      ++refused;
    else if (outcome.ran)
      ++ran;
    else
      ++without_room;
    if (!outcome.paths_agree) FAIL("paths disagree");
  }
  void report(const std::string& name) const {
    WARN(name << ": " << mutants << " mutants, " << refused << " refused, " << ran << " ran, " << without_room
              << " too large for the test; the slowest took " << slowest * 1e3 << " ms");
  }
};

bw_status load_with_hash(const std::vector<std::uint8_t>& bytes) {
  ExactBuffer buffer(bytes);
  bw_model* model = nullptr;
  const bw_status status = bw_model_load_memory(buffer.data(), buffer.size(), nullptr, &model);
  bw_model_release(model);
  return status;
}

TEST_CASE("mutation: the corpus itself loads and runs on every path") {
  const std::vector<CorpusFile> files = corpus();
  REQUIRE(files.size() >= 5);
  for (const CorpusFile& file : files) {
    INFO(file.name);
    const Outcome outcome = load_and_run(file.bytes);
    CHECK(outcome.message == "");
    CHECK(outcome.ran);
    CHECK(outcome.paths_agree);
    CHECK(load_with_hash(file.bytes) == BW_STATUS_OK);
  }
}

TEST_CASE("mutation: every truncation is refused") {
  for (const CorpusFile& file : corpus()) {
    const std::size_t step = file.bytes.size() <= kSmall || full_budget() ? 1 : 7;
    for (std::size_t size = 0; size < file.bytes.size(); size += step) {
      const std::vector<std::uint8_t> cut(file.bytes.begin(),
                                          file.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const bw_status status = load_and_run(cut).load;
      if (status != BW_STATUS_MALFORMED && status != BW_STATUS_NOT_A_MODEL) {
        FAIL(file.name << " cut at byte " << size << ": status " << status);
      }
    }
  }
}

TEST_CASE("mutation: every single-bit flip is refused or runs, and is refused with the content hash on") {
  for (const CorpusFile& file : corpus()) {
    Tally tally;
    std::vector<std::uint8_t> bytes = file.bytes;
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += stride(bytes.size())) {
      INFO(file.name << ", bit " << bit);
      const auto mask = static_cast<std::uint8_t>(1u << bit % 8);
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ mask);
      tally.take(bytes);
      if (load_with_hash(bytes) == BW_STATUS_OK) FAIL("accepted with its content hash");
      bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ mask);
    }
    tally.report(file.name);
    CHECK(tally.slowest < kHang);
  }
}

TEST_CASE("mutation: every field set to hostile values is refused or runs") {
  std::size_t mutants = 0;
  for (const CorpusFile& file : corpus()) {
    if (file.bytes.size() > kSmall && !full_budget()) continue;
    Tally tally;
    std::vector<std::uint8_t> bytes = file.bytes;
    const std::vector<Field> fields = find_fields(bytes);
    const std::size_t step = stride(bytes.size());
    for (std::size_t i = 0; i < fields.size(); i += step) {
      for (const std::vector<std::uint8_t>& value : hostile_values(fields[i], file.bytes)) {
        INFO(file.name << ", byte " << fields[i].position);
        std::copy(value.begin(), value.end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(fields[i].position));
        tally.take(bytes);
      }
      bytes = file.bytes;
    }
    tally.report(file.name);
    CHECK(tally.slowest < kHang);
    mutants += tally.mutants * step;
  }
  CHECK(mutants >= 10000);
}

}  // namespace
}  // namespace bulwark::test
