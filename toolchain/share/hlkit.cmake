# SPDX-License-Identifier: MIT
# CMake toolchain file for guests:
#
#   cmake -B build \
#       -DCMAKE_TOOLCHAIN_FILE=$(hl-config --sysroot)/share/hlkit.cmake
#
# -DHLKIT_FLOAT=soft chooses the soft-float variant. The compiler is the one
# this file was installed with, wherever that is.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# SYSROOT/../bin in the build tree, PREFIX/lib/hlkit/sysroot installed
get_filename_component(HLKIT_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
find_program(HLKIT_CC hl-cc
    PATHS "${HLKIT_SYSROOT}/../bin" "${HLKIT_SYSROOT}/../../../bin"
    NO_DEFAULT_PATH REQUIRED)
set(CMAKE_C_COMPILER "${HLKIT_CC}")
find_program(CMAKE_AR llvm-ar-19 REQUIRED)
find_program(CMAKE_RANLIB llvm-ranlib-19 REQUIRED)

set(HLKIT_FLOAT sse2 CACHE STRING "Float variant of the guest: sse2 or soft")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HLKIT_FLOAT)
set(CMAKE_C_FLAGS_INIT "-mfloat=${HLKIT_FLOAT}")

# Nothing of the build machine is for guests, save the programs.
set(CMAKE_FIND_ROOT_PATH "${HLKIT_SYSROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
