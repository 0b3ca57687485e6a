/* SPDX-License-Identifier: MIT */
/* guarantees: P3.2 P3.3 P3.4 P3.6 P3.7 B24 */
/*
 * 37 fault tests (tests/oracle-faults) against the answers that the real
 * Hyperlight host on KVM gave: both backends must give the same, but for the
 * differences listed here with their reasons.
 */
#include "support.h"

#define ANSWERS  "tests/oracle-faults/fault_kvm.txt"
#define CASES    37
#define LINE_MAX 1024

/* What a case may end as instead of giving the real host's answer. */
struct difference {
    unsigned number;
    bool on_kvm, on_emu;
    hl_status status;   /* HL_OK: it returns text */
    const char *answer; /* its text, or a part of its error message */
    const char *reason;
};

static const struct difference differences[] = {
    {14, true, true, HL_OK, "[3 0 1 0 sp 0 ]",
     "the recorded KVM emulates instructions and has no int3; any other CPU "
     "delivers the breakpoint, rip behind it"},
    {14, true, false, HL_FAIL_INSTRUCTION, "cannot execute the instruction",
     "that same KVM, named by us as what it is"},
    {25, true, true, HL_FAIL_MEMORY, "wrote to read-only or missing memory",
     "our words for a write to the snapshot"},
    {26, true, true, HL_FAIL_MEMORY,
     "missing memory at physical address "
     "0x300000000",
     "our words for memory that is not there"},
    {27, true, true, HL_FAIL_SHUTDOWN, "guest triple fault",
     "our words for a shutdown"},
    {28, false, true, HL_OK, "0 [e 10 0 500000001000 sp 0 ]",
     "the emulator translates a block before it runs it: the fault comes with "
     "rip at the block's start and nothing of the block done"},
    {34, true, true, HL_FAIL_PORT, "`out` on port 77",
     "our words for a bad port"},
    {35, true, true, HL_FAIL_PORT, "`in` on port 5", "our words for in"},
};

static hl_image *image;
static hl_config *config;
static hl_sandbox *sandbox;
static hl_snapshot *fresh;
static char answers[CASES + 1][LINE_MAX];

static int answers_read(void)
{
    FILE *file = fopen(ANSWERS, "r");
    char line[LINE_MAX];
    unsigned found = 0;
    unsigned number;
    int at;

    if (file == NULL)
        return -1;
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "T%u: %n", &number, &at) == 1 && number >= 1 &&
            number <= CASES) {
            strcpy(answers[number], line + at);
            found++;
        }
    }
    fclose(file);
    return found == CASES ? 0 : -1;
}

static int faults_up(void **state)
{
    (void)state;
    if (answers_read() != 0)
        return -1;
    image = image_open("fault_guest");
    config = config_new();
    sandbox = sandbox_open(image, config);
    fresh = snapshot_take(sandbox);
    return 0;
}

static int faults_down(void **state)
{
    (void)state;
    hl_snapshot_free(fresh);
    hl_sandbox_close(sandbox);
    hl_config_free(config);
    hl_image_free(image);
    return 0;
}

/* Is this end of a case one of the differences? */
static bool is_difference(unsigned number, hl_status status, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(differences); i++) {
        const struct difference *d = &differences[i];

        if (d->number != number || d->status != status ||
            !(test_is_kvm ? d->on_kvm : d->on_emu))
            continue;
        if (status == HL_OK ? strcmp(text, d->answer) == 0
                            : strstr(text, d->answer) != NULL) {
            print_message("# T%u differs: %s\n", number, d->reason);
            return true;
        }
    }
    return false;
}

static void fault_case(void **state)
{
    const unsigned number = (unsigned)(uintptr_t)*state;
    const hl_value arg = {.type = HL_TYPE_INT, .as.i32 = (int32_t)number};
    hl_value result = {0};
    char text[HL_ERROR_MESSAGE_MAX];
    hl_status status;

    snapshot_apply(sandbox, fresh);
    status = hl_sandbox_call(sandbox, "T", 1, &arg, 1, HL_TYPE_STRING, &result,
                             &test_error);
    snprintf(text, sizeof(text), "%s",
             status == HL_OK ? result.as.string.data : test_error.message);
    if (status == HL_OK && strcmp(text, answers[number]) == 0)
        return;
    if (!is_difference(number, status, text))
        fail_msg("T%u: status %d\n  got    `%s`\n  wanted `%s`", number, status,
                 text, answers[number]);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[CASES];
    static char names[CASES][64];

    for (unsigned i = 0; i < CASES; i++) {
        snprintf(names[i], sizeof(names[i]), "T%u_answers_as_the_real_host",
                 i + 1);
        tests[i].name = names[i];
        tests[i].test_func = fault_case;
        tests[i].setup_func = faults_up;
        tests[i].teardown_func = faults_down;
        tests[i].initial_state = (void *)(uintptr_t)(i + 1);
    }
    return backend_tests(argc, argv, tests, CASES);
}
