# SPDX-License-Identifier: Apache-2.0
# iOS devices, from a Mac with Xcode:
#   cmake -B build/ios -G Xcode -DCMAKE_TOOLCHAIN_FILE=toolchains/ios.cmake -DBULWARK_RUNTIME_ONLY=ON
# For the simulator add -DCMAKE_OSX_SYSROOT=iphonesimulator.
set(CMAKE_SYSTEM_NAME iOS)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(CMAKE_OSX_ARCHITECTURES arm64 CACHE STRING "Architectures")
if(NOT DEFINED CMAKE_OSX_SYSROOT)
  set(CMAKE_OSX_SYSROOT iphoneos CACHE STRING "SDK")
endif()
set(CMAKE_OSX_DEPLOYMENT_TARGET 13.0 CACHE STRING "Oldest iOS")
set(CMAKE_XCODE_ATTRIBUTE_CODE_SIGNING_ALLOWED NO)
