/* SPDX-License-Identifier: MIT */
#include "image_problem.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    hl_status status;
    const char *name;
    const char *fix;
} rules[IMAGE_RULE_COUNT] = {
#define IMAGE_RULE_ROW(rule, status, name, fix)                                \
    [IMAGE_RULE_##rule] = {HL_FAIL_##status, name, fix},
    IMAGE_RULE_TABLE(IMAGE_RULE_ROW)
#undef IMAGE_RULE_ROW
};

bool image_problem_set(struct image_problem *problem, enum image_rule rule,
                       const char *fmt, ...)
{
    va_list args;

    problem->rule = rule;
    va_start(args, fmt);
    vsnprintf(problem->text, sizeof problem->text, fmt, args);
    va_end(args);
    return false;
}

const char *image_rule_name(enum image_rule rule)
{
    return rules[rule].name;
}

const char *image_rule_fix(enum image_rule rule)
{
    return rules[rule].fix;
}

hl_status image_rule_status(enum image_rule rule)
{
    return rules[rule].status;
}
