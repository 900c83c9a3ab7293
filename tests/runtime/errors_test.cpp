// SPDX-License-Identifier: Apache-2.0
// What a caller does wrong: files, memory, null, sizes, indices, options, paths.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/runtime/fixture.h"

namespace bulwark::test {
namespace {

using Catch::Matchers::Contains;

/// A folder that goes away with its files.
class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/bulwark-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    for (const std::string& file : files_) std::remove(file.c_str());
    rmdir(path_.c_str());
  }
  std::string path(const std::string& name) {
    files_.push_back(std::string(path_).append("/").append(name));
    return files_.back();
  }
  std::string write(const std::string& name, const void* data, std::size_t size) {
    const std::string file = path(name);
    std::FILE* stream = std::fopen(file.c_str(), "wb");
    REQUIRE(stream != nullptr);
    if (size != 0) REQUIRE(std::fwrite(data, 1, size, stream) == size);
    std::fclose(stream);
    return file;
  }

 private:
  std::string path_;
  std::vector<std::string> files_;
};

bw_status load_file(const std::string& path) {
  bw_model* model = nullptr;
  const bw_status status = bw_model_load_file(path.c_str(), nullptr, &model);
  CHECK((model != nullptr) == (status == BW_STATUS_OK));
  bw_model_release(model);
  return status;
}

std::string message() { return bw_status_message(); }

/// A session of a small network with its model and plan.
struct Small {
  ModelBytes bytes;
  ModelHandle model;
  PlanHandle plan;
  SessionHandle session;
  Small()
      : bytes(spec()), model(load(bytes)), plan(make_plan(model.get())), session(make_session(plan.get())) {}
  static ModelSpec spec() {
    Network n(51);
    n.output(n.conv(n.quantize(n.input_f32({1, 4, 4, 2})), {3, 3, 1, 1, 1, 1}));
    return n.spec();
  }
};

}  // namespace

TEST_CASE("a file loads as the same bytes in memory do") {
  const ModelSpec spec = every_operator_network(52);
  const std::vector<Bytes> inputs = random_inputs(spec, 52);
  const ModelBytes bytes(spec);
  TempFolder folder;
  bw_model* raw = nullptr;
  REQUIRE(bw_model_load_file(folder.write("model.bwk", bytes.data(), bytes.size()).c_str(), nullptr, &raw) ==
          BW_STATUS_OK);
  const ModelHandle model(raw);
  const PlanHandle plan = make_plan(model.get());
  const SessionHandle session = make_session(plan.get());
  set_inputs(session.get(), inputs);
  CHECK((run(session.get()) == naive_outputs(spec, inputs)));
}

TEST_CASE("files that are not there, not files, empty or no models") {
  TempFolder folder;
  CHECK(load_file(folder.path("missing.bwk")) == BW_STATUS_IO);
  CHECK_THAT(message(), Contains("missing.bwk: No such file"));
  CHECK(load_file("/tmp") == BW_STATUS_IO);
  CHECK(message() == "/tmp: is a directory");
  CHECK(load_file(folder.write("empty.bwk", nullptr, 0)) == BW_STATUS_NOT_A_MODEL);
  CHECK_THAT(message(), Contains("empty.bwk: the file is empty"));
  const std::string text = "This is not a model but a piece of text.";
  CHECK(load_file(folder.write("text.bwk", text.data(), text.size())) == BW_STATUS_NOT_A_MODEL);
  CHECK_THAT(message(), Contains("text.bwk: "));
  const std::string pipe = folder.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(load_file(pipe) == BW_STATUS_IO);
  CHECK_THAT(message(), Contains("pipe: is not a regular file"));
  const std::string large = folder.write("large.bwk", nullptr, 0);
  REQUIRE(truncate(large.c_str(), (off_t{1} << 30) + 1) == 0);
  CHECK(load_file(large) == BW_STATUS_TOO_LARGE);
  if (geteuid() != 0) {
    const std::string secret = folder.write("secret.bwk", text.data(), text.size());
    REQUIRE(chmod(secret.c_str(), 0) == 0);
    CHECK(load_file(secret) == BW_STATUS_IO);
  }
}

TEST_CASE("every code of the verifier has its status") {
  ModelBytes bytes(Small::spec());
  bw_model* model = nullptr;
  const auto status = [&](std::size_t size) {
    return bw_model_load_memory(bytes.data(), size, nullptr, &model);
  };
  CHECK(status(3) == BW_STATUS_NOT_A_MODEL);
  CHECK(status(bytes.size() - 1) == BW_STATUS_MALFORMED);
  bytes.data()[bytes.size() - 1] ^= 1;
  const bw_status flipped = status(bytes.size());
  CHECK(flipped != BW_STATUS_OK);
  CHECK(*bw_status_message() != '\0');
  CHECK(model == nullptr);

  ModelSpec negative = Small::spec();
  negative.operators[1].linear->multiplier[0] = -1;
  const ModelBytes invalid(negative);
  CHECK(bw_model_load_memory(invalid.data(), invalid.size(), nullptr, &model) == BW_STATUS_INVALID_MODEL);
  CHECK_THAT(message(), Contains("operator 1"));
}

