// SPDX-License-Identifier: Apache-2.0
// A network of 16-bit elements with a state: the same bytes on every path and for every number of threads.
#include <catch2/catch.hpp>
#include <cstring>

#include "tests/fuzz/corpus.h"
#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

constexpr int kSteps = 6;

Bytes read_network() {
  for (const CorpusFile& file : read_corpus(std::filesystem::path(BULWARK_SOURCE_DIR) / "tests/corpus")) {
    if (file.name == "built_wide_network.bwk") return file.bytes;
  }
  FAIL("built_wide_network.bwk is not in tests/corpus");
  return {};
}

/// Outputs of all steps of a sequence, one behind the other.
Bytes run_sequence(const ModelBytes& bytes, const std::string& path, std::int32_t threads) {
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get(), path.c_str());
  const SessionHandle session = make_session(plan.get(), threads);
  Bytes all;
  for (int step = 0; step < kSteps; ++step) {
    float x[12];
    for (int i = 0; i < 12; ++i) x[i] = static_cast<float>((i * 7 + step * 5) % 23 - 11) * 2.7f;
    REQUIRE(bw_session_set_input(session.get(), 0, x, sizeof x) == BW_STATUS_OK);
    run(session.get());
    for (const std::int32_t index : {0, 1}) {
      const void* data = nullptr;
      std::size_t size = 0;
      REQUIRE(bw_session_output(session.get(), index, &data, &size) == BW_STATUS_OK);
      const auto* begin = static_cast<const std::uint8_t*>(data);
      all.insert(all.end(), begin, begin + size);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("16-bit elements give the same bytes on every path, step after step") {
  const ModelBytes bytes(read_network());
  const Bytes expected = run_sequence(bytes, "reference", 1);
  const std::size_t step = expected.size() / kSteps;
  CHECK(!std::equal(expected.begin(), expected.begin() + 6,
                    expected.begin() + static_cast<std::ptrdiff_t>(step)));
  for (const std::string& path : available_paths()) {
    for (const std::int32_t threads : {1, 3}) {
      INFO("path " << path << ", " << threads << " threads");
      CHECK((run_sequence(bytes, path, threads) == expected));
    }
  }
}

TEST_CASE("16-bit elements are exact, and no certificate covers them") {
  const ModelBytes bytes(read_network());
  const ModelHandle model = load(bytes);
  CHECK(bw_model_is_bit_exact(model.get()) == 1);
  bw_plan_options options;
  bw_plan_options_init(&options);
  options.certify = 1;
  bw_plan* plan = nullptr;
  CHECK(bw_plan_create(model.get(), &options, &plan) == BW_STATUS_NOT_CERTIFIABLE);
}

}  // namespace bulwark::test
