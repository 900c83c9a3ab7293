// SPDX-License-Identifier: Apache-2.0
// How the converter reports failure. The converter library may use exceptions inside; verbs turn them into messages
// and exit codes.
#pragma once

#include <stdexcept>
#include <string>

namespace bulwark::converter {

/// Exit codes of the command line (design contract).
enum class Exit { done = 0, no = 1, usage = 2, bad_input = 3, io = 4 };

/// A failure with its exit code; what() names what is wrong and where, one problem per line.
class Error : public std::runtime_error {
 public:
  Error(Exit code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Exit code() const { return code_; }

 private:
  Exit code_;
};

inline Error bad_input(const std::string& message) { return {Exit::bad_input, message}; }
inline Error io_error(const std::string& message) { return {Exit::io, message}; }
inline Error usage_error(const std::string& message) { return {Exit::usage, message}; }

}  // namespace bulwark::converter
