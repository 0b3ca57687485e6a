/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "clock.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    FLAG,        /* bool, takes no value */
    SIZE,        /* uint64_t bytes */
    TIME,        /* uint64_t ns */
    COUNT,       /* uint64_t > 0 */
    TEXT,        /* const char * */
    CHOICE,      /* int, the word's place in form */
    CHOICE_OPEN, /* as CHOICE, and without "=word" the first one */
    LIST,        /* struct option_list */
    GRANT,       /* struct option_list, '+' */
    DENY         /* the same list, '-' */
};

#define EVERYWHERE (~0u) /* commands without other options included */

/* X(name, kind, member, form, groups, help) */
#define OPTION_TABLE(X)                                                        \
    X("preset", CHOICE, preset, "hlkit|hyperlight", OPTIONS_VM,                \
      "memory sizes and habits: hlkit's own, or those of the\n"                \
      "Hyperlight host (smaller buffers, HostPrint granted,\n"                 \
      "host calls during start-up allowed)")                                   \
    X("abi", CHOICE, abi, "stack|virtq", OPTIONS_VM,                           \
      "transport: Hyperlight 0.13-0.17, or 0.18")                              \
    X("backend", CHOICE, backend, "auto|kvm|emu", OPTIONS_VM,                  \
      "emu is an emulator: it needs no /dev/kvm and is no\n"                   \
      "security boundary; auto takes kvm where it works")                      \
    X("timeout", TIME, timeout, "SECONDS", OPTIONS_VM,                         \
      "limit for load, start-up, call and output together;\n"                  \
      "decimals allowed, 0 = none (60; with --job the file's, else 5)")        \
    X("heap", SIZE, heap, "SIZE", OPTIONS_VM, "guest heap (256k)")             \
    X("scratch", SIZE, scratch, "SIZE", OPTIONS_VM,                            \
      "guest scratch memory, buffers included (768k)")                         \
    X("input-size", SIZE, input_size, "SIZE", OPTIONS_VM,                      \
      "buffer for what goes to the guest (64k)")                               \
    X("output-size", SIZE, output_size, "SIZE", OPTIONS_VM,                    \
      "buffer for what comes from the guest (64k)")                            \
    X("grant", GRANT, grants, "NAME", OPTIONS_VM,                              \
      "let the guest call this host function; repeatable")                     \
    X("deny", DENY, grants, "NAME|all", OPTIONS_VM,                            \
      "take the grant back; repeatable, in order with --grant")                \
    X("show-grants", FLAG, show_grants, "", OPTIONS_VM,                        \
      "list what is granted, and do nothing else")                             \
    X("env", LIST, env, "NAME=VALUE", OPTIONS_RUN,                             \
      "environment of the program (empty); repeatable")                        \
    X("stdin", TEXT, stdin_path, "FILE|-", OPTIONS_VM,                         \
      "what the guest reads as its stdin (nothing)")                           \
    X("input", TEXT, input_path, "FILE|-", OPTIONS_JOB,                        \
      "the job's input bytes (none)")                                          \
    X("job", TEXT, job_path, "FILE.json", OPTIONS_JOB,                         \
      "run a job file and print its result as JSON")                           \
    X("repeat", COUNT, repeat, "N", OPTIONS_JOB,                               \
      "run the job N times, each from the state after start-up;\n"             \
      "the output is the last one's")                                          \
    X("json", FLAG, json, "", OPTIONS_CALL | OPTIONS_JSON,                     \
      "print the result as one line of JSON")                                  \
    X("raw", FLAG, raw, "", OPTIONS_CALL,                                      \
      "print strings and bytes alone, as they are")                            \
    X("trace", CHOICE_OPEN, trace, "text|json", OPTIONS_VM,                    \
      "show every crossing of the boundary on stderr")                         \
    X("harden", CHOICE, harden, "on|off", OPTIONS_VM,                          \
      "lock hl's own process down before guest code runs\n"                    \
      "(on where it works)")                                                   \
    X("require-hypervisor", FLAG, require_hypervisor, "", OPTIONS_VM,          \
      "refuse a backend that is no security boundary")                         \
    X("strict-note", FLAG, strict_note, "", OPTIONS_VM,                        \
      "refuse an image noted for another Hyperlight version")                  \
    X("", FLAG, verbose, "", OPTIONS_VM,                                       \
      "say which backend runs, and how long things took")                      \
    X("job", FLAG, new_job, "", OPTIONS_NEW, "a job: execute(bytes) -> bytes") \
    X("main", FLAG, new_main, "", OPTIONS_NEW, "a program with main()")        \
    X("host", FLAG, new_host, "", OPTIONS_NEW,                                 \
      "a guest and a host program of your own that calls it")                  \
    X("help", FLAG, help, "", EVERYWHERE, "show this")

