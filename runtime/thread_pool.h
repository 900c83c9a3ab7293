// SPDX-License-Identifier: Apache-2.0
// A small fork-join pool. Workers sleep on a condition variable between jobs; nothing spins. POSIX threads
// are used directly, as std::thread has no way to report a failure without exceptions.
#pragma once

#include <pthread.h>

#include <cstdint>

#include "bulwark/bulwark.h"

namespace bulwark::runtime {

inline constexpr std::int32_t kMaxThreads = 64;

class ThreadPool {
 public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Joins the workers.
  ~ThreadPool();

  /// Starts `workers` threads, 0 .. kMaxThreads - 1, with all signals blocked. False when the system refuses
  /// one.
  [[nodiscard]] bool start(std::int32_t workers);

  /// Runs task(context, i) for i in 0..count-1 on the workers and the calling thread; returns when all are
  /// done. One call at a time.
  void run(std::int32_t count, bw_task_fn task, void* context);

 private:
  static void* worker_main(void* pool);
  void work();
  /// With the mutex held: takes the next index and runs it unlocked. False when none is left.
  bool run_one();

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t has_work_ = PTHREAD_COND_INITIALIZER;
  pthread_cond_t all_done_ = PTHREAD_COND_INITIALIZER;
  pthread_t threads_[kMaxThreads] = {};
  std::int32_t thread_count_ = 0;
  bw_task_fn task_ = nullptr;
  void* context_ = nullptr;
  std::int32_t next_ = 0, count_ = 0, unfinished_ = 0;
  bool stopping_ = false;
};

}  // namespace bulwark::runtime
