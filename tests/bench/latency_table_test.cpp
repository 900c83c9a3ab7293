// SPDX-License-Identifier: Apache-2.0
// The table as a file, how it is filled, and what is foretold from it.
#include "bench/latency_table.h"

#include <algorithm>
#include <filesystem>

#include "bench/html.h"
#include "bench/json_value.h"
#include "bench/model_file.h"
#include "tests/bench/schema_check.h"
#include "tests/bench/support.h"
#include "tests/runtime/network.h"

namespace bulwark::test {
namespace {

using namespace bench;

LatencyTable small_table() {
  LatencyTable table;
  table.unit = "cycles";
  table.obtained = "made up";
  table.device = R"({"name": "a", "system": "b", "machine": "c", "cores": 0})";
  table.core = "cortex-a53";
  table.path = "neon";
  table.per_run = 7;
  table.complete = true;
  table.layers = {{"conv \"x\"",
                   12,
                   {{"net", "conv1"}, {"net", "conv2"}},
                   {{{8, 8}, 100, 1.5, 3, "k8"}, {{4, 8}, 60, 0, 1, "k4"}, {{4, 4}, 50, 0, 1, "k44"}}},
                  {"reshape", 0, {{"net", "flat"}}, {{{0, 8}, 2, 0, 1, "copy"}}}};
  return table;
}

TEST_CASE("latency table: what is written is read, and fits the schema") {
  const LatencyTable table = small_table();
  const std::string text = table.json();
  CHECK(LatencyTable::parse(text, "t").json() == text);
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(text, "t")).empty());
  const LatencyTable again = LatencyTable::parse(text, "t");
  REQUIRE(again.layers.size() == 2);
  CHECK(again.layers[0].used_by == table.layers[0].used_by);
  CHECK(again.layers[0].costs[1].kernel == "k4");
  CHECK(again.per_run == 7);
}

TEST_CASE("latency table: a layer goes by the least widths that hold its own") {
  const TableLayer layer = small_table().layers[0];
  CHECK(layer.covering({8, 8})->cost == 100);
  CHECK(layer.covering({4, 6})->cost == 60);
  CHECK(layer.covering({3, 4})->cost == 50);
  CHECK(layer.covering({2, 5})->cost == 60);
  CHECK(layer.covering({5, 2})->cost == 100);
  CHECK(layer.covering({9, 8}) == nullptr);
}

TEST_CASE("latency table: refuses what is none, naming the place") {
  const auto refusal = [](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    return failure(Exit::bad_input, [&] { LatencyTable::parse(text, "t.json"); });
  };
  const std::string text = small_table().json();
  CHECK(refusal(text, "\"version\": 1", "\"version\": 2") ==
        "t.json: is a latency table of version 2, this program reads version 1");
  CHECK(refusal(text, "bulwark.latency-table", "other") == "t.json: is no latency table");
  CHECK(refusal(text, "\"unit\": \"cycles\"", "\"unit\": \"h\"").find("the unit is 'h'") !=
        std::string::npos);
  CHECK(refusal(text, "\"cost\": 100", "\"cost\": -1").find("'cost' is negative") != std::string::npos);
  CHECK(refusal(text, "\"cost\": 100", "\"cost\": null").find("'cost' must be a number") !=
        std::string::npos);
  CHECK(refusal(text, "\"weight_bits\": 8", "\"weight_bits\": 4").find("comes twice") != std::string::npos);
  CHECK(refusal(text, "\"key\": \"reshape\"", "\"key\": \"conv \\\"x\\\"\"").find("comes twice") !=
        std::string::npos);
  CHECK(refusal(text, "\"samples\": 3", "\"samples\": 0").find("'samples'") != std::string::npos);
  CHECK(refusal(text, "\"core\": ", "\"cor\": ").find("'core' is missing") != std::string::npos);
}

TEST_CASE("latency table: no change of its bytes does more than be refused") {
  const std::string text = small_table().json();
  std::uint32_t state = 7;
  const auto random = [&](std::size_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string mutant = text;
    for (std::size_t changes = 1 + random(3); changes > 0; --changes) {
      const std::size_t at = random(mutant.size());
      switch (random(3)) {
        case 0:
          mutant[at] = static_cast<char>(random(256));
          break;
        case 1:
          mutant.erase(at, 1 + random(9));
          break;
        default:
          mutant.insert(at, mutant.substr(random(mutant.size()), random(20)));
      }
    }
    try {
      const LatencyTable table = LatencyTable::parse(mutant, "t");
      LatencyTable::parse(table.json(), "again");  // what is taken is sound
    } catch (const Failure& failed) {
      ++refused;
      CHECK(failed.code == Exit::bad_input);
      CHECK(failed.message.starts_with("t"));
    }
  }
  CHECK(refused > 2000);
}

