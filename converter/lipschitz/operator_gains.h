// SPDX-License-Identifier: Apache-2.0
// By how much one operator can stretch a change of each of its inputs.
#pragma once

#include <optional>
#include <vector>

#include "schema/verifier.h"

namespace bulwark::converter::lipschitz {

struct Gain {
  double l2 = 1, linf = 1;
};

struct OperatorGains {
  std::vector<Gain> inputs;
  bool side_by_side = false;  ///< the output holds its inputs' changes next to each other, not their sum
  bool rounds = false;        ///< the output is rounded to its scale
};

/// Gains in real units, of operators without weights; nothing where there is no bound.
std::optional<OperatorGains> operator_gains(const schema::VerifiedModel& model,
                                            const schema::OperatorView& op);

}  // namespace bulwark::converter::lipschitz
