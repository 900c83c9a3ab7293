// SPDX-License-Identifier: Apache-2.0
// Runs a model of one int8 input and one int8 output in LiteRT on one thread, warm, the third run between the
// markers of bench/markers.h: litert_run MODEL.tflite INPUT-BYTES OUTPUT-BYTES. Prints the output.
//
// The declarations are those of libLiteRt.so of the wheel ai-edge-litert 2.3.0, which comes without headers.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef void* Handle;
int LiteRtCreateEnvironment(int options, const void* option_list, Handle* environment);
int LiteRtCreateModelFromFile(Handle environment, const char* file, Handle* model);
int LiteRtCreateOptions(Handle* options);
int LiteRtSetOptionsHardwareAccelerators(Handle options, int accelerators);
int LiteRtCreateCompiledModel(Handle environment, Handle model, Handle options, Handle* compiled);
int LiteRtGetModelSubgraph(Handle model, size_t index, Handle* graph);
int LiteRtGetSubgraphInput(Handle graph, size_t index, Handle* tensor);
int LiteRtGetSubgraphOutput(Handle graph, size_t index, Handle* tensor);
int LiteRtGetRankedTensorType(Handle tensor, void* type);
int LiteRtCreateManagedTensorBuffer(Handle environment, int kind, const void* type, size_t bytes,
                                    Handle* buffer);
int LiteRtLockTensorBuffer(Handle buffer, void** data, int writes);
int LiteRtUnlockTensorBuffer(Handle buffer);
int LiteRtRunCompiledModel(Handle compiled, size_t signature, size_t inputs, Handle* input, size_t outputs,
                           Handle* output);

enum { kProcessor = 1, kHostMemory = 1 };

static void check(int status, const char* what) {
  if (status == 0) return;
  fprintf(stderr, "%s: status %d\n", what, status);
  exit(1);
}
#define CHECK(call) check(call, #call)

static Handle buffer_of(Handle environment, Handle tensor, size_t bytes) {
  char type[256];  // larger than LiteRtRankedTensorType
  Handle buffer;
  CHECK(LiteRtGetRankedTensorType(tensor, type));
  CHECK(LiteRtCreateManagedTensorBuffer(environment, kHostMemory, type, bytes, &buffer));
  return buffer;
}

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const size_t in_bytes = (size_t)atoi(arguments[2]), out_bytes = (size_t)atoi(arguments[3]);
  Handle environment, model, options, compiled, graph, in, out;
  CHECK(LiteRtCreateEnvironment(0, NULL, &environment));
  CHECK(LiteRtCreateModelFromFile(environment, arguments[1], &model));
  CHECK(LiteRtCreateOptions(&options));
  CHECK(LiteRtSetOptionsHardwareAccelerators(options, kProcessor));
  CHECK(LiteRtCreateCompiledModel(environment, model, options, &compiled));
  CHECK(LiteRtGetModelSubgraph(model, 0, &graph));
  CHECK(LiteRtGetSubgraphInput(graph, 0, &in));
  CHECK(LiteRtGetSubgraphOutput(graph, 0, &out));
  Handle input = buffer_of(environment, in, in_bytes), output = buffer_of(environment, out, out_bytes);
  void* data;
  CHECK(LiteRtLockTensorBuffer(input, &data, 1));
  for (size_t i = 0; i < in_bytes; ++i) ((int8_t*)data)[i] = (int8_t)((int)(i * 37 % 256) - 128);
  CHECK(LiteRtUnlockTensorBuffer(input));
  for (int warm = 0; warm < 2; ++warm) CHECK(LiteRtRunCompiledModel(compiled, 0, 1, &input, 1, &output));
  __asm__ volatile("hint #100" ::: "memory");
  const int status = LiteRtRunCompiledModel(compiled, 0, 1, &input, 1, &output);
  __asm__ volatile("hint #101" ::: "memory");
  check(status, "the counted run");
  CHECK(LiteRtLockTensorBuffer(output, &data, 0));
  for (size_t i = 0; i < out_bytes; ++i) printf("%d ", ((int8_t*)data)[i]);
  printf("\n");
  fflush(stdout);
  _Exit(0);  // not through the library's own clean-up
}