TEST_CASE("shipped latency tables fit the schema and are complete") {
  int tables = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(BULWARK_SOURCE_DIR) + "/bench/tables")) {
    if (entry.path().extension() != ".json") continue;
    INFO(entry.path().string());
    const LatencyTable table = LatencyTable::read(entry.path().string());
    CHECK(table.complete);
    CHECK(table.unit == "cycles");
    CHECK(table.core == entry.path().stem().string());
    CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(table.json(), "t")).empty());
    ++tables;
  }
  CHECK(tables == 3);
}

/// Three convolutions, two of them alike, and a pool.
ModelSpec small_network() {
  Network network(1);
  const std::int32_t x = network.input_integer({1, 8, 8, 4});
  const std::int32_t a = network.conv(x, {4, 3, 1, 1, 1, 1}, WeightFormat::s4);
  const std::int32_t b = network.conv(a, {4, 3, 1, 1, 1, 1}, WeightFormat::s8);
  const std::int32_t c = network.conv(b, {8, 1, 1, 0, 1, 1}, WeightFormat::s2);
  network.output(network.pool(c, OperatorKind::max_pool_2d, 2, 2, 0));
  return network.spec();
}

/// A program that answers 1000 + the size of the file, and notes every call.
std::string counting_program(const Folder& folder, const std::string& extra = "") {
  folder.write("count.sh", "echo x >> '" + (folder / "calls") + "'\n" + extra +
                               "echo $((1000 + $(wc -c < \"$1\"))) some_kernel neon\n");
  return "sh '" + (folder / "count.sh") + "'";
}

std::vector<std::string> table_arguments(const Folder& folder, const std::string& command) {
  return {"bench",  folder / "net.bwk", "--table", folder / "t.json", "--weights",
          "8,2",    "--activations",    "8,4",     "--cost-command",  command,
          "--unit", "cycles",           "--core",  "cortex-a53",      "--obtained",
          "counted"};
}

std::size_t calls(const Folder& folder) { return folder.read("calls").size() / 2; }

TEST_CASE("bench --table: every distinct layer at every pair, once") {
  const Folder folder;
  folder.write("net.bwk", small_network());
  const Outcome outcome = tool(table_arguments(folder, counting_program(folder)));
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const LatencyTable table = LatencyTable::read(folder / "t.json");
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(folder.read("t.json"), "t"))
            .empty());
  CHECK(table.complete);
  REQUIRE(table.layers.size() == 3);
  CHECK(table.layers[0].used_by.size() == 2);
  CHECK(table.layers[0].used_by[0].model == "net");
  CHECK(table.layers[0].macs == 64 * 4 * 36);
  CHECK(table.layers[0].costs.size() == 4);
  CHECK(table.layers[2].costs.size() == 1);
  CHECK(calls(folder) == 1 + 4 + 4 + 1);
  // What a run costs by itself is taken off every layer.
  const auto bytes = [&](std::int32_t op, LayerWidths widths) {
    return static_cast<double>(layer_model(ModelFile(folder / "net.bwk").model(), op, widths).size());
  };
  const double empty = static_cast<double>(empty_model().size());
  CHECK(table.per_run == 1000 + empty);
  CHECK(table.layers[0].exact({2, 4})->cost == bytes(0, {2, 4}) - empty);
  CHECK(table.layers[0].exact({2, 4})->cost < table.layers[0].exact({8, 4})->cost);
}

TEST_CASE("bench --table: an interrupted run leaves a valid part, which the next one completes") {
  const Folder folder;
  folder.write("net.bwk", small_network());
  const std::string seventh_fails = "[ $(wc -l < '" + (folder / "calls") + "') -ne 7 ] || exit 9\n";
  const Outcome broken = tool(table_arguments(folder, counting_program(folder, seventh_fails)));
  CHECK(broken.code == Exit::bad_input);
  CHECK(broken.error.find("ended with exit code 9") != std::string::npos);
  const LatencyTable part = LatencyTable::read(folder / "t.json");
  CHECK_FALSE(part.complete);
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(folder.read("t.json"), "t"))
            .empty());
  CHECK(part.layers[0].costs.size() + part.layers[1].costs.size() == 5);

  const std::string partial = tool({"predict", folder / "net.bwk", "--table", folder / "t.json"}).error;
  CHECK(partial.find("has no cost for") != std::string::npos);
  CHECK(partial.find("max_pool_2d") != std::string::npos);
  CHECK(partial.find("not complete") != std::string::npos);

  REQUIRE(tool(table_arguments(folder, counting_program(folder))).code == Exit::done);
  CHECK(calls(folder) == 7 + 1 + 4);  // what a run costs by itself, and the four that were left
  const LatencyTable whole = LatencyTable::read(folder / "t.json");
  CHECK(whole.complete);
  CHECK(whole.layers[1].costs.size() == 4);
}

