// SPDX-License-Identifier: Apache-2.0
#include "runtime/status.h"

#include <cstdarg>
#include <cstdio>

namespace bulwark::runtime {
namespace {

thread_local char last_message[768];

}  // namespace

bw_status fail(bw_status status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(last_message, sizeof last_message, format, arguments);
  va_end(arguments);
  return status;
}

}  // namespace bulwark::runtime

extern "C" const char* bw_status_message(void) { return bulwark::runtime::last_message; }

extern "C" const char* bw_status_string(bw_status status) {
  switch (status) {
    case BW_STATUS_OK:
      return "no error";
    case BW_STATUS_INVALID_ARGUMENT:
      return "an argument is null, out of range or of the wrong size";
    case BW_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case BW_STATUS_IO:
      return "the file can not be read";
    case BW_STATUS_NOT_A_MODEL:
      return "not a .bwk model";
    case BW_STATUS_UNSUPPORTED_VERSION:
      return "the model's schema version is not supported";
    case BW_STATUS_MALFORMED:
      return "the model's structure is broken or cut off";
    case BW_STATUS_TOO_LARGE:
      return "the model exceeds a limit";
    case BW_STATUS_INVALID_MODEL:
      return "the model breaks a rule of the format";
    case BW_STATUS_CORRUPTED:
      return "the model's content does not match its SHA-256";
    case BW_STATUS_MISALIGNED:
      return "the memory is not aligned";
    case BW_STATUS_UNKNOWN_PATH:
      return "the path is unknown or not available on this processor";
    case BW_STATUS_BUSY:
      return "the session is in use on another thread";
    case BW_STATUS_NOT_FOUND:
      return "not found";
    case BW_STATUS_NOT_CERTIFIABLE:
      return "the model has no certificate";
  }
  return "unknown status";
}
