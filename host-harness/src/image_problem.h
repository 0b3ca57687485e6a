/* SPDX-License-Identifier: MIT */
/*
 * What can be wrong with a guest image: one rule each, with the name that
 * `hl check` prints, the status that opening returns, and the way out.
 */
#ifndef HL_IMAGE_PROBLEM_H
#define HL_IMAGE_PROBLEM_H

#include <hl_host.h>

/* X(RULE, status, name, fix) */
#define IMAGE_RULE_TABLE(X)                                                    \
    X(NO_MEMORY, NO_MEMORY, "host-memory", "free memory on this machine")      \
    X(SIZE, IMAGE_TOO_BIG, "size",                                             \
      "remove debug data (llvm-strip -g) or move large data out of the "       \
      "image, into the call's input")                                          \
    X(ELF, IMAGE, "elf", "give the ELF file that hl-cc wrote")                 \
    X(CLASS, IMAGE, "class",                                                   \
      "compile it with hl-cc, which makes 64-bit "                             \
      "little-endian ELF")                                                     \
    X(MACHINE, IMAGE, "machine", "compile it with hl-cc, for x86-64")          \
    X(TYPE, IMAGE, "type", "link it: hl-cc -o guest FILES")                    \
    X(HEADERS, IMAGE, "program-headers",                                       \
      "the file is damaged or cut short: copy or link it again")               \
    X(NO_LOAD, IMAGE, "no-load",                                               \
      "link it with hl-cc, which has a linker "                                \
      "script with loadable segments")                                         \
    X(SEGMENT, IMAGE, "segment",                                               \
      "the file is damaged or cut short: copy or link it again")               \
    X(ORDER, IMAGE, "segment-order",                                           \
      "link it with hl-cc, whose linker script places segments in ascending "  \
      "order, none over another")                                              \
    X(SPAN, IMAGE, "memory-size",                                              \
      "remove large static arrays (take memory from the heap), or absolute "   \
      "addresses in the linker script")                                        \
    X(ENTRY, IMAGE, "entry",                                                   \
      "link it with hl-cc, whose crt0 defines the entry, and without -e")      \
    X(PIE, IMAGE, "pie",                                                       \
      "compile with -fpie and link with -static-pie, as "                      \
      "hl-cc does")                                                            \
    X(BASE, IMAGE, "base",                                                     \
      "link it with hl-cc, or with -Wl,--image-base=0 and a linker script "    \
      "that starts at 0")                                                      \
    X(INTERPRETER, IMAGE, "interpreter",                                       \
      "link with -static-pie or -Wl,--no-dynamic-linker, as hl-cc does")       \
    X(NEEDED, IMAGE, "needed",                                                 \
      "link the library's static archive (.a), not its shared object")         \
    X(UNDEFINED, IMAGE, "undefined",                                           \
      "link the object or archive that defines it; a host function is "        \
      "declared with HL_IMPORT")                                               \
    X(TLS, IMAGE, "tls",                                                       \
      "remove _Thread_local / __thread: a guest has one thread and no FS "     \
      "base")                                                                  \
    X(WRITE_EXECUTE, IMAGE, "write-execute",                                   \
      "link it with hl-cc, whose linker script keeps code and data apart, "    \
      "and without -N / --omagic")                                             \
    X(DYNAMIC, IMAGE, "dynamic",                                               \
      "the file is damaged or edited: link it again with hl-cc")               \
    X(PLT, IMAGE, "plt",                                                       \
      "compile with -fpie -fvisibility=hidden and "                            \
      "link statically: no host applies PLT relocations")                      \
    X(RELR, IMAGE, "relr",                                                     \
      "link without -z pack-relative-relocs: no host "                         \
      "applies DT_RELR")                                                       \
    X(IFUNC, IMAGE, "ifunc",                                                   \
      "remove __attribute__((ifunc)) and target_clones: nothing runs "         \
      "resolvers")                                                             \
    X(RELOCATION, IMAGE, "relocation",                                         \
      "compile every object with -fpie -fvisibility=hidden, as hl-cc does, "   \
      "so that only R_X86_64_RELATIVE remains")                                \
    X(RELOCATION_RANGE, IMAGE, "relocation-range",                             \
      "the file is damaged or edited: link it again with hl-cc")               \
    X(NOTE, IMAGE, "note",                                                     \
      "the file is damaged or edited: compile it again with hl-cc")            \
    X(ABI, IMAGE, "abi",                                                       \
      "compile the guest with an hlkit of this host's version, or update "     \
      "this host")                                                             \
    X(FLOAT, IMAGE, "float",                                                   \
      "compile every object with the same -mfloat=sse2 or -mfloat=soft")       \
    X(IMPORT, IMAGE, "import-types",                                           \
      "declare the host function with the same types everywhere, best in "     \
      "one header")                                                            \
    X(EXPORT, IMAGE, "export-twice",                                           \
      "rename or remove one of the two: a function's name is unique")          \
    X(VERSION, IMAGE, "version-note",                                          \
      "link without --hl-note, so that every host takes the image, or with "   \
      "this host's version")

enum image_rule {
    IMAGE_RULE_NONE,
#define IMAGE_RULE_ENUM(rule, status, name, fix) IMAGE_RULE_##rule,
    IMAGE_RULE_TABLE(IMAGE_RULE_ENUM)
#undef IMAGE_RULE_ENUM
        IMAGE_RULE_COUNT
};

#define IMAGE_PROBLEM_MAX 640

struct image_problem {
    enum image_rule rule;
    char text[IMAGE_PROBLEM_MAX];
};

/* Fill in *problem; returns false, so that a check ends with it. */
bool image_problem_set(struct image_problem *problem, enum image_rule rule,
                       const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* rule is one of the table's, not NONE or COUNT. */
const char *image_rule_name(enum image_rule rule);
const char *image_rule_fix(enum image_rule rule);
hl_status image_rule_status(enum image_rule rule);

#endif /* HL_IMAGE_PROBLEM_H */
