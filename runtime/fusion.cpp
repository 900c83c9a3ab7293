// SPDX-License-Identifier: Apache-2.0
#include "runtime/fusion.h"

#include <algorithm>
#include <cstring>

#include "kernels/common/elementwise.h"
#include "runtime/ops/broadcast.h"
#include "runtime/ops/linear.h"
#include "runtime/status.h"
#include "runtime/strip.h"

namespace bulwark::runtime {
namespace {

using kernels::LinearProblem;
using schema::OperatorKind;
using AddParameters = BroadcastParameters<kernels::AddCall>;

/// A tensor of this size or more is worth avoiding: it does not stay in the cache of a small core.
constexpr std::int64_t kLargeBytes = 128 * 1024;
/// About this much of the first layer's output is held at a time.
constexpr std::int64_t kStripBytes = 128 * 1024;
/// Work for several threads.
constexpr std::int64_t kMinStrips = 8;

struct Chain {
  const LinearParameters* expand;  ///< null: the chain starts with the depthwise layer
  const LinearParameters* depthwise;
  const LinearParameters* project;    ///< null: the chain ends with the depthwise layer
  const AddParameters* add;           ///< null: no addition behind the projection
  std::int32_t input, other, output;  ///< tensors; `other` is what is added
  bool other_first;                   ///< whether it is the addition's first operand
  std::int64_t strip_rows, strips;    ///< output rows of a strip, strips of an image
  /// Parts of the scratch: rows of the expansion, the depthwise layer and the projection, then the kernels'.
  std::size_t filtered, projected, kernels, scratch;
};

std::int64_t row_bytes(const LinearProblem& p) { return std::int64_t{p.out_w} * p.out_c; }

Rows rows_of_strip(const Chain& chain, std::int64_t strip) {
  return {strip * chain.strip_rows,
          std::min<std::int64_t>((strip + 1) * chain.strip_rows, chain.depthwise->problem.out_h)};
}

void run_rows(const LinearParameters& layer, Rows rows, const std::int8_t* input, std::int8_t* output,
              void* scratch) {
  const LinearProblem strip = strip_of(layer.problem, rows);
  layer.kernel->run({&strip, layer.packed, input, output, scratch, 0, layer.kernel->work_items(strip)});
}

/// The strips of one call, in order; strips of one image share rows of the expansion.
class Runner {
 public:
  explicit Runner(const StepCall& call)
      : call_(call),
        chain_(*static_cast<const Chain*>(call.step.chain)),
        expanded_(static_cast<std::int8_t*>(call.scratch)),
        filtered_(expanded_ + chain_.filtered),
        projected_(expanded_ + chain_.projected),
        scratch_(expanded_ + chain_.kernels) {}

  void run(std::int64_t item) {
    const std::int64_t image = item / chain_.strips;
    const Rows rows = rows_of_strip(chain_, item % chain_.strips);
    if (image != image_) held_ = {};
    image_ = image;
    const LinearProblem& p = chain_.depthwise->problem;
    std::int8_t* output = static_cast<std::int8_t*>(call_.tensors[chain_.output]);
    const LinearProblem& last = chain_.project != nullptr ? chain_.project->problem : p;
    const std::int64_t at = (image * p.out_h + rows.begin) * row_bytes(last);
    std::int8_t* filtered = chain_.project != nullptr ? filtered_ : output + at;
    run_rows(*chain_.depthwise, rows, depthwise_input(input_rows(p, rows)), filtered, scratch_);
    if (chain_.project == nullptr) return;
    std::int8_t* projected = chain_.add != nullptr ? projected_ : output + at;
    run_rows(*chain_.project, rows, filtered, projected, scratch_);
    if (chain_.add != nullptr) add(at, rows.count() * row_bytes(last), output);
  }

 private:
  /// The rows `need` of the depthwise layer's input.
  const std::int8_t* depthwise_input(Rows need) {
    const LinearProblem& p = chain_.depthwise->problem;
    const auto* input = static_cast<const std::int8_t*>(call_.tensors[chain_.input]);
    if (chain_.expand == nullptr) {
      return input + (image_ * p.in_h + need.begin) * p.in_w * p.in_c;
    }
    const std::int64_t bytes = row_bytes(chain_.expand->problem);
    const Rows kept = {need.begin, std::max(need.begin, held_.end)};
    if (kept.count() > 0) {
      std::memmove(expanded_, expanded_ + (kept.begin - held_.begin) * bytes,
                   static_cast<std::size_t>(kept.count() * bytes));
    }
    held_ = need;
    const Rows make = {kept.end, need.end};
    if (make.count() > 0) {
      const LinearProblem& e = chain_.expand->problem;
      input += (image_ * e.in_h + input_rows(e, make).begin) * e.in_w * e.in_c;
      run_rows(*chain_.expand, make, input, expanded_ + kept.count() * bytes, scratch_);
    }
    return expanded_;
  }

