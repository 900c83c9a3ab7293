// SPDX-License-Identifier: Apache-2.0
// bench: hands its arguments to bulwark_bench, the device's own program, which stands beside this one. A verb
// of that program may come first: bulwark bench predict MODEL.bwk ..
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "converter/cli/verbs.h"

namespace bulwark::converter::cli {
namespace {

std::string program_beside_this() {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "bulwark_bench" : (self.parent_path() / "bulwark_bench").string();
}

Exit become(const std::vector<std::string>& arguments) {
  const std::string program = program_beside_this();
  std::vector<std::string> values = {"bulwark_bench"};
  // Help is that of the whole program.
  static const std::set<std::string> kOwn = {"--help", "bench", "golden", "page", "predict", "run"};
  if (arguments.empty() || !kOwn.contains(arguments[0])) values.push_back("bench");
  values.insert(values.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& value : values) argv.push_back(value.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  throw io_error(
      fmt::format("{}: {}; it is built and installed beside this program", program, std::strerror(errno)));
}

}  // namespace

void add_bench(CLI::App& app, Action* action) {
  CLI::App* verb =
      app.add_subcommand("bench", "Measure a model on this machine (all options: bulwark bench --help)");
  verb->set_help_flag();
  verb->prefix_command();
  verb->callback([verb, action] { *action = [verb] { return become(verb->remaining()); }; });
}

}  // namespace bulwark::converter::cli
