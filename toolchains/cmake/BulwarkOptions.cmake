# SPDX-License-Identifier: Apache-2.0
# Flags of every target. Exact numerics need -ffp-contract=off: a fused multiply-add rounds once where the
# specification rounds twice.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
endif()

add_library(bulwark_flags INTERFACE)
target_include_directories(bulwark_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
target_compile_options(bulwark_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wvla
  $<$<BOOL:${BULWARK_WERROR}>:-Werror>)
# GCC 10+ notes an ABI change of parameter passing on 32-bit ARM; nothing here crosses that boundary.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(bulwark_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-psabi>)
endif()
if(BULWARK_SANITIZE)
  add_compile_options(-fsanitize=${BULWARK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BULWARK_SANITIZE})
  if(BULWARK_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# Libraries that must not throw: schema, kernels, runtime.
add_library(bulwark_core_flags INTERFACE)
target_link_libraries(bulwark_core_flags INTERFACE bulwark_flags)
target_compile_options(bulwark_core_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti> -fvisibility=hidden)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(BULWARK_ARCH aarch64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")
  set(BULWARK_ARCH armv7)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(BULWARK_ARCH x86_64)
else()
  set(BULWARK_ARCH other)
endif()
