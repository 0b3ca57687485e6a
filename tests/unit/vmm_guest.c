/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/mman.h>

#include "vmm_guest.h"

#define RW_NX (HL_PTE_NX | HL_U64(0x63))
#define RO_NX (HL_PTE_NX | HL_U64(0x61))

static uint8_t *memory_new(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

uint8_t *guest_at(struct guest *g, uint64_t gpa)
{
    return phys_at(&g->phys, gpa, 1);
}

static void put(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

/* null, code 8, data 0x10, TSS 0x18; the TSS at +0x40 with IST1. */
static void descriptors_fill(struct guest *g)
{
    uint8_t *gdt = guest_at(g, PHYS_AT(TABLES_PAGE));
    uint64_t tss = SCRATCH_AT(TABLES_PAGE) + 0x40;

    put(gdt + 0x08, HL_U64(0x00AF9B000000FFFF));
    put(gdt + 0x10, HL_U64(0x00CF93000000FFFF));
    put(gdt + 0x18, 0x67 | (tss & 0xFFFFFF) << 16 | HL_U64(0x8B) << 40 |
                        (tss >> 24 & 0xFF) << 56);
    put(gdt + 0x20, tss >> 32);
    put(gdt + 0x40 + 0x24, SCRATCH_AT(FAULT_PAGE + 1));
}

void guest_gate(struct guest *g, unsigned vector, uint64_t handler,
                unsigned ist)
{
    uint8_t *gate = guest_at(g, PHYS_AT(IDT_PAGE)) + vector * 16;

    put(gate, (handler & 0xFFFF) | HL_U64(8) << 16 | (uint64_t)ist << 32 |
                  HL_U64(0x8E) << 40 | (handler >> 16 & 0xFFFF) << 48);
    put(gate + 8, handler >> 32);
}

static bool tables_fill(struct guest *g)
{
    struct hl_pagetable t;
    hl_error *e = &g->error;
    bool ok =
        pagetable_init(&t, SCRATCH_GPA, e) == HL_OK &&
        pagetable_map(&t, CODE_GVA, CODE_GVA, 1, 0x61, e) == HL_OK &&
        pagetable_map(&t, RO_GVA, RO_GVA, SNAPSHOT_PAGES - 2, RO_NX, e) ==
            HL_OK &&
        pagetable_map(&t, RW_ROM_GVA, RW_ROM_GVA, 1, RW_NX, e) == HL_OK &&
        pagetable_map(&t, RWX_GVA, PHYS_AT(RWX_PAGE), 1, 0x63, e) == HL_OK &&
        pagetable_map(&t, UNBACKED_GVA, UNBACKED_GPA, 1, 0x63, e) == HL_OK &&
        pagetable_map(&t, SCRATCH_GVA, SCRATCH_GPA, SCRATCH_PAGES, RW_NX, e) ==
            HL_OK;

    if (ok && t.count <= TABLES_PAGE)
        memcpy(guest_at(g, SCRATCH_GPA), t.bytes, t.count * HL_PAGE_SIZE);
    pagetable_free(&t);
    return ok;
}

uint64_t *guest_pte(struct guest *g, uint64_t gva)
{
    uint64_t table = SCRATCH_GPA;

    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t value;

        memcpy(&value, guest_at(g, table) + (gva >> shift & 511) * 8, 8);
        table = value & HL_PTE_ADDR;
    }
    return (uint64_t *)(void *)(guest_at(g, table) + (gva >> 12 & 511) * 8);
}

static void sregs_fill(struct hl_vmm_sregs *sregs)
{
    const struct hl_vmm_segment data = {.selector = 0x10,
                                        .limit = UINT32_MAX,
                                        .type = 3,
                                        .present = 1,
                                        .db = 1,
                                        .s = 1,
                                        .g = 1};
    *sregs = (struct hl_vmm_sregs){
        .cs = {.selector = 8,
               .limit = UINT32_MAX,
               .type = 0xB,
               .present = 1,
               .s = 1,
               .l = 1,
               .g = 1},
        .ds = data,
        .es = data,
        .ss = data,
        .tr = {.base = SCRATCH_AT(TABLES_PAGE) + 0x40,
               .limit = 0x67,
               .selector = 0x18,
               .type = 0xB,
               .present = 1},
        .gdt_base = SCRATCH_AT(TABLES_PAGE),
        .gdt_limit = 0x27,
        .idt_base = SCRATCH_AT(IDT_PAGE),
        .idt_limit = 0xFFF,
        .cr0 = HL_CR0_INIT,
        .cr3 = SCRATCH_GPA,
        .cr4 = HL_CR4_INIT,
        .efer = HL_EFER_INIT,
    };
}

bool guest_open(struct guest *g, const struct hl_vmm_ops *ops)
{
    memset(g, 0, sizeof(*g));
    g->ops = ops;
    g->phys.slots[HL_VMM_SLOT_SNAPSHOT] =
        (struct hl_vmm_slot){SNAPSHOT_GPA, SNAPSHOT_PAGES * HL_PAGE_SIZE,
                             memory_new(SNAPSHOT_PAGES * HL_PAGE_SIZE)};
    g->phys.slots[HL_VMM_SLOT_SCRATCH] =
        (struct hl_vmm_slot){SCRATCH_GPA, SCRATCH_PAGES * HL_PAGE_SIZE,
                             memory_new(SCRATCH_PAGES * HL_PAGE_SIZE)};
    if (!tables_fill(g) || ops->open(&g->vmm, &g->error) != HL_OK)
        return false;
    descriptors_fill(g);
    sregs_fill(&g->sregs);
    for (unsigned i = 0; i < HL_VMM_SLOTS; i++)
        if (ops->map(g->vmm, i, &g->phys.slots[i], &g->error) != HL_OK)
            return false;
    return true;
}

void guest_close(struct guest *g)
{
    if (g->vmm)
        g->ops->close(g->vmm);
    for (unsigned i = 0; i < HL_VMM_SLOTS; i++)
        munmap(g->phys.slots[i].host, g->phys.slots[i].size);
}

struct hl_vmm_regs *guest_regs(struct guest *g)
{
    return g->ops->regs(g->vmm);
}

bool guest_reset(struct guest *g)
{
    if (g->ops->reset(g->vmm, &g->sregs, &g->error) != HL_OK)
        return false;
    guest_regs(g)->rip = CODE_GVA;
    guest_regs(g)->rsp = SCRATCH_AT(DATA_PAGE);
    g->ops->set_regs(g->vmm);
    return true;
}

bool guest_load_code(struct guest *g, const uint8_t *code, size_t size)
{
    uint8_t *at = guest_at(g, SNAPSHOT_GPA);

    memset(at, 0xF4, HL_PAGE_SIZE); /* hlt */
    memcpy(at, code, size);
    return guest_reset(g);
}

int guest_run(struct guest *g)
{
    if (g->ops->run(g->vmm, &g->exit, &g->error) != HL_OK)
        return -1;
    return (int)g->exit.kind;
}
