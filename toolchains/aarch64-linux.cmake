# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)

# Static binaries run on any device and in an emulator without a system root. With BULWARK_SYSROOT (a folder that
# toolchains/fetch-sysroot.sh has filled) binaries are dynamic and can use the libraries there, XNNPACK among them.
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
if(BULWARK_SYSROOT)
  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BULWARK_SYSROOT)
  list(APPEND CMAKE_FIND_ROOT_PATH ${BULWARK_SYSROOT})
  set(bulwark_sysroot_libraries ${BULWARK_SYSROOT}/usr/lib/aarch64-linux-gnu)
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${bulwark_sysroot_libraries} -Wl,-rpath-link,${bulwark_sysroot_libraries}")
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=${bulwark_sysroot_libraries})
else()
  set(BULWARK_STATIC_BINARIES ON)
endif()
