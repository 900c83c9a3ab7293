/* SPDX-License-Identifier: Apache-2.0
 *
 * Bulwark: inference of low-bit quantized networks with the same output bytes on every processor.
 *
 *   bw_model    a verified file, read-only, shared           (bw_model_load_file, bw_model_load_memory)
 *   bw_plan     kernels chosen, weights packed, arena laid out, shared (bw_plan_create)
 *   bw_session  one arena, one run at a time                 (bw_session_create, bw_session_run)
 *
 * Handles are reference counted: a plan keeps its model, a session its plan, so they may be released in any
 * order. Models and plans may be used from any thread; a session from one thread at a time (a second one gets
 * BW_STATUS_BUSY). After bw_session_create nothing allocates. Where XNNPACK is built in, its operators bring
 * memory of their own when a session is made; use_xnnpack = 0 leaves all memory to the allocator. Functions
 * never throw, abort or print.
 */
#ifndef BULWARK_BULWARK_H_
#define BULWARK_BULWARK_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define BW_API
#else
#define BW_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BW_VERSION_MAJOR 0
#define BW_VERSION_MINOR 1
#define BW_VERSION_PATCH 0

/* ---- Status ---- */

typedef enum bw_status {
  BW_STATUS_OK = 0,
  BW_STATUS_INVALID_ARGUMENT = 1, /* a null pointer, an index or a size that does not fit */
  BW_STATUS_OUT_OF_MEMORY = 2,
  BW_STATUS_IO = 3,                  /* the file can not be opened or mapped */
  BW_STATUS_NOT_A_MODEL = 4,         /* not a .bwk file */
  BW_STATUS_UNSUPPORTED_VERSION = 5, /* schema version older or newer than this library */
  BW_STATUS_MALFORMED = 6,           /* broken or cut-off structure */
  BW_STATUS_TOO_LARGE = 7,           /* a limit of schema/limits.h */
  BW_STATUS_INVALID_MODEL = 8,       /* breaks a rule of schema/NUMERICS.md */
  BW_STATUS_CORRUPTED = 9,           /* content does not match its SHA-256 */
  BW_STATUS_MISALIGNED = 10,         /* caller's model buffer (16 bytes) or session memory (64 bytes) */
  BW_STATUS_UNKNOWN_PATH = 11,   /* BULWARK_PATH or options.path: unknown name, or not on this processor */
  BW_STATUS_BUSY = 12,           /* the session is running on another thread */
  BW_STATUS_NOT_FOUND = 13,      /* no golden data, no such name */
  BW_STATUS_NOT_CERTIFIABLE = 14 /* the model does not meet the conditions of a certificate; it still runs */
} bw_status;

/* A fixed English sentence for the status. */
BW_API const char* bw_status_string(bw_status status);
/* What went wrong last on this thread, and where ("operator 3 'conv1': ..."); "" when nothing did. Valid
 * until the next failing call on this thread. */
BW_API const char* bw_status_message(void);

/* "0.1.0" */
BW_API const char* bw_version(void);
/* Schema version of the files this library reads. */
BW_API int32_t bw_schema_version(void);

/* ---- Hooks ---- */

typedef enum bw_log_level { BW_LOG_INFO = 0, BW_LOG_WARNING = 1, BW_LOG_ERROR = 2 } bw_log_level;
typedef void (*bw_log_fn)(void* context, bw_log_level level, const char* message);
/* Process-wide; null turns it off (the default). The library itself prints nothing. */
BW_API void bw_set_log(bw_log_fn fn, void* context);

/* All memory of a handle comes from here. allocate returns null on failure; alignment is a power of two <=
 * 4096. */
typedef struct bw_allocator {
  void* (*allocate)(void* context, size_t size, size_t alignment);
  void (*release)(void* context, void* memory, size_t size);
  void* context;
} bw_allocator;

/* Runs task(task_context, i) for every i in 0..count-1, on any threads, and returns when all are done. */
typedef void (*bw_task_fn)(void* task_context, int32_t index);
typedef struct bw_parallel {
  void (*run)(void* context, int32_t count, bw_task_fn task, void* task_context);
  void* context;
} bw_parallel;