static const struct option {
    const char *name; /* "" is -v, the only one without a long name */
    enum kind kind;
    size_t offset;
    const char *form;
    unsigned groups;
    const char *help;
} option_table[] = {
#define OPTION_ROW(name, kind, member, form, groups, help)                     \
    {name, kind, offsetof(struct options, member), form, groups, help},
    OPTION_TABLE(OPTION_ROW)
#undef OPTION_ROW
};
enum { OPTION_COUNT = sizeof option_table / sizeof option_table[0] };

#define TIMEOUT_DEFAULT UINT64_C(60000000000)

/* State of one options_parse. */
struct parser {
    struct options *options;
    char **words;
    int count;
    int next;
    char *error;
};

static bool parser_fail(struct parser *parser, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool parser_fail(struct parser *parser, const char *fmt, ...)
{
    va_list list;
    va_start(list, fmt);
    vsnprintf(parser->error, OPTIONS_ERROR_MAX, fmt, list);
    va_end(list);
    return false;
}

/* Decimal digits only; *end is behind them. False on none or overflow. */
static bool digits_parse(const char *text, const char **end, uint64_t *value)
{
    const char *p = text;
    uint64_t sum = 0;

    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(sum, UINT64_C(10), &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum))
            return false;
    *end = p;
    *value = sum;
    return p != text;
}

bool options_size(const char *text, uint64_t *bytes)
{
    const char *end;
    uint64_t value;
    unsigned shift = 0;

    if (!digits_parse(text, &end, &value))
        return false;
    if (*end == 'k' || *end == 'K')
        shift = 10;
    else if (*end == 'm' || *end == 'M')
        shift = 20;
    else if (*end == 'g' || *end == 'G')
        shift = 30;
    if (shift)
        end++;
    if (*end || value > UINT64_MAX >> shift)
        return false;
    *bytes = value << shift;
    return true;
}

bool options_time(const char *text, uint64_t *ns)
{
    const uint64_t second = 1000000000, longest = 1000000000;
    const char *p = text;
    uint64_t whole = 0, fraction = 0, unit = second;
    bool is_none = true;

    if (*p != '.' && !digits_parse(p, &p, &whole))
        return false;
    if (*p == '.') {
        p++;
        if (p == text + 1 && !*p)
            return false;
        for (; *p >= '0' && *p <= '9'; p++) {
            unit /= 10; /* digits beyond the ninth count nothing */
            fraction += unit * (uint64_t)(*p - '0');
            is_none &= *p == '0';
        }
    }
    if (*p || whole > longest)
        return false;
    is_none &= whole == 0;
    *ns = is_none ? 0 : clock_limit(whole * second + fraction);
    return true;
}

/* Index of the word in "a|b|c", or -1. */
static int choice_find(const char *form, const char *word)
{
    size_t len = strlen(word);
    int index = 0;

    for (const char *p = form; p; index++) {
        const char *bar = strchr(p, '|');
        size_t size = bar ? (size_t)(bar - p) : strlen(p);
        if (size == len && !memcmp(p, word, len))
            return index;
        p = bar ? bar + 1 : NULL;
    }
    return -1;
}

/* Room for one more; NULL if there is no memory. */
static const char **list_room(struct parser *parser, struct option_list *list)
{
    const char **items =
        realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items) {
        parser_fail(parser, "out of memory");
        return NULL;
    }
    list->items = items;
    return &items[list->count];
}

