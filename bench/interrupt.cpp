// SPDX-License-Identifier: Apache-2.0
#include "bench/interrupt.h"

namespace bulwark::bench {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int) { noted = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  noted = 0;
  struct sigaction now = {};
  now.sa_handler = note;
  now.sa_flags = SA_RESTART;
  sigaction(SIGINT, &now, &before_);
}

InterruptGuard::~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }

bool InterruptGuard::interrupted() const { return noted != 0; }

}  // namespace bulwark::bench
