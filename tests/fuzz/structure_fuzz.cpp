// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the verifier, and every view of what it accepts.
#include <cstdlib>

#include "schema/verifier.h"
#include "tests/fuzz/load_and_run.h"

namespace bulwark::test {
namespace {

template <typename T>
std::uint64_t read(schema::View<T> view) {
  std::uint64_t sum = 0;
  for (const T value : view) sum += static_cast<std::uint64_t>(value != T{});
  return sum;
}

std::uint64_t read(const schema::OperatorView& op) {
  return read(op.inputs) + read(op.outputs) + read(op.axes) + read(op.linear.weights.data) +
         read(op.linear.weights.scales) + read(op.linear.bias) + read(op.linear.multiplier) +
         read(op.linear.lo) + read(op.linear.hi) + read(op.linear.float_bias) + read(op.softmax.table) +
         op.name.size();
}

std::uint64_t read_everything(const schema::VerifiedModel& model) {
  std::uint64_t sum = read(model.inputs()) + read(model.outputs()) + read(model.content_sha256());
  for (std::int32_t i = 0; i < model.tensor_count(); ++i)
    sum += read(model.tensor(i).shape) + read(model.tensor(i).constant);
  for (std::int32_t i = 0; i < model.operator_count(); ++i) sum += read(model.op(i));
  for (std::int32_t i = 0; i < model.golden_input_count(); ++i) sum += read(model.golden_input(i).data);
  for (std::int32_t i = 0; i < model.golden_output_count(); ++i) sum += read(model.golden_output(i).data);
  for (std::int32_t i = 0; i < model.metadata_count(); ++i) sum += model.metadata(i).value.size();
  return sum + model.producer().size() + model.recipe().size();
}

}  // namespace
}  // namespace bulwark::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulwark;
  test::ExactBuffer buffer({data, size});
  schema::VerifyOptions options;
  options.check_content_hash = false;
  schema::VerifiedModel model;
  schema::VerifyError error;
  const bool ok = schema::VerifiedModel::verify(buffer.span(), options, &model, &error);
  if (ok != (error.code == schema::VerifyCode::ok) || ok != (error.message[0] == '\0')) std::abort();
  volatile std::uint64_t sum = test::read_everything(model);  // empty where it was refused
  (void)sum;
  return 0;
}
