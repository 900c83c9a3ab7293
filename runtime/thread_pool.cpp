// SPDX-License-Identifier: Apache-2.0
#include "runtime/thread_pool.h"

#include <signal.h>

namespace bulwark::runtime {

ThreadPool::~ThreadPool() {
  pthread_mutex_lock(&mutex_);
  stopping_ = true;
  pthread_cond_broadcast(&has_work_);
  pthread_mutex_unlock(&mutex_);
  for (std::int32_t i = 0; i < thread_count_; ++i) pthread_join(threads_[i], nullptr);
  pthread_cond_destroy(&all_done_);
  pthread_cond_destroy(&has_work_);
  pthread_mutex_destroy(&mutex_);
}

bool ThreadPool::start(std::int32_t workers) {
  // The application's signals stay with the application's threads.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  while (thread_count_ < workers &&
         pthread_create(&threads_[thread_count_], nullptr, worker_main, this) == 0) {
    ++thread_count_;
  }
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  return thread_count_ == workers;
}

void ThreadPool::run(std::int32_t count, bw_task_fn task, void* context) {
  pthread_mutex_lock(&mutex_);
  task_ = task;
  context_ = context;
  next_ = 0;
  count_ = unfinished_ = count;
  pthread_cond_broadcast(&has_work_);
  while (run_one()) {
  }
  while (unfinished_ > 0) pthread_cond_wait(&all_done_, &mutex_);
  pthread_mutex_unlock(&mutex_);
}

bool ThreadPool::run_one() {
  if (next_ >= count_) return false;
  const std::int32_t index = next_++;
  const bw_task_fn task = task_;
  void* const context = context_;
  pthread_mutex_unlock(&mutex_);
  task(context, index);
  pthread_mutex_lock(&mutex_);
  if (--unfinished_ == 0) pthread_cond_signal(&all_done_);
  return true;
}

void* ThreadPool::worker_main(void* pool) {
  static_cast<ThreadPool*>(pool)->work();
  return nullptr;
}

void ThreadPool::work() {
  pthread_mutex_lock(&mutex_);
  while (!stopping_) {
    if (!run_one()) pthread_cond_wait(&has_work_, &mutex_);
  }
  pthread_mutex_unlock(&mutex_);
}

}  // namespace bulwark::runtime
