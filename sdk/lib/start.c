/* SPDX-License-Identifier: MIT */
/*
 * Start-up (abi §2.5, §3.2). hl_start_early runs on the exception stack
 * before any exception can be taken: it touches only scratch, read-only data
 * and pages it has made private itself. hl_start_late runs on the main stack.
 */
#include "runtime.h"
#include "transport.h"

/* In one section with __stack_chk_guard: the page that every start needs. */
struct hl_runtime hl_runtime __attribute__((section(".bss.hl_runtime")));
uintptr_t __stack_chk_guard __attribute__((section(".bss.hl_runtime")));

/* More of .data than this becomes private by faults, page by page. */
#define EAGER_PAGES 16

/*
 * A walk over the entries of the image's pages, upwards. The tables are
 * searched once for each 2 MiB, for every instruction of start-up counts.
 */
struct cursor {
    uint64_t gva, *entry;
};

#define SPAN ((uint64_t)1 << HL_TABLE_SHIFT)

static inline __attribute__((always_inline)) void
cursor_next(struct cursor *cursor)
{
    cursor->gva += HL_PAGE_SIZE;
    cursor->entry++;
    if (cursor->gva % SPAN == 0)
        cursor->entry = hl_entry_find(cursor->gva, HL_PAGE_SHIFT);
}

/* Change the entries up to end: *entry = (*entry & ~clear) | set. (By value:
 * in registers.) */
static struct cursor pages_change(struct cursor at, uint64_t end,
                                  uint64_t clear, uint64_t set)
{
    for (; at.gva < end; cursor_next(&at))
        *at.entry = (*at.entry & ~clear) | set;
    return at;
}

/* The entry of gva, at hand if its table is the one the cursor is in. */
static uint64_t *entry_near(const struct cursor *cursor, uint64_t gva)
{
    if (gva / SPAN == cursor->gva / SPAN)
        return cursor->entry + ((gva - cursor->gva) >> HL_PAGE_SHIFT);
    return hl_entry_find(gva, HL_PAGE_SHIFT);
}

/*
 * Unmap [gva, end), whole tables at once. Plain stores: a step of `rep stos`
 * costs four of them where instructions are emulated.
 */
static void range_unmap(const struct cursor *cursor, uint64_t gva, uint64_t end)
{
    while (gva < end) {
        uint64_t size = SPAN - gva % SPAN, count = 1;
        volatile uint64_t *entry;

        if (size == SPAN && size <= end - gva) {
            entry = hl_entry_find(gva, HL_TABLE_SHIFT);
        } else {
            if (size > end - gva)
                size = end - gva;
            entry = entry_near(cursor, gva);
            count = HL_PAGE_UP(size) >> HL_PAGE_SHIFT;
        }
        gva += size;
        if (!entry)
            continue;
        for (; count >= 8; count -= 8, entry += 8) {
            entry[0] = entry[1] = entry[2] = entry[3] = 0;
            entry[4] = entry[5] = entry[6] = entry[7] = 0;
        }
        for (; count; count--)
            *entry++ = 0;
    }
}

/* Private pages up to end, with the initialised bytes in them. */
static void pages_own(struct cursor *cursor, uint64_t end)
{
    uint64_t data_end = HL_ADDRESS(hl_data_end);
    uint64_t page = HL_ALLOCATOR;

    HL_ALLOCATOR = page + (end - cursor->gva);
    for (; cursor->gva < end; cursor_next(cursor)) {
        if (cursor->gva < data_end) {
            uint64_t size = data_end - cursor->gva;

            if (size > HL_PAGE_SIZE)
                size = HL_PAGE_SIZE;
            hl_words_copy(page + HL_SCRATCH_GPA_TO_GVA, cursor->gva,
                          (size + 7) / 8);
        }
        *cursor->entry = page | HL_PTE_PRESENT | HL_PTE_WRITE |
                         HL_PTE_ACCESSED | HL_PTE_DIRTY | HL_PTE_NX;
        page += HL_PAGE_SIZE;
    }
}

