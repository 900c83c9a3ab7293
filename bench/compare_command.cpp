// SPDX-License-Identifier: Apache-2.0
// bench --compare: two models, or one on two paths, in turns, so that heat and other programs meet both
// alike.
#include <cmath>
#include <cstdio>

#include "bench/bench_report.h"
#include "bench/commands.h"
#include "bench/json.h"
#include "bench/text.h"

namespace bulwark::bench {
namespace {

/// A turn is as many runs as take about this long.
constexpr double kTurnMs = 5;
constexpr std::size_t kMinRounds = 10, kMaxRounds = 1000000;

struct Side {
  Side(const Arguments& given, const char* name) : arguments(given), label(name), engine(given) {
    fill_inputs(engine);
  }

  double turn() {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < runs; ++i) check(engine.session.run(), "run");
    return milliseconds_since(begin) / static_cast<double>(runs);
  }
  /// Warms up and finds how many runs make a turn.
  void prepare() {
    warmup = warm_up(engine, arguments.warmup_seconds);
    const double once = turn();
    runs = static_cast<std::size_t>(std::ceil(kTurnMs / std::max(once, 1e-6)));
  }

  Arguments arguments;
  const char* label;
  Engine engine;
  Warmup warmup;
  std::size_t runs = 1;
  std::vector<double> ms;
};

Arguments other_side(const Arguments& arguments) {
  Arguments other = arguments;
  if (!arguments.compare_model.empty()) other.model = arguments.compare_model;
  if (!arguments.compare_path.empty()) other.path = arguments.compare_path;
  return other;
}

std::string side_json(const Side& side) {
  const Statistics s = statistics_of(side.ms);
  Json json;
  json.add("model", side.arguments.model).add("path", side.engine.plan.path());
  json.add("runs_per_turn", static_cast<std::int64_t>(side.runs)).add("stable", side.warmup.stable);
  json.add("median_ms", s.p50)
      .add("p25_ms", s.p25)
      .add("p75_ms", s.p75)
      .add("min_ms", s.min)
      .add("mean_ms", s.mean);
  return json.text();
}

}  // namespace

Exit compare_command(const Arguments& arguments) {
  const Device device = find_device(SystemFiles(arguments.system_root));
  if (!arguments.cores.empty()) pin_to(choose_cores(device, arguments.cores));
  Side a(arguments, "A"), b(other_side(arguments), "B");
  a.prepare();
  b.prepare();
  std::vector<double> ratios;
  const Clock::time_point begin = Clock::now();
  while (ratios.size() < kMaxRounds &&
         (ratios.size() < kMinRounds || milliseconds_since(begin) < arguments.min_seconds * 1000)) {
    a.ms.push_back(a.turn());
    b.ms.push_back(b.turn());
    ratios.push_back(a.ms.back() / b.ms.back());
  }
  const Statistics ratio = statistics_of(ratios);
  if (arguments.json) {
    Json json;
    json.add("format", "bulwark.compare").add("version", 1).raw("device", device.json());
    json.add("threads", arguments.threads).add("cores", arguments.cores.empty() ? "any" : arguments.cores);
    json.raw("a", side_json(a)).raw("b", side_json(b)).add("rounds", static_cast<std::int64_t>(ratio.count));
    json.raw("ratio", Json()
                          .add("median", ratio.p50)
                          .add("p25", ratio.p25)
                          .add("p75", ratio.p75)
                          .add("mean", ratio.mean)
                          .text());
    json.add("obtained",
             "A and B in turns of about 5 ms, monotonic clock; the ratio is that of A's time to B's in each "
             "round");
    std::printf("%s\n", json.text().c_str());
    return Exit::done;
  }
  for (const Side* side : {&a, &b}) {
    const Statistics s = statistics_of(side->ms);
    std::printf("%s  %s, %s: median %.4f ms, quartiles %.4f to %.4f, %zu runs a turn\n", side->label,
                side->arguments.model.c_str(), side->engine.plan.path(), s.p50, s.p25, s.p75, side->runs);
  }
  std::printf("A takes %.3f times as long as B (quartiles %.3f to %.3f, %zu rounds A B)\n", ratio.p50,
              ratio.p25, ratio.p75, ratio.count);
  return Exit::done;
}

}  // namespace bulwark::bench
