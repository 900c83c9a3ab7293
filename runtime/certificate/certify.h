// SPDX-License-Identifier: Apache-2.0
// Certified runs of a session.
#pragma once

#include "runtime/session.h"

namespace bulwark::runtime {

/// Carries the box of radius eps around the session's input to the decision. The session is claimed, its plan
/// certifies. `label` < 0 asks for any class.
Lead run_box(bw_session& session, std::int32_t eps, std::int32_t label);

/// Runs the model and says which class is first.
std::int32_t run_nominal(bw_session& session);

}  // namespace bulwark::runtime
