/* SPDX-License-Identifier: MIT */
/*
 * Guest images: opening, listing and checking them without running anything.
 * Nothing in an image file is trusted: every offset, size and count is checked
 * before it is used, and no input makes these functions crash, hang or
 * allocate more than a small multiple of the file's size.
 *
 * Thread rule: an hl_image is immutable after opening and may be shared by
 * any number of threads and sandboxes; the owner frees it last.
 */
#ifndef HL_IMAGE_H
#define HL_IMAGE_H

#include <hl/types.h>

#pragma GCC visibility push(default)

struct hl_error;
typedef struct hl_image hl_image;

/*
 * Open the file at path. HL_FAIL_NO_FILE (cannot be opened),
 * HL_FAIL_IMAGE_TOO_BIG (over 52,428,800 bytes: refused before it is read),
 * HL_FAIL_IMAGE (not a runnable guest image; the message says why),
 * HL_FAIL_NO_MEMORY. *image is set only on HL_OK and freed with hl_image_free
 * (NULL is fine).
 */
hl_status hl_image_open(hl_image **image, const char *path,
                        struct hl_error *error);

/* The same from size bytes at bytes, which are copied; name is for messages. */
hl_status hl_image_from_memory(hl_image **image, const char *name,
                               const void *bytes, size_t size,
                               struct hl_error *error);
void hl_image_free(hl_image *image);

/* The path or name it was opened by, and the file's own bytes and size; all
 * live as long as the image. */
const char *hl_image_name(const hl_image *image);
const void *hl_image_bytes(const hl_image *image, size_t *size);

enum hl_note_kind {
    HL_NOTE_KIND_EXPORT = 1,
    HL_NOTE_KIND_IMPORT = 2,
    HL_NOTE_KIND_IMPORT_OPTIONAL = 3
};

/* One export or import, from the image's notes (abi §1.5). */
struct hl_image_function {
    enum hl_note_kind kind;
    const char *name; /* valid UTF-8, NUL-terminated, lives as the image */
    hl_signature signature;
};

/* Number of distinct functions, and the i-th of them (NULL past the end). */
size_t hl_image_function_count(const hl_image *image);
const struct hl_image_function *hl_image_function_at(const hl_image *image,
                                                     size_t index);
/* The function of that kind and name, or NULL. */
const struct hl_image_function *hl_image_function_find(const hl_image *image,
                                                       enum hl_note_kind kind,
                                                       const char *name,
                                                       size_t name_len);

/* Sizes are bytes; the texts are of guest origin and live as the image. */
struct hl_image_info {
    uint64_t file_size;
    uint64_t memory_size; /* span of the PT_LOADs */
    uint64_t entry;       /* offset from the image base */
    size_t segment_count;
    size_t relocation_count;
    bool has_hlkit_note;      /* made by hlkit */
    bool soft_float;          /* of the hlkit note */
    bool has_debug_info;      /* .debug_info present */
    bool has_symbols;         /* .symtab present */
    uint32_t abi;             /* of the hlkit note: 1 stack, 2 virtqueues,
                                 ORed; 0 = not told */
    const char *sdk_version;  /* of the hlkit note, or NULL */
    const char *version_note; /* Hyperlight version note, or NULL */
};
void hl_image_get_info(const hl_image *image, struct hl_image_info *info);

/* One PT_LOAD, in the order of the file; sizes are bytes. */
struct hl_image_segment {
    uint64_t vaddr; /* as linked */
    uint64_t file_size;
    uint64_t memory_size;
    uint32_t flags; /* PF_R, PF_W, PF_X */
};
/* False, and *segment is as it was, if index is not below segment_count. */
bool hl_image_segment_at(const hl_image *image, size_t index,
                         struct hl_image_segment *segment);

/*
 * Would every Hyperlight host accept and run this file (abi §1)? Calls report
 * once for each rule broken, with the rule's short name, what is wrong and what
 * to do; the texts live until it returns. HL_OK if nothing was reported, else
 * HL_FAIL_IMAGE. report may be NULL.
 */
typedef void hl_image_report_fn(void *context, const char *rule,
                                const char *problem, const char *fix);
hl_status hl_image_check(const void *bytes, size_t size,
                         hl_image_report_fn *report, void *context);

/*
 * Text of a signature, as hl takes and prints it: "Add(Int,Int)->Int". Writes
 * at most capacity bytes with the NUL (0: none, buffer may be NULL); returns
 * the length that the whole text has, without the NUL.
 */
size_t hl_signature_format(const char *name, hl_signature signature,
                           char *buffer, size_t capacity);
/*
 * The inverse: parse "Add(Int,Int)->Int"; *name_len gets the length of the
 * name part. False, with both as they were, if the text is not of that form.
 */
bool hl_signature_parse(const char *text, size_t *name_len,
                        hl_signature *signature);
static inline enum hl_type hl_signature_return(hl_signature s)
{
    return (enum hl_type)(s & 15);
}
static inline enum hl_type hl_signature_param(hl_signature s, unsigned i)
{
    return i < HL_ARGS_MAX ? (enum hl_type)((s >> (4 * (i + 1))) & 15)
                           : HL_TYPE_NONE;
}
static inline unsigned hl_signature_count(hl_signature s)
{
    unsigned n = 0;
    while (n < HL_ARGS_MAX && hl_signature_param(s, n) != HL_TYPE_NONE)
        n++;
    return n;
}
/* "Int", "VecBytes", … ; "?" for a code that is none. */
const char *hl_type_name(enum hl_type type);

#pragma GCC visibility pop

#endif /* HL_IMAGE_H */
