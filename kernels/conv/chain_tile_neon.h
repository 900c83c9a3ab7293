// SPDX-License-Identifier: Apache-2.0
// Chains of products in assembly, of 4 pixels times 16 channels: narrow sums are added to wide ones after as
// many steps as they hold, 16 vectors each.
//
// Registers: v0-v3 pixels and v4-v7 weights of a quad, v8-v15 those of the next, v16-v31 narrow sums; at the
// end of a chain v0-v15 wide sums. Each quad is loaded while the one before is multiplied, up to one behind
// the end. In-order cores wait for all results before a branch: loops are long, addresses move together
// there.
//
// A kernel defines
//   BW_CHAIN_FIRST, BW_CHAIN_MORE     instructions that begin sums, and that add to them
//   BW_CHAIN_QUAD(insn, x0, x1, x2, x3, w0, w1, w2, w3, load_x, load_w)    multiplies a quad and loads the
//   next BW_CHAIN_WIDEN(to, from)          adds a narrow sum to a wide one
// and names the operands x, w (at the first quad), left, most (steps of all chains, of one), steps (a
// register), from, stride (wide sums to begin with, 64 bytes for each pixel, and the distance of pixels),
// wide (256 bytes).
#pragma once

// clang-format off
#define BW_CHAIN_LOAD(v0, v1, v2, v3, from)                                                        \
  "ld1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [" from "]\n"
