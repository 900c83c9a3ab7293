// SPDX-License-Identifier: Apache-2.0
#include "bench/device.h"

#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "bench/failure.h"
#include "bench/json.h"
#include "bulwark/bulwark.h"

namespace bulwark::bench {
namespace {

constexpr unsigned kArm = 0x41;
const std::string kCpus = "/sys/devices/system/cpu/";

/// The value of the first line "key : value" at or after `from`.
std::string line_of(const std::string& text, const std::string& key, std::size_t from = 0) {
  for (std::size_t at = from; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t colon = text.find(':', at);
    if (text.compare(at, key.size(), key) == 0 && colon < end) {
      const std::size_t begin = text.find_first_not_of(" \t", colon + 1);
      return begin < end ? text.substr(begin, end - begin) : "";
    }
    at = end + 1;
  }
  return "";
}

unsigned hexadecimal(const std::string& text) {
  return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 0));
}

/// The register in sysfs, else the core's part of /proc/cpuinfo.
std::string name_of_core(const SystemFiles& files, int index, const std::string& cpuinfo) {
  const auto midr = files.text(kCpus + "cpu" + std::to_string(index) + "/regs/identification/midr_el1");
  if (midr && !midr->empty()) {
    const auto value = static_cast<unsigned>(std::strtoull(midr->c_str(), nullptr, 16));
    return arm_core_name(value >> 24 & 0xff, value >> 4 & 0xfff);
  }
  const std::string number = std::to_string(index);
  std::size_t at = 0;
  while (at < cpuinfo.size() && line_of(cpuinfo, "processor", at) != number) {
    at = cpuinfo.find("\nprocessor", at + 1);
    if (at == std::string::npos) return "unknown";
    ++at;
  }
  const std::size_t next = cpuinfo.find("\nprocessor", at);
  const std::string part =
      cpuinfo.substr(std::min(at, cpuinfo.size()), next == std::string::npos ? next : next - at);
  if (line_of(part, "CPU part").empty()) return "unknown";
  return arm_core_name(hexadecimal(line_of(part, "CPU implementer")), hexadecimal(line_of(part, "CPU part")));
}

std::string name_of_device(const SystemFiles& files, const std::string& cpuinfo) {
  for (const char* path : {"/sys/firmware/devicetree/base/model", "/proc/device-tree/model"}) {
    const auto model = files.text(path);
    if (model && !model->empty()) return *model;
  }
  for (const char* key : {"Hardware", "model name", "Model"}) {
    const std::string name = line_of(cpuinfo, key);
    if (!name.empty()) return name;
  }
  return "unknown";
}

std::string name_of_build() {
  return std::string("bulwark ") + bw_version() + ", " +
#if defined(__clang__)
         "clang " + __clang_version__;
#else
         "gcc " + __VERSION__;
#endif
}

std::vector<int> online_cores(const SystemFiles& files) {
  std::vector<int> cores = parse_core_list(files.text(kCpus + "online").value_or("0"));
  return cores.empty() ? std::vector<int>{0} : cores;
}

}  // namespace

std::string arm_core_name(unsigned implementer, unsigned part) {
  static const std::map<unsigned, const char*> kNames = {
      {0xc05, "cortex-a5"},   {0xc07, "cortex-a7"},   {0xc08, "cortex-a8"},   {0xc09, "cortex-a9"},
      {0xc0f, "cortex-a15"},  {0xd03, "cortex-a53"},  {0xd04, "cortex-a35"},  {0xd05, "cortex-a55"},
      {0xd07, "cortex-a57"},  {0xd08, "cortex-a72"},  {0xd09, "cortex-a73"},  {0xd0a, "cortex-a75"},
      {0xd0b, "cortex-a76"},  {0xd0c, "neoverse-n1"}, {0xd0d, "cortex-a77"},  {0xd40, "neoverse-v1"},
      {0xd41, "cortex-a78"},  {0xd44, "cortex-x1"},   {0xd46, "cortex-a510"}, {0xd47, "cortex-a710"},
      {0xd48, "cortex-x2"},   {0xd49, "neoverse-n2"}, {0xd4d, "cortex-a715"}, {0xd4e, "cortex-x3"},
      {0xd80, "cortex-a520"}, {0xd81, "cortex-a720"}, {0xd82, "cortex-x4"}};
  const auto found = kNames.find(part);
  if (implementer == kArm && found != kNames.end()) return found->second;
  char text[24];
  std::snprintf(text, sizeof text, "0x%02x-0x%03x", implementer, part);
  return text;
}

