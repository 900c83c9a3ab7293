# SPDX-License-Identifier: Apache-2.0
# What the build needs. Header-only packages of the host are shared with cross builds through a folder of links, so that no
# host header but these is ever seen by a cross compiler.
find_program(BULWARK_FLATC flatc REQUIRED)
find_path(BULWARK_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)

set(bulwark_header_links ${CMAKE_BINARY_DIR}/header-links)
function(bulwark_header_library target folder include_dir)
  file(MAKE_DIRECTORY ${bulwark_header_links})
  file(CREATE_LINK ${include_dir}/${folder} ${bulwark_header_links}/${folder} SYMBOLIC)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${bulwark_header_links})
endfunction()

bulwark_header_library(bulwark_flatbuffers flatbuffers ${BULWARK_FLATBUFFERS_INCLUDE})
find_package(Threads REQUIRED)

if(bulwark_tools AND BULWARK_BUILD_TESTS)
  find_path(BULWARK_CATCH2_INCLUDE catch2/catch.hpp PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  bulwark_header_library(bulwark_catch2 catch2 ${BULWARK_CATCH2_INCLUDE})
endif()