/// Addresses of the quads that are loaded next; x and w are those of the last.
#define BW_X1 "x9"
#define BW_X2 "x10"
#define BW_X3 "x11"
#define BW_X4 "%[x]"
#define BW_W1 "x12"
#define BW_W2 "x13"
#define BW_W3 "x14"
#define BW_W4 "%[w]"
/// Two quads, with the loads of the next two.
#define BW_CHAIN_STEP(insn, n, m)                                                                  \
  BW_CHAIN_QUAD(insn, "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",                              \
       BW_CHAIN_LOAD("v8", "v9", "v10", "v11", BW_X##n), BW_CHAIN_LOAD("v12", "v13", "v14", "v15", BW_W##n)) \
  BW_CHAIN_QUAD(BW_CHAIN_MORE, "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",               \
       BW_CHAIN_LOAD("v0", "v1", "v2", "v3", BW_X##m), BW_CHAIN_LOAD("v4", "v5", "v6", "v7", BW_W##m))
#define BW_CHAIN_ADD(to, from, n) "add " to ", " from ", #" n "\n"
#define BW_CHAIN_ADDRESSES                                                                         \
  BW_CHAIN_ADD(BW_X1, "%[x]", "64") BW_CHAIN_ADD(BW_W1, "%[w]", "64") BW_CHAIN_ADD(BW_X2, "%[x]", "128") BW_CHAIN_ADD(BW_W2, "%[w]", "128") \
  BW_CHAIN_ADD(BW_X3, "%[x]", "192") BW_CHAIN_ADD(BW_W3, "%[w]", "192") BW_CHAIN_ADD("%[x]", "%[x]", "256") BW_CHAIN_ADD("%[w]", "%[w]", "256")
#define BW_CHAIN_NEXT                                                                              \
  BW_CHAIN_ADD(BW_X1, BW_X1, "256") BW_CHAIN_ADD(BW_W1, BW_W1, "256") BW_CHAIN_ADD(BW_X2, BW_X2, "256") BW_CHAIN_ADD(BW_W2, BW_W2, "256") \
  BW_CHAIN_ADD(BW_X3, BW_X3, "256") BW_CHAIN_ADD(BW_W3, BW_W3, "256") BW_CHAIN_ADD("%[x]", "%[x]", "256") BW_CHAIN_ADD("%[w]", "%[w]", "256")
/// The narrow sums of a chain. An odd number of steps begins in the middle of two. x and w end 256 bytes behind
/// the first quad of the next chain.
#define BW_CHAIN                                                                                   \
  "tbz %w[steps], #0, 1f\n"                                                                        \
  "sub " BW_X3 ", %[x], #128\n"                                                                    \
  "sub " BW_W3 ", %[w], #128\n"                                                                    \
  BW_CHAIN_LOAD("v0", "v1", "v2", "v3", "%[x]")                                                    \
  BW_CHAIN_LOAD("v4", "v5", "v6", "v7", "%[w]")                                                    \
  "mov %[x], " BW_X3 "\n"                                                                          \
  "mov %[w], " BW_W3 "\n"                                                                          \
  BW_CHAIN_ADDRESSES                                                                               \
  BW_CHAIN_STEP(BW_CHAIN_FIRST, 3, 4)                                                              \
  BW_CHAIN_NEXT                                                                                    \
  "subs %w[steps], %w[steps], #1\n"                                                                \
  "b.gt 2f\n"                                                                                      \
  "b 3f\n"                                                                                         \
  "1:\n"                                                                                           \
  BW_CHAIN_LOAD("v0", "v1", "v2", "v3", "%[x]")                                                    \
  BW_CHAIN_LOAD("v4", "v5", "v6", "v7", "%[w]")                                                    \
  BW_CHAIN_ADDRESSES                                                                               \
  BW_CHAIN_STEP(BW_CHAIN_FIRST, 1, 2)                                                              \
  BW_CHAIN_STEP(BW_CHAIN_MORE, 3, 4)                                                               \
  BW_CHAIN_NEXT                                                                                    \
  "subs %w[steps], %w[steps], #2\n"                                                                \
  "b.le 3f\n"                                                                                      \
  "2:\n"                                                                                           \
  BW_CHAIN_STEP(BW_CHAIN_MORE, 1, 2)                                                               \
  BW_CHAIN_STEP(BW_CHAIN_MORE, 3, 4)                                                               \
  BW_CHAIN_NEXT                                                                                    \
  "subs %w[steps], %w[steps], #2\n"                                                                \
  "b.gt 2b\n"                                                                                      \
  "3:\n"
/// The addresses of wide sums: 64 bytes for each pixel, or the same ones for all.
#define BW_CHAIN_PIXELS                                                                            \
  "add " BW_X1 ", %[from], %[stride]\n"                                                            \
  "add " BW_X2 ", %[from], %[stride], lsl #1\n"                                                    \
  "add " BW_X3 ", " BW_X1 ", %[stride], lsl #1\n"
#define BW_CHAIN_STORE(v0, v1, v2, v3, to) "st1 {" v0 ".16b, " v1 ".16b, " v2 ".16b, " v3 ".16b}, [" to "]\n"
#define BW_CHAIN_STORE_WIDE                                                                        \
  "mov %[from], %[wide]\n"                                                                         \
  "mov %[stride], #64\n"                                                                           \
  BW_CHAIN_PIXELS                                                                                  \
  BW_CHAIN_STORE("v0", "v1", "v2", "v3", "%[from]")                                                \
  BW_CHAIN_STORE("v4", "v5", "v6", "v7", BW_X1)                                                    \
  BW_CHAIN_STORE("v8", "v9", "v10", "v11", BW_X2)                                                  \
  BW_CHAIN_STORE("v12", "v13", "v14", "v15", BW_X3)
#define BW_CHAIN_WIDEN_4(t0, t1, t2, t3, s0, s1, s2, s3) BW_CHAIN_WIDEN(t0, s0) BW_CHAIN_WIDEN(t1, s1) BW_CHAIN_WIDEN(t2, s2) BW_CHAIN_WIDEN(t3, s3)
/// Adds the narrow sums to them.
#define BW_CHAIN_ADD_TO_PIXELS                                                                     \
  BW_CHAIN_PIXELS                                                                                  \
  BW_CHAIN_LOAD("v0", "v1", "v2", "v3", "%[from]")                                                 \
  BW_CHAIN_LOAD("v4", "v5", "v6", "v7", BW_X1)                                                     \
  BW_CHAIN_LOAD("v8", "v9", "v10", "v11", BW_X2)                                                   \
  BW_CHAIN_WIDEN_4("v0", "v1", "v2", "v3", "v16", "v17", "v18", "v19")                             \
  BW_CHAIN_LOAD("v12", "v13", "v14", "v15", BW_X3)                                                 \
  BW_CHAIN_WIDEN_4("v4", "v5", "v6", "v7", "v20", "v21", "v22", "v23")                             \
  BW_CHAIN_WIDEN_4("v8", "v9", "v10", "v11", "v24", "v25", "v26", "v27")                           \
  BW_CHAIN_WIDEN_4("v12", "v13", "v14", "v15", "v28", "v29", "v30", "v31")
/// All chains; the wide sums lack the last one. x9-x14 are used up.
#define BW_CHAINS                                                                                  \
  "cmp %w[left], %w[most]\n"                                                                       \
  "b.le 8f\n"                                                                                      \
  "7:\n"                                                                                           \
  "mov %w[steps], %w[most]\n"                                                                      \
  BW_CHAIN                                                                                         \
  BW_CHAIN_ADD_TO_PIXELS                                                                           \
  "sub %[x], %[x], #256\n"                                                                         \
  "sub %[w], %[w], #256\n"                                                                         \
  "sub %w[left], %w[left], %w[most]\n"                                                             \
  BW_CHAIN_STORE_WIDE                                                                              \
  "cmp %w[left], %w[most]\n"                                                                       \
  "b.gt 7b\n"                                                                                      \
  "8:\n"                                                                                           \
  "mov %w[steps], %w[left]\n"                                                                      \
  BW_CHAIN
// clang-format on