static bool list_add(struct parser *parser, struct option_list *list,
                     const char *item)
{
    const char **place = list_room(parser, list);
    if (!place)
        return false;
    *place = item;
    list->count++;
    return true;
}

/* Names of --grant and --deny are stored behind their sign. */
static bool grant_add(struct parser *parser, struct option_list *list,
                      char sign, const char *name)
{
    size_t len = strlen(name);
    const char **place = list_room(parser, list);
    if (!place)
        return false;
    char *item = malloc(len + 2);
    if (!item)
        return parser_fail(parser, "out of memory");
    item[0] = sign;
    memcpy(item + 1, name, len + 1);
    *place = item;
    list->count++;
    return true;
}

static bool value_fail(struct parser *parser, const struct option *option,
                       const char *wanted)
{
    return parser_fail(parser, "--%s: %s", option->name, wanted);
}

static bool number_set(struct parser *parser, const struct option *option,
                       uint64_t *place, const char *text)
{
    const char *end;

    switch (option->kind) {
    case SIZE:
        if (options_size(text, place) && *place)
            return true;
        return value_fail(parser, option,
                          "not a size: a number, or one with k, m or g");
    case TIME:
        parser->options->timeout_given = true;
        if (options_time(text, place))
            return true;
        return value_fail(parser, option,
                          "not a time: seconds, decimals allowed, 0 = none");
    default:
        if (digits_parse(text, &end, place) && !*end && *place)
            return true;
        return value_fail(parser, option, "not a number above 0");
    }
}

static bool choice_set(struct parser *parser, const struct option *option,
                       int *place, const char *text)
{
    int index = choice_find(option->form, text);
    if (index < 0)
        return parser_fail(parser, "--%s is one of %s", option->name,
                           option->form);
    /* Off, the default of an open choice, has no word. */
    *place = option->kind == CHOICE_OPEN ? index + 1 : index;
    return true;
}

static bool value_set(struct parser *parser, const struct option *option,
                      const char *text)
{
    void *place = (char *)parser->options + option->offset;

    switch (option->kind) {
    case CHOICE:
    case CHOICE_OPEN:
        return choice_set(parser, option, place, text);
    case TEXT:
        memcpy(place, &text, sizeof text);
        return true;
    case LIST:
        if (*text == '=' || !strchr(text, '='))
            return value_fail(parser, option, "not of the form NAME=VALUE");
        return list_add(parser, place, text);
    case GRANT:
        return grant_add(parser, place, '+', text);
    case DENY:
        return grant_add(parser, place, '-', text);
    case FLAG:
        *(bool *)place = true;
        return true;
    default:
        return number_set(parser, option, place, text);
    }
}

static bool option_allowed(const struct option *option,
                           const struct command *command)
{
    return option->groups == EVERYWHERE || option->groups & command->groups;
}

static const struct option *option_find(const struct command *command,
                                        const char *name, size_t len)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_allowed(&option_table[i], command) && len &&
            strlen(option_table[i].name) == len &&
            !memcmp(option_table[i].name, name, len))
            return &option_table[i];
    return NULL;
}

static bool option_unknown(struct parser *parser, const char *name, size_t len)
{
    const struct command *command = parser->options->command;
    const char *best = NULL;
    unsigned least = 3;
    char word[32];

    snprintf(word, sizeof word, "%.*s", (int)(len < 31 ? len : 31), name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        unsigned distance = text_distance(word, option_table[i].name);
        if (option_table[i].groups & command->groups && *option_table[i].name &&
            distance < least) {
            least = distance;
            best = option_table[i].name;
        }
    }
    if (best)
        return parser_fail(parser, "unknown option --%s; did you mean --%s?",
                           word, best);
    return parser_fail(parser, "unknown option --%s", word);
}

