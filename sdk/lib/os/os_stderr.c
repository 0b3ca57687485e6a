/* SPDX-License-Identifier: MIT */
/*
 * stderr, in place of picolibc's, whose line buffering and buffer of one byte
 * would cost a host call a character: unbuffered, so that fwrite sends its
 * data in one piece.
 */
#include "os_stream.h"

static char byte[1];

static struct __file_bufio file =
    OS_STREAM_OUT(OS_STDERR, byte, sizeof(byte), 0);

FILE *const stderr = &file.xfile.cfile.file;
