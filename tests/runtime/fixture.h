// SPDX-License-Identifier: Apache-2.0
// Models, plans and sessions that release themselves, and runs in one call.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bulwark/bulwark.h"
#include "converter/write/packed_section.h"
#include "tests/runtime/naive.h"

namespace bulwark::test {

/// A serialized model at an address that is a multiple of 64.
class ModelBytes {
 public:
  explicit ModelBytes(const ModelSpec& spec);
  explicit ModelBytes(const Bytes& bytes);
  const std::uint8_t* data() const { return data_; }
  std::uint8_t* data() { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::vector<std::uint8_t> storage_;
  std::uint8_t* data_;
  std::size_t size_;
};

struct Release {
  void operator()(bw_model* model) const { bw_model_release(model); }
  void operator()(bw_plan* plan) const { bw_plan_release(plan); }
  void operator()(bw_session* session) const { bw_session_release(session); }
};
using ModelHandle = std::unique_ptr<bw_model, Release>;
using PlanHandle = std::unique_ptr<bw_plan, Release>;
using SessionHandle = std::unique_ptr<bw_session, Release>;

/// Each of these requires success, with the status message in the failure.
ModelHandle load(const ModelBytes& bytes);
PlanHandle make_plan(bw_model* model, const char* path = nullptr, bool keep_intermediates = false);
SessionHandle make_session(bw_plan* plan, std::int32_t threads = 1, bool profile = false);
void set_inputs(bw_session* session, const std::vector<Bytes>& inputs);
std::vector<Bytes> run(bw_session* session);
std::vector<Bytes> run_model(const ModelBytes& bytes, const std::vector<Bytes>& inputs,
                             const char* path = nullptr, std::int32_t threads = 1);

/// The weights of a model as a path's kernels pack them.
std::vector<converter::write::PackedSpec> pack_weights(const bw_model* model, const std::string& path);
/// The serialized network with them behind it.
Bytes packed_file(const ModelSpec& spec, const std::vector<std::string>& paths);

/// Names of the paths this processor can run.
std::vector<std::string> available_paths();

/// Random bytes for every input: floats of about the network's range, any integers.
std::vector<Bytes> random_inputs(const ModelSpec& spec, std::uint32_t seed);

/// The outputs among evaluate_naively's tensors.
std::vector<Bytes> naive_outputs(const ModelSpec& spec, const std::vector<Bytes>& inputs);

}  // namespace bulwark::test
