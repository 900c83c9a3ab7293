// SPDX-License-Identifier: Apache-2.0
// Weights packed ahead of time: used in place where they are what the kernels pack, left alone where they are
// not, and never of influence on a byte of the output.
#include <catch2/catch.hpp>
#include <cstring>

#include "converter/write/packed_section.h"
#include "converter/write/writer.h"
#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

using converter::write::PackedSpec;

const std::vector<std::string> kPaths = {"neon", "dotprod", "i8mm", "avx2", "vnni"};

/// A model and the bytes that it reads.
struct Kept {
  explicit Kept(const ModelSpec& spec) : bytes(spec), model(load(bytes)) {}
  explicit Kept(const Bytes& file) : bytes(file), model(load(bytes)) {}
  bw_model* get() const { return model.get(); }
  ModelBytes bytes;
  ModelHandle model;
};

/// Convolutions, depthwise ones, groups, fully connected layers, widths: all integer.
ModelSpec network() {
  Network n(5);
  std::int32_t x = n.input_integer({1, 9, 9, 8});
  x = n.conv(x, {24, 3, 2, 1, 1, 1});
  x = n.conv(x, {24, 3, 1, 1, 1, 24});
  x = n.conv(x, {40, 1, 1, 0, 1, 1}, WeightFormat::s4);
  x = n.conv(x, {40, 5, 1, 2, 1, 40}, WeightFormat::s8);
  x = n.conv(x, {12, 3, 1, 1, 1, 2}, WeightFormat::ternary);
  x = n.reshape(x, {1, 5 * 5 * 12});
  x = n.fully_connected(x, 19, WeightFormat::s2);
  n.output(n.fully_connected(x, 10, WeightFormat::s8, true));
  return n.spec();
}

std::int32_t layers_in_file(const bw_plan* plan) {
  std::int32_t count = 0;
  for (std::int32_t i = 0; i < bw_plan_step_count(plan); ++i) {
    bw_step_info info = {};
    REQUIRE(bw_plan_step_info(plan, i, &info) == BW_STATUS_OK);
    count += info.weights_in_file;
  }
  return count;
}

/// Paths of this processor that have kernels of their own.
std::vector<std::string> own_paths() {
  std::vector<std::string> paths = available_paths();
  std::erase(paths, "reference");
  return paths;
}

}  // namespace

TEST_CASE("packed weights are used in place, and only by the path they were packed for") {
  const ModelSpec spec = network();
  const std::vector<Bytes> inputs = random_inputs(spec, 1);
  const std::vector<Bytes> expected = naive_outputs(spec, inputs);
  for (const std::string& path : own_paths()) {
    CAPTURE(path);
    const Kept model(packed_file(spec, {path}));
    const PlanHandle plan = make_plan(model.get(), path.c_str());
    CHECK(layers_in_file(plan.get()) == 7);
    CHECK(bw_plan_packed_bytes(plan.get()) == 0);
    CHECK(bw_plan_mapped_bytes(plan.get()) > 0);
    const Kept unpacked(spec);
    const PlanHandle plain = make_plan(unpacked.get(), path.c_str());
    CHECK(bw_plan_mapped_bytes(plain.get()) == 0);
    CHECK(bw_plan_packed_bytes(plain.get()) >= bw_plan_mapped_bytes(plan.get()));
    for (const std::string& other : available_paths())
      CHECK(run_model(model.bytes, inputs, other.c_str()) == expected);
    const PlanHandle reference = make_plan(model.get(), "reference");
    CHECK(layers_in_file(reference.get()) == 0);
  }
}

TEST_CASE("a file packed for every path that this build can pack for runs on every path") {
  const ModelSpec spec = every_operator_network(4);
  std::vector<std::string> paths;
  const Kept model(spec);
  for (const std::string& path : kPaths) {
    const auto ignore = [](void*, std::int32_t, const char*, const void*, std::size_t) {};
    if (bw_model_pack(model.get(), path.c_str(), ignore, nullptr) == BW_STATUS_OK) paths.push_back(path);
  }
  const std::vector<Bytes> inputs = random_inputs(spec, 2);
  const Kept packed(packed_file(spec, paths));
  for (const std::string& path : available_paths()) {
    CAPTURE(path);
    CHECK(run_model(packed.bytes, inputs, path.c_str()) == run_model(model.bytes, inputs, path.c_str()));
    const PlanHandle plan = make_plan(packed.get(), path.c_str());
    CHECK((layers_in_file(plan.get()) > 0) == (path != "reference"));
  }
}

