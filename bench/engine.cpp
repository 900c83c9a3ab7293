// SPDX-License-Identifier: Apache-2.0
#include "bench/engine.h"

#include "bench/failure.h"
#include "bench/markers.h"

namespace bulwark::bench {
namespace {

Exit exit_code(bw_status status) {
  switch (status) {
    case BW_STATUS_IO:
      return Exit::io;
    case BW_STATUS_UNKNOWN_PATH:
      return Exit::usage;
    default:
      return Exit::bad_input;
  }
}

// Runs `make`, stores how long it took, and unwraps its result.
template <typename Make>
auto timed(double* ms, const std::string& context, Make make) {
  const Clock::time_point begin = Clock::now();
  auto result = make();
  *ms = milliseconds_since(begin);
  check(result.status(), context);
  return std::move(*result);
}

ModelOptions model_options(const Arguments& arguments) {
  if (arguments.load_markers) marker_begin();
  ModelOptions options;
  options.skip_content_hash = arguments.skip_hash ? 1 : 0;
  return options;
}

std::size_t bytes_of_session(const Plan& plan, const Arguments& arguments) {
  const SessionOptions options = session_options(arguments);
  std::size_t bytes = 0;
  check(Status(bw_session_bytes(plan.get(), &options, &bytes)), arguments.model);
  return bytes;
}

}  // namespace

PlanOptions plan_options(const Arguments& arguments) {
  PlanOptions options;
  if (!arguments.path.empty()) options.path = arguments.path.c_str();
  options.fuse = arguments.fuse ? 1 : 0;
  options.certify = arguments.certify_eps >= 0 ? 1 : 0;
  return options;
}

SessionOptions session_options(const Arguments& arguments) {
  SessionOptions options;
  options.threads = arguments.threads;
  options.profile = arguments.profile ? 1 : 0;
  return options;
}

void check(Status status, const std::string& context) {
  if (status) return;
  const std::string message = status.message();
  // The library names the file itself while it loads it.
  throw Failure{exit_code(status.code()), message.starts_with(context) ? message : context + ": " + message};
}

Engine::Engine(const Arguments& arguments)
    : model(timed(&load_ms, arguments.model,
                  [&] { return Model::load(arguments.model.c_str(), model_options(arguments)); })),
      plan(timed(&plan_ms, arguments.model, [&] { return Plan::create(model, plan_options(arguments)); })),
      session(timed(&session_ms, arguments.model,
                    [&] { return Session::create(plan, session_options(arguments)); })),
      session_bytes(bytes_of_session(plan, arguments)) {
  if (arguments.load_markers) marker_end();
}

}  // namespace bulwark::bench
