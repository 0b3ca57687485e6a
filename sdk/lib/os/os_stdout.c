/* SPDX-License-Identifier: MIT */
/*
 * stdout, in place of picolibc's: by line, as that one, but able only to
 * write, so that programs that print do not carry the code for reading,
 * seeking and malloc. No destructor: it is flushed at the end of each call.
 */
#include "os_stream.h"

static char buffer[BUFSIZ];

static struct __file_bufio file =
    OS_STREAM_OUT(OS_STDOUT, buffer, sizeof(buffer), __BLBF);

FILE *const stdout = &file.xfile.cfile.file;