/* ---- Model ---- */

typedef struct bw_model bw_model;

typedef struct bw_model_options {
  uint32_t struct_size;          /* sizeof(bw_model_options); set by bw_model_options_init */
  int32_t skip_content_hash;     /* 1: do not compare the SHA-256. The verifier always runs. */
  const bw_allocator* allocator; /* null: malloc */
} bw_model_options;
BW_API void bw_model_options_init(bw_model_options* options);

/* Maps and verifies a file. options may be null. The file must not be truncated or rewritten while it is
 * mapped: replace it by renaming a new one over it. */
BW_API bw_status bw_model_load_file(const char* path, const bw_model_options* options, bw_model** model);
/* Verifies bytes in place, without copying: they must stay unchanged until the model and its plans and
 * sessions are released. data must be 16-byte aligned. */
BW_API bw_status bw_model_load_memory(const void* data, size_t size, const bw_model_options* options,
                                      bw_model** model);
BW_API void bw_model_release(bw_model* model); /* null is allowed */

typedef enum bw_type {
  BW_TYPE_S8 = 0,
  BW_TYPE_U8 = 1,
  BW_TYPE_F32 = 2,
  BW_TYPE_S16 = 3, /* states */
  BW_TYPE_S32 = 4, /* indices: outputs alone */
  BW_TYPE_S64 = 5
} bw_type;
#define BW_MAX_RANK 6

typedef struct bw_tensor_info {
  const char* name; /* zero-terminated, lives as long as the model */
  bw_type type;
  int32_t rank;
  int32_t shape[BW_MAX_RANK];
  size_t bytes;
  float scale; /* real = scale * (q - zero_point); 0 for f32, s32 and s64 */
  int32_t zero_point;
  int32_t lo, hi; /* range of the integers */
} bw_tensor_info;

BW_API int32_t bw_model_input_count(const bw_model* model);
BW_API int32_t bw_model_output_count(const bw_model* model);
BW_API bw_status bw_model_input_info(const bw_model* model, int32_t index, bw_tensor_info* info);
BW_API bw_status bw_model_output_info(const bw_model* model, int32_t index, bw_tensor_info* info);
/* The integer door: when a float input is quantized before anything else, the integers can be given instead.
 * Fills info with the integer tensor (type S8 or U8). BW_STATUS_NOT_FOUND when the input has no such door. */
BW_API bw_status bw_model_input_integer_info(const bw_model* model, int32_t index, bw_tensor_info* info);
/* 1 when every operator is an integer one, so that the output bytes are the same everywhere. */
BW_API int32_t bw_model_is_bit_exact(const bw_model* model);
/* 1 when the file carries an input and the outputs it must give. */
BW_API int32_t bw_model_has_golden(const bw_model* model);

/* Packs the weights ahead of time for a path, which this processor need not have: "neon", "dotprod", "i8mm" of 64-bit ARM, "armv7"
 * (neon of 32-bit ARM, there also "neon"), "avx2" and "vnni" in builds for x86-64. Calls `packed` for every
 * integer linear operator and every kernel that a processor of this path may choose for it, in the order of operator and
 * kernel's name. `data` lives until the call returns. Whoever writes a file puts these behind the model
 * (schema/packed.fbs); a plan then uses them in place, after it has compared them with what it would pack. */
typedef void (*bw_packed_fn)(void* context, int32_t op, const char* kernel, const void* data, size_t size);
BW_API bw_status bw_model_pack(const bw_model* model, const char* path, bw_packed_fn packed, void* context);

/* ---- Plan ---- */

typedef struct bw_plan bw_plan;

