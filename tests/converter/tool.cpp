// SPDX-License-Identifier: Apache-2.0
#include "tests/converter/tool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/converter/temp_folder.h"

namespace bulwark::test {
namespace {

std::string text_of(const std::string& path) {
  const std::vector<std::uint8_t> bytes = slurp(path);
  return {bytes.begin(), bytes.end()};
}

void redirect(int to, const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(125);
  ::close(fd);
}

[[noreturn]] void start(const std::vector<std::string>& arguments, const ToolOptions& options,
                        const std::string& out, const std::string& err) {
  redirect(STDOUT_FILENO, out);
  redirect(STDERR_FILENO, err);
  if (options.file_size_limit >= 0) {
    const rlimit limit = {static_cast<rlim_t>(options.file_size_limit),
                          static_cast<rlim_t>(options.file_size_limit)};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> argv = {const_cast<char*>(BULWARK_TOOL)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(BULWARK_TOOL, argv.data());
  ::_exit(126);
}

}  // namespace

Outcome bulwark(const std::vector<std::string>& arguments, const ToolOptions& options) {
  const TempFolder folder;
  const std::string out = options.stdout_to.empty() ? folder / "out" : options.stdout_to;
  const pid_t child = ::fork();
  if (child == 0) start(arguments, options, out, folder / "err");
  if (options.kill_after_us > 0) {
    ::usleep(options.kill_after_us);
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (options.stdout_to.empty()) outcome.out = text_of(out);
  outcome.err = text_of(folder / "err");
  return outcome;
}

}  // namespace bulwark::test
