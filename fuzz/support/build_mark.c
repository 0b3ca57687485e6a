/* SPDX-License-Identifier: MIT */
/* The symbol that build_mark.h makes every fuzzing object need. */
#include "build_mark.h"

const int hl_this_object_is_for_fuzzing_only = 1;
