// SPDX-License-Identifier: Apache-2.0
// From intervals to an answer: is one class ahead of every other over the whole box?
#pragma once

#include <cstdint>
#include <span>

#include "bulwark/bulwark.h"
#include "runtime/bump.h"
#include "schema/verifier.h"

namespace bulwark::runtime {

/// Where the classes are compared.
struct Decision {
  std::int32_t tensor = -1;  ///< the logits: classes elements, s8, u8 or f32
  std::int32_t op =
      -1;  ///< the linear operator that makes f32 logits from integers; -1: the logits are integers
  std::int32_t classes = 0;
  std::int32_t depth = 0;                 ///< of op: weights of a class
  bool one_multiplier = false;            ///< of op: all classes have the same
  const std::int16_t* weights = nullptr;  ///< of op: [classes, depth]
  std::int64_t gap = 0;  ///< a lead in integers above this one is a lead of the float logits too
};

/// Finds the logits behind output 0: through dequantize, softmax and reshapes, none of which changes which
/// class is first. BW_STATUS_NOT_CERTIFIABLE with the reason.
bw_status find_decision(const schema::VerifiedModel& file, Decision* decision);

/// Unpacks the weights of decision->op. False: memory is out.
bool prepare_decision(const schema::VerifiedModel& file, Bump& bump, Decision* decision);

struct Lead {
  std::int32_t label = -1;  ///< the only class that can lead everywhere
  float margin =
      0;  ///< lower bound of its lead over the next class, in the logits' units; not positive: none proved
  bool certified = false;
};

/// Ends of the intervals of the logits, or of the inputs of decision.op. With `label` >= 0 the lead is that
/// class's.
struct Ends {
  const void* lo;
  const void* hi;
};
Lead find_lead(const schema::VerifiedModel& file, const Decision& decision, const Ends& ends,
               std::int32_t label);

/// Index of the largest logit; of equal ones the first.
std::int32_t nominal_label(const schema::VerifiedModel& file, const Decision& decision, const void* logits);

}  // namespace bulwark::runtime
