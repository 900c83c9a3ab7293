// SPDX-License-Identifier: Apache-2.0
// bench: one model, timed, or one run between markers.
#include <cstdio>

#include "bench/bench_report.h"
#include "bench/commands.h"
#include "bench/files.h"
#include "bench/html.h"
#include "bench/markers.h"
#include "bench/samples.h"

namespace bulwark::bench {
namespace {

constexpr int kMarkerWarmups = 3;

bw_status run_once(bw_session* session, const Arguments& arguments) {
  if (arguments.certify_eps < 0) return bw_session_run(session);
  bw_certificate certificate;
  return bw_session_run_certified(session, arguments.certify_eps,
                                  arguments.certify_first ? BW_CERTIFY_FIRST : BW_CERTIFY_RUN, &certificate);
}

void run_between_markers(Session& session, const Arguments& arguments) {
  marker_begin();
  const bw_status status = run_once(session.get(), arguments);
  marker_end();
  check(Status(status), "run");
}

/// One run on whatever the input holds, or one for each sample of --input: the counts add up.
void run_marked(Engine& engine, const Arguments& arguments) {
  for (int i = 0; i < kMarkerWarmups; ++i) check(Status(run_once(engine.session.get(), arguments)), "run");
  if (arguments.inputs.empty()) return run_between_markers(engine.session, arguments);
  const std::vector<Samples> inputs = load_inputs(engine.model, arguments);
  for (std::size_t i = 0; i < inputs[0].count; ++i) {
    set_samples(engine.session, inputs, i);
    run_between_markers(engine.session, arguments);
  }
}

std::vector<int> watched_cores(const Device& device, const Arguments& arguments) {
  if (!arguments.cores.empty()) return choose_cores(device, arguments.cores);
  std::vector<int> all;
  for (const Core& core : device.cores) all.push_back(core.index);
  return all;
}

void measure_into(BenchReport* report, Engine& engine, const Arguments& arguments, const SystemFiles& files) {
  Sensors sensors(files, watched_cores(report->device, arguments));
  report->measurement = measure(engine, arguments, sensors);
  report->sustained = arguments.sustain_seconds > 0;
  report->temperature_source = sensors.temperature_source();
  report->clock_source = sensors.clock_source();
  report->energy = energy_of(report->measurement, sensors);
  const StepTimes& steps = report->measurement.steps;
  for (std::size_t i = 0; i < steps.sum_us.size(); ++i) {
    report->steps[i].mean_us = steps.sum_us[i] / static_cast<double>(steps.runs);
  }
  report->peak_bytes = peak_memory();
}

void write_text(const std::string& file, const std::string& text) {
  write_file_atomically(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

Exit bench_command(const Arguments& arguments) {
  const SystemFiles files(arguments.system_root);
  const Device device = find_device(files);
  if (!arguments.cores.empty()) pin_to(choose_cores(device, arguments.cores));
  Engine engine(arguments);
  fill_inputs(engine);
  BenchReport report = describe(engine, arguments, device);
  if (arguments.markers) {
    run_marked(engine, arguments);
  } else if (!arguments.load_markers) {
    measure_into(&report, engine, arguments, files);
  }
  const std::string json = report.json();
  if (!arguments.output.empty()) write_text(arguments.output, json + "\n");
  if (!arguments.html.empty()) write_text(arguments.html, report_page({{arguments.model, json}}));
  std::fputs(arguments.json ? (json + "\n").c_str() : report.text().c_str(), stdout);
  return Exit::done;
}

}  // namespace bulwark::bench
