// SPDX-License-Identifier: Apache-2.0
#include "converter/search/certified_margin.h"

#include <fmt/format.h>

#include <algorithm>

#include "bulwark/bulwark.hpp"
#include "converter/error.h"
#include "converter/passes/passes.h"
#include "converter/write/writer.h"

namespace bulwark::converter::search {
namespace {

template <typename T>
T made(Result<T> result) {
  if (!result) throw bad_input(fmt::format("certified margin: {}", result.message()));
  return std::move(*result);
}

void check(bw_status status) {
  if (status != BW_STATUS_OK) throw bad_input(fmt::format("certified margin: {}", bw_status_message()));
}

}  // namespace

CertifiedMargin certified_margin(const Graph& quantized, const quantize::Samples& samples, std::size_t count,
                                 std::int32_t eps) {
  Graph graph = quantized;
  passes::optimize(graph);
  const std::vector<std::uint8_t> bytes = write::serialize(passes::lower(graph));
  ModelOptions trusting;
  trusting.skip_content_hash = 1;
  const Model model = made(Model::from_memory(bytes, trusting));
  PlanOptions options;
  options.certify = 1;
  const Plan plan = made(Plan::create(model, options));
  Session session = made(Session::create(plan));
  CertifiedMargin found;
  const double share = 1 / static_cast<double>(count);
  for (std::size_t s = 0; s < count; ++s) {
    const std::vector<float> input = samples[s].at(0).data;
    check(bw_session_set_input(session.get(), 0, input.data(), input.size() * sizeof(float)));
    bw_certificate certificate = {};
    check(bw_session_run_certified(session.get(), eps, BW_CERTIFY_FIRST, &certificate));
    found.margin += share * static_cast<double>(certificate.margin);
    found.share += share * certificate.certified;
  }
  return found;
}

}  // namespace bulwark::converter::search
