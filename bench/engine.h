// SPDX-License-Identifier: Apache-2.0
// Model, plan and session of one invocation, with the time each took.
#pragma once

#include <chrono>
#include <string>

#include "bench/arguments.h"
#include "bulwark/bulwark.hpp"

namespace bulwark::bench {

using Clock = std::chrono::steady_clock;

inline double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Throws Failure with the library's message and the exit code that fits its status.
void check(Status status, const std::string& context);

PlanOptions plan_options(const Arguments& arguments);
SessionOptions session_options(const Arguments& arguments);

struct Engine {
  /// Loads, plans and makes a session as the arguments say.
  explicit Engine(const Arguments& arguments);

  double load_ms, plan_ms, session_ms;
  Model model;
  Plan plan;
  Session session;
  std::size_t session_bytes;
};

}  // namespace bulwark::bench
