/* SPDX-License-Identifier: MIT */
/* A program: program COMMAND ARG... */
#include <hl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int arguments_print(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("[%s]", argv[i]);
    printf("\n");
    return 0;
}

static int environment_print(void)
{
    for (char **e = environ; *e; e++)
        puts(*e);
    return 0;
}

static int input_copy(void)
{
    char buffer[300];
    ssize_t got;

    while ((got = read(0, buffer, sizeof(buffer))) > 0)
        if (write(1, buffer, (size_t)got) != got)
            return 9;
    return got < 0 ? 8 : 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "args";

    if (!strcmp(command, "args"))
        return arguments_print(argc, argv);
    if (!strcmp(command, "env"))
        return environment_print();
    if (!strcmp(command, "cat"))
        return input_copy();
    if (!strcmp(command, "exit"))
        exit(atoi(argv[2]));
    if (!strcmp(command, "both")) {
        write(1, "out\0\xff\n", 6);
        write(2, "err\x1b\n", 5);
        return 0;
    }
    if (!strcmp(command, "many")) {
        for (int i = 0; i < 3000; i++)
            printf("line %d\n", i);
        return 0;
    }
    if (!strcmp(command, "repeat")) {
        for (int i = atoi(argv[2]); i > 0; i--)
            fputs(argv[3], stdout);
        return 0;
    }
    if (!strcmp(command, "abort"))
        abort();
    if (!strcmp(command, "spin"))
        for (;;)
            ;
    if (!strcmp(command, "complain"))
        for (;;)
            hl_log(HL_LOG_ERROR, "no");
    if (!strcmp(command, "flood"))
        for (;;)
            puts("y");
    return 77;
}