/*
 * The image's pages come copy-on-write and executable (abi §2.1). Code stays
 * executable and loses copy-on-write, read-only data becomes so, writable
 * data never executes, and .bss that is not needed yet is not there: faults
 * give it zero pages without a copy.
 *
 * The heap's pages come as copy-on-write pages of zeros; what hl_sbrk has not
 * granted is not there.
 */
static void image_protect(uint64_t guard, uint64_t heap, uint64_t heap_size)
{
    uint64_t data = HL_ADDRESS(hl_data_start);
    uint64_t own_end = HL_PAGE_UP(HL_ADDRESS(hl_runtime_end));
    uint64_t own = data;
    uint64_t room = guard - (HL_ALLOCATOR + HL_SCRATCH_GPA_TO_GVA);
    struct cursor cursor;

    if (own_end - own > EAGER_PAGES * HL_PAGE_SIZE)
        own = HL_PAGE_DOWN(HL_ADDRESS(&hl_runtime));
    if (room > guard || room < own_end - own + HL_RESERVE_PAGES * HL_PAGE_SIZE)
        hl_abort_text(HL_ERR_MALLOC,
                      "scratch memory is too small for the main stack and "
                      "data: raise --scratch or lower -z stack-size",
                      NULL);
    cursor.gva = HL_ADDRESS(__ehdr_start);
    cursor.entry = hl_entry_find(cursor.gva, HL_PAGE_SHIFT);
    cursor =
        pages_change(cursor, HL_ADDRESS(hl_text_start), HL_PTE_COW, HL_PTE_NX);
    cursor = pages_change(cursor, data, HL_PTE_COW, 0);
    cursor = pages_change(cursor, own, 0, HL_PTE_NX);
    pages_own(&cursor, own_end);
    range_unmap(&cursor, own_end, HL_ADDRESS(hl_image_end));
    range_unmap(&cursor, heap, heap + heap_size);
}

/* Descriptor tables, in a private page, with accessed bits set beforehand so
 * that the processor has nothing to write but TSS's busy bit (abi §2.5.2). */
static void tables_load(uint64_t exception_top)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } gdtr, idtr;
    uint64_t stub = HL_ADDRESS(hl_exception_stubs);
    uint64_t tss = HL_ADDRESS(&hl_runtime.tss);
    uint64_t gate = (stub & 0xFFFF) | 8ull << 16 | 0x8E01ull << 32 |
                    (stub >> 16 & 0xFFFF) << 48;

    hl_runtime.gdt[1] = 0x00AF9B000000FFFF; /* 0x08: 64-bit code */
    hl_runtime.gdt[2] = 0x00CF93000000FFFF; /* 0x10: data */
    hl_runtime.gdt[3] = (sizeof(hl_runtime.tss) - 1) | (tss & 0xFFFFFF) << 16 |
                        0x89ull << 40 | (tss >> 24 & 0xFF) << 56;
    hl_runtime.gdt[4] = tss >> 32;
    hl_runtime.tss.ist[0] = (uint32_t)exception_top;
    hl_runtime.tss.ist[1] = (uint32_t)(exception_top >> 32);
    hl_runtime.tss.io_map = sizeof(hl_runtime.tss);
    /* The high halves are 0: below 4 GiB. */
#pragma clang loop unroll_count(2)
    for (uint64_t *at = hl_runtime.idt[0], *end = at + 2 * HL_VECTORS;
         at != end; at += 2, gate += 8)
        *at = gate;

    gdtr.limit = sizeof(hl_runtime.gdt) - 1;
    gdtr.base = HL_ADDRESS(hl_runtime.gdt);
    idtr.limit = sizeof(hl_runtime.idt) - 1;
    idtr.base = HL_ADDRESS(hl_runtime.idt);
    __asm__ volatile("lgdt %0\n\t"
                     "mov %2, %%ds\n\t"
                     "mov %2, %%es\n\t"
                     "mov %2, %%ss\n\t"
                     "push $8\n\t"
                     "lea 1f(%%rip), %%rax\n\t"
                     "push %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "ltr %w3\n\t"
                     "lidt %1"
                     :
                     : "m"(gdtr), "m"(idtr), "r"(0x10), "r"(0x18)
                     : "rax", "memory");
}

/* What of the PEB concerns us: it has two forms (abi §2.2, §12.2). */
struct given {
    uint64_t heap, heap_size;
    uint64_t init_data, init_data_size;
};

