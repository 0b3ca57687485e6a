/* SPDX-License-Identifier: MIT */
/* What hl-cc, hl-ld and hl-config share: word lists, messages, their place. */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* A growing argument vector; at[count] is always NULL. Never freed: the tools
 * end, or become another program, right after building theirs. */
struct words {
    const char **at;
    size_t count;
    size_t room;
};

/* Append one word, which is not copied. */
void words_add(struct words *words, const char *word);
/* Append each word of a NULL-terminated list. */
void words_add_all(struct words *words, const char *const *list);
/* Print the words on stdout in one line, quoted for a shell where needed. */
void words_print(const struct words *words);

/* printf into new memory. */
char *text_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* What follows prefix in text, or NULL if text does not begin with it. */
const char *text_after(const char *text, const char *prefix);
/* The whole file in new memory (NUL-terminated), or NULL with errno set. */
char *file_read(const char *path, size_t *size);

/* "hl-cc: error: …", "hl-cc: note: …" on stderr. tool_name says who speaks:
 * the linker is a part of hl-cc to its user. */
extern const char *tool_name;
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tool_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same as an error, then exit status 1. */
_Noreturn void tool_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The folder that holds the folder of this program: PREFIX of PREFIX/bin. */
char *tool_prefix(void);
/* The sysroot that belongs to PREFIX; fails with a message if there is none. */
char *sysroot_find(const char *prefix);

#endif /* TOOL_H */
