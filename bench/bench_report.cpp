// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <numeric>

#include "bench/files.h"
#include "bench/json.h"
#include "bench/text.h"

namespace bulwark::bench {
namespace {

constexpr std::size_t kBins = 32;

std::vector<double> medians_of(const std::vector<Second>& timeline, std::size_t begin, std::size_t end) {
  std::vector<double> medians;
  for (std::size_t i = begin; i < end; ++i) medians.push_back(timeline[i].median_ms);
  return medians;
}

std::string json_of(const Second& second) {
  Json one;
  one.add("at_s", second.at)
      .add("runs", static_cast<std::int64_t>(second.runs))
      .add("median_ms", second.median_ms);
  if (second.sensors.celsius) one.add("celsius", *second.sensors.celsius);
  if (!second.sensors.khz.empty()) {
    std::vector<std::string> clocks;
    for (const long long khz : second.sensors.khz) clocks.push_back(std::to_string(khz));
    one.raw("khz", json_list(clocks));
  }
  if (second.sensors.watts) one.add("watts", *second.sensors.watts);
  if (second.sensors.joules) one.add("joules", *second.sensors.joules);
  return one.text();
}

std::string histogram_json(const std::vector<double>& ms) {
  const Histogram histogram = histogram_of(ms, kBins);
  std::vector<std::string> counts;
  for (const std::size_t count : histogram.counts) counts.push_back(std::to_string(count));
  return Json()
      .add("begin_ms", histogram.begin)
      .add("width_ms", histogram.width)
      .raw("counts", json_list(counts))
      .add("above", static_cast<std::int64_t>(histogram.above))
      .text();
}

std::string steps_json(const BenchReport& report) {
  std::vector<std::string> texts;
  for (const StepReport& step : report.steps) {
    Json one;
    one.add("name", step.name).add("kind", step.kind).add("kernel", step.kernel);
    if (!step.passed_over.empty()) one.add("passed_over", step.passed_over);
    one.add("macs", step.macs).add("runs_in", step.runs_in);
    if (report.profile) one.add("mean_us", step.mean_us);
    texts.push_back(one.text());
  }
  return json_list(texts);
}

/// In words, how each group of numbers was found.
std::string obtained_json(const BenchReport& report) {
  Json words;
  words.add(
      "load_ms",
      "monotonic clock, once: file mapped and verified; plan: weights packed; session: memory and threads");
  words.add("bytes",
            "model: the file; arena, packed, session: told by the runtime; peak: largest resident size of "
            "the process (getrusage)");
  if (report.measurement.runs == 0) return words.text();
  words.add("ms", "monotonic clock around every run, after the warm-up; percentiles by linear interpolation");
  words.add("steps",
            report.profile
                ? "monotonic clock between steps, mean over all runs; the sum has the clock's own cost in it"
                : "named, not timed: --profile");
  const auto otherwise = [](const std::string& source) {
    return source.empty() ? "not shown by this system" : source;
  };
  words.add("celsius", otherwise(report.temperature_source)).add("khz", otherwise(report.clock_source));
  return words.add("joules", otherwise(report.energy.source)).text();
}

void add_times(const BenchReport& report, Json* json) {
  const Measurement& m = report.measurement;
  const Statistics s = statistics_of(m.ms);
  json->raw("warmup", Json()
                          .add("runs", static_cast<std::int64_t>(m.warmup.runs))
                          .add("seconds", m.warmup.seconds)
                          .add("stable", m.warmup.stable)
                          .text());
  json->add("runs", static_cast<std::int64_t>(m.runs)).add("seconds", m.seconds);
  json->add("median_ms", s.p50)
      .add("p90_ms", s.p90)
      .add("p99_ms", s.p99)
      .add("min_ms", s.min)
      .add("max_ms", s.max);
  json->add("mean_ms", s.mean).add("deviation_ms", s.deviation).raw("histogram", histogram_json(m.ms));
  std::vector<std::string> seconds;
  for (const Second& second : m.timeline) seconds.push_back(json_of(second));
  json->raw("timeline", json_list(seconds));
  if (report.sustained) {
    const Throttling t = throttling_of(m.timeline);
    json->raw("throttling", Json()
                                .add("first_ms", t.first_ms)
                                .add("last_ms", t.last_ms)
                                .add("slowdown", t.last_ms / t.first_ms)
                                .add("slowest_ms", t.slowest_ms)
                                .add("slowest_at_s", t.slowest_at)
                                .text());
  }
  if (!report.energy.source.empty()) {
    json->raw(
        "energy",
        Json().add("joules_per_run", report.energy.joules_per_run).add("watts", report.energy.watts).text());
  }
}

std::string throttling_text(const BenchReport& report) {
  const std::vector<Second>& timeline = report.measurement.timeline;
  const Throttling t = throttling_of(timeline);
  std::string line = format(
      "sustained median %.4f ms in the first tenth, %.4f in the last: %.2f times; slowest second %.4f ms, at "
      "%.0f s\n",
      t.first_ms, t.last_ms, t.last_ms / t.first_ms, t.slowest_ms, t.slowest_at);
  line += format("%8s %8s %10s %6s  %s\n", "second", "runs", "median ms", "C", "MHz");
  const std::size_t every = std::max<std::size_t>(timeline.size() / 30, 1);
  for (std::size_t i = 0; i < timeline.size(); i += every) {
    const Second& second = timeline[i];
    std::string clocks;
    for (const long long khz : second.sensors.khz) clocks += format("%lld ", khz / 1000);
    line += format("%8.0f %8zu %10.4f %6s  %s\n", second.at, second.runs, second.median_ms,
                   second.sensors.celsius ? format("%.1f", *second.sensors.celsius).c_str() : "-",
                   clocks.empty() ? "-" : clocks.c_str());
  }
  return line;
}

/// The operator, and why its kernel is one for more bits.
std::string operator_text(const StepReport& step) {
  return step.passed_over.empty() ? step.name : step.name + " (" + step.passed_over + " is no faster here)";
}

std::string profile_text(const BenchReport& report) {
  const double total = std::accumulate(report.steps.begin(), report.steps.end(), 0.0,
                                       [](double sum, const StepReport& step) { return sum + step.mean_us; });
  std::string text = format("%-5s %10s %6s %9s  %-16s %-36s %s\n", "step", "mean us", "share", "GMAC/s",
                            "kind", "kernel", "operator");
  std::int64_t chain_macs = 0;  // of the step and of those fused into it, which stand before it
  for (std::size_t i = 0; i < report.steps.size(); ++i) {
    const StepReport& step = report.steps[i];
    chain_macs += step.macs;
    if (step.runs_in != static_cast<std::int32_t>(i)) {
      text += format("%-5zu %10s %-16d  %-16s %-36s %s\n", i, "fused in", step.runs_in, step.kind.c_str(),
                     step.kernel.c_str(), operator_text(step).c_str());
      continue;
    }
    text += format("%-5zu %10.2f %5.1f%% %9.2f  %-16s %-36s %s\n", i, step.mean_us,
                   total > 0 ? 100 * step.mean_us / total : 0.0,
                   step.mean_us > 0 ? static_cast<double>(chain_macs) / step.mean_us / 1000 : 0.0,
                   step.kind.c_str(), step.kernel.c_str(), operator_text(step).c_str());
    chain_macs = 0;
  }
  return text;
}

std::string sensors_text(const BenchReport& report) {
  const Measurement& m = report.measurement;
  std::string text;
  if (!report.temperature_source.empty() && !m.timeline.empty()) {
    text += format("heat      %.1f C before, %.1f C after (%s)\n", m.before.celsius.value_or(0),
                   m.timeline.back().sensors.celsius.value_or(0), report.temperature_source.c_str());
  }
  if (!report.energy.source.empty()) {
    text += format("energy    %.6f J a run, %.3f W (%s)\n", report.energy.joules_per_run, report.energy.watts,
                   report.energy.source.c_str());
  }
  return text;
}

std::string times_text(const BenchReport& report) {
  const Measurement& m = report.measurement;
  const Statistics s = statistics_of(m.ms);
  std::string text = format("warm-up   %zu runs in %.2f s, %s\n", m.warmup.runs, m.warmup.seconds,
                            m.warmup.stable ? "stable" : "not stable yet");
  text += format(
      "time      median %.4f ms, p90 %.4f, p99 %.4f, min %.4f, mean %.4f, deviation %.4f over %zu runs\n",
      s.p50, s.p90, s.p99, s.min, s.mean, s.deviation, m.runs);
  const Histogram histogram = histogram_of(m.ms, 8);
  const std::size_t most =
      histogram.counts.empty() ? 0 : *std::max_element(histogram.counts.begin(), histogram.counts.end());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const std::size_t bar = (40 * histogram.counts[i] + most - 1) / std::max<std::size_t>(most, 1);
    text += format("  %10.4f ms %8zu %s\n", histogram.begin + histogram.width * static_cast<double>(i),
                   histogram.counts[i], std::string(bar, '#').c_str());
  }
  if (histogram.above > 0) text += format("  %10s    %8zu\n", "above", histogram.above);
  return text + sensors_text(report);
}

}  // namespace