static struct given peb_read(const struct hl_abi_peb *peb, bool virtq)
{
    const struct hl_abi_vq_peb *vq = (const struct hl_abi_vq_peb *)peb;

    if (virtq)
        return (struct given){vq->heap, HL_PAGE_DOWN(vq->heap_size),
                              vq->init_data, vq->init_data_size};
    return (struct given){peb->heap, HL_PAGE_DOWN(peb->heap_size),
                          peb->init_data, peb->init_data_size};
}

static void runtime_fill(const struct given *given, uint64_t seed,
                         uint64_t log_level, uint64_t exception_top)
{
    struct hl_start_info *info = &hl_runtime.info;

    info->image = HL_ADDRESS(__ehdr_start);
    info->seed = seed;
    info->log_level = (uint32_t)log_level;
    info->heap = given->heap;
    info->heap_size = given->heap_size;
    info->init_data = (const void *)(uintptr_t)given->init_data;
    info->init_data_size = given->init_data_size;
    hl_runtime.heap_end = hl_runtime.heap_mapped = info->heap;
    hl_runtime.random = hl_mix(seed);
    /* a text must not run into the canary: its first byte is 0 */
    __stack_chk_guard = hl_mix(seed + 1) & ~(uintptr_t)0xFF;
    hl_runtime.reseeds = HL_SCRATCH_GVA_END - exception_top >= HL_META_END;
}

/* Returns the top of the main stack, which holds the call state. */
uint64_t hl_start_early(const struct hl_abi_peb *peb, uint64_t seed,
                        uint64_t page_size, uint64_t log_level,
                        uint64_t exception_top)
{
    uint64_t meta = HL_SCRATCH_GVA_END - exception_top;
    bool virtq = meta == HL_VQ_META_END;
    uint64_t stack_end =
        HL_SCRATCH_GVA_END -
        (virtq ? HL_VQ_SCRATCH_TOP_PAGES : HL_SCRATCH_TOP_PAGES) * HL_PAGE_SIZE;
    uint64_t guard = stack_end - HL_PAGE_UP(hl_stack_size) - HL_PAGE_SIZE;
    uint64_t call = (stack_end - sizeof(struct hl_call_state)) & ~63ull;
    struct given given = peb_read(peb, virtq);
    uint64_t cr3;

    if (page_size != HL_PAGE_SIZE || (!virtq && meta > HL_META_END))
        hl_abort_text(HL_ERR_UNKNOWN,
                      "this host speaks an interface that the guest does not "
                      "know: use a Hyperlight host 0.13.1 to 0.18",
                      NULL);
    image_protect(guard, given.heap, given.heap_size);
    __asm__ volatile("mov %%cr3, %0\n\tmov %0, %%cr3" : "=r"(cr3) : : "memory");
    hl_runtime.guard = guard;
    hl_runtime.call = (struct hl_call_state *)call;
    runtime_fill(&given, seed, log_level, exception_top);
    hl_transport_start(peb, virtq);
    hl_guard_set();
    tables_load(exception_top);
    return call;
}

typedef void initializer(void);
#define ARRAY_BOUND(name)                                                      \
    extern initializer *const name[] __attribute__((visibility("hidden")))
ARRAY_BOUND(__preinit_array_start);
ARRAY_BOUND(__preinit_array_end);
ARRAY_BOUND(__init_array_start);
ARRAY_BOUND(__init_array_end);
ARRAY_BOUND(__fini_array_start);
ARRAY_BOUND(__fini_array_end);

__attribute__((weak)) void hyperlight_main(void)
{
}

void hl_start_late(void)
{
    for (initializer *const *p = __preinit_array_start;
         p != __preinit_array_end; p++)
        (*p)();
    for (initializer *const *p = __init_array_start; p != __init_array_end; p++)
        (*p)();
    hyperlight_main();
    hl_transport_started();
}

void hl_run_destructors(void)
{
    for (initializer *const *p = __fini_array_end; p != __fini_array_start;)
        (*--p)();
}

void hl_program_end(void)
{
    hl_runtime.ended = true;
}

const struct hl_start_info *hl_start_info(void)
{
    return &hl_runtime.info;
}