TEST_CASE("bench --table: refuses to mix machines, units and settings") {
  const Folder folder;
  folder.write("net.bwk", small_network());
  std::vector<std::string> arguments = table_arguments(folder, counting_program(folder));
  REQUIRE(tool(arguments).code == Exit::done);
  const std::string before = folder.read("t.json");
  const auto with = [&](const std::string& option, const std::string& value) {
    std::vector<std::string> changed = arguments;
    *(std::find(changed.begin(), changed.end(), option) + 1) = value;
    return tool(changed);
  };
  CHECK(with("--core", "cortex-a72")
            .error.find("holds costs of another core: 'cortex-a53', now 'cortex-a72'") != std::string::npos);
  CHECK(with("--unit", "ns").error.find("another unit") != std::string::npos);
  CHECK(with("--obtained", "guessed").code == Exit::bad_input);
  CHECK(folder.read("t.json") == before);
  folder.write("t.json", std::string("{\"format\": 3"));
  CHECK(tool(arguments).error.find("t.json: line 1") != std::string::npos);
  CHECK(folder.read("t.json") == "{\"format\": 3");
}

TEST_CASE("bench --table: by the clock, with the device's name") {
  const Folder folder;
  make_phone(folder);
  folder.write("net.bwk", small_network());
  const Outcome outcome =
      tool({"--model", folder / "net.bwk", "--table", folder / "t.json", "--weights", "8", "--activations",
            "8", "--min-s", "0.001", "--path", "reference", "--sysfs-root", folder.path() + "/"});
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const LatencyTable table = LatencyTable::read(folder / "t.json");
  CHECK(table.unit == "ns");
  CHECK(table.path == "reference");
  CHECK(table.core == "cortex-a53+cortex-a76+0x51-0x802");
  CHECK(device_name_of(table.device, "t") == "Example Phone 3");
  CHECK(table.layers[0].costs[0].samples >= 5);
  CHECK(table.layers[0].costs[0].cost > 0);
  CHECK(table.layers[0].costs[0].kernel == "conv_s8_any_1x1_reference");
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(folder.read("t.json"), "t"))
            .empty());
}

TEST_CASE("bench --table-of energy: nanojoules from what the system shows, or a refusal") {
  const Folder folder;
  folder.write("net.bwk", small_network());
  const std::vector<std::string> arguments = {"--model",       folder / "net.bwk",
                                              "--table",       folder / "t.json",
                                              "--weights",     "8",
                                              "--activations", "8",
                                              "--min-s",       "0.001",
                                              "--table-of",    "energy",
                                              "--path",        "reference",
                                              "--sysfs-root",  folder.path() + "/"};
  const Outcome blind = tool(arguments);
  CHECK(blind.code == Exit::bad_input);
  CHECK(blind.error.find("shows no energy") != std::string::npos);
  make_phone(folder);
  const Outcome outcome = tool(arguments);
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const LatencyTable table = LatencyTable::read(folder / "t.json");
  CHECK(table.unit == "nJ");
  CHECK(table.obtained.find("power supply 'battery'") != std::string::npos);
  CHECK(table.layers[0].costs[0].cost > 0);
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(folder.read("t.json"), "t"))
            .empty());
  // Time and energy do not belong into one table.
  std::vector<std::string> time = arguments;
  time[11] = "time";
  CHECK(tool(time).error.find("costs of another unit") != std::string::npos);
}

