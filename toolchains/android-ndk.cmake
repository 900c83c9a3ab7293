# SPDX-License-Identifier: Apache-2.0
# Android: wraps the NDK's own toolchain file with the settings Bulwark needs.
#   cmake -B build/android -DCMAKE_TOOLCHAIN_FILE=toolchains/android-ndk.cmake -DBULWARK_RUNTIME_ONLY=ON
# with ANDROID_NDK_HOME (or ANDROID_NDK) in the environment, NDK r23 or newer.
foreach(candidate "$ENV{ANDROID_NDK_HOME}" "$ENV{ANDROID_NDK}" "$ENV{ANDROID_NDK_ROOT}")
  if(candidate AND EXISTS "${candidate}/build/cmake/android.toolchain.cmake")
    set(bulwark_ndk "${candidate}")
    break()
  endif()
endforeach()
if(NOT bulwark_ndk)
  message(FATAL_ERROR "Android NDK not found: set ANDROID_NDK_HOME to a folder with build/cmake/android.toolchain.cmake")
endif()
if(NOT DEFINED ANDROID_ABI)
  set(ANDROID_ABI arm64-v8a)
endif()
if(NOT DEFINED ANDROID_PLATFORM)
  set(ANDROID_PLATFORM android-24)
endif()
if(NOT DEFINED ANDROID_STL)
  set(ANDROID_STL c++_static)
endif()
# Devices with 16 KB pages load libraries only when their segments are aligned to it.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-z,max-page-size=16384")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-z,max-page-size=16384")
include("${bulwark_ndk}/build/cmake/android.toolchain.cmake")