TEST_CASE("bad input class 21: a model buffer that is not aligned") {
  const ModelBytes bytes(Small::spec());
  std::vector<std::uint8_t> storage(bytes.size() + 64);
  for (const std::size_t shift : {1, 4, 8}) {
    std::uint8_t* moved =
        storage.data() + (64 - reinterpret_cast<std::uintptr_t>(storage.data()) % 64) % 64 + shift;
    std::copy(bytes.data(), bytes.data() + bytes.size(), moved);
    bw_model* model = nullptr;
    CHECK(bw_model_load_memory(moved, bytes.size(), nullptr, &model) == BW_STATUS_MISALIGNED);
    CHECK(model == nullptr);
  }
}

TEST_CASE("bad input class 24: null pointers are refused everywhere") {
  const Small small;
  bw_model* model = nullptr;
  bw_plan* plan = nullptr;
  bw_session* session = nullptr;
  bw_tensor_info info;
  bw_step_info step;
  void* data = nullptr;
  const void* output = nullptr;
  std::size_t size = 0;
  std::int64_t ns = 0;
  std::int32_t matches = 0;
  const std::uint8_t byte = 0;
  for (const bw_status status : {
           bw_model_load_file(nullptr, nullptr, &model),
           bw_model_load_file("x", nullptr, nullptr),
           bw_model_load_memory(nullptr, 5, nullptr, &model),
           bw_model_load_memory(&byte, 1, nullptr, nullptr),
           bw_model_input_info(nullptr, 0, &info),
           bw_model_input_info(small.model.get(), 0, nullptr),
           bw_model_output_info(nullptr, 0, &info),
           bw_model_output_info(small.model.get(), 0, nullptr),
           bw_model_input_integer_info(nullptr, 0, &info),
           bw_model_input_integer_info(small.model.get(), 0, nullptr),
           bw_plan_create(nullptr, nullptr, &plan),
           bw_plan_create(small.model.get(), nullptr, nullptr),
           bw_plan_step_info(nullptr, 0, &step),
           bw_plan_step_info(small.plan.get(), 0, nullptr),
           bw_session_bytes(nullptr, nullptr, &size),
           bw_session_bytes(small.plan.get(), nullptr, nullptr),
           bw_session_create(nullptr, nullptr, &session),
           bw_session_create(small.plan.get(), nullptr, nullptr),
           bw_session_input(nullptr, 0, &data, &size),
           bw_session_input(small.session.get(), 0, nullptr, &size),
           bw_session_input_integer(nullptr, 0, &data, &size),
           bw_session_set_input(nullptr, 0, &byte, 1),
           bw_session_set_input(small.session.get(), 0, nullptr, 1),
           bw_session_set_input_integer(small.session.get(), 0, nullptr, 1),
           bw_session_run(nullptr),
           bw_session_output(nullptr, 0, &output, &size),
           bw_session_output(small.session.get(), 0, nullptr, &size),
           bw_session_tensor(nullptr, 0, &info, &output),
           bw_session_step_ns(nullptr, 0, &ns),
           bw_session_step_ns(small.session.get(), 0, nullptr),
           bw_session_check_golden(nullptr, &matches),
           bw_session_check_golden(small.session.get(), nullptr),
       }) {
    CHECK(status == BW_STATUS_INVALID_ARGUMENT);
    CHECK_THAT(message(), Contains("is null"));
  }
  bw_model_release(nullptr);
  bw_plan_release(nullptr);
  bw_session_release(nullptr);
  CHECK(bw_model_input_count(nullptr) == 0);
  CHECK(bw_plan_step_count(nullptr) == 0);
  CHECK(bw_plan_arena_bytes(nullptr) == 0);
}

TEST_CASE("bad input class 24: wrong sizes and indices") {
  const Small small;
  bw_session* session = small.session.get();
  const Bytes data(1000);
  bw_tensor_info info;
  bw_step_info step;
  const void* output = nullptr;
  std::int64_t ns = 0;
  for (const std::size_t size : {std::size_t{0}, std::size_t{127}, std::size_t{129}, SIZE_MAX}) {
    CHECK(bw_session_set_input(session, 0, data.data(), size) == BW_STATUS_INVALID_ARGUMENT);
  }
  CHECK_THAT(message(), Contains("input 0 takes 128 bytes"));
  CHECK(bw_session_set_input_integer(session, 0, data.data(), 128) == BW_STATUS_INVALID_ARGUMENT);
  CHECK_THAT(message(), Contains("input 0 takes 32 bytes, got 128"));
  for (const std::int32_t index : {-1, 1, INT32_MIN, INT32_MAX}) {
    CHECK(bw_session_set_input(session, index, data.data(), 128) == BW_STATUS_INVALID_ARGUMENT);
    CHECK(bw_session_output(session, index, &output, nullptr) == BW_STATUS_INVALID_ARGUMENT);
    CHECK(bw_model_input_info(small.model.get(), index, &info) == BW_STATUS_INVALID_ARGUMENT);
    CHECK(bw_model_output_info(small.model.get(), index, &info) == BW_STATUS_INVALID_ARGUMENT);
  }
  CHECK_THAT(message(), Contains("output 2147483647 does not exist: the model has 1"));
  for (const std::int32_t index : {-1, 2, INT32_MAX}) {
    CHECK(bw_plan_step_info(small.plan.get(), index, &step) == BW_STATUS_INVALID_ARGUMENT);
    CHECK(bw_session_step_ns(session, index, &ns) == BW_STATUS_INVALID_ARGUMENT);
  }
  CHECK(bw_session_tensor(session, 99, &info, &output) == BW_STATUS_INVALID_ARGUMENT);
  CHECK(bw_session_tensor(session, 1, &info, &output) == BW_STATUS_NOT_FOUND);
  CHECK(bw_session_step_ns(session, 0, &ns) == BW_STATUS_NOT_FOUND);
}