std::string Device::core_name(const std::vector<int>& indices) const {
  std::string found;
  for (const Core& core : cores) {
    if (!indices.empty() && std::find(indices.begin(), indices.end(), core.index) == indices.end()) continue;
    if (("+" + found + "+").find("+" + core.name + "+") != std::string::npos) continue;
    found += (found.empty() ? "" : "+") + core.name;
  }
  return found.empty() ? "unknown" : found;
}

std::string Device::json() const {
  std::vector<std::string> list;
  for (const Core& core : cores) {
    Json one;
    one.add("index", core.index).add("name", core.name);
    one.add("max_khz", std::int64_t{core.max_khz}).add("capacity", std::int64_t{core.capacity});
    list.push_back(one.text());
  }
  Json object;
  object.add("name", name).add("system", system).add("machine", machine);
  object.add("cores", static_cast<std::int64_t>(cores.size())).add("core", core_name({}));
  object.add("memory_bytes", memory_bytes).add("governor", governor).add("build", build);
  object.raw("core_list", json_list(list));
  return object.text();
}

Device find_device(const SystemFiles& files) {
  Device device;
  const std::string cpuinfo = files.text("/proc/cpuinfo").value_or("");
  device.name = name_of_device(files, cpuinfo);
  utsname names;
  if (uname(&names) == 0) {
    device.system = std::string(names.sysname) + " " + names.release;
    device.machine = names.machine;
  }
  device.governor = files.text(kCpus + "cpu0/cpufreq/scaling_governor").value_or("");
  device.memory_bytes =
      std::atoll(line_of(files.text("/proc/meminfo").value_or(""), "MemTotal").c_str()) * 1024;
  device.build = name_of_build();
  for (const int index : online_cores(files)) {
    const std::string folder = kCpus + "cpu" + std::to_string(index) + "/";
    device.cores.push_back({index, name_of_core(files, index, cpuinfo),
                            files.number(folder + "cpufreq/cpuinfo_max_freq").value_or(0),
                            files.number(folder + "cpu_capacity").value_or(0)});
  }
  // Only ARM's cores have names of their own.
  for (Core& core : device.cores) {
    if (core.name == "unknown" && device.machine.starts_with("x86")) core.name = device.machine;
  }
  return device;
}

std::vector<int> choose_cores(const Device& device, const std::string& text) {
  if (text == "big" || text == "little") {
    const bool by_capacity = std::all_of(device.cores.begin(), device.cores.end(),
                                         [](const Core& core) { return core.capacity > 0; });
    const auto speed = [&](const Core& core) { return by_capacity ? core.capacity : core.max_khz; };
    const auto [least, most] =
        std::minmax_element(device.cores.begin(), device.cores.end(),
                            [&](const Core& a, const Core& b) { return speed(a) < speed(b); });
    if (speed(*least) == speed(*most)) {
      throw Failure{Exit::usage, "--cores " + text + ": all " + std::to_string(device.cores.size()) +
                                     " cores are alike, as far as the system tells; give a list"};
    }
    std::vector<int> chosen;
    for (const Core& core : device.cores) {
      if (speed(core) == speed(text == "big" ? *most : *least)) chosen.push_back(core.index);
    }
    return chosen;
  }
  const std::vector<int> chosen = parse_core_list(text);
  if (chosen.empty()) {
    throw Failure{Exit::usage, "--cores takes a list of cores (0,2-3), big or little, got '" + text + "'"};
  }
  for (const int index : chosen) {
    if (std::none_of(device.cores.begin(), device.cores.end(),
                     [&](const Core& core) { return core.index == index; })) {
      throw Failure{Exit::usage, "--cores " + text + ": core " + std::to_string(index) + " is not online"};
    }
  }
  return chosen;
}

#if defined(__linux__)
void pin_to(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<unsigned>(core), &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return;
  throw Failure{Exit::bad_input,
                std::string("the system does not tie this program to the cores: ") + std::strerror(errno)};
}
#else
void pin_to(const std::vector<int>&) {
  throw Failure{Exit::bad_input, "this system does not tie programs to cores"};
}
#endif

}  // namespace bulwark::bench
