/* SPDX-License-Identifier: MIT */
/* guarantees: P2.1 P2.2 */
/*
 * A guest that leaves as much behind as it can: a canary in every word of
 * memory it can write, every register changed. See left.h.
 */
#include "raw.h"

#include "left.h"

#define SCRATCH_SIZE                                                           \
    raw_load64((const uint8_t *)(HL_SCRATCH_GVA_END - HL_META_SCRATCH_SIZE))
#define CR4_FSGSBASE (1u << 16)
#define CR4_OSXSAVE  (1u << 18)

void left_trash(void (*tail)(void), uint64_t word, uint64_t address);
void left_bad_port(void);
void left_step(void);
void left_shadow(void);
void left_hlt(void);
void left_in(void);
void left_missing(void);
void left_store(void);
void left_triple(void);
void left_loop(void);

static struct left_state *state(void)
{
    return (struct left_state *)(HL_SCRATCH_GVA_END - LEFT_STATE);
}

/* ---- Memory: canaries ---------------------------------------------------- */

static uint64_t root(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value & HL_PTE_ADDR;
}

static uint64_t *table_at(uint64_t gpa)
{
    return (uint64_t *)(gpa + HL_SCRATCH_GPA_TO_GVA);
}

typedef void page_visit(void *context, uint64_t page, unsigned level);

/* Every table (level 4 to 1) and every page (level 0) there is. */
static void tables_visit(uint64_t table, unsigned level, page_visit *visit,
                         void *context, uint64_t at)
{
    const uint64_t *entries = table_at(table);

    visit(context, (uint64_t)entries, level);
    for (uint64_t i = 0; i < 512; i++) {
        const uint64_t entry = entries[i];
        uint64_t page = at | i << (12 + 9 * (level - 1));

        if ((entry & HL_PTE_PRESENT) == 0)
            continue;
        if (level == 4 && i >= 256)
            page |= 0xFFFFull << 48;
        if (level > 1)
            tables_visit(entry & HL_PTE_ADDR, level - 1, visit, context, page);
        else
            visit(context, page, 0);
    }
}

struct search {
    uint64_t first, second; /* the canary is their exclusive or */
    uint64_t found;
};

static void page_search(void *context, uint64_t page, unsigned level)
{
    struct search *search = context;

    if (level != 0)
        return;
    for (uint64_t at = page; at < page + HL_PAGE_SIZE; at += 8) {
        uint64_t word = *(const volatile uint64_t *)at ^ search->first;

        /* never both in one register, from where it might get to memory */
        __asm__ volatile("" : "+r"(word));
        search->found += word == search->second;
    }
}

static uint64_t pair(const struct raw_call *call, uint32_t index)
{
    return (uint64_t)(uint32_t)raw_int(call, index) << 32 |
           (uint32_t)raw_int(call, index + 1);
}

static struct search search_of(const struct raw_call *call)
{
    return (struct search){.first = pair(call, 0), .second = pair(call, 2)};
}

/* How many words of all it can read hold the canary? */
RAW_FUNCTION(canaries)
{
    struct search search = search_of(call);

    tables_visit(root(), 4, page_search, &search, 0);
    raw_return_int((int32_t)search.found);
}

/* The canary in every entry of a table that maps nothing. */
static void table_mark(void *context, uint64_t page, unsigned level)
{
    const struct search *search = context;
    uint64_t *entries = (uint64_t *)page;

    if (level == 0)
        return;
    for (unsigned i = 0; i < 512; i++) {
        if ((entries[i] & HL_PTE_PRESENT) == 0)
            entries[i] = (search->first ^ search->second) & ~HL_U64(1);
    }
}

#define TABLES_MAX 32

struct tables {
    uint64_t page[TABLES_MAX];
    uint64_t count;
};

static void table_note(void *context, uint64_t page, unsigned level)
{
    struct tables *tables = context;

    if (level != 0 && tables->count < TABLES_MAX)
        tables->page[tables->count++] = page;
}

static bool is_table(const struct tables *tables, uint64_t page)
{
    for (uint64_t i = 0; i < tables->count; i++) {
        if (tables->page[i] == page)
            return true;
    }
    return false;
}

void left_fill(uint64_t from, uint64_t to, uint64_t word)
{
    uint64_t count = (to - from) / 8;

    __asm__ volatile("cld; rep stosq"
                     : "+D"(from), "+c"(count)
                     : "a"(word)
                     : "memory");
}

/* Over stacks nothing in the buffers outlives a call. */
__attribute__((weak)) bool left_is_kept(uint64_t page)
{
    (void)page;
    return false;
}