TEST_CASE("bad input class 24: options that make no sense") {
  const Small small;
  bw_plan_options plan_options = {};
  bw_plan* plan = nullptr;
  CHECK(bw_plan_create(small.model.get(), &plan_options, &plan) == BW_STATUS_INVALID_ARGUMENT);
  CHECK_THAT(message(), Contains("bw_plan_options.struct_size is 0"));
  bw_session_options options;
  bw_session* session = nullptr;
  for (const std::int32_t threads : {-1, 65}) {
    bw_session_options_init(&options);
    options.threads = threads;
    CHECK(bw_session_create(small.plan.get(), &options, &session) == BW_STATUS_INVALID_ARGUMENT);
    CHECK_THAT(message(), Contains("must be 0..64"));
  }
  bw_session_options_init(&options);
  const bw_parallel no_pool = {};
  options.parallel = &no_pool;
  CHECK(bw_session_create(small.plan.get(), &options, &session) == BW_STATUS_INVALID_ARGUMENT);
  bw_session_options_init(&options);
  const bw_allocator no_allocator = {};
  options.allocator = &no_allocator;
  CHECK(bw_session_create(small.plan.get(), &options, &session) == BW_STATUS_INVALID_ARGUMENT);
  CHECK_THAT(message(), Contains("lacks allocate"));
}

TEST_CASE("options of an older and shorter struct are taken") {
  const Small small;
  bw_session_options options;
  bw_session_options_init(&options);
  options.struct_size = offsetof(bw_session_options, parallel);
  options.parallel = reinterpret_cast<const bw_parallel*>(std::uintptr_t{1});  // beyond what the caller knows
  options.threads = 2;
  bw_session* session = nullptr;
  CHECK(bw_session_create(small.plan.get(), &options, &session) == BW_STATUS_OK);
  bw_session_release(session);
}

TEST_CASE("an unknown path is refused with the list of those available") {
  const Small small;
  bw_plan_options options;
  bw_plan_options_init(&options);
  options.path = "sse9";
  bw_plan* plan = nullptr;
  CHECK(bw_plan_create(small.model.get(), &options, &plan) == BW_STATUS_UNKNOWN_PATH);
  CHECK_THAT(message(), Contains("options.path 'sse9'") && Contains("available here: reference"));

  const char* before = std::getenv("BULWARK_PATH");
  const std::string saved = before == nullptr ? "" : before;
  setenv("BULWARK_PATH", "turbo", 1);
  CHECK(bw_plan_create(small.model.get(), nullptr, &plan) == BW_STATUS_UNKNOWN_PATH);
  CHECK_THAT(message(), Contains("BULWARK_PATH 'turbo' is not a path"));
  setenv("BULWARK_PATH", "reference", 1);
  const PlanHandle forced = make_plan(small.model.get());
  CHECK(std::string(bw_plan_path(forced.get())) == "reference");
  setenv("BULWARK_PATH", saved.c_str(), 1);
}

TEST_CASE("the log hook hears of the plan and of float operators") {
  std::vector<std::string> lines;
  bw_set_log([](void* context, bw_log_level,
                const char* line) { static_cast<std::vector<std::string>*>(context)->push_back(line); },
             &lines);
  const ModelBytes bytes(float_network(53));
  const ModelHandle model = load(bytes);
  const PlanHandle plan = make_plan(model.get(), "reference");
  bw_set_log(nullptr, nullptr);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Contains("path reference"));
  CHECK_THAT(lines[1], Contains("float operators"));
}

TEST_CASE("status strings and versions") {
  CHECK(std::string(bw_version()) == "0.1.0");
  CHECK(bw_schema_version() == 1);
  for (std::int32_t i = 0; i <= BW_STATUS_NOT_FOUND; ++i) {
    CHECK(std::string(bw_status_string(static_cast<bw_status>(i))) != "unknown status");
  }
}

}  // namespace bulwark::test
