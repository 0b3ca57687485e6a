/* SPDX-License-Identifier: MIT */
/* Prints its arguments and environment, which it may change. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv, char **envp)
{
    printf("argc=%d\n", argc);
    for (int i = 1; i < argc; i++)
        printf("argv[%d]=%s\n", i, argv[i]);
    printf("end=%d\n", argv[argc] == NULL);
    for (char **entry = envp; *entry; entry++)
        printf("env %s\n", *entry);
    printf("same=%d\n", envp == environ);
    if (setenv("ADDED", "yes", 1) == 0 && getenv("ADDED"))
        printf("ADDED=%s\n", getenv("ADDED"));
    printf("NONE=%s\n", getenv("NONE") ? "there" : "absent");
    return 0;
}
