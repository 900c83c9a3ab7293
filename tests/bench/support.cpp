// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/commands.h"
#include "bench/files.h"
#include "converter/write/writer.h"

namespace bulwark::test {

Folder::Folder() : path_((std::filesystem::temp_directory_path() / "bulwark_bench_XXXXXX").string()) {
  REQUIRE(mkdtemp(path_.data()) != nullptr);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  const std::string path = *this / name;
  bench::make_folder(path.substr(0, path.rfind('/')));
  bench::write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return path;
}

std::string Folder::write(const std::string& name, const converter::write::ModelSpec& spec) const {
  const std::vector<std::uint8_t> bytes = converter::write::serialize(spec);
  return write(name, std::string(bytes.begin(), bytes.end()));
}

std::string Folder::read(const std::string& name) const {
  const bench::Bytes bytes = bench::read_file(*this / name);
  return {bytes.begin(), bytes.end()};
}

std::string printed(const std::function<void()>& run) {
  const Folder folder;
  const std::string file = folder / "stdout";
  std::fflush(stdout);
  const int before = dup(1);
  REQUIRE(std::freopen(file.c_str(), "wb", stdout) != nullptr);
  const auto restore = [&] {
    std::fflush(stdout);
    dup2(before, fileno(stdout));
    close(before);
  };
  try {
    run();
  } catch (...) {
    restore();
    throw;
  }
  restore();
  return folder.read("stdout");
}

Outcome tool(const std::vector<std::string>& arguments) {
  std::vector<char*> values;
  for (const std::string& argument : arguments) values.push_back(const_cast<char*>(argument.c_str()));
  Outcome outcome;
  outcome.output = printed([&] {
    try {
      outcome.code = bench::run(bench::parse_arguments(static_cast<int>(values.size()), values.data()));
    } catch (const bench::Failure& failed) {
      outcome.code = failed.code;
      outcome.error = failed.message;
    }
  });
  return outcome;
}

std::string failure(bench::Exit code, const std::function<void()>& run) {
  try {
    run();
  } catch (const bench::Failure& failed) {
    CHECK(failed.code == code);
    return failed.message;
  }
  FAIL("nothing failed");
  return "";
}

void make_phone(const Folder& root) {
  root.write("proc/device-tree/model", std::string("Example Phone 3") + '\0');
  root.write("proc/meminfo", "MemTotal:        3884352 kB\nMemFree: 1 kB\n");
  root.write("proc/cpuinfo",
             "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\n"
             "processor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\n"
             "processor\t: 2\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\n"
             "processor\t: 3\nCPU implementer\t: 0x51\nCPU part\t: 0x802\n\nHardware\t: Example\n");
  const std::string cpus = "sys/devices/system/cpu/";
  root.write(cpus + "online", "0-3\n");
  for (int core = 0; core < 4; ++core) {
    const std::string folder = cpus + "cpu" + std::to_string(core) + "/";
    root.write(folder + "cpu_capacity", core < 2 ? "402\n" : "1024\n");
    root.write(folder + "cpufreq/cpuinfo_max_freq", core < 2 ? "1800000\n" : "2400000\n");
    root.write(folder + "cpufreq/scaling_cur_freq", core < 2 ? "1200000\n" : "2000000\n");
    root.write(folder + "cpufreq/scaling_governor", "schedutil\n");
  }
  root.write("sys/class/thermal/thermal_zone0/type", "cpu-0-0\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "41500\n");
  root.write("sys/class/thermal/thermal_zone1/type", "cpu-1-0\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "47250\n");
  root.write("sys/class/thermal/thermal_zone2/type", "off\n");
  root.write("sys/class/thermal/thermal_zone2/temp", "-274000\n");
  root.write("sys/class/power_supply/usb/online", "0\n");
  root.write("sys/class/power_supply/battery/status", "Discharging\n");
  root.write("sys/class/power_supply/battery/current_now", "-500000\n");
  root.write("sys/class/power_supply/battery/voltage_now", "4000000\n");
}

}  // namespace bulwark::test
