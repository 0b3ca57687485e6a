/* SPDX-License-Identifier: MIT */
/* Signatures as text ("Add(Int,Int)->Int") and as 4-bit codes. */
#include <string.h>

#include "image.h"

static const char *const type_names[] = {
#define TYPE_NAME(name, code, text, ptag, penum, rtag, renum) [code] = (text),
    HL_TYPE_TABLE(TYPE_NAME)
#undef TYPE_NAME
};

#define TYPE_COUNT (sizeof type_names / sizeof type_names[0])

const char *hl_type_name(enum hl_type type)
{
    if ((unsigned)type >= TYPE_COUNT || !type_names[type])
        return "?";
    return type_names[type];
}

bool signature_is_valid(hl_signature signature)
{
    unsigned count = hl_signature_count(signature);
    enum hl_type returns = hl_signature_return(signature);

    if (returns == HL_TYPE_NONE || returns > HL_TYPE_VOID)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (hl_signature_param(signature, i) >= HL_TYPE_VOID)
            return false;
    }
    return signature >> (4 * (count + 1)) == 0;
}

/* A text that grows: length counts on where the buffer ends. */
struct text {
    char *buffer;
    size_t capacity;
    size_t len;
};

static void text_add(struct text *text, const char *part)
{
    for (; *part; part++) {
        if (text->len + 1 < text->capacity)
            text->buffer[text->len] = *part;
        text->len++;
    }
}

size_t hl_signature_format(const char *name, hl_signature signature,
                           char *buffer, size_t capacity)
{
    struct text text = {buffer, capacity, 0};
    unsigned count = hl_signature_count(signature);

    text_add(&text, name);
    text_add(&text, "(");
    for (unsigned i = 0; i < count; i++) {
        text_add(&text, i ? "," : "");
        text_add(&text, hl_type_name(hl_signature_param(signature, i)));
    }
    text_add(&text, ")->");
    text_add(&text, hl_type_name(hl_signature_return(signature)));
    if (capacity > 0)
        buffer[text.len < capacity ? text.len : capacity - 1] = 0;
    return text.len;
}

/* The type whose whole name starts *text, which moves behind it; or NONE. */
static enum hl_type type_parse(const char **text)
{
    size_t len = 0;

    while (((*text)[len] | 0x20) >= 'a' && ((*text)[len] | 0x20) <= 'z')
        len++;
    for (size_t i = 1; i < TYPE_COUNT; i++) {
        if (strlen(type_names[i]) == len &&
            memcmp(type_names[i], *text, len) == 0) {
            *text += len;
            return (enum hl_type)i;
        }
    }
    return HL_TYPE_NONE;
}

/* Length of the name at text; 0 if it holds what no name has. */
static size_t name_parse(const char *text)
{
    size_t len = 0;

    for (; text[len] != '('; len++) {
        uint8_t c = (uint8_t)text[len];

        if (c <= ' ' || c == 0x7f || c == ')' || c == ',')
            return 0;
    }
    return len;
}

static bool params_parse(const char **text, hl_signature *signature)
{
    unsigned count = 0;

    if (**text == ')')
        return true;
    for (;;) {
        enum hl_type type = type_parse(text);

        if (type == HL_TYPE_NONE || type == HL_TYPE_VOID ||
            count == HL_ARGS_MAX)
            return false;
        *signature |= (hl_signature)type << (4 * (++count));
        if (**text != ',')
            return **text == ')';
        ++*text;
    }
}

bool hl_signature_parse(const char *text, size_t *name_len,
                        hl_signature *signature)
{
    hl_signature parsed = 0;
    size_t len = name_parse(text);
    enum hl_type returns;

    if (len == 0)
        return false;
    text += len + 1;
    if (!params_parse(&text, &parsed) || strncmp(text, ")->", 3) != 0)
        return false;
    text += 3;
    returns = type_parse(&text);
    if (returns == HL_TYPE_NONE || *text != 0)
        return false;
    *name_len = len;
    *signature = parsed | returns;
    return true;
}
