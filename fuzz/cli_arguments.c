/* SPDX-License-Identifier: MIT */
/*
 * guarantees: P1.1 B6 B8 B21
 *
 * Any words as hl's command line: options, values of a call, signatures, job
 * files. P1.1: no spelling chooses another backend than auto, kvm or emu. B6:
 * sizes and times that do not fit their word are refused. B8: a String is
 * UTF-8, whatever was typed; each value reads back as what was printed. B21:
 * messages are one line of plain text in the room they have, and quote no
 * argument's value.
 *
 * max_len: 96
 */
#include <math.h>

#include "../host-harness/cli/job_file.h"
#include "../host-harness/cli/options.h"
#include "../host-harness/cli/value.h"
#include "support/check.h"

#include <hl/wire.h>

enum { WORDS_MAX = 12, TEXT_MAX = 512 };

static const struct value_limits limits = {.max = TEXT_MAX};

static const struct command commands[] = {
    {.name = "run",
     .arguments = "GUEST [ARG…]",
     .groups = OPTIONS_VM | OPTIONS_RUN | OPTIONS_CALL,
     .min_args = 1,
     .max_args = -1,
     .options_first = 1},
    {.name = "call",
     .arguments = "GUEST FN [ARG…]",
     .groups = OPTIONS_VM | OPTIONS_CALL,
     .min_args = 2,
     .max_args = -1},
    {.name = "job",
     .arguments = "GUEST",
     .groups = OPTIONS_VM | OPTIONS_JOB,
     .min_args = 1,
     .max_args = 1},
    {.name = "new",
     .arguments = "DIR",
     .groups = OPTIONS_NEW,
     .min_args = 1,
     .max_args = 1},
};

/* Text of a message: one line, nothing that a terminal would obey. */
static void message_check(const char *text, size_t room)
{
    const size_t len = strnlen(text, room);

    FUZZ_CHECK(len > 0 && len < room);
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK((uint8_t)text[i] >= ' ' && text[i] != 0x7F);
}

static void options_check(const struct options *options, char **words,
                          int count)
{
    FUZZ_CHECK(options->backend >= 0 && options->backend <= 2);
    FUZZ_CHECK(options->preset >= 0 && options->preset <= 1);
    FUZZ_CHECK(options->abi >= 0 && options->abi <= 1);
    FUZZ_CHECK(options->harden >= 0 && options->harden <= HARDEN_AUTO);
    FUZZ_CHECK(options->trace >= 0 && options->trace <= TRACE_JSON);
    FUZZ_CHECK(options->repeat >= 1);
    FUZZ_CHECK(options->timeout <= UINT64_C(1000000001) * 1000000000);
    FUZZ_CHECK(options->arg_count <= count);
    for (int i = 0; i < options->arg_count; i++) {
        bool is_word = false;

        for (int n = 0; n < count; n++)
            is_word |= options->args[i] == words[n];
        FUZZ_CHECK(is_word);
    }
    for (size_t i = 0; i < options->env.count; i++)
        FUZZ_CHECK(strchr(options->env.items[i], '=') > options->env.items[i]);
    for (size_t i = 0; i < options->grants.count; i++)
        FUZZ_CHECK(strchr("+-", options->grants.items[i][0]) != NULL);
}

static void command_line(uint64_t which, char *text, size_t len)
{
    const struct command *command = &commands[which % 4];
    char *words[WORDS_MAX + 1];
    struct options options;
    char error[OPTIONS_ERROR_MAX];
    int count = 0;

    for (size_t at = 0; at < len && count < WORDS_MAX; at++) {
        words[count++] = text + at;
        at += strlen(text + at);
    }
    words[count] = NULL;
    if (options_parse(&options, command, words, count, error))
        options_check(&options, words, count);
    else /* say() escapes the name of an unknown option */
        FUZZ_CHECK(strnlen(error, sizeof(error)) < sizeof(error) && *error);
    options_free(&options);
}

/* A value is printed so that it reads back as it was (floats: to the bit,
 * but for a NaN's payload). */