__attribute__((weak)) void left_settle(uint64_t word)
{
    (void)word;
    raw_store64(raw_input(), HL_STACK_EMPTY);
    raw_store64(raw_output(), HL_STACK_EMPTY);
}

/* The canary in every word but those of the stack in use and of tables that
 * map something. */
RAW_FUNCTION(fill)
{
    struct search search = search_of(call);
    struct tables tables = {.count = 0};
    const uint64_t base = HL_SCRATCH_GVA_END - SCRATCH_SIZE;
    const uint64_t stack = (uint64_t)__builtin_frame_address(0) - 2048;
    const uint64_t word = search.first ^ search.second;

    tables_visit(root(), 4, table_note, &tables, 0);
    for (uint64_t page = base; page < HL_SCRATCH_GVA_END - HL_PAGE_SIZE;
         page += HL_PAGE_SIZE) {
        if (!is_table(&tables, page) && !left_is_kept(page))
            left_fill(page, page + HL_PAGE_SIZE, word);
    }
    left_fill(HL_SCRATCH_GVA_END - HL_PAGE_SIZE, stack, word);
    tables_visit(root(), 4, table_mark, &search, 0);
    left_settle(word);
    raw_return_int(1);
}

/* ---- The vCPU -------------------------------------------------------------
 */

static uint32_t cpuid(uint32_t leaf, uint32_t *ebx)
{
    uint32_t eax = leaf;
    uint32_t ecx = 0;
    uint32_t edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(*ebx), "+c"(ecx), "=d"(edx));
    return leaf == 1 ? ecx : eax;
}

static uint64_t cr4_may(void)
{
    uint32_t ebx;
    uint64_t may = (cpuid(1, &ebx) >> 26 & 1) != 0 ? CR4_OSXSAVE : 0;

    if (cpuid(0, &ebx) >= 7) {
        cpuid(7, &ebx);
        may |= (ebx & 1) != 0 ? CR4_FSGSBASE : 0;
    }
    return may;
}

/* The rest of the state, that costs instructions not every vCPU has. */
RAW_FUNCTION(look)
{
    const uint64_t may = cr4_may();
    uint32_t ebx = 0;

    if (cpuid(0, &ebx) >= 0xD)
        cpuid(0xD, &ebx);
    state()->xsave_size = ebx;
    if ((may & CR4_FSGSBASE) != 0) {
        __asm__ volatile("mov %0, %%cr4" ::"r"(state()->cr4 | CR4_FSGSBASE));
        __asm__ volatile("rdfsbase %0" : "=r"(state()->fs_base));
        __asm__ volatile("rdgsbase %0" : "=r"(state()->gs_base));
        __asm__ volatile("swapgs; rdgsbase %0; swapgs"
                         : "=r"(state()->hidden_gs_base));
        __asm__ volatile("mov %0, %%cr4" ::"r"(state()->cr4));
    }
    raw_return_int(1);
}

/* GDT, LDT, TSS and IDT in one page of scratch: far below everything. */
static void descriptors_load(uint64_t *page)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {0x3F, (uint64_t)page};
    const uint64_t tss = (uint64_t)page + 0x100;

    page[0] = 0;
    page[1] = 0x00AF9B000000FFFF; /* code */
    page[2] = 0x00CF93000000FFFF; /* data */
    page[3] =
        0x0000890000000067 | (tss & 0xFFFFFF) << 16 | (tss >> 24 & 0xFF) << 56;
    page[4] = tss >> 32;
    page[5] =
        0x0000820000000007 | (tss & 0xFFFFFF) << 16 | (tss >> 24 & 0xFF) << 56;
    page[6] = tss >> 32;
    __asm__ volatile("lgdt %0" ::"m"(table));
    table.limit = 0xF;
    __asm__ volatile("lidt %0" ::"m"(table));
    __asm__ volatile("movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs;"
                     "movw %w0, %%gs; movw %w0, %%ss" ::"r"(0x10));
    __asm__ volatile("ltr %w0" ::"r"(0x18));
    __asm__ volatile("lldt %w0" ::"r"(0x28));
    __asm__ volatile(
        "leaq 1f(%%rip), %%rax; pushq $8; pushq %%rax; lretq; 1:" ::
            : "rax", "memory");
}

