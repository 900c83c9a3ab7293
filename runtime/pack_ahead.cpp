// SPDX-License-Identifier: Apache-2.0
// Packing for a file: the same code as a plan's, for every kernel that a processor of the path may choose.
#include "kernels/common/cpu.h"
#include "runtime/ops/linear.h"
#include "runtime/packing.h"
#include "runtime/status.h"

namespace bulwark::runtime {
namespace {

using kernels::LinearPacking;

/// The kernels of one operator, in the order of their names.
struct Choices {
  static constexpr kernels::CoreClass kCores[] = {kernels::CoreClass::in_order,
                                                  kernels::CoreClass::out_of_order};
  const LinearPacking* packings[std::size(kCores)];
  std::size_t count = 0;

  Choices(const LinearGeometry& geometry, kernels::PackTarget target) {
    for (const kernels::CoreClass core : kCores) {
      const LinearPacking* packing =
          kernels::select_linear_packing(geometry.registry, geometry.problem, target, core);
      if (packing != nullptr) insert(packing);
    }
  }

 private:
  void insert(const LinearPacking* packing) {
    std::size_t at = 0;
    for (; at < count; ++at) {
      const int order = std::string_view(packings[at]->name).compare(packing->name);
      if (order == 0) return;
      if (order > 0) break;
    }
    for (std::size_t i = count++; i > at; --i) packings[i] = packings[i - 1];
    packings[at] = packing;
  }
};

bool is_integer_linear(const schema::OperatorView& op) { return !op.linear.bias.empty(); }

class Packer {
 public:
  Packer(const bw_model& model, kernels::PackTarget target, const char* name)
      : model_(model), target_(target), name_(name) {}

  /// Room for the largest operator.
  bw_status prepare() {
    PackTotals totals;
    std::size_t operators = 0, found = 0;
    for (std::int32_t i = 0; i < model_.file.operator_count(); ++i) {
      const schema::OperatorView op = model_.file.op(i);
      if (!is_integer_linear(op)) continue;
      const LinearGeometry geometry = geometry_of(op, i);
      if (!add_sizes(geometry.problem, totals)) return no_memory(op, i);
      const Choices choices(geometry, target_);
      ++operators;
      found += choices.count;
      for (std::size_t c = 0; c < choices.count; ++c) {
        const std::uint64_t bytes = choices.packings[c]->packed_size(geometry.problem);
        totals.largest_in_file = std::max(totals.largest_in_file, bytes);
      }
    }
    if (operators > 0 && found == 0) {
      return fail(BW_STATUS_UNKNOWN_PATH,
                  "this build can not pack for '%s': it has neither its kernels nor their packing "
                  "(bulwark_bench pack does, on a device)",
                  name_);
    }
    return buffers_.allocate(model_.allocator, totals, totals.largest_in_file)
               ? BW_STATUS_OK
               : fail(BW_STATUS_OUT_OF_MEMORY, "no memory to pack weights");
  }

  void run(bw_packed_fn packed, void* context) const {
    for (std::int32_t i = 0; i < model_.file.operator_count(); ++i) {
      const schema::OperatorView op = model_.file.op(i);
      if (!is_integer_linear(op)) continue;
      const LinearGeometry geometry = geometry_of(op, i);
      const Choices choices(geometry, target_);
      for (std::size_t c = 0; c < choices.count; ++c) {
        const LinearPacking& packing = *choices.packings[c];
        packing.pack(geometry.problem, linear_constants(op, buffers_.workspace()),
                     buffers_.workspace().staging, buffers_.spare());
        packed(context, i, packing.name, buffers_.spare(), packing.packed_size(geometry.problem));
      }
    }
  }

 private:
  LinearGeometry geometry_of(const schema::OperatorView& op, std::int32_t i) const {
    return integer_linear_geometry(model_.file, op, model_.weight_extremes[static_cast<std::size_t>(i)]);
  }
  static bw_status no_memory(const schema::OperatorView& op, std::int32_t i) {
    return fail(BW_STATUS_OUT_OF_MEMORY, "operator %d '%s': no memory to pack it", i, op.name.data());
  }

  const bw_model& model_;
  kernels::PackTarget target_;
  const char* name_;
  PackBuffers buffers_;
};

}  // namespace
}  // namespace bulwark::runtime

using namespace bulwark;
using runtime::fail;

extern "C" bw_status bw_model_pack(const bw_model* model, const char* path, bw_packed_fn packed,
                                   void* context) {
  if (model == nullptr || path == nullptr || packed == nullptr) {
    return fail(BW_STATUS_INVALID_ARGUMENT, "%s is null",
                model == nullptr  ? "model"
                : path == nullptr ? "path"
                                  : "packed");
  }
  kernels::PackTarget target;
  if (!kernels::parse_pack_target(path, &target)) {
    return fail(BW_STATUS_UNKNOWN_PATH, "'%.64s' is nothing to pack for, which are %s", path,
                kernels::kPackTargets);
  }
  runtime::Packer packer(*model, target, path);
  const bw_status status = packer.prepare();
  if (status == BW_STATUS_OK) packer.run(packed, context);
  return status;
}
