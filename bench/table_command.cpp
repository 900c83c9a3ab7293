// SPDX-License-Identifier: Apache-2.0
// bench --table: the cost of every distinct layer of a model, at every pair of widths.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/commands.h"
#include "bench/device.h"
#include "bench/engine.h"
#include "bench/files.h"
#include "bench/latency_table.h"
#include "bench/meter.h"
#include "bench/model_file.h"
#include "bench/sensors.h"

namespace bulwark::bench {
namespace {

constexpr double kLongestLayerSeconds = 0.1;

const char* const kByTheClock =
    "measured: median of warm runs of the layer alone by the monotonic clock, its input in the cache and of "
    "its weights what "
    "the rest of the network leaves there; less the median of a run that does next to nothing";

/// Where the energy of a table comes from.
std::string by_energy(const Sensors& sensors) {
  const std::string& source =
      sensors.energy_source().empty() ? sensors.power_source() : sensors.energy_source();
  return "measured: energy of warm runs of the layer alone, again and again, the whole device (" + source +
         ")";
}

/// One measurement to make.
struct Job {
  std::int32_t op = 0;
  std::string key;
  LayerWidths widths;
};

class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), terminal_(isatty(2) != 0) {}
  ~Progress() {
    if (terminal_) std::fputs("\r\x1b[K", stderr);
  }
  void operator()(std::size_t done, const Job& job) const {
    if (!terminal_) return;
    std::fprintf(stderr, "\r\x1b[K%zu of %zu: w%d a%d %.60s", done + 1, total_, job.widths.weights,
                 job.widths.activations, job.key.c_str());
  }

 private:
  std::size_t total_;
  bool terminal_;
};

std::string without_folder_and_ending(const std::string& path) {
  const std::string file = path.substr(path.rfind('/') + 1);
  return file.ends_with(".bwk") ? file.substr(0, file.size() - 4) : file;
}

/// The description of what is measured, with no layers yet.
LatencyTable new_table(const Arguments& arguments, const Device& device, const Sensors& sensors) {
  LatencyTable table;
  table.device = device.json();
  table.threads = arguments.threads;
  if (arguments.table.cost_command.empty()) {
    table.obtained = arguments.table.energy ? by_energy(sensors) : kByTheClock;
    if (arguments.table.energy) table.unit = "nJ";
    table.core = device.core_name(arguments.cores.empty() ? std::vector<int>{}
                                                          : choose_cores(device, arguments.cores));
    return table;
  }
  table.unit = arguments.table.unit;
  table.core = arguments.table.core;
  table.obtained = arguments.table.obtained;
  if (table.unit == "cycles") {
    Device model;
    model.name = "model of " + table.core;
    model.system = "none";
    model.machine = "aarch64";
    model.build = device.build;
    table.device = model.json();
  }
  return table;
}

/// Entries of different machines, units or settings do not belong into one table.
void check_same(const LatencyTable& old, const LatencyTable& now, const std::string& file) {
  const auto compare = [&](const char* what, const std::string& was, const std::string& is) {
    if (was == is) return;
    throw Failure{Exit::bad_input, file + ": holds costs of another " + what + ": '" + was + "', now '" + is +
                                       "'; give another file"};
  };
  compare("unit", old.unit, now.unit);
  compare("way of measuring", old.obtained, now.obtained);
  compare("core", old.core, now.core);
  compare("path", old.path, now.path);
  compare("number of threads", std::to_string(old.threads), std::to_string(now.threads));
  compare("device", device_name_of(old.device, file), device_name_of(now.device, "this device"));
}

/// Packed weights and activations of the whole network, as it is.
std::size_t bytes_of_network(const Arguments& arguments, const ModelFile& file) {
  const Result<Model> model = Model::from_memory(file.bytes());
  check(model.status(), arguments.model);
  const Result<Plan> plan = Plan::create(*model, plan_options(arguments));
  check(plan.status(), arguments.model);
  return plan->packed_bytes() + plan->arena_bytes();
}

