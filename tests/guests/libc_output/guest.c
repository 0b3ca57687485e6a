/* SPDX-License-Identifier: MIT */
/*
 * Output larger than the output buffer, by one write and by stdio; every byte
 * value. Argument: write, stdio or lines.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIZE 200000

static unsigned char data[SIZE];

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "write";

    for (int i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    if (strcmp(way, "write") == 0)
        return write(1, data, SIZE) == SIZE ? 0 : 1;
    if (strcmp(way, "stdio") == 0)
        return fwrite(data, 1, SIZE, stdout) == SIZE ? 0 : 1;
    for (int i = 0; i < 300; i++)
        printf("line %d\n", i);
    return 0;
}
