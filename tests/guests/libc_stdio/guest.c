/* SPDX-License-Identifier: MIT */
/* Streams: input by line, character and block; output byte exact. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../libc_check/check.h"

static void input(void)
{
    char line[64] = "", block[8] = "";

    CHECK(fgets(line, sizeof(line), stdin) == line);
    CHECK_TEXT(line, "first line\n");
    CHECK(getchar() == 's');
    CHECK(ungetc('S', stdin) == 'S');
    CHECK(fgets(line, sizeof(line), stdin) == line);
    CHECK_TEXT(line, "Second\n");
    CHECK(scanf("%63s", line) == 1);
    CHECK_TEXT(line, "42");
    CHECK(fread(block, 1, sizeof(block), stdin) == 3);
    CHECK(memcmp(block, "\nz\0", 3) == 0);
    CHECK(feof(stdin) && !ferror(stdin));
    CHECK(getchar() == EOF);
    CHECK(read(0, block, sizeof(block)) == 0);
}

static void streams(void)
{
    struct stat status;
    char byte;

    CHECK(!isatty(0) && !isatty(1));
    CHECK_ERRNO(isatty(7) == 0, EBADF);
    CHECK(fstat(1, &status) == 0 && S_ISFIFO(status.st_mode));
    CHECK_ERRNO(write(3, "x", 1) == -1, EBADF);
    CHECK_ERRNO(read(1, &byte, 1) == -1, EBADF);
    CHECK_ERRNO(lseek(0, 0, SEEK_SET) == -1, ESPIPE);
    CHECK_ERRNO(lseek(9, 0, SEEK_SET) == -1, EBADF);
    CHECK_ERRNO(close(9) == -1, EBADF);
    CHECK_ERRNO(fopen("file", "r") == NULL, ENOENT);
    CHECK_ERRNO(fopen("file", "w") == NULL, EROFS);
    CHECK_ERRNO(open("file", O_RDONLY) == -1, ENOENT);
    CHECK_ERRNO(stat("file", &status) == -1, ENOENT);
    CHECK_ERRNO(unlink("file") == -1, ENOENT);
    CHECK_ERRNO(remove("file") == -1, ENOENT);
    CHECK_ERRNO(rename("a", "b") == -1, ENOENT);
    CHECK_ERRNO(mkdir("a", 0700) == -1, EROFS);
    CHECK_ERRNO(system("ls") == -1, ENOSYS);
    CHECK(system(NULL) == 0);
}

int main(void)
{
    input();
    streams();
    CHECK(fwrite("bytes \0\xff\n", 1, 9, stdout) == 9);
    CHECK(fputs("fputs\n", stdout) >= 0);
    CHECK(puts("puts") >= 0);
    CHECK(putchar('c') == 'c');
    CHECK(fprintf(stderr, "to stderr %d\n", 1) == 12);
    CHECK(fputs("fputs to stderr\n", stderr) >= 0);
    CHECK(fflush(NULL) == 0);
    errno = ENOENT;
    perror("perror");
    check_done();
    printf("no newline at the end");
    return failures;
}