typedef struct bw_plan_options {
  uint32_t struct_size;
  const char*
      path; /* "reference", "neon", "dotprod", "i8mm", "avx2", "vnni"; null: BULWARK_PATH, else the best */
  int32_t use_xnnpack;        /* 1 (default): float layers through XNNPACK where it is built in */
  int32_t keep_intermediates; /* 1: every tensor keeps a place of its own (for diff); more memory */
  const bw_allocator* allocator;
  /* 1 (default): chains of layers with large tensors between them run row by row, so that these are never
   * whole in memory; the bytes are the same. 0: every layer alone, to look for faults. */
  int32_t fuse;
  /* 1: prepare certified runs (then no chains). BW_STATUS_NOT_CERTIFIABLE with the reason when the model does
   * not meet the conditions of a certificate. */
  int32_t certify;
  /* 1: sessions count the values that clip bounds cut (bw_session_clip_counts); then no chains. The outputs
   * stay the same. */
  int32_t count_clips;
} bw_plan_options;
BW_API void bw_plan_options_init(bw_plan_options* options);

BW_API bw_status bw_plan_create(bw_model* model, const bw_plan_options* options, bw_plan** plan);
BW_API void bw_plan_release(bw_plan* plan);
BW_API const char* bw_plan_path(const bw_plan* plan);    /* the path in use, e.g. "dotprod" */
BW_API size_t bw_plan_packed_bytes(const bw_plan* plan); /* packed weights in memory of the plan's own */
BW_API size_t bw_plan_mapped_bytes(const bw_plan* plan); /* packed weights that are used in the model's file */
BW_API size_t bw_plan_arena_bytes(const bw_plan* plan);  /* activations of one session */
BW_API int32_t bw_plan_step_count(const bw_plan* plan);

typedef struct bw_step_info {
  const char* operator_name;
  const char* kind;   /* "conv_2d" */
  const char* kernel; /* "conv_s8_s4_4x4_neon" */
  int64_t macs;
  /* the step in whose run this one is done: its own index, or a later one for a fused layer */
  int32_t runs_in;
  int32_t weights_in_file; /* 1: its packed weights are used where they lie in the model's file */
  /* a kernel for fewer bits than `kernel` is for, which could do this step but is no faster on this processor; null:
   * there is none */
  const char* passed_over;
} bw_step_info;
BW_API bw_status bw_plan_step_info(const bw_plan* plan, int32_t step, bw_step_info* info);

/* ---- Session ---- */

typedef struct bw_session bw_session;

/* Called after every step of a run, on the thread that runs, with what the step wrote: to look at it, or to change it
 * as a fault in memory would. A plan with keep_intermediates shows every layer. Integers must stay in the tensor's
 * [lo, hi]. */
typedef struct bw_step_observer {
  void (*call)(void* context, int32_t step, void* output, size_t bytes);
  void* context;
} bw_step_observer;

typedef struct bw_session_options {
  uint32_t struct_size;
  int32_t threads; /* 1 (default) .. 64; 0: one per core. Workers sleep when idle. */
  const bw_parallel*
      parallel;    /* the caller's own pool; threads then says into how many parts work is split */
  int32_t profile; /* 1: time every step */
  const bw_allocator* allocator;
  void* memory; /* the caller's memory of bw_session_bytes() bytes, 64-byte aligned; null: allocator */
  size_t memory_bytes;
  const bw_step_observer* observer; /* null (default): none */
} bw_session_options;
BW_API void bw_session_options_init(bw_session_options* options);

/* Bytes a session needs with these options (for options.memory). */
BW_API bw_status bw_session_bytes(const bw_plan* plan, const bw_session_options* options, size_t* bytes);
BW_API bw_status bw_session_create(bw_plan* plan, const bw_session_options* options, bw_session** session);
BW_API void bw_session_release(bw_session* session);

/* Zero-copy: the session's own buffer, to be filled before each run (its bytes are kept between runs).
 * 64-byte aligned. Calling this selects the float (source) door of the input. */
BW_API bw_status bw_session_input(bw_session* session, int32_t index, void** data, size_t* bytes);
/* The same for the integer door: bytes of the type bw_model_input_integer_info tells. Values outside [lo, hi]
 * are clamped. */
BW_API bw_status bw_session_input_integer(bw_session* session, int32_t index, void** data, size_t* bytes);
/* Copies size bytes in; size must be the tensor's. */
BW_API bw_status bw_session_set_input(bw_session* session, int32_t index, const void* data, size_t size);
BW_API bw_status bw_session_set_input_integer(bw_session* session, int32_t index, const void* data,
                                              size_t size);

