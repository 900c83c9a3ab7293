// SPDX-License-Identifier: Apache-2.0
// BW_IF_KERNELS_<isa>(text): the text where this build has kernels of the instruction set, else nothing.
// Registry lines say neon for AArch64, armv7 for 32-bit ARM, and neon_any for kernels of both.
#pragma once

#define BW_IF_KERNELS_reference(...) __VA_ARGS__
#if defined(BULWARK_KERNELS_NEON) && !defined(__arm__)
#define BW_IF_KERNELS_neon(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_neon(...)
#endif
#if defined(BULWARK_KERNELS_NEON) && defined(__arm__)
#define BW_IF_KERNELS_armv7(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_armv7(...)
#endif
#ifdef BULWARK_KERNELS_NEON
#define BW_IF_KERNELS_neon_any(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_neon_any(...)
#endif
#ifdef BULWARK_KERNELS_DOTPROD
#define BW_IF_KERNELS_dotprod(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_dotprod(...)
#endif
#ifdef BULWARK_KERNELS_I8MM
#define BW_IF_KERNELS_i8mm(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_i8mm(...)
#endif
#ifdef BULWARK_KERNELS_AVX2
#define BW_IF_KERNELS_avx2(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_avx2(...)
#endif
#ifdef BULWARK_KERNELS_VNNI
#define BW_IF_KERNELS_vnni(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_vnni(...)
#endif
