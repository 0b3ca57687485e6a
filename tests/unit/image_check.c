/* SPDX-License-Identifier: MIT */
/* guarantees: B19 */
/* features: A4 */
/* hl_image_check: each rule has an image that breaks it, and it alone. */
#include "elf_builder.h"

#include <string.h>

static struct elf_builder b;

static int setup(void **state)
{
    (void)state;
    elf_builder_init(&b);
    return 0;
}

static void A4_good_image_breaks_no_rule(void **state)
{
    struct reports reports;

    (void)state;
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
}

/* Without headers and segments nothing more is looked at. */
static void A4_unreadable_file_is_one_report(void **state)
{
    struct reports reports;

    (void)state;
    reports_collect("text", 4, &reports);
    assert_int_equal(reports.count, 1);
    assert_string_equal(reports.of[0].rule, "elf");
    b.header.e_machine = EM_AARCH64;
    b.header.e_entry = 0;
    expect_rule(&b, "machine", "AArch64");
    setup(NULL);
    b.phdr[PH_CODE].p_memsz = 1;
    expect_rule(&b, "segment", "more bytes in the file");
    setup(NULL);
    b.phdr[PH_CODE].p_vaddr = 0;
    expect_rule(&b, "segment-order", "overlaps");
}

static void A4_missing_entry(void **state)
{
    (void)state;
    b.header.e_entry = 0;
    expect_rule(&b, "entry", "the entry symbol is not defined");
    b.header.e_entry = IN_CODE - 1;
    expect_rule(&b, "entry", "0xfff lies in a segment that is not executable");
    b.header.e_entry = IN_CODE + 0x100;
    expect_rule(&b, "entry", "0x1100 lies outside every segment");
}

static void A4_fixed_address(void **state)
{
    (void)state;
    b.header.e_type = ET_EXEC;
    expect_rule(&b, "pie", "ET_EXEC");
}

static void A4_base_not_zero(void **state)
{
    (void)state;
    b.header.e_phnum = PH_DYNAMIC;
    for (int i = PH_TEXT_HEADERS; i <= PH_DATA; i++)
        b.phdr[i].p_vaddr += 0x400000;
    b.header.e_entry += 0x400000;
    expect_rule(&b, "base", "the first segment is at 0x400000, not at 0");
}

static void A4_more_memory_than_every_host_has(void **state)
{
    uint64_t most = (UINT64_C(1) << 30) - 0x4000;
    struct reports reports;

    (void)state;
    b.phdr[PH_DATA].p_memsz = most - IN_DATA;
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
    b.phdr[PH_DATA].p_memsz++;
    expect_rule(&b, "memory-size", "that every host takes is 1073725440");
    hl_image_free(expect_opened(&b));
}

static void A4_writable_and_executable(void **state)
{
    (void)state;
    b.phdr[PH_CODE].p_flags |= PF_W;
    expect_rule(&b, "write-execute",
                "segment 1, 0x100 bytes at 0x1000, is writable and executable");
    b.phdr[PH_DATA].p_flags |= PF_X; /* reported once */
    expect_rule(&b, "write-execute", "segment 1");
}

/* Without bytes in the file it may lie at its end, but not behind. */
static void A4_segment_behind_the_file(void **state)
{
    Elf64_Phdr *p = elf_builder_phdr(&b, PT_LOAD);
    struct reports reports;

    (void)state;
    p->p_vaddr = IMAGE_SPAN;
    p->p_memsz = 16;
    p->p_offset = IMAGE_SIZE;
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
    p->p_offset = IMAGE_SIZE + 1;
    expect_rule(&b, "segment", "lies behind the end of the file");
}

/* Tables that are refused whole: each is told, the first does not hide the
 * second. */
