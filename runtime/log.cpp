// SPDX-License-Identifier: Apache-2.0
#include "runtime/log.h"

#include <pthread.h>

#include <cstdarg>
#include <cstdio>

namespace bulwark::runtime {
namespace {

struct Hook {
  bw_log_fn fn = nullptr;
  void* context = nullptr;
};

pthread_mutex_t hook_mutex = PTHREAD_MUTEX_INITIALIZER;
Hook hook;

// The hook is called outside the lock, so that it may set another one.
Hook current_hook() {
  pthread_mutex_lock(&hook_mutex);
  const Hook copy = hook;
  pthread_mutex_unlock(&hook_mutex);
  return copy;
}

}  // namespace

void log(bw_log_level level, const char* format, ...) {
  const Hook target = current_hook();
  if (target.fn == nullptr) return;
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  target.fn(target.context, level, line);
}

}  // namespace bulwark::runtime

extern "C" void bw_set_log(bw_log_fn fn, void* context) {
  pthread_mutex_lock(&bulwark::runtime::hook_mutex);
  bulwark::runtime::hook = {fn, context};
  pthread_mutex_unlock(&bulwark::runtime::hook_mutex);
}
