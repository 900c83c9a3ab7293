// SPDX-License-Identifier: Apache-2.0
// What /proc and /sys tell, from trees made for the purpose.
#include "bench/device.h"

#include <sched.h>

#include <thread>

#include "bench/sensors.h"
#include "tests/bench/support.h"

namespace bulwark::test {
namespace {

using namespace bench;

TEST_CASE("device: fingerprint of a phone") {
  const Folder root;
  make_phone(root);
  const Device device = find_device(SystemFiles(root.path() + "/"));
  CHECK(device.name == "Example Phone 3");
  CHECK(device.governor == "schedutil");
  CHECK(device.memory_bytes == std::int64_t{3884352} * 1024);
  REQUIRE(device.cores.size() == 4);
  CHECK(device.cores[1].name == "cortex-a53");
  CHECK(device.cores[2].name == "cortex-a76");
  CHECK(device.cores[3].name == "0x51-0x802");
  CHECK(device.cores[3].capacity == 1024);
  CHECK(device.cores[0].max_khz == 1800000);
  CHECK(device.core_name({0, 1}) == "cortex-a53");
  CHECK(device.core_name({1, 2}) == "cortex-a53+cortex-a76");
}

TEST_CASE("device: the identification register comes before /proc/cpuinfo") {
  const Folder root;
  make_phone(root);
  root.write("sys/devices/system/cpu/cpu3/regs/identification/midr_el1", "0x00000000410fd0d0\n");
  CHECK(find_device(SystemFiles(root.path() + "/")).cores[3].name == "cortex-a77");
}

TEST_CASE("device: a system that tells nothing") {
  const Folder root;
  const Device device = find_device(SystemFiles(root.path() + "/"));
  CHECK(device.name == "unknown");
  REQUIRE(device.cores.size() == 1);
  const std::string expected = device.machine.starts_with("x86") ? device.machine : "unknown";
  CHECK(device.cores[0].name == expected);
  CHECK(device.core_name({}) == expected);
  CHECK(failure(Exit::usage, [&] { choose_cores(device, "big"); }).find("all 1 cores are alike") !=
        std::string::npos);
}

TEST_CASE("cores: by list and by class") {
  const Folder root;
  make_phone(root);
  Device device = find_device(SystemFiles(root.path() + "/"));
  CHECK(choose_cores(device, "little") == std::vector<int>{0, 1});
  CHECK(choose_cores(device, "big") == std::vector<int>{2, 3});
  CHECK(choose_cores(device, "3,0-1") == std::vector<int>{0, 1, 3});
  CHECK(failure(Exit::usage, [&] { choose_cores(device, "0,4"); }).find("core 4 is not online") !=
        std::string::npos);
  for (const char* list : {"", "x", "1-", "2-1", "0,,1", "-1", "0,", "1 2", "0-99999999999"}) {
    INFO(list);
    CHECK(failure(Exit::usage, [&] { choose_cores(device, list); }).find("a list of cores") !=
          std::string::npos);
  }
  // Without capacities the clocks decide.
  for (Core& core : device.cores) core.capacity = 0;
  CHECK(choose_cores(device, "big") == std::vector<int>{2, 3});
}

#if defined(__linux__)
TEST_CASE("cores: threads stay on those that were chosen") {
  cpu_set_t before, pinned, inherited;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  int core = 0;
  while (!CPU_ISSET(static_cast<unsigned>(core), &before)) ++core;
  pin_to({core});
  CPU_ZERO(&pinned);
  CPU_ZERO(&inherited);
  CHECK(sched_getaffinity(0, sizeof pinned, &pinned) == 0);
  std::thread([&] { sched_getaffinity(0, sizeof inherited, &inherited); }).join();
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(CPU_COUNT(&pinned) == 1);
  CHECK(CPU_ISSET(static_cast<unsigned>(core), &pinned));
  CHECK(CPU_EQUAL(&pinned, &inherited));
  CHECK(failure(Exit::bad_input, [] { pin_to({1023}); }).find("does not tie") != std::string::npos);
}
#endif

TEST_CASE("sensors: heat, clocks and power of a phone") {
  const Folder root;
  make_phone(root);
  const SystemFiles files(root.path() + "/");
  Sensors sensors(files, {0, 3});
  const SensorReading reading = sensors.read();
  CHECK(reading.celsius.value() == 47.25);
  CHECK(reading.khz == std::vector<long long>{1200000, 2000000});
  CHECK(reading.watts.value() == Approx(2));
  CHECK_FALSE(reading.joules.has_value());
  CHECK(sensors.temperature_source() == "hottest of the thermal zones cpu-0-0, cpu-1-0, once a second");
  CHECK(sensors.power_source() == "power supply 'battery', once a second: the whole device");
  root.write("sys/class/thermal/thermal_zone0/temp", "90000\n");
  CHECK(sensors.read().celsius.value() == 90);
  root.write("sys/class/power_supply/battery/status", "Charging\n");
  CHECK(Sensors(files, {0}).power_source().ends_with("which is being charged"));
}

TEST_CASE("sensors: an energy counter that wraps around") {
  const Folder root;
  const std::string cap = "sys/class/powercap/intel-rapl:0/";
  root.write(cap + "energy_uj", "9000000\n");
  root.write(cap + "max_energy_range_uj", "10000000\n");
  root.write("sys/class/powercap/intel-rapl:0:0/energy_uj", "5\n");
  const SystemFiles files(root.path() + "/");
  Sensors sensors(files, {});
  CHECK(sensors.read().joules.value() == 0);
  root.write(cap + "energy_uj", "9500000\n");
  CHECK(sensors.read().joules.value() == Approx(0.5));
  root.write(cap + "energy_uj", "1500000\n");
  CHECK(sensors.read().joules.value() == Approx(2.5));
  CHECK(sensors.energy_source().find("RAPL") != std::string::npos);
}

TEST_CASE("sensors: a system that shows nothing") {
  const Folder root;
  const SystemFiles files(root.path() + "/");
  Sensors sensors(files, {0});
  const SensorReading reading = sensors.read();
  CHECK_FALSE(reading.celsius.has_value());
  CHECK(reading.khz.empty());
  CHECK_FALSE(reading.watts.has_value());
  CHECK_FALSE(reading.joules.has_value());
  CHECK(sensors.clock_source().empty());
}

}  // namespace
}  // namespace bulwark::test