TEST_CASE("predict: the sum of the layers by their own widths, against a measurement") {
  const Folder folder;
  folder.write("net.bwk", small_network());
  REQUIRE(tool(table_arguments(folder, counting_program(folder))).code == Exit::done);
  folder.write("whole.sh", std::string("echo 40000 k neon\n"));
  const Outcome outcome = tool({"predict", folder / "net.bwk", "--table", folder / "t.json", "--cost-command",
                                "sh '" + (folder / "whole.sh") + "'", "--json"});
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const JsonValue report = JsonValue::parse(outcome.output, "p");
  const LatencyTable table = LatencyTable::read(folder / "t.json");
  // 4-bit weights go by the 8-bit entry, for the table was asked for 8 and 2 alone.
  const double expected = table.per_run + 2 * table.layers[0].exact({8, 8})->cost +
                          table.layers[1].exact({2, 8})->cost + table.layers[2].costs[0].cost;
  CHECK(report.number("predicted", "p") == Approx(expected));
  CHECK(report.number("ratio", "p") == Approx(expected / 40000).epsilon(1e-4));
  CHECK(report.list("layers", "p").size() == 4);
}

/// x (f32) -> 16-bit elements -> their square (s8).
ModelSpec wide_elements() {
  Network network(1);
  const std::int32_t x = network.input_f32({1, 4});
  ModelSpec spec = network.spec();
  spec.tensors.push_back({"wide", ElementType::s16, {1, 4}, 0.001f, 0, -32768, 32767, {}});
  spec.tensors.push_back({"square", ElementType::s8, {1, 4}, 0.01f, 0, -128, 127, {}});
  OperatorSpec quantize, square;
  quantize.name = "widen", quantize.kind = OperatorKind::quantize;
  quantize.inputs = {x}, quantize.outputs = {1};
  square.name = "square", square.kind = OperatorKind::mul;
  square.inputs = {1, 1}, square.outputs = {2};
  square.multiplier = 0.0001f;
  spec.operators = {quantize, square};
  spec.outputs = {2};
  return spec;
}

TEST_CASE("bench --table and predict: operators on 16-bit elements have no cost, and that is said") {
  const Folder folder;
  folder.write("net.bwk", wide_elements());
  const Outcome made = tool(table_arguments(folder, counting_program(folder)));
  INFO(made.error);
  REQUIRE(made.code == Exit::done);
  const LatencyTable table = LatencyTable::read(folder / "t.json");
  CHECK(table.complete);
  REQUIRE(table.layers.size() == 2);
  CHECK(table.layers[0].costs.empty());
  CHECK(complaints(schema_of("latency-table.schema.json"), JsonValue::parse(folder.read("t.json"), "t"))
            .empty());
  const Outcome predicted = tool({"predict", folder / "net.bwk", "--table", folder / "t.json"});
  CHECK(predicted.code == Exit::done);
  CHECK(predicted.output.find("square: 16-bit elements, counted as nothing") != std::string::npos);
  const ModelFile file(folder / "net.bwk");
  CHECK(failure(Exit::bad_input, [&] {
          layer_model(file.model(), 1, {0, 8});
        }).find("operator 1 'square': works on 16-bit") != std::string::npos);
}

TEST_CASE("page: latency tables of several cores") {
  const Folder folder;
  LatencyTable table = small_table();
  const std::string a = folder.write("a.json", table.json());
  table.core = "cortex-<b>";
  for (TableLayer& layer : table.layers) {
    for (LayerCost& cost : layer.costs) cost.cost *= 2;
  }
  const std::string b = folder.write("b.json", table.json());
  const Outcome outcome = tool({"page", a, b, "--html", folder / "p.html"});
  INFO(outcome.error);
  REQUIRE(outcome.code == Exit::done);
  const std::string page = folder.read("p.html");
  // The convolution is used twice: 7 + 2 * 100 + 2, at 4 bits 7 + 2 * 50 + 2.
  CHECK(page.find("<td class=\"n\">209, 100 %</td><td class=\"n\">411, 100 %</td>") != std::string::npos);
  CHECK(page.find("<td class=\"n\">109, 52 %</td><td class=\"n\">211, 51 %</td>") != std::string::npos);
  table.layers[0].used_by.push_back({"alike", "c"});
  table.layers[0].used_by.push_back({"alike", "d"});
  table.layers[1].used_by.push_back({"alike", "e"});
  table.layers[1].used_by.push_back({"other", "e"});
  const std::string grouped = latency_tables_html({table});
  CHECK(grouped.find("alike and 1 more") != std::string::npos);
  CHECK(grouped.find("net<") == std::string::npos);
  CHECK(grouped.find("other<") != std::string::npos);
  CHECK(page.find("cortex-&lt;b&gt;") != std::string::npos);
  CHECK(page.find("cortex-<b>") == std::string::npos);
}

}  // namespace
}  // namespace bulwark::test