BW_API bw_status bw_session_run(bw_session* session);

/* Streaming models keep states from run to run: the number of them, and back to the values of a new session.
 */
BW_API int32_t bw_model_state_count(const bw_model* model);
BW_API bw_status bw_session_reset_state(bw_session* session);

/* ---- Certificates ----
 *
 * A certificate is a proof about the integers that run: no input within eps steps of this one, in any number
 * of its elements, makes another class come first. It is computed by interval arithmetic in the same integers
 * (schema/NUMERICS.md, "Certificate"), so it holds on every processor and path. "Not certified" means that
 * the proof failed, not that the input can be attacked; "certified" says that the answer is stable, not that
 * it is right. The box lies around the tensor that is handed in, in steps of its integers, cut off at their
 * range. */
typedef struct bw_certificate {
  int32_t label;     /* the class whose logit is largest; of equal ones the first */
  int32_t certified; /* 1: proved to stay first on the whole box */
  int32_t eps;       /* radius of the box in steps of the input */
  int32_t ran;       /* 1: the model ran, its outputs can be read; 0: the bounds alone gave the answer */
  float margin;      /* lower bound of the lead over every other class on the box, in units of the logits */
} bw_certificate;

typedef enum bw_certify_mode {
  /* Runs the model and the bounds. */
  BW_CERTIFY_RUN = 0,
  /* The bounds first; the model runs only when they prove nothing. Cheaper; outputs only if `ran`. */
  BW_CERTIFY_FIRST = 1
} bw_certify_mode;

/* Runs on the session's input and certifies the answer for 0 <= eps <= 255. The plan must have been created
 * with certify. */
BW_API bw_status bw_session_run_certified(bw_session* session, int32_t eps, bw_certify_mode mode,
                                          bw_certificate* certificate);
/* The largest eps of 0 .. max_eps that is proved, by bisection; certificate->certified is 0 when not even 0
 * is. */
BW_API bw_status bw_session_certified_radius(bw_session* session, int32_t max_eps,
                                             bw_certificate* certificate);
/* With certify and keep_intermediates: both ends of every element's interval in the last box, in the tensor's
 * own type. */
BW_API bw_status bw_session_bounds(const bw_session* session, int32_t tensor, const void** lo,
                                   const void** hi);

/* Valid until the next run. */
BW_API bw_status bw_session_output(const bw_session* session, int32_t index, const void** data,
                                   size_t* bytes);

/* With keep_intermediates: any tensor of the file after a run, by name. */
BW_API int32_t bw_session_tensor_count(const bw_session* session);
BW_API bw_status bw_session_tensor(const bw_session* session, int32_t tensor, bw_tensor_info* info,
                                   const void** data);

/* With profile: nanoseconds of the last run of one step. */
BW_API bw_status bw_session_step_ns(const bw_session* session, int32_t step, int64_t* ns);

/* With count_clips: for each output channel of a step, how many values of the last run its clip bounds cut,
 * that is how many would lie outside of them if only the type and the activation function limited them. Clip
 * bounds are what `bulwark convert --clip-eps` derives from calibration data: no calibration input that moves
 * by at most that many steps is cut anywhere, so a count says that the input is far from those, or that a
 * weight or an activation has a fault. *channels is 0 and *counts null for a step without clip bounds. Valid
 * until the next run. */
BW_API bw_status bw_session_clip_counts(const bw_session* session, int32_t step, const int64_t** counts,
                                        int32_t* channels);

/* Runs the file's golden input and compares every output byte. In a model that is not bit-exact, float
 * outputs may differ by 1e-4 of the largest value expected, integer outputs by one step. *matches: 1 or 0;
 * when 0, bw_status_message says where it differs. The inputs then hold the golden data, at their float
 * doors. States are reset before and after. */
BW_API bw_status bw_session_check_golden(bw_session* session, int32_t* matches);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* BULWARK_BULWARK_H_ */
