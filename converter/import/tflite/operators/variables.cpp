// SPDX-License-Identifier: Apache-2.0
// Resource variables: their handles, first values, reads and assignments. Operators run in the order of the
// file, so a variable read after an assignment has the assigned value, and before it that of the last run.
#include "converter/import/tflite/operators.h"

namespace bulwark::converter::import_tflite {

void import_call_once(NodeContext& context) {
  context.builder().run_initializer(context.options<wire::CallOnceOptions>().init_subgraph_index());
}

void import_var_handle(NodeContext& context) {
  context.builder().define_handle(context.output_tensor(0), variable_name(context.source()));
}

void import_read_variable(NodeContext& context) {
  context.expect_inputs(1, 1);
  GraphBuilder& builder = context.builder();
  const TensorNumber output = context.output_tensor(0);
  const std::string& key = builder.variable_key(context.input_tensor(0));
  const ValueId value = builder.variables.read(context.graph(), key, builder.form_of(output), false);
  builder.define(output, value);
}

void import_assign_variable(NodeContext& context) {
  context.expect_inputs(2, 2);
  const ValueId value = context.input(1);
  if (context.dtype(value) == DType::s8 || context.dtype(value) == DType::u8)
    context.builder().note_levels(context.input_tensor(1), value);
  context.assign_variable(0, context.input(1));
}

}  // namespace bulwark::converter::import_tflite