static void registers_change(uint64_t word)
{
    const uint64_t may = cr4_may();
    uint64_t cr4;
    uint64_t cr3;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4 | may | HL_CR4_PGE | 4));
    if ((may & CR4_FSGSBASE) != 0) {
        __asm__ volatile("wrfsbase %0; wrgsbase %0" ::"r"(word >> 20));
        __asm__ volatile("swapgs");
        __asm__ volatile("wrgsbase %0" ::"r"(word >> 24));
    }
    __asm__ volatile("mov %0, %%dr0; mov %0, %%dr1" ::"r"(word >> 20));
    __asm__ volatile("mov %0, %%dr2; mov %0, %%dr3" ::"r"(word >> 20));
    __asm__ volatile("mov %0, %%dr6" ::"r"(0xFFFF0FFFull));
    __asm__ volatile("mov %0, %%cr2" ::"r"(word));
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    __asm__ volatile("mov %0, %%cr3" ::"r"(cr3 | 0x18));
    __asm__ volatile("mov %0, %%cr8" ::"r"(5ull));
}

/* x87 and SSE by fxrstor, which every backend can. */
static void float_change(uint8_t *page)
{
    for (unsigned i = 0; i < 512; i++)
        page[i] = 0x11;
    page[0] = 0x7F; /* FCW 0x27F, FSW 0, tags: all in use */
    page[1] = 2;
    page[2] = page[3] = page[5] = 0;
    page[4] = 0xFF;
    raw_store32(page + 24, 0x9F80);
    raw_store32(page + 28, 0);
    __asm__ volatile("fxrstor64 (%0)" ::"r"(page) : "memory");
}

static void heap_point(uint64_t entry)
{
    const uint64_t va = raw_heap();
    uint64_t table = root();

    for (unsigned shift = 39; shift > 12; shift -= 9)
        table = table_at(table)[va >> shift & 511] & HL_PTE_ADDR;
    table_at(table)[va >> 12 & 511] = entry;
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

/* Map the page at an address (arguments 0, 1) to a physical one (2, 3), with
 * tables from scratch that nothing else uses, all zero. */
RAW_FUNCTION(map)
{
    const uint64_t va = pair(call, 0);
    uint64_t spare = HL_SCRATCH_GVA_END - 0x10000;
    uint64_t *entry = &table_at(root())[va >> 39 & 511];

    for (unsigned shift = 30; shift >= 12; shift -= 9) {
        if ((*entry & HL_PTE_PRESENT) == 0) {
            *entry = (spare - HL_SCRATCH_GPA_TO_GVA) | HL_PTE_TABLE;
            spare += HL_PAGE_SIZE;
        }
        entry = &table_at(*entry & HL_PTE_ADDR)[va >> shift & 511];
    }
    *entry = pair(call, 2) | HL_PTE_NX | HL_PTE_PRESENT | HL_PTE_WRITE;
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
    raw_return_int(1);
}

/* Argument 0: enum left_end; 1: descriptors too? 2, 3: the word. */
RAW_FUNCTION(trash)
{
    static void (*const tails[LEFT_ENDS])(void) = {
        [LEFT_BAD_PORT] = left_bad_port,
        [LEFT_HLT] = left_hlt,
        [LEFT_IN] = left_in,
        [LEFT_MISSING] = left_missing,
        [LEFT_STORE] = left_store,
        [LEFT_TRIPLE] = left_triple,
        [LEFT_LOOP] = left_loop,
        [LEFT_STEP] = left_step,
        [LEFT_SHADOW] = left_shadow};
    uint8_t *page = (uint8_t *)(HL_SCRATCH_GVA_END - LEFT_STATE + 0x1000);
    const int32_t end = raw_int(call, 0);
    const uint64_t word = pair(call, 2);

    if (raw_int(call, 1) != 0)
        descriptors_load((uint64_t *)(page + 1024));
    float_change(page);
    registers_change(word);
    if (end == LEFT_MISSING || end == LEFT_STORE)
        heap_point(0x300000000 | HL_PTE_NX | HL_PTE_PRESENT | HL_PTE_WRITE);
    if (end == LEFT_ABORT)
        raw_out(HL_PORT_ABORT,
                3u | 200u << 8 | 'o' << 16 | (uint32_t)'l' << 24);
    if (end == LEFT_RESULT || end == LEFT_ABORT) {
        raw_return_int(1);
        __asm__ volatile("pushq %0; popfq" ::"r"(0x240AD7ull));
        return;
    }
    __asm__ volatile("mov %%cr0, %%rax; xorq %0, %%rax; mov %%rax, %%cr0" ::"i"(
                         0x40008) /* AM, TS */
                     : "rax");
    __asm__ volatile("pushq %0; popfq" ::"r"(0x247ED7ull)); /* all but TF */
    left_trash(tails[end], word, raw_heap());
}
