// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate/certify.h"

#include <algorithm>

#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

template <typename T>
void lay_box(const T* x, std::int64_t count, std::int32_t eps, const schema::TensorView& range, T* lo,
             T* hi) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t value = x[i];
    lo[i] = static_cast<T>(std::clamp(value - eps, range.lo, range.hi));
    hi[i] = static_cast<T>(std::clamp(value + eps, range.lo, range.hi));
  }
}

void make_box(bw_session& session, std::int32_t eps) {
  const IntervalPlan& plan = *session.plan->intervals;
  if (plan.door_step >= 0) run_step(session, session.plan->steps[static_cast<std::size_t>(plan.door_step)]);
  const schema::TensorView tensor = session.plan->model->file.tensor(plan.box);
  const void* x = session.tensors[plan.box];
  void* lo = session.intervals[plan.address.lower(plan.box)];
  void* hi = session.intervals[plan.address.upper(plan.box)];
  if (tensor.type == schema::ElementType::u8) {
    lay_box(static_cast<const std::uint8_t*>(x), tensor.elements(), eps, tensor,
            static_cast<std::uint8_t*>(lo), static_cast<std::uint8_t*>(hi));
  } else {
    lay_box(static_cast<const std::int8_t*>(x), tensor.elements(), eps, tensor, static_cast<std::int8_t*>(lo),
            static_cast<std::int8_t*>(hi));
  }
}

Ends decision_ends(const bw_session& session) {
  const IntervalPlan& plan = *session.plan->intervals;
  const std::int32_t tensor =
      plan.decision.op < 0 ? plan.decision.tensor : session.plan->model->file.op(plan.decision.op).inputs[0];
  return {session.intervals[plan.address.lower(tensor)], session.intervals[plan.address.upper(tensor)]};
}

void fill(bw_certificate* certificate, const Lead& lead, std::int32_t eps) {
  certificate->label = lead.label;
  certificate->certified = lead.certified ? 1 : 0;
  certificate->eps = eps;
  certificate->margin = lead.margin;
}

bw_status check_call(const bw_session* session, std::int32_t eps, const bw_certificate* certificate) {
  if (session == nullptr || certificate == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null", session == nullptr ? "session" : "certificate");
  }
  if (eps < 0 || eps > 255) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "eps is %d, must be 0..255 steps of the input", eps);
  }
  if (session->plan->intervals == nullptr) {
    return fail(BW_STATUS_NOT_FOUND, "the plan was created without certify");
  }
  return BW_STATUS_OK;
}

}  // namespace

Lead run_box(bw_session& session, std::int32_t eps, std::int32_t label) {
  make_box(session, eps);
  const IntervalPlan& plan = *session.plan->intervals;
  for (std::int32_t i = 0; i < plan.step_count; ++i) run_interval_step(session, plan.steps[i]);
  return find_lead(session.plan->model->file, plan.decision, decision_ends(session), label);
}

std::int32_t run_nominal(bw_session& session) {
  run_steps(session);
  const Decision& decision = session.plan->intervals->decision;
  return nominal_label(session.plan->model->file, decision, session.tensors[decision.tensor]);
}

}  // namespace bulwark::runtime

using namespace bulwark;

extern "C" {

bw_status bw_session_run_certified(bw_session* session, int32_t eps, bw_certify_mode mode,
                                   bw_certificate* certificate) {
  const bw_status status = runtime::check_call(session, eps, certificate);
  if (status != BW_STATUS_OK) return status;
  if (mode != BW_CERTIFY_RUN && mode != BW_CERTIFY_FIRST) {
    return runtime::fail(BW_STATUS_INVALID_ARGUMENT, "mode is %d, must be 0 or 1", static_cast<int>(mode));
  }
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return runtime::fail(BW_STATUS_BUSY, "the session is in use on another thread");
  *certificate = {};
  runtime::Lead lead = runtime::run_box(*session, eps, -1);
  if (mode == BW_CERTIFY_RUN || !lead.certified) {
    const std::int32_t label = runtime::run_nominal(*session);
    certificate->ran = 1;
    // The lead of another class over the box is not this answer's margin.
    if (label != lead.label) {
      const runtime::IntervalPlan& plan = *session->plan->intervals;
      lead = runtime::find_lead(session->plan->model->file, plan.decision, runtime::decision_ends(*session),
                                label);
    }
  }
  runtime::fill(certificate, lead, eps);
  return BW_STATUS_OK;
}

bw_status bw_session_certified_radius(bw_session* session, int32_t max_eps, bw_certificate* certificate) {
  const bw_status status = runtime::check_call(session, max_eps, certificate);
  if (status != BW_STATUS_OK) return status;
  const runtime::SessionClaim claim(*session);
  if (!claim.claimed) return runtime::fail(BW_STATUS_BUSY, "the session is in use on another thread");
  *certificate = {};
  certificate->ran = 1;
  const std::int32_t label = runtime::run_nominal(*session);
  runtime::Lead best = runtime::run_box(*session, 0, label);
  std::int32_t proved = 0, open = best.certified ? max_eps + 1 : 1;
  // A larger box contains a smaller one: what is proved for eps holds below it. So do the intervals, but for
  // the one value more that centre and radius may cover; an eps beyond one that was not proved is not looked
  // for.
  while (open - proved > 1) {
    const std::int32_t middle = (proved + open) / 2;
    const runtime::Lead lead = runtime::run_box(*session, middle, label);
    if (lead.certified) {
      proved = middle;
      best = lead;
    } else {
      open = middle;
    }
  }
  runtime::fill(certificate, best, proved);
  return BW_STATUS_OK;
}

bw_status bw_session_bounds(const bw_session* session, int32_t tensor, const void** lo, const void** hi) {
  if (session == nullptr || lo == nullptr || hi == nullptr) {
    return runtime::fail(BW_STATUS_INVALID_ARGUMENT, "%s is null",
                         session == nullptr ? "session"
                         : lo == nullptr    ? "lo"
                                            : "hi");
  }
  if (session->plan->intervals == nullptr || !session->plan->keep_intermediates) {
    return runtime::fail(BW_STATUS_NOT_FOUND, "the plan was created without certify and keep_intermediates");
  }
  const runtime::IntervalAddress& address = session->plan->intervals->address;
  if (tensor < 0 || tensor >= address.tensors) {
    return runtime::fail(BW_STATUS_INVALID_ARGUMENT, "tensor %d does not exist: the session has %d", tensor,
                         address.tensors);
  }
  if (session->intervals[address.lower(tensor)] == nullptr) {
    return runtime::fail(BW_STATUS_NOT_FOUND, "tensor %d has no bounds", tensor);
  }
  *lo = session->intervals[address.lower(tensor)];
  *hi = session->intervals[address.upper(tensor)];
  return BW_STATUS_OK;
}

}  // extern "C"