Throttling throttling_of(const std::vector<Second>& timeline) {
  Throttling result;
  if (timeline.empty()) return result;
  const std::size_t tenth = std::max<std::size_t>(timeline.size() / 10, 1);
  result.first_ms = statistics_of(medians_of(timeline, 0, tenth)).p50;
  result.last_ms = statistics_of(medians_of(timeline, timeline.size() - tenth, timeline.size())).p50;
  for (const Second& second : timeline) {
    if (second.median_ms <= result.slowest_ms) continue;
    result.slowest_ms = second.median_ms;
    result.slowest_at = second.at;
  }
  return result;
}

Energy energy_of(const Measurement& measurement, const Sensors& sensors) {
  Energy energy;
  if (measurement.timeline.empty() || measurement.runs == 0 || measurement.seconds <= 0) return energy;
  const Second& last = measurement.timeline.back();
  std::size_t runs = 0;
  double power = 0, seconds = 0;
  for (const Second& second : measurement.timeline) {
    runs += second.runs;
    power += second.sensors.watts.value_or(0) * (second.at - seconds);
    seconds = second.at;
  }
  double joules = 0;
  if (last.sensors.joules) {
    joules = *last.sensors.joules - measurement.before.joules.value_or(0);
    energy.source = sensors.energy_source();
  } else if (last.sensors.watts) {
    joules = power;
    energy.source = sensors.power_source();
  }
  energy.watts = joules / seconds;
  energy.joules_per_run = joules / static_cast<double>(runs);
  return energy;
}