std::vector<LayerWidths> pairs_of(const schema::VerifiedModel& model, std::int32_t op,
                                  const TableArguments& arguments) {
  if (!can_stand_alone(model, op)) return {};
  if (!has_integer_weights(model.op(op))) return {widths_of(model, op)};
  std::vector<LayerWidths> pairs;
  for (const std::int32_t weights : arguments.weights) {
    for (const std::int32_t activations : arguments.activations) pairs.push_back({weights, activations});
  }
  return pairs;
}

/// Notes who uses each layer, and lists the pairs that the table lacks.
std::vector<Job> jobs_of(const schema::VerifiedModel& model, const Arguments& arguments,
                         LatencyTable* table) {
  std::vector<Job> jobs;
  const std::string name = without_folder_and_ending(arguments.model);
  for (std::int32_t op = 0; op < model.operator_count(); ++op) {
    const std::string key = key_of(model, op);
    TableLayer* layer = table->find(key);
    if (layer == nullptr) {
      table->layers.push_back({key, macs_of(model, op), {}, {}});
      layer = &table->layers.back();
    }
    const LayerUser user{name, std::string(model.op(op).name)};
    if (std::find(layer->used_by.begin(), layer->used_by.end(), user) == layer->used_by.end()) {
      layer->used_by.push_back(user);
    }
    for (const LayerWidths widths : pairs_of(model, op, arguments.table)) {
      const bool planned = std::any_of(
          jobs.begin(), jobs.end(), [&](const Job& job) { return job.key == key && job.widths == widths; });
      if (layer->exact(widths) == nullptr && !planned) jobs.push_back({op, key, widths});
    }
  }
  return jobs;
}

void save(const LatencyTable& table, const std::string& file) {
  const std::string text = table.json();
  write_file_atomically(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void fill(const schema::VerifiedModel& model, const std::vector<Job>& jobs, Meter& meter,
          const std::string& file, LatencyTable* table) {
  const Progress progress(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    progress(i, job);
    const MeterReading reading = meter.read(layer_model(model, job.op, job.widths));
    table->find(job.key)->costs.push_back({job.widths, std::max(0.0, reading.cost - table->per_run),
                                           reading.spread, reading.samples, reading.kernel});
    // After every entry: an interrupted run loses nothing.
    save(*table, file);
  }
}

std::size_t entries_of(const LatencyTable& table) {
  std::size_t entries = 0;
  for (const TableLayer& layer : table.layers) entries += layer.costs.size();
  return entries;
}

}  // namespace

Exit table_command(const Arguments& arguments) {
  const SystemFiles files(arguments.system_root);
  const Device device = find_device(files);
  if (!arguments.cores.empty()) pin_to(choose_cores(device, arguments.cores));
  const ModelFile model(arguments.model);
  const std::string& file = arguments.table.file;
  Sensors sensors(files, {});
  const auto meter = !arguments.table.cost_command.empty() ? command_meter(arguments.table.cost_command)
                     : arguments.table.energy              ? energy_meter(arguments, sensors)
                                              : layer_clock_meter(arguments, kLongestLayerSeconds,
                                                                  bytes_of_network(arguments, model));
  LatencyTable table = new_table(arguments, device, sensors);
  const MeterReading empty = meter->read(empty_model());
  table.path = empty.path;
  table.per_run = empty.cost;
  if (file_exists(file)) {
    LatencyTable old = LatencyTable::read(file);
    check_same(old, table, file);
    table.layers = std::move(old.layers);
    table.per_run = old.per_run;
  }
  const std::vector<Job> jobs = jobs_of(model.model(), arguments, &table);
  save(table, file);
  fill(model.model(), jobs, *meter, file, &table);
  table.complete = true;
  save(table, file);
  std::printf("%s: %zu layers, %zu costs in %s on %s (%s), %zu of them new\n", file.c_str(),
              table.layers.size(), entries_of(table), table.unit.c_str(), table.core.c_str(),
              table.path.c_str(), jobs.size());
  return Exit::done;
}

}  // namespace bulwark::bench
