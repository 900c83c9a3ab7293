// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <new>
#include <sstream>
#include <string_view>

#include "bulwark/bulwark.h"
#include "converter/cli/terminal.h"
#include "converter/cli/verbs.h"

namespace bulwark::converter::cli {

void add_threads(CLI::App* verb, std::int32_t* threads) {
  verb->add_option("--threads", *threads, "threads of one run; 0: one per core")
      ->check(CLI::Range(0, 64))
      ->capture_default_str()
      ->type_name("N");
}

void add_path(CLI::App* verb, std::string* path) {
  verb->add_option("--path", *path,
                   "kernels to use: reference, neon, dotprod, i8mm, avx2, vnni (default: $BULWARK_PATH, else "
                   "the best)")
      ->type_name("P");
}

void add_json(CLI::App* verb, bool* json) {
  verb->add_flag("--json", *json, "report as one JSON document on stdout");
}

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 the answer is no, 2 usage, 3 bad input, 4 input/output failed.\n"
    "'bulwark VERB --help' lists the options of a verb.";

void print_error(std::string_view message) {
  for (std::size_t begin = 0; begin <= message.size();) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    if (end > begin) fmt::print(stderr, "bulwark: {}\n", message.substr(begin, end - begin));
    begin = end + 1;
  }
}

/// CLI11 only says that a verb is missing.
void check_verb(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  if (std::find(verbs.begin(), verbs.end(), argv[1]) == verbs.end()) {
    throw usage_error(fmt::format("'{}' is not a verb; the verbs are {}", argv[1], fmt::join(verbs, ", ")));
  }
}

Exit parse_and_act(int argc, char** argv) {
  CLI::App app("Converts, inspects and runs low-bit quantized networks (.bwk).", "bulwark");
  app.set_version_flag("--version",
                       fmt::format("bulwark {} (schema version {})", bw_version(), bw_schema_version()));
  app.require_subcommand(1);
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  Action action;
  for (const auto add :
       {add_convert, add_inspect, add_run, add_eval, add_diff, add_certify, add_attack, add_faults, add_search, add_bench})
    add(app, &action);
  check_verb(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, message;
    if (app.exit(error, out, message) == 0) {
      print(out.str());
      return Exit::done;
    }
    throw usage_error(fmt::format("{}\ntry 'bulwark --help'", error.what()));
  }
  return action();
}

Exit guarded(int argc, char** argv) {
  try {
    return parse_and_act(argc, argv);
  } catch (const Error& error) {
    print_error(error.what());
    return error.code();
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
    return Exit::io;
  } catch (const std::length_error&) {
    print_error("out of memory");
    return Exit::io;
  } catch (const std::exception& error) {
    print_error(error.what());
    return Exit::bad_input;
  }
}

}  // namespace
}  // namespace bulwark::converter::cli

int main(int argc, char** argv) {
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), not a death
#endif
  return static_cast<int>(bulwark::converter::cli::guarded(argc, argv));
}