TEST_CASE("packed weights that are not aligned in memory are packed again") {
  const ModelSpec spec = network();
  const std::vector<Bytes> inputs = random_inputs(spec, 3);
  for (const std::string& path : own_paths()) {
    const Bytes file = packed_file(spec, {path});
    std::vector<std::uint8_t> storage(file.size() + 128);
    auto at = reinterpret_cast<std::uintptr_t>(storage.data());
    std::uint8_t* unaligned = storage.data() + (64 - at % 64) % 64 + 16;
    std::copy(file.begin(), file.end(), unaligned);
    bw_model* raw = nullptr;
    REQUIRE(bw_model_load_memory(unaligned, file.size(), nullptr, &raw) == BW_STATUS_OK);
    const ModelHandle model(raw);
    const PlanHandle plan = make_plan(model.get(), path.c_str());
    CHECK(layers_in_file(plan.get()) == 0);
    CHECK(bw_plan_packed_bytes(plan.get()) > 0);
    const SessionHandle session = make_session(plan.get());
    set_inputs(session.get(), inputs);
    CHECK(run(session.get()) == naive_outputs(spec, inputs));
  }
}

TEST_CASE("packed weights of another kernel, of another size or with any other byte are left alone") {
  const ModelSpec spec = network();
  const std::vector<Bytes> inputs = random_inputs(spec, 4);
  const std::vector<Bytes> expected = naive_outputs(spec, inputs);
  const Kept model(spec);
  for (const std::string& path : own_paths()) {
    std::vector<PackedSpec> packed = pack_weights(model.get(), path);
    const PlanHandle own = make_plan(model.get(), path.c_str());
    std::erase_if(packed, [&](const PackedSpec& one) {  // what other cores of the path choose
      bw_step_info info = {};
      return bw_plan_step_info(own.get(), one.operator_index, &info) != BW_STATUS_OK ||
             one.kernel != info.kernel;
    });
    const auto check = [&](std::vector<PackedSpec> changed, std::int32_t used) {
      const Kept file(
          converter::write::append_packed(converter::write::serialize(spec), "some", std::move(changed)));
      const PlanHandle plan = make_plan(file.get(), path.c_str());
      CHECK(layers_in_file(plan.get()) == used);
      CHECK((bw_plan_packed_bytes(plan.get()) == 0) == (used == 7));
      CHECK(run_model(file.bytes, inputs, path.c_str()) == expected);
    };
    check(packed, 7);
    std::vector<PackedSpec> changed = packed;
    changed[0].kernel += "_of_another_version";
    check(changed, 6);
    changed = packed;
    changed[1].data.push_back(0);
    check(changed, 6);
    changed = packed;
    changed[2].data.pop_back();
    check(changed, 6);
    for (std::size_t i = 0; i < packed.size(); ++i) {
      for (const std::size_t byte : {std::size_t{0}, packed[i].data.size() / 2, packed[i].data.size() - 1}) {
        changed = packed;
        changed[i].data[byte] ^= 1u << i % 8;
        check(changed, 6);
      }
    }
  }
}

TEST_CASE("every flip of a bit behind a model is refused or of no influence") {
  Network n(7);
  n.output(n.conv(n.input_integer({1, 3, 3, 4}), {8, 1, 1, 0, 1, 1}));
  const ModelSpec spec = n.spec();
  const std::vector<Bytes> inputs = random_inputs(spec, 5);
  const std::vector<Bytes> expected = naive_outputs(spec, inputs);
#if defined(__x86_64__)
  constexpr std::size_t kStep = 1;
#else
  constexpr std::size_t kStep = 37;
#endif
  for (const std::string& path : own_paths()) {
    const std::size_t begin = ModelBytes(spec).size() * 8;
    ModelBytes bytes(packed_file(spec, {path}));
    int refused = 0, ran = 0;
    for (std::size_t bit = begin; bit < bytes.size() * 8; bit += kStep) {
      bytes.data()[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      bw_model* model = nullptr;
      if (bw_model_load_memory(bytes.data(), bytes.size(), nullptr, &model) == BW_STATUS_OK) {
        const ModelHandle handle(model);
        const PlanHandle plan = make_plan(model, path.c_str());
        const SessionHandle session = make_session(plan.get());
        set_inputs(session.get(), inputs);
        if (run(session.get()) != expected) FAIL("bit " << bit);
        ++ran;
      } else {
        ++refused;
      }
      bytes.data()[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    }
    CHECK(ran > refused);
    CHECK(refused > 0);
  }
}

TEST_CASE("packing ahead of time says what it can not do") {
  const Kept model(network());
  const auto ignore = [](void*, std::int32_t, const char*, const void*, std::size_t) {};
  CHECK(bw_model_pack(nullptr, "neon", ignore, nullptr) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_model_pack(model.get(), nullptr, ignore, nullptr) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_model_pack(model.get(), "neon", nullptr, nullptr) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_model_pack(model.get(), "sse", ignore, nullptr) == BW_STATUS_UNKNOWN_PATH);
  CHECK(std::string(bw_status_message()) ==
        "'sse' is nothing to pack for, which are armv7, neon, dotprod, i8mm, avx2, vnni");
  // The reference reads the model's own weights.
  CHECK(bw_model_pack(model.get(), "reference", ignore, nullptr) == BW_STATUS_UNKNOWN_PATH);
}

}  // namespace bulwark::test
