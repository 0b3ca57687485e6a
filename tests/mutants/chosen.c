/* SPDX-License-Identifier: MIT */
/*
 * Which mutant this process runs with. Linked into every test by `run`:
 *
 *   HL_MUTANT_REACHED=FILE  none; byte N of FILE is set where mutant N is
 *   HL_MUTANT_BATCH=FILE    one process for each number in FILE; how each
 *                           ended goes to FILE.out
 *   HL_MUTANT=N             that one
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WALL_SECONDS 300
#define NUMBERS_MAX  10000

int hl_mutant;
unsigned char *hl_reached;

static void reached_map(const char *path)
{
    const int file = open(path, O_RDWR);
    struct stat about;
    void *at;

    if (file < 0 || fstat(file, &about) != 0)
        exit(2);
    at = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
              file, 0);
    if (at == MAP_FAILED)
        exit(2);
    hl_reached = at;
    close(file);
}

/* Processor time, so that a busy machine kills nobody. */
static void limit_set(void)
{
    const rlim_t seconds = (rlim_t)atoi(getenv("HL_MUTANT_SECONDS"));
    const struct rlimit limit = {seconds, seconds};

    setrlimit(RLIMIT_CPU, &limit);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int child_wait(pid_t child)
{
    const time_t end = time(NULL) + WALL_SECONDS;
    const struct timespec pause = {0, 500000};
    int status = 0;

    while (waitpid(child, &status, WNOHANG) == 0) {
        if (time(NULL) > end)
            kill(child, SIGKILL);
        nanosleep(&pause, NULL);
    }
    return status;
}

static int numbers[NUMBERS_MAX];
static int number_count;

/* Read and closed before the first fork: children share a file's position. */
static void numbers_read(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file == NULL)
        exit(2);
    while (number_count < NUMBERS_MAX &&
           fscanf(file, "%d", &numbers[number_count]) == 1)
        number_count++;
    fclose(file);
}

/* Returns in each child; the parent ends here. */
static void batch_run(const char *path)
{
    char name[4096];
    int out;

    numbers_read(path);
    snprintf(name, sizeof(name), "%s.out", path);
    out = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (out < 0)
        exit(2);
    for (int i = 0; i < number_count; i++) {
        const pid_t child = fork();

        if (child == 0) {
            hl_mutant = numbers[i];
            close(out);
            limit_set();
            return;
        }
        dprintf(out, "%d %d\n", numbers[i], child_wait(child));
    }
    _exit(0);
}

static void __attribute__((constructor)) mutant_choose(void)
{
    const char *reached = getenv("HL_MUTANT_REACHED");
    const char *batch = getenv("HL_MUTANT_BATCH");
    const char *number = getenv("HL_MUTANT");

    if (number != NULL)
        hl_mutant = atoi(number);
    if (reached != NULL)
        reached_map(reached);
    if (batch != NULL)
        batch_run(batch);
}