BenchReport describe(const Engine& engine, const Arguments& arguments, const Device& device) {
  BenchReport report;
  report.model = arguments.model;
  report.model_bytes = static_cast<std::int64_t>(file_bytes(arguments.model));
  report.path = engine.plan.path();
  report.device = device;
  report.cores = arguments.cores;
  report.core =
      device.core_name(arguments.cores.empty() ? std::vector<int>{} : choose_cores(device, arguments.cores));
  report.threads = arguments.threads;
  report.bit_exact = engine.model.is_bit_exact();
  report.profile = arguments.profile;
  report.load_ms = engine.load_ms;
  report.plan_ms = engine.plan_ms;
  report.session_ms = engine.session_ms;
  report.arena_bytes = static_cast<std::int64_t>(engine.plan.arena_bytes());
  report.packed_bytes = static_cast<std::int64_t>(engine.plan.packed_bytes());
  report.mapped_bytes = static_cast<std::int64_t>(engine.plan.mapped_bytes());
  report.session_bytes = static_cast<std::int64_t>(engine.session_bytes);
  for (std::int32_t i = 0; i < engine.plan.step_count(); ++i) {
    const Result<StepInfo> step = engine.plan.step(i);
    report.steps.push_back({step->operator_name, step->kind, step->kernel, step->macs, step->runs_in, 0,
                            step->passed_over != nullptr ? step->passed_over : ""});
    report.macs += step->macs;
    report.mapped_layers += step->weights_in_file;
  }
  report.peak_bytes = peak_memory();
  return report;
}

std::int64_t peak_memory() {
#if defined(__APPLE__)
  constexpr std::int64_t kUnit = 1;
#else
  constexpr std::int64_t kUnit = 1024;
#endif
  rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? kUnit * usage.ru_maxrss : 0;
}

std::string BenchReport::json() const {
  Json json;
  json.add("format", "bulwark.bench").add("version", 1).add("model", model).add("model_bytes", model_bytes);
  json.raw("device", device.json()).add("core", core).add("cores", cores.empty() ? "any" : cores);
  json.add("path", path).add("threads", threads).add("bit_exact", bit_exact).add("macs", macs);
  json.add("load_ms", load_ms).add("plan_ms", plan_ms).add("session_ms", session_ms);
  json.add("arena_bytes", arena_bytes).add("packed_bytes", packed_bytes);
  json.add("mapped_bytes", mapped_bytes).add("mapped_layers", mapped_layers);
  json.add("session_bytes", session_bytes).add("peak_bytes", peak_bytes);
  if (measurement.runs > 0) add_times(*this, &json);
  return json.raw("steps", steps_json(*this)).raw("obtained", obtained_json(*this)).text();
}

std::string BenchReport::text() const {
  std::string text =
      format("model     %s, %lld bytes, %s\n", model.c_str(), static_cast<long long>(model_bytes),
             bit_exact ? "bit-exact" : "not bit-exact (float operators)");
  text += format("device    %s, %s, %s\n", device.name.c_str(), core.c_str(), device.system.c_str());
  text += format("path      %s, %d thread(s) on cores: %s\n", path.c_str(), threads,
                 cores.empty() ? "any" : cores.c_str());
  text += format("macs      %lld\n", static_cast<long long>(macs));
  text += format("load      %.3f ms with verification, plan %.3f ms, session %.3f ms\n", load_ms, plan_ms,
                 session_ms);
  text += format("memory    arena %lld, packed weights %lld, session %lld bytes; process at most %lld\n",
                 static_cast<long long>(arena_bytes), static_cast<long long>(packed_bytes),
                 static_cast<long long>(session_bytes), static_cast<long long>(peak_bytes));
  text += format("mapped    %lld bytes of weights used as the file has them packed, by %lld layers\n",
                 static_cast<long long>(mapped_bytes), static_cast<long long>(mapped_layers));
  if (measurement.runs == 0) return text;
  text += times_text(*this);
  if (sustained) text += throttling_text(*this);
  if (profile) text += profile_text(*this);
  return text;
}

}  // namespace bulwark::bench
