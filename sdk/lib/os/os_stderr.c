/* SPDX-License-Identifier: MIT */
/*
 * stderr, in place of picolibc's, whose line buffering and buffer of one byte
 * would cost a host call a character: unbuffered, so that fwrite sends its
 * data in one piece.
 */
#include "os.h"

#include <stdio.h>
#include <stdio-bufio.h>
#include <unistd.h>

static char byte[1];

static struct __file_bufio file = FDEV_SETUP_BUFIO(
    OS_STDERR, byte, sizeof(byte), read, write, lseek, close, __SWR, 0);

FILE *const stderr = &file.xfile.cfile.file;
