// SPDX-License-Identifier: Apache-2.0
// One function per verb: declares the subcommand with its options and, when it was given, what to do. Actions
// throw Error; their value is the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "converter/error.h"

namespace bulwark::converter::cli {

using Action = std::function<Exit()>;

void add_convert(CLI::App& app, Action* action);
void add_inspect(CLI::App& app, Action* action);
void add_run(CLI::App& app, Action* action);
void add_eval(CLI::App& app, Action* action);
void add_diff(CLI::App& app, Action* action);
void add_certify(CLI::App& app, Action* action);
void add_attack(CLI::App& app, Action* action);
void add_faults(CLI::App& app, Action* action);
void add_search(CLI::App& app, Action* action);
void add_bench(CLI::App& app, Action* action);

/// The option --threads N, 1..64 (0: one per core).
void add_threads(CLI::App* verb, std::int32_t* threads);
/// The option --path NAME.
void add_path(CLI::App* verb, std::string* path);
/// The flag --json.
void add_json(CLI::App* verb, bool* json);

}  // namespace bulwark::converter::cli
