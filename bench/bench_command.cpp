// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "bench/commands.h"
#include "bench/engine.h"
#include "bench/json.h"
#include "bench/markers.h"

namespace bulwark::bench {
namespace {

constexpr int kMarkerWarmups = 3;
constexpr std::size_t kMinRuns = 5, kMaxRuns = 1000000;

struct Times {
  double median, p90, min, mean;  // milliseconds
  std::size_t runs;
};

Times summarize(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  const double sum = std::accumulate(ms.begin(), ms.end(), 0.0);
  return {ms[ms.size() / 2], ms[(ms.size() - 1) * 9 / 10], ms.front(), sum / static_cast<double>(ms.size()),
          ms.size()};
}

// Figures of every step, in the order of execution.
struct StepFigures {
  std::vector<double> sum_us;
  std::size_t runs = 0;

  void take(const Session& session, std::int32_t steps) {
    sum_us.resize(static_cast<std::size_t>(steps));
    for (std::int32_t i = 0; i < steps; ++i) {
      const Result<std::int64_t> ns = session.step_ns(i);
      check(ns.status(), "profile");
      sum_us[static_cast<std::size_t>(i)] += static_cast<double>(*ns) / 1000;
    }
    ++runs;
  }
};

// The same pattern of every value on every machine, so that instruction counts repeat.
void fill_inputs(Engine& engine) {
  for (std::int32_t i = 0; i < engine.model.input_count(); ++i) {
    void* data = nullptr;
    std::size_t bytes = 0;
    check(Status(bw_session_input(engine.session.get(), i, &data, &bytes)), "input");
    const Result<TensorInfo> info = engine.model.input(i);
    check(info.status(), "input");
    std::uint32_t state = 1;
    const std::size_t size = info->type == BW_TYPE_F32 ? sizeof(float) : 1;
    for (std::size_t at = 0; at < bytes; at += size) {
      state = state * 1664525 + 1013904223;
      const float value = static_cast<float>(state >> 24) / 256;
      if (size == 1) {
        static_cast<std::uint8_t*>(data)[at] = static_cast<std::uint8_t>(state >> 24);
      } else {
        std::memcpy(static_cast<std::uint8_t*>(data) + at, &value, size);
      }
    }
  }
}

void run_between_markers(Session& session) {
  for (int i = 0; i < kMarkerWarmups; ++i) check(session.run(), "run");
  marker_begin();
  const Status status = session.run();
  marker_end();
  check(status, "run");
}

std::vector<double> measure(Engine& engine, const Arguments& arguments, StepFigures& figures) {
  const Clock::time_point warmup = Clock::now();
  do {
    check(engine.session.run(), "run");
  } while (milliseconds_since(warmup) < arguments.warmup_seconds * 1000);
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  while (times.size() < kMaxRuns &&
         (times.size() < kMinRuns || milliseconds_since(begin) < arguments.min_seconds * 1000)) {
    const Clock::time_point start = Clock::now();
    check(engine.session.run(), "run");
    times.push_back(milliseconds_since(start));
    if (arguments.profile) figures.take(engine.session, engine.plan.step_count());
  }
  return times;
}

std::int64_t total_macs(const Plan& plan) {
  std::int64_t macs = 0;
  for (std::int32_t i = 0; i < plan.step_count(); ++i) macs += plan.step(i)->macs;
  return macs;
}

Json engine_report(const Engine& engine, const Arguments& arguments) {
  Json report;
  report.add("model", arguments.model).add("path", engine.plan.path()).add("threads", arguments.threads);
  report.add("bit_exact", engine.model.is_bit_exact()).add("macs", total_macs(engine.plan));
  report.add("load_ms", engine.load_ms).add("plan_ms", engine.plan_ms).add("session_ms", engine.session_ms);
  report.add("arena_bytes", static_cast<std::int64_t>(engine.plan.arena_bytes()));
  report.add("packed_bytes", static_cast<std::int64_t>(engine.plan.packed_bytes()));
  report.add("session_bytes", static_cast<std::int64_t>(engine.session_bytes));
  return report;
}

void print_engine(const Engine& engine, const Arguments& arguments) {
  std::printf("model     %s, %s\n", arguments.model.c_str(),
              engine.model.is_bit_exact() ? "bit-exact" : "not bit-exact (float operators)");
  std::printf("path      %s, %d thread(s)\n", engine.plan.path(), arguments.threads);
  std::printf("macs      %lld\n", static_cast<long long>(total_macs(engine.plan)));
  std::printf("load      %.3f ms with verification, plan %.3f ms, session %.3f ms\n", engine.load_ms,
              engine.plan_ms, engine.session_ms);
  std::printf("memory    arena %zu, packed weights %zu, session %zu bytes\n", engine.plan.arena_bytes(),
              engine.plan.packed_bytes(), engine.session_bytes);
}

std::string profile_json(const Plan& plan, const StepFigures& figures) {
  std::vector<std::string> steps;
  for (std::int32_t i = 0; i < plan.step_count(); ++i) {
    const Result<StepInfo> step = plan.step(i);
    Json one;
    one.add("name", step->operator_name)
        .add("kind", step->kind)
        .add("kernel", step->kernel)
        .add("macs", step->macs)
        .add("runs_in", step->runs_in);
    one.add("mean_us", figures.sum_us[static_cast<std::size_t>(i)] / static_cast<double>(figures.runs));
    steps.push_back(one.text());
  }
  return json_list(steps);
}

void print_profile(const Plan& plan, const StepFigures& figures) {
  const double total = std::accumulate(figures.sum_us.begin(), figures.sum_us.end(), 0.0);
  std::printf("%-5s %10s %6s %9s  %-16s %-36s %s\n", "step", "mean us", "share", "GMAC/s", "kind", "kernel",
              "operator");
  std::int64_t chain_macs = 0;  // of the step and of those fused into it, which stand before it
  for (std::int32_t i = 0; i < plan.step_count(); ++i) {
    const Result<StepInfo> step = plan.step(i);
    const double sum = figures.sum_us[static_cast<std::size_t>(i)];
    const double us = sum / static_cast<double>(figures.runs);
    chain_macs += step->macs;
    if (step->runs_in != i) {
      std::printf("%-5d %10s %-16d  %-16s %-36s %s\n", i, "fused in", step->runs_in, step->kind, step->kernel,
                  step->operator_name);
      continue;
    }
    std::printf("%-5d %10.2f %5.1f%% %9.2f  %-16s %-36s %s\n", i, us, total > 0 ? 100 * sum / total : 0.0,
                us > 0 ? static_cast<double>(chain_macs) / us / 1000 : 0.0, step->kind, step->kernel,
                step->operator_name);
    chain_macs = 0;
  }
}

void report_times(const Engine& engine, const Arguments& arguments, const Times& times,
                  const StepFigures& figures) {
  if (arguments.json) {
    Json report = engine_report(engine, arguments);
    report.add("runs", static_cast<std::int64_t>(times.runs))
        .add("median_ms", times.median)
        .add("p90_ms", times.p90);
    report.add("min_ms", times.min).add("mean_ms", times.mean);
    if (arguments.profile) report.raw("steps", profile_json(engine.plan, figures));
    std::printf("%s\n", report.text().c_str());
    return;
  }
  print_engine(engine, arguments);
  std::printf("time      median %.4f ms, p90 %.4f, min %.4f, mean %.4f over %zu runs\n", times.median,
              times.p90, times.min, times.mean, times.runs);
  if (arguments.profile) print_profile(engine.plan, figures);
}

}  // namespace

Exit bench_command(const Arguments& arguments) {
  Engine engine(arguments);
  fill_inputs(engine);
  if (arguments.markers || arguments.load_markers) {
    if (arguments.markers) run_between_markers(engine.session);
    if (arguments.json) {
      std::printf("%s\n", engine_report(engine, arguments).text().c_str());
    } else {
      print_engine(engine, arguments);
    }
    return Exit::done;
  }
  StepFigures figures;
  const Times times = summarize(measure(engine, arguments, figures));
  report_times(engine, arguments, times, figures);
  return Exit::done;
}

}  // namespace bulwark::bench
