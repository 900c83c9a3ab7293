// SPDX-License-Identifier: Apache-2.0
// pack: the weights as the kernels of this build pack them, behind the model (schema/packed.fbs).
#include <cstdio>
#include <exception>

#include "bench/commands.h"
#include "bench/engine.h"
#include "bench/files.h"
#include "bench/json.h"
#include "bench/model_file.h"
#include "converter/write/packed_section.h"

namespace bulwark::bench {
namespace {

using Packed = std::vector<converter::write::PackedSpec>;

void keep(void* context, std::int32_t op, const char* kernel, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  static_cast<Packed*>(context)->push_back({op, kernel, {bytes, bytes + size}});
}

/// What to pack for: the path that is asked for, or the one that a plan takes here.
std::string target_of(const Model& model, const Arguments& arguments) {
  std::string path = arguments.path;
  if (path.empty()) {
    const Result<Plan> plan = Plan::create(model, plan_options(arguments));
    check(plan.status(), arguments.model);
    path = plan->path();
  }
#if defined(__arm__)
  if (path == "neon") return "armv7";  // its name on every machine
#endif
  return path;
}

Bytes packed_file(std::span<const std::uint8_t> model, const std::string& path, Packed packed,
                  const Arguments& arguments) {
  try {
    return converter::write::append_packed({model.begin(), model.end()}, path, std::move(packed));
  } catch (const std::exception& error) {
    throw Failure{Exit::bad_input, arguments.model + ": " + error.what()};
  }
}

}  // namespace

Exit pack_command(const Arguments& arguments) {
  const ModelFile file(arguments.model);
  if (file.model().packed_count() > 0) {
    throw Failure{Exit::bad_input, arguments.model + ": has packed weights already, for " +
                                       std::string(file.model().packed_paths())};
  }
  const Result<Model> model = Model::from_memory(file.bytes());
  check(model.status(), arguments.model);
  const std::string path = target_of(*model, arguments);
  Packed packed;
  check(Status(bw_model_pack(model->get(), path.c_str(), keep, &packed)), arguments.model);
  if (packed.empty()) throw Failure{Exit::bad_input, arguments.model + ": has no integer weights to pack"};
  const std::size_t entries = packed.size();
  const Bytes bytes = packed_file(file.bytes(), path, std::move(packed), arguments);
  write_file_atomically(arguments.output, bytes);
  if (arguments.json) {
    Json report;
    report.add("model", arguments.output)
        .add("path", path)
        .add("entries", static_cast<std::int64_t>(entries));
    report.add("bytes", static_cast<std::int64_t>(bytes.size()));
    std::printf("%s\n", report.text().c_str());
  } else {
    std::printf("%s: %zu bytes, %zu entries of packed weights for %s\n", arguments.output.c_str(),
                bytes.size(), entries, path.c_str());
  }
  return Exit::done;
}

}  // namespace bulwark::bench
