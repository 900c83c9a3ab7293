// SPDX-License-Identifier: Apache-2.0
// BW_IF_KERNELS_<isa>(text): the text where this build has kernels of the instruction set, else nothing.
#pragma once

#define BW_IF_KERNELS_reference(...) __VA_ARGS__
#ifdef BULWARK_KERNELS_NEON
#define BW_IF_KERNELS_neon(...) __VA_ARGS__
#else
#define BW_IF_KERNELS_neon(...)
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
