// SPDX-License-Identifier: Apache-2.0
// The reports of bench: JSON that fits its schema, text, and pages.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "bench/bench_report.h"
#include "bench/html.h"
#include "bench/json_value.h"
#include "tests/bench/schema_check.h"
#include "tests/bench/support.h"
#include "tests/runtime/network.h"

namespace bulwark::test {
namespace {

using namespace bench;

/// A phone with a model on it.
struct Phone {
  Phone() {
    make_phone(folder);
    model = folder.write("net.bwk", every_operator_network(1));
  }
  Outcome bench(std::vector<std::string> options) const {
    std::vector<std::string> arguments = {"bench", model,     "--path", "reference",    "--warmup-s",
                                          "0.01",  "--min-s", "0.05",   "--sysfs-root", folder.path() + "/"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return tool(arguments);
  }
  Folder folder;
  std::string model;
};

JsonValue report_of(const Outcome& outcome) {
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const JsonValue report = JsonValue::parse(outcome.output, "report");
  for (const std::string& complaint : complaints(schema_of("bench-report.schema.json"), report)) {
    INFO(complaint);
    CHECK(false);
  }
  return report;
}

TEST_CASE("bench: the report fits the schema and agrees with itself") {
  const Phone phone;
  const JsonValue report = report_of(phone.bench({"--json", "--profile"}));
  const double runs = report.number("runs", "r");
  double counted = report.at("histogram", "r").number("above", "r"), timed = 0, steps = 0;
  for (const JsonValue& count : report.at("histogram", "r").list("counts", "r")) counted += count.as_number();
  for (const JsonValue& second : report.list("timeline", "r")) timed += second.number("runs", "r");
  for (const JsonValue& step : report.list("steps", "r")) steps += step.number("mean_us", "r");
  CHECK(counted == runs);
  CHECK(timed == runs);
  CHECK(steps / 1000 < report.number("mean_ms", "r"));
  CHECK(steps / 1000 > 0.3 * report.number("mean_ms", "r"));
  CHECK(report.number("min_ms", "r") <= report.number("median_ms", "r"));
  CHECK(report.number("median_ms", "r") <= report.number("p90_ms", "r"));
  CHECK(report.number("p90_ms", "r") <= report.number("p99_ms", "r"));
  CHECK(report.number("p99_ms", "r") <= report.number("max_ms", "r"));
  CHECK(report.number("model_bytes", "r") == static_cast<double>(phone.folder.read("net.bwk").size()));
  CHECK(report.text("core", "r") == "cortex-a53+cortex-a76+0x51-0x802");
  CHECK(report.find("throttling") == nullptr);
}

TEST_CASE("bench: heat, clocks and energy of each second") {
  const Phone phone;
  const JsonValue report = report_of(phone.bench({"--json"}));
  const JsonValue& second = report.list("timeline", "r").at(0);
  CHECK(second.number("celsius", "r") == 47.25);
  CHECK(second.list("khz", "r").size() == 4);
  CHECK(second.number("watts", "r") == Approx(2));
  const double seconds = second.number("at_s", "r"), runs = second.number("runs", "r");
  CHECK(report.at("energy", "r").number("watts", "r") == Approx(2));
  CHECK(report.at("energy", "r").number("joules_per_run", "r") == Approx(2 * seconds / runs).epsilon(1e-4));
  CHECK(report.at("obtained", "r").text("joules", "r").find("battery") != std::string::npos);
}

TEST_CASE("bench: what the system does not show is absent, and said to be") {
  const Phone phone;
  const Folder nothing;
  const JsonValue report = report_of(phone.bench({"--json", "--sysfs-root", nothing.path() + "/"}));
  CHECK(report.find("energy") == nullptr);
  CHECK(report.list("timeline", "r").at(0).find("celsius") == nullptr);
  CHECK(report.at("obtained", "r").text("celsius", "r") == "not shown by this system");
}

TEST_CASE("bench: between markers nothing is timed") {
  const Phone phone;
  for (const char* option : {"--markers", "--load-markers"}) {
    const JsonValue report = report_of(phone.bench({"--json", option}));
    CHECK(report.find("median_ms") == nullptr);
    CHECK(report.find("timeline") == nullptr);
  }
}

TEST_CASE("bench: options of certified runs between markers are checked") {
  const Phone phone;
  const auto refusal = [&](std::vector<std::string> options) {
    const Outcome outcome = phone.bench(std::move(options));
    CHECK(outcome.code != Exit::done);
    return outcome.error;
  };
  CHECK(refusal({"--certify", "8"}).starts_with("--input and --certify go with --markers"));
  CHECK(refusal({"--markers", "--certify-first"}).starts_with("--certify-first needs --certify"));
  CHECK(
      refusal({"--markers", "--certify", "256"}).starts_with("--certify takes a whole number from 0 to 255"));
  const JsonValue report =
      report_of(phone.bench({"--json", "--markers", "--certify", "8", "--certify-first"}));
  CHECK(report.find("median_ms") == nullptr);
}

TEST_CASE("bench: a sustained run tells second by second") {
  const Phone phone;
  const JsonValue report = report_of(phone.bench({"--json", "--sustain", "2.2s"}));
  CHECK(report.number("seconds", "r") >= 2.2);
  CHECK(report.list("timeline", "r").size() >= 2);
  CHECK(report.at("throttling", "r").number("slowdown", "r") > 0);
  const Outcome text = phone.bench({"--sustain", "1"});
  CHECK(text.output.find("sustained median") != std::string::npos);
  CHECK(text.output.find("47.2") != std::string::npos);
}

TEST_CASE("bench: Ctrl-C ends a sustained run early, with its report") {
  const Phone phone;
  std::thread impatient([process = getpid()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    kill(process, SIGINT);
  });
  const JsonValue report = report_of(phone.bench({"--json", "--sustain", "10m"}));
  impatient.join();
  CHECK(report.number("seconds", "r") < 60);
  CHECK(report.number("runs", "r") >= 5);
}

TEST_CASE("throttling: the end against the beginning") {
  std::vector<Second> timeline;
  for (int i = 1; i <= 40; ++i) timeline.push_back({static_cast<double>(i), 10, i <= 20 ? 2.0 : 3.0, {}});
  timeline[29].median_ms = 9;
  const Throttling t = throttling_of(timeline);
  CHECK(t.first_ms == 2);
  CHECK(t.last_ms == 3);
  CHECK(t.slowest_ms == 9);
  CHECK(t.slowest_at == 30);
}

TEST_CASE("energy: a counter comes before the power supply, and is told from the start of the measurement") {
  const Folder root;
  root.write("sys/class/powercap/intel-rapl:0/energy_uj", "1\n");
  const SystemFiles files(root.path() + "/");
  const Sensors sensors(files, {});
  Measurement m;
  m.runs = 20;
  m.seconds = 2;
  m.before.joules = 5;
  SensorReading at_one, at_two;
  at_one.joules = 6, at_one.watts = 100;
  at_two.joules = 9, at_two.watts = 100;
  m.timeline = {{1, 10, 1, at_one}, {2, 10, 1, at_two}};
  const Energy energy = energy_of(m, sensors);
  CHECK(energy.joules_per_run == Approx(4.0 / 20));
  CHECK(energy.watts == Approx(2));
  CHECK(energy.source.find("RAPL") != std::string::npos);
}

TEST_CASE("bench: the text has the times and the profile") {
  const Phone phone;
  const Outcome outcome = phone.bench({"--profile"});
  for (const char* word : {"Example Phone 3", "median", "p99", "deviation", "warm-up", "arena",
                           "conv_s8_any_1x1_reference", "47.2 C"}) {
    INFO(word);
    CHECK(outcome.output.find(word) != std::string::npos);
  }
}

TEST_CASE("bench --compare: turns and the spread of their ratio") {
  const Phone phone;
  const Outcome outcome =
      phone.bench({"--compare", phone.folder.write("wide.bwk", wide_network(1)), "--json"});
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const JsonValue report = JsonValue::parse(outcome.output, "c");
  const JsonValue& ratio = report.at("ratio", "c");
  CHECK(report.number("rounds", "c") >= 10);
  CHECK(ratio.number("p25", "c") <= ratio.number("median", "c"));
  CHECK(ratio.number("median", "c") <= ratio.number("p75", "c"));
  const double sides =
      report.at("a", "c").number("median_ms", "c") / report.at("b", "c").number("median_ms", "c");
  CHECK(std::abs(std::log(ratio.number("median", "c") / sides)) < std::log(1.5));
  const Outcome same = phone.bench({"--compare-path", "reference"});
  CHECK(same.output.find("A takes ") != std::string::npos);
  CHECK(phone.bench({"--compare-path", "reference", "--compare", phone.model}).code == Exit::usage);
  CHECK(phone.bench({"--compare", phone.folder / "none.bwk"}).code == Exit::io);
}

TEST_CASE("bench: files of the report, and pages of one and of several") {
  const Phone phone;
  const std::string json = phone.folder / "r.json", html = phone.folder / "r.html";
  REQUIRE(phone.bench({"--output", json, "--html", html, "--profile"}).code == Exit::done);
  const std::string page = phone.folder.read("r.html");
  for (const char* part : {"<!doctype html>", "Example Phone 3", "Times of runs", "Layers",
                           "How each number was found", "<svg"}) {
    INFO(part);
    CHECK(page.find(part) != std::string::npos);
  }
  CHECK(page.find("http") == std::string::npos);
  CHECK(page.find("Side by side") == std::string::npos);
  const Outcome several = tool({"page", json, json, "--html", phone.folder / "all.html"});
  INFO(several.error);
  REQUIRE(several.code == Exit::done);
  CHECK(phone.folder.read("all.html").find("Side by side") != std::string::npos);
}

TEST_CASE("page: text of a report can not become part of the page") {
  const Phone phone;
  std::string json = phone.bench({"--json"}).output;
  const std::string name = "Example Phone 3";
  for (std::size_t at; (at = json.find(name)) != std::string::npos;)
    json.replace(at, name.size(), "<script>&");
  const std::string page = report_page({{"r", json}});
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("&lt;script&gt;&amp;") != std::string::npos);
  const std::string other = phone.folder.write("other.json", std::string("{\"format\": \"x\"}"));
  const Outcome refused = tool({"page", other, "--html", phone.folder / "p.html"});
  CHECK(refused.code == Exit::bad_input);
  CHECK(refused.error == other + ": is neither a report of bench nor a latency table, version 1");
}

TEST_CASE("arguments: what is wrong is named") {
  const auto refusal = [](const std::vector<std::string>& arguments) {
    const Outcome outcome = tool(arguments);
    CHECK(outcome.code == Exit::usage);
    return outcome.error;
  };
  CHECK(refusal({}).starts_with("no verb"));
  CHECK(refusal({"dance"}).starts_with("unknown verb 'dance'"));
  CHECK(refusal({"bench"}).starts_with("no model file"));
  CHECK(refusal({"bench", "m", "--model", "n"}).starts_with("two model files"));
  CHECK(refusal({"bench", "m", "--weights", "8,5"}).starts_with("--weights takes 8, 4, 3 and 2"));
  CHECK(refusal({"bench", "m", "--activations", "8,,2"}).starts_with("--activations takes a whole number"));
  CHECK(refusal({"bench", "m", "--cost-command", "c"}).starts_with("--cost-command needs"));
  CHECK(refusal({"bench", "m", "--unit", "ns"}).starts_with("--unit, --core and --obtained"));
  CHECK(refusal({"bench", "m", "--sustain", "30x"}).starts_with("--sustain takes a number"));
  CHECK(refusal({"bench", "m", "--sustain", "25h"}).starts_with("--sustain takes a number"));
  CHECK(refusal({"predict", "m"}).starts_with("predict needs --table"));
  CHECK(refusal({"page", "--html", "h"}).starts_with("page takes one or more"));
  CHECK(refusal({"page", "r"}).starts_with("page needs --html"));
  CHECK(refusal({"golden", "m", "--profile"}).starts_with("unknown option '--profile' of golden"));
}

}  // namespace
}  // namespace bulwark::test
