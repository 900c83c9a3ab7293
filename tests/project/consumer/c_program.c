/* SPDX-License-Identifier: Apache-2.0 */
/* The C header compiles as C99 and the library links into a C program. */
#include <stdio.h>

#include "bulwark/bulwark.h"

int main(int argc, char** argv) {
  bw_model* model = NULL;
  const bw_status status = argc == 2 ? bw_model_load_file(argv[1], NULL, &model) : BW_STATUS_INVALID_ARGUMENT;
  if (status != BW_STATUS_OK) {
    fprintf(stderr, "%s: %s\n", bw_status_string(status), bw_status_message());
    return 1;
  }
  printf("bulwark %s: %d input, %d output, bit-exact %d\n", bw_version(), (int)bw_model_input_count(model),
         (int)bw_model_output_count(model), (int)bw_model_is_bit_exact(model));
  bw_model_release(model);
  return 0;
}