static void A4_tables_that_are_refused_whole(void **state)
{
    (void)state;
    elf_builder_dynamic(&b, DT_RELRSZ, 8);
    expect_rule(&b, "relr", "(DT_RELR, 8 bytes)");
    elf_builder_dynamic(&b, DT_JMPREL, IN_PLT);
    elf_builder_dynamic(&b, DT_PLTRELSZ, 16); /* less than one */
    expect_rule_among(&b, "plt", "(DT_JMPREL, 16 bytes)");
    expect_rule_among(&b, "relr", "(DT_RELR, 8 bytes)");
}

static void A4_interpreter(void **state)
{
    Elf64_Phdr *p = elf_builder_phdr(&b, PT_INTERP);

    (void)state;
    elf_builder_symbol(&b, "/lib/ld.so", STB_LOCAL, 1);
    p->p_offset = IN_STRINGS + 1;
    p->p_filesz = 11;
    expect_rule(&b, "interpreter", "(PT_INTERP): /lib/ld.so");
    p->p_filesz = 4; /* no NUL */
    expect_rule(&b, "interpreter", "(PT_INTERP): /lib");
    p->p_offset = IMAGE_SIZE;
    expect_rule(&b, "interpreter", "(PT_INTERP): ?");
    hl_image_free(expect_opened(&b));
}

static void A4_thread_local(void **state)
{
    Elf64_Phdr *p = elf_builder_phdr(&b, PT_TLS);
    struct reports reports;

    (void)state;
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0); /* an empty one is harmless */
    p->p_memsz = 24;
    expect_rule(&b, "tls", "thread-local variables (PT_TLS, 24 bytes)");
    elf_builder_local(&b, "errno_of_thread", STT_TLS);
    elf_builder_local(&b, "not_this", STT_OBJECT);
    expect_rule(&b, "tls", "24 bytes): errno_of_thread");
    b.section[SH_SYMTAB].sh_link = SH_COUNT; /* no such string table */
    expect_rule(&b, "tls", "24 bytes)");
    b.section[SH_SYMTAB].sh_link = SH_STRINGS;
    b.section[SH_SYMTAB].sh_type = SHT_PROGBITS;
    expect_rule(&b, "tls", "24 bytes)");
}

static void A4_shared_library(void **state)
{
    (void)state;
    elf_builder_symbol(&b, "libc.so.6", STB_LOCAL, 1);
    elf_builder_symbol(&b, "libm.so.6", STB_LOCAL, 1);
    elf_builder_dynamic(&b, DT_NEEDED, 1);
    elf_builder_dynamic(&b, DT_NEEDED, 11);
    expect_rule(&b, "needed", "(DT_NEEDED): libc.so.6, libm.so.6");
    elf_builder_dynamic(&b, DT_NEEDED, 0x1000); /* no such string */
    elf_builder_dynamic(&b, DT_NEEDED, 1);
    elf_builder_dynamic(&b, DT_NEEDED, 1);
    expect_rule(&b, "needed", "libc.so.6, libm.so.6, ? and 2 more");
}

static void A4_undefined_symbols(void **state)
{
    (void)state;
    elf_builder_symbol(&b, "defined", STB_GLOBAL, 1);
    elf_builder_symbol(&b, "optional", STB_WEAK, SHN_UNDEF);
    elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
    elf_builder_symbol(&b, "socket\x1b[0m", STB_GLOBAL, SHN_UNDEF);
    expect_rule(&b, "undefined", "undefined symbols: open, socket?[0m");
    /* The host does not read symbols. */
    hl_image_free(expect_opened(&b));
    /* How many there are is told by either hash table, or .dynsym. */
    b.no_hash = true;
    elf_builder_dynamic(&b, DT_GNU_HASH, IN_GNU_HASH);
    expect_rule(&b, "undefined", "open, socket");
    b.dynamic_count = 0;
    b.section[SH_DYNSYM].sh_size = 4 * sizeof(Elf64_Sym);
    expect_rule(&b, "undefined", "undefined symbols: open");
}