  void add(std::int64_t at, std::int64_t count, std::int8_t* output) const {
    kernels::AddCall add = chain_.add->call;
    const auto* other = static_cast<const std::int8_t*>(call_.tensors[chain_.other]) + at;
    add.a = chain_.other_first ? other : projected_;
    add.b = chain_.other_first ? projected_ : other;
    add.output = output + at;
    add.count = count;
    chain_.add->kernel->run(add);
  }

  const StepCall& call_;
  const Chain& chain_;
  std::int8_t *expanded_, *filtered_, *projected_, *scratch_;
  std::int64_t image_ = -1;
  Rows held_;  ///< of the expansion
};

void run_chain(const StepCall& call) {
  Runner runner(call);
  for (std::int64_t item = call.begin; item < call.end; ++item) runner.run(item);
}

/// Finds chains and turns them into steps.
class Fusion {
 public:
  explicit Fusion(bw_plan& plan) : plan_(plan), file_(plan.model->file) {}

  bool fuse() {
    if (!readers_.allocate(plan_.allocator, static_cast<std::size_t>(file_.tensor_count()))) return false;
    count_readers();
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (is_depthwise(i) && !fuse_around(i)) return false;
    }
    return true;
  }

 private:
  void count_readers() {
    for (const Step& step : plan_.steps) {
      for (const std::int32_t tensor : step.inputs) ++readers_[static_cast<std::size_t>(tensor)];
    }
    for (const std::int32_t tensor : file_.outputs()) ++readers_[static_cast<std::size_t>(tensor)];
    for (std::int32_t i = 0; i < file_.state_count(); ++i) {
      ++readers_[static_cast<std::size_t>(file_.state(i).next)];  // by the state, after the run
    }
  }

  schema::OperatorView op(std::size_t step) const { return file_.op(plan_.steps[step].op); }

  /// The parameters of an integer convolution, else null.
  const LinearParameters* convolution(std::size_t step) const {
    if (step >= plan_.steps.size()) return nullptr;
    const Step& s = plan_.steps[step];
    if (op(step).kind != OperatorKind::conv_2d || s.pack == nullptr || s.runs_in >= 0) return nullptr;
    const auto* parameters = static_cast<const LinearParameters*>(s.parameters);
    return parameters->problem.output == kernels::OutputType::s8 ? parameters : nullptr;
  }
  bool is_depthwise(std::size_t step) const {
    const LinearParameters* conv = convolution(step);
    return conv != nullptr && conv->problem.groups == conv->problem.in_c && conv->problem.in_c > 1;
  }

  /// Whether step `i` alone reads what step `i - 1` writes, and nobody else sees it.
  bool follows(std::size_t i) const {
    if (i == 0 || i >= plan_.steps.size()) return false;
    const std::int32_t between = plan_.steps[i - 1].outputs[0];
    const auto inputs = plan_.steps[i].inputs;
    return std::count(inputs.begin(), inputs.end(), between) == 1 &&
           readers_[static_cast<std::size_t>(between)] == 1;
  }
  std::int64_t bytes_behind(std::size_t step) const {
    return file_.tensor(plan_.steps[step].outputs[0]).bytes();
  }

  /// An addition of two whole tensors of one shape.
  const AddParameters* addition(std::size_t step) const {
    if (step >= plan_.steps.size() || op(step).kind != OperatorKind::add) return nullptr;
    const auto inputs = plan_.steps[step].inputs;
    if (file_.tensor(inputs[0]).type == schema::ElementType::f32) return nullptr;
    const auto* parameters = static_cast<const AddParameters*>(plan_.steps[step].parameters);
    const std::int64_t elements = file_.tensor(plan_.steps[step].outputs[0]).elements();
    const bool whole = file_.tensor(inputs[0]).elements() == elements &&
                       file_.tensor(inputs[1]).elements() == elements && !parameters->call.b_repeats;
    return whole && !parameters->swapped ? parameters : nullptr;
  }

  bool fuse_around(std::size_t middle) {
    Chain chain = {};
    std::size_t first = middle, last = middle;
    std::int64_t largest = 0;
    chain.depthwise = convolution(middle);
    if (follows(middle)) chain.expand = convolution(middle - 1);
    if (chain.expand != nullptr) largest = bytes_behind(first = middle - 1);
    if (follows(middle + 1)) chain.project = pixelwise(middle + 1);
    if (chain.project != nullptr) {
      largest = std::max(largest, bytes_behind(middle));
      last = middle + 1;
      if (follows(last + 1)) chain.add = addition(last + 1);
      if (chain.add != nullptr) ++last;
    }
    if (largest < kLargeBytes || !choose_strips(chain)) return true;
    return store(chain, first, last);
  }