/* words[next] begins with "--" and more. */
static bool long_option(struct parser *parser)
{
    const char *name = parser->words[parser->next++] + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *option =
        option_find(parser->options->command, name, len);

    if (!option)
        return option_unknown(parser, name, len);
    if (option->kind == FLAG && equals)
        return value_fail(parser, option, "takes no value");
    if (option->kind == FLAG || (option->kind == CHOICE_OPEN && !equals)) {
        if (option->kind == CHOICE_OPEN)
            *(int *)((char *)parser->options + option->offset) = 1;
        return option->kind == CHOICE_OPEN || value_set(parser, option, "");
    }
    if (equals)
        return value_set(parser, option, equals + 1);
    if (parser->next == parser->count)
        return parser_fail(parser, "--%s needs a value: %s", option->name,
                           option->form);
    return value_set(parser, option, parser->words[parser->next++]);
}

/* "-" alone, or "-" before a digit or a point, is an argument. */
static bool word_is_option(const char *word)
{
    return word[0] == '-' && word[1] && word[1] != '.' &&
           !(word[1] >= '0' && word[1] <= '9');
}

static bool word_parse(struct parser *parser, bool *options_ended)
{
    struct options *options = parser->options;
    const char *word = parser->words[parser->next];

    if (*options_ended || !word_is_option(word)) {
        options->args[options->arg_count++] = parser->words[parser->next++];
        if (options->command->options_first)
            *options_ended = true;
        return true;
    }
    if (!strcmp(word, "--")) {
        parser->next++;
        *options_ended = true;
        return true;
    }
    if (!strcmp(word, "-v") && options->command->groups & OPTIONS_VM) {
        parser->next++;
        options->verbose = true;
        return true;
    }
    if (word[1] != '-')
        return parser_fail(parser,
                           "unknown option -%c; an argument that begins with "
                           "- goes behind --",
                           word[1] > ' ' && word[1] < 0x7F ? word[1] : '?');
    return long_option(parser);
}

static bool arguments_fail(struct parser *parser, const char *problem)
{
    const struct command *command = parser->options->command;

    return parser_fail(parser, "%s: hl %s%s%s", problem, command->name,
                       *command->arguments ? " " : "", command->arguments);
}

bool options_parse(struct options *options, const struct command *command,
                   char **words, int count, char error[OPTIONS_ERROR_MAX])
{
    struct parser parser = {options, words, count, 0, error};
    bool options_ended = false;

    *options = (struct options){.command = command,
                                .harden = HARDEN_AUTO,
                                .timeout = TIMEOUT_DEFAULT,
                                .repeat = 1};
    options->args = calloc((size_t)count + 1, sizeof *options->args);
    if (!options->args)
        return parser_fail(&parser, "out of memory");
    while (parser.next < count)
        if (!word_parse(&parser, &options_ended))
            return false;
    if (options->help || options->show_grants)
        return true;
    if (options->arg_count < command->min_args)
        return arguments_fail(&parser, "arguments are missing");
    if (command->max_args >= 0 && options->arg_count > command->max_args)
        return arguments_fail(&parser, "too many arguments");
    return true;
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->grants.count; i++)
        free((void *)(uintptr_t)options->grants.items[i]);
    free(options->grants.items);
    free(options->env.items);
    free(options->args);
    *options = (struct options){0};
}

/* "  --name VALUE", and the help text beside or below it. */
static void option_help(const struct option *option, FILE *to)
{
    enum { COLUMN = 24 };
    char head[64];
    const char *dashes = *option->name ? "--" : "-v";
    const char *gap = option->kind == CHOICE_OPEN ? "[=" : " ";
    const char *end = option->kind == CHOICE_OPEN ? "]" : "";
    const char *line = option->help;

    if (option->kind == FLAG)
        gap = "";
    int width = snprintf(head, sizeof head, "  %s%s%s%s%s", dashes,
                         option->name, gap, option->form, end);
    if (width < COLUMN)
        fprintf(to, "%-*s", COLUMN, head);
    else
        fprintf(to, "%s\n%*s", head, COLUMN, "");
    for (const char *cut; (cut = strchr(line, '\n')); line = cut + 1)
        fprintf(to, "%.*s\n%*s", (int)(cut - line), line, COLUMN, "");
    fprintf(to, "%s\n", line);
}

void options_help(const struct command *command, FILE *to)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_allowed(&option_table[i], command))
            option_help(&option_table[i], to);
}