static void A4_damaged_symbol_tables_name_nothing(void **state)
{
    struct reports reports;

    (void)state;
    elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
    elf_builder_dynamic(&b, DT_STRTAB, IMAGE_SPAN);
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
    elf_builder_dynamic(&b, DT_STRTAB, IN_STRINGS);
    elf_builder_dynamic(&b, DT_SYMTAB, IMAGE_SPAN);
    elf_builder_write(&b);
    reports_collect(b.bytes, sizeof b.bytes, &reports);
    assert_int_equal(reports.count, 0);
    /* More symbols claimed than there is room for: all that fit are read. */
    elf_builder_dynamic(&b, DT_SYMTAB, IN_CODE + 0x100 - 48);
    elf_builder_dynamic(&b, DT_HASH, IN_DATA); /* 0xd0d0d0d0 symbols */
    elf_builder_rela(&b, IN_DATA, R_X86_64_64, 99, 0);
    expect_rule(&b, "relocation", "of symbol ? at 0x2000");
    elf_builder_dynamic(&b, DT_HASH, IMAGE_SPAN);
    expect_rule(&b, "relocation", "of symbol ? at 0x2000");
}

static void long_symbol_names_are_cut(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    elf_builder_symbol(&b, name, STB_GLOBAL, SHN_UNDEF);
    name[95] = 0;
    expect_rule(&b, "undefined", name);
}

static void A4_every_rule_at_once(void **state)
{
    static const char *const rules[] = {
        "entry",      "pie", "interpreter", "needed", "undefined",
        "tls",        "plt", "relr",        "ifunc",  "write-execute",
        "relocation", "abi", "memory-size",
    };

    (void)state;
    b.header.e_type = ET_EXEC;
    b.header.e_entry = 0;
    b.phdr[PH_CODE].p_flags |= PF_W;
    b.phdr[PH_DATA].p_memsz = UINT64_C(1) << 31;
    elf_builder_phdr(&b, PT_INTERP);
    elf_builder_phdr(&b, PT_TLS)->p_memsz = 8;
    elf_builder_symbol(&b, "open", STB_GLOBAL, SHN_UNDEF);
    elf_builder_dynamic(&b, DT_NEEDED, 1);
    elf_builder_dynamic(&b, DT_RELRSZ, 8);
    elf_builder_rela(&b, 0, R_X86_64_IRELATIVE, 0, 0);
    elf_builder_rela(&b, 0, R_X86_64_GLOB_DAT, 1, 0);
    b.plt[0].r_info = ELF64_R_INFO(UINT64_C(1), R_X86_64_JUMP_SLOT);
    b.plt_count = 1;
    elf_builder_sdk(&b, 8, 0, "");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        expect_rule_among(&b, rules[i], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(A4_good_image_breaks_no_rule, setup),
        cmocka_unit_test_setup(A4_unreadable_file_is_one_report, setup),
        cmocka_unit_test_setup(A4_missing_entry, setup),
        cmocka_unit_test_setup(A4_fixed_address, setup),
        cmocka_unit_test_setup(A4_base_not_zero, setup),
        cmocka_unit_test_setup(A4_more_memory_than_every_host_has, setup),
        cmocka_unit_test_setup(A4_writable_and_executable, setup),
        cmocka_unit_test_setup(A4_segment_behind_the_file, setup),
        cmocka_unit_test_setup(A4_tables_that_are_refused_whole, setup),
        cmocka_unit_test_setup(A4_interpreter, setup),
        cmocka_unit_test_setup(A4_thread_local, setup),
        cmocka_unit_test_setup(A4_shared_library, setup),
        cmocka_unit_test_setup(A4_undefined_symbols, setup),
        cmocka_unit_test_setup(A4_damaged_symbol_tables_name_nothing, setup),
        cmocka_unit_test_setup(long_symbol_names_are_cut, setup),
        cmocka_unit_test_setup(A4_every_rule_at_once, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