  const LinearParameters* pixelwise(std::size_t step) const {
    const LinearParameters* conv = convolution(step);
    if (conv == nullptr) return nullptr;
    const LinearProblem& p = conv->problem;
    const bool one = p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 &&
                     p.pad_top == 0 && p.pad_left == 0 && p.out_h == p.in_h && p.out_w == p.in_w;
    return one ? conv : nullptr;
  }

  /// Rows of a strip, parts of the scratch; false where a kernel can not run on strips.
  static bool choose_strips(Chain& chain) {
    const LinearProblem& p = chain.depthwise->problem;
    const std::int64_t widest = std::max(std::int64_t{p.in_w} * p.in_c * p.stride_h, row_bytes(p));
    const std::int64_t by_bytes = std::max<std::int64_t>(kStripBytes / widest, 1);
    chain.strip_rows = std::min(by_bytes, (p.out_h + kMinStrips - 1) / kMinStrips);
    // Kernels that make two rows at a time do so at a strip's end as well.
    if (chain.strip_rows > 1) chain.strip_rows += chain.strip_rows % 2;
    chain.strips = (p.out_h + chain.strip_rows - 1) / chain.strip_rows;
    std::int64_t expanded = 0;
    std::size_t scratch = 0;
    for (std::int64_t i = 0; i < chain.strips; ++i) {
      const Rows rows = rows_of_strip(chain, i), need = input_rows(p, rows);
      if (need.count() <= 0 || !fits(*chain.depthwise, rows, &scratch)) return false;
      if (chain.project != nullptr && !fits(*chain.project, rows, &scratch)) return false;
      if (chain.expand == nullptr) continue;
      expanded = std::max(expanded, need.count() * row_bytes(chain.expand->problem));
      // The first strip of a call makes all rows it needs, the others those that are new.
      const Rows held = i == 0 ? Rows{} : input_rows(p, rows_of_strip(chain, i - 1));
      const Rows fresh = {std::max(need.begin, held.end), need.end};
      if (!fits(*chain.expand, need, &scratch)) return false;
      if (fresh.count() > 0 && !fits(*chain.expand, fresh, &scratch)) return false;
    }
    const auto aligned = [](std::int64_t bytes) {
      return static_cast<std::size_t>((bytes + std::int64_t{kAlignment} - 1) / kAlignment * kAlignment);
    };
    chain.filtered = aligned(expanded);
    chain.projected = chain.filtered;
    if (chain.project != nullptr) chain.projected += aligned(chain.strip_rows * row_bytes(p));
    chain.kernels = chain.projected;
    if (chain.add != nullptr) {
      chain.kernels += aligned(chain.strip_rows * row_bytes(chain.project->problem));
    }
    chain.scratch = chain.kernels + scratch;
    return true;
  }

  /// Whether the layer's kernel, with the weights as packed for the whole layer, can make these rows.
  static bool fits(const LinearParameters& layer, Rows rows, std::size_t* scratch) {
    if (input_rows(layer.problem, rows).count() <= 0) return false;
    const LinearProblem strip = strip_of(layer.problem, rows);
    if (!layer.kernel->supports(strip) ||
        layer.kernel->packed_size(strip) != layer.kernel->packed_size(layer.problem)) {
      return false;
    }
    *scratch = std::max(*scratch, layer.kernel->scratch_size(strip));
    return true;
  }

  bool store(const Chain& chain, std::size_t first, std::size_t last) {
    auto* stored = plan_.bump.make<Chain>();
    if (stored == nullptr) return false;
    *stored = chain;
    Step& step = plan_.steps[last];
    stored->input = plan_.steps[first].inputs[0];
    stored->output = step.outputs[0];
    if (chain.add != nullptr) {
      stored->other_first = step.inputs[1] == plan_.steps[last - 1].outputs[0];
      stored->other = step.inputs[stored->other_first ? 0 : 1];
    }
    for (std::size_t i = first; i < last; ++i) {
      plan_.steps[i].runs_in = static_cast<std::int32_t>(last);
      plan_.steps[i].run = nullptr;
      plan_.steps[i].scratch_bytes = 0;
      step.work += plan_.steps[i].work;
    }
    step.run = run_chain;
    step.chain = stored;
    step.items = chain.strips * chain.depthwise->problem.batch;
    step.scratch_bytes = chain.scratch;
    return true;
  }

  bw_plan& plan_;
  const schema::VerifiedModel& file_;
  Array<std::int32_t> readers_;
};

}  // namespace

bw_status fuse_steps(bw_plan& plan) {
  if (Fusion(plan).fuse()) return BW_STATUS_OK;
  return fail(BW_STATUS_OUT_OF_MEMORY, "no memory to fuse steps");
}

}  // namespace bulwark::runtime