static void value_check(const hl_value *value)
{
    static struct buffer out, file;
    char error[VALUE_ERROR_MAX];
    hl_value again;
    int status;

    out.len = 0;
    value_print_json(&out, value);
    out.len = 0;
    value_print(&out, value, false);
    if (value->type == HL_TYPE_STRING) {
        FUZZ_CHECK(
            hl_wire_utf8_valid(value->as.string.data, value->as.string.len));
        return;
    }
    buffer_add(&out, "", 1);
    file.len = 0;
    FUZZ_CHECK(value_parse(&again, (enum hl_type)value->type, out.data, &file,
                           &limits, error, &status));
    if (value->type == HL_TYPE_FLOAT && isnan(value->as.f32))
        FUZZ_CHECK(isnan(again.as.f32));
    else if (value->type == HL_TYPE_DOUBLE && isnan(value->as.f64))
        FUZZ_CHECK(isnan(again.as.f64));
    else if (value->type == HL_TYPE_BYTES)
        FUZZ_CHECK(again.as.bytes.len == value->as.bytes.len &&
                   (again.as.bytes.len == 0 ||
                    memcmp(again.as.bytes.data, value->as.bytes.data,
                           again.as.bytes.len) == 0));
    else
        FUZZ_CHECK(again.as.u64 == value->as.u64);
}

static void argument(uint64_t which, const char *word)
{
    static struct buffer file;
    const enum hl_type type = (enum hl_type)(which % 12);
    char error[VALUE_ERROR_MAX];
    hl_value value;
    int status;

    if (word[0] == '@') /* no files here */
        return;
    file.len = 0;
    if (value_parse(&value, type, word, &file, &limits, error, &status)) {
        FUZZ_CHECK(value.type == type && type >= HL_TYPE_INT &&
                   type <= HL_TYPE_BYTES);
        value_check(&value);
    } else {
        message_check(error, sizeof(error));
    }
}

static void signature(const char *text)
{
    char again[TEXT_MAX + 256], name[TEXT_MAX + 1];
    hl_signature parsed, second;
    size_t len, second_len;

    if (!hl_signature_parse(text, &len, &parsed))
        return;
    FUZZ_CHECK(len > 0 && len <= strlen(text));
    memcpy(name, text, len);
    name[len] = '\0';
    FUZZ_CHECK(hl_signature_format(name, parsed, again, sizeof(again)) <
               sizeof(again));
    FUZZ_CHECK(strcmp(again, text) == 0);
    FUZZ_CHECK(hl_signature_parse(again, &second_len, &second));
    FUZZ_CHECK(second == parsed && second_len == len);
}

static void job(const char *text, size_t len)
{
    char error[JOB_ERROR_MAX];
    struct buffer out = {0};
    struct job parsed = {0};

    if (job_parse(&parsed, text, len, error)) {
        job_success(&out, parsed.input.data, parsed.input.len);
        FUZZ_CHECK(memchr(out.data, '\n', out.len) == NULL);
        buffer_free(&out);
    } else {
        message_check(error, sizeof(error));
    }
    job_free(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX + 1];
    uint64_t bytes;

    if (size == 0 || size > TEXT_MAX)
        return 0;
    size--;
    memcpy(text, data + 1, size);
    text[size] = '\0';
    switch (data[0] & 7) {
    case 0:
    case 1:
    case 2:
        /* Words end with a new line: the dictionary and seeds stay text. */
        for (size_t i = 0; i < size; i++)
            text[i] = text[i] == '\n' ? '\0' : text[i];
        command_line(data[0] >> 3, text, size);
        break;
    case 3:
    case 4:
        argument(data[0] >> 3, text);
        break;
    case 5:
        signature(text);
        break;
    case 6:
        job(text, size);
        break;
    default:
        if (options_size(text, &bytes))
            FUZZ_CHECK(text[0] >= '0' && text[0] <= '9');
        if (options_time(text, &bytes))
            FUZZ_CHECK(bytes <= UINT64_C(1000000001) * 1000000000);
    }
    return 0;
}
