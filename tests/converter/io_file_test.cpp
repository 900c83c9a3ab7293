// SPDX-License-Identifier: Apache-2.0
// Reading and the atomic writing of files, with the faults of a real machine.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "converter/error.h"
#include "converter/io/file.h"
#include "tests/converter/temp_folder.h"

namespace bulwark::converter::io {
namespace {

using Catch::Matchers::Contains;
using test::TempFolder;

const std::vector<std::uint8_t> kOld = {'o', 'l', 'd'};

template <typename Action>
std::string io_failure(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.code() == Exit::io);
    return error.what();
  }
  return "";
}

/// Runs `action` in a child process; its wait status.
template <typename Action>
int in_child(Action&& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    action();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

void limit_file_size(rlim_t bytes) {
  const rlimit limit = {bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_CASE("io: reading what is not a regular file names it") {
  const TempFolder folder;
  CHECK_THAT(io_failure([&] { read_file(folder / "absent"); }),
             Contains("absent") && Contains("No such file"));
  CHECK_THAT(io_failure([&] { read_file(folder.path()); }), Contains("it is a folder"));
  CHECK_THAT(io_failure([] { read_file("/dev/zero"); }), Contains("not a regular file"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(io_failure([&] { read_file(folder / "pipe"); }), Contains("not a regular file"));
}

TEST_CASE("io: write and read back, over an existing file and through a link") {
  const TempFolder folder;
  test::spill(folder / "a", kOld);
  const std::vector<std::uint8_t> bytes(100000, 7);
  write_atomically(bytes, folder / "a");
  CHECK(read_file(folder / "a") == bytes);
  REQUIRE(::symlink((folder / "a").c_str(), (folder / "link").c_str()) == 0);
  write_atomically(kOld, folder / "link");
  CHECK(read_file(folder / "a") == kOld);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(folder.entries() == 2);
}

TEST_CASE("io: a target that can not be written is refused and left alone") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "d");
  CHECK_THAT(io_failure([&] { write_atomically(kOld, folder / "d"); }), Contains("it is a folder"));
  CHECK_THAT(io_failure([&] { write_atomically(kOld, folder / "none/a"); }), Contains("No such file"));
  CHECK_THAT(io_failure([] { write_atomically(kOld, "/dev/full"); }), Contains("not a regular file"));
  CHECK_THAT(io_failure([] { write_atomically(kOld, ""); }), Contains("empty"));
  REQUIRE(::symlink("nowhere", (folder / "broken").c_str()) == 0);
  CHECK_THAT(io_failure([&] { write_atomically(kOld, folder / "broken"); }), Contains("broken link"));
  CHECK(folder.entries() == 2);
}

TEST_CASE("io: a full disk leaves the old file and no temporary file") {
  const TempFolder folder;
  test::spill(folder / "a", kOld);
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    limit_file_size(4096);
    const std::string message =
        io_failure([&] { write_atomically(std::vector<std::uint8_t>(100000), folder / "a"); });
    ::_exit(message.find("File too large") == std::string::npos ? 1 : 0);
  });
  CHECK(status == 0);
  CHECK(read_file(folder / "a") == kOld);
  CHECK(folder.entries() == 1);
}

TEST_CASE("io: a process killed in mid-write leaves the old file") {
  const TempFolder folder;
  test::spill(folder / "a", kOld);
  const int status = in_child([&] {
    limit_file_size(65536);  // the signal ends the process inside write()
    write_atomically(std::vector<std::uint8_t>(1 << 20), folder / "a");
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGXFSZ);
  CHECK(read_file(folder / "a") == kOld);
  CHECK(folder.entries() == 2);
}

TEST_CASE("io: SIGKILL at any moment leaves one whole version") {
  const TempFolder folder;
  const std::vector<std::uint8_t> versions[] = {std::vector<std::uint8_t>(1 << 20, 1),
                                                std::vector<std::uint8_t>(1 << 21, 2)};
  write_atomically(versions[0], folder / "a");
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (int i = 0;; ++i) write_atomically(versions[i & 1], folder / "a");
    }
    ::usleep(static_cast<useconds_t>(3000 + 1700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::vector<std::uint8_t> found = read_file(folder / "a");
    CHECK((found == versions[0] || found == versions[1]));
  }
}

TEST_CASE("io: folders are made with their parents") {
  const TempFolder folder;
  make_folder(folder / "x/y/z");
  CHECK(std::filesystem::is_directory(folder / "x/y/z"));
  make_folder(folder / "x");
  test::spill(folder / "file", kOld);
  CHECK(!io_failure([&] { make_folder(folder / "file"); }).empty());
  CHECK(!io_failure([&] { make_folder(folder / "file/sub"); }).empty());
}

}  // namespace
}  // namespace bulwark::converter::io
