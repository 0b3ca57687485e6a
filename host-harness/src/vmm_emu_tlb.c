/* SPDX-License-Identifier: MIT */
/*
 * The emulator's TLB is filled by our own page walk, and what it fetched from
 * is remembered. Unicorn does not notice when translated code changes by the
 * host (restore), nor by a store through another virtual address whose
 * translation is older than the code. So no page of scratch is ever both
 * writable and translated: what asks for the one takes the other away
 * (EMU_EVENT_CODE).
 */
#include <stdlib.h>
#include <string.h>

#include "vmm_emu.h"

static unsigned access_of(int type)
{
    return type == UC_MEM_WRITE   ? HL_ACCESS_WRITE
           : type == UC_MEM_FETCH ? HL_ACCESS_FETCH
                                  : HL_ACCESS_READ;
}

static bool slot_of(const struct vmm_emu *emu, uint64_t gpa, unsigned *slot,
                    size_t *page)
{
    for (*slot = 0; *slot < HL_VMM_SLOTS; ++*slot) {
        const struct hl_vmm_slot *s = &emu->phys.slots[*slot];

        if (s->host && gpa >= s->gpa && gpa - s->gpa < s->size) {
            *page = (size_t)((gpa - s->gpa) / HL_PAGE_SIZE);
            return true;
        }
    }
    return false;
}

static const uint8_t *page_bytes(const struct vmm_emu *emu, unsigned slot,
                                 size_t page)
{
    return emu->phys.slots[slot].host + page * HL_PAGE_SIZE;
}

/* May bytes[i], a 0F, belong to an instruction that is refused (on_guard)? At
 * the page's end any may. */
static bool looks_guarded(const uint8_t *bytes, size_t i)
{
    if (i + 1 == HL_PAGE_SIZE)
        return true;
    uint8_t next = bytes[i + 1];
    return next == 0x23 || next == 0x30 || next == 0x32 || next == 0x33 ||
           (next == 0x01 && (i + 2 == HL_PAGE_SIZE || bytes[i + 2] == 0xD1));
}

/* The instruction may begin at bytes[i] or at any prefix in front of it. */
static bool guards_add_at(struct vmm_emu *emu, const uint8_t *bytes,
                          uint64_t gva, size_t i)
{
    for (size_t back = 0; back < EMU_INSN_MAX; back++) {
        if (!emu_guard_add(emu, gva + i))
            return false;
        if (i == 0 || !emu_is_prefix(bytes[i - 1]))
            break;
        i--;
    }
    return true;
}

static bool has_guards(const uint8_t *bytes)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + HL_PAGE_SIZE;

    while ((at = memchr(at, 0x0F, (size_t)(end - at))) != NULL) {
        if (looks_guarded(bytes, (size_t)(at - bytes)))
            return true;
        at++;
    }
    return emu_is_prefix(end[-1]);
}

static bool guards_add(struct vmm_emu *emu, const uint8_t *bytes, uint64_t gva)
{
    for (size_t i = 0; i < HL_PAGE_SIZE; i++)
        if (bytes[i] == 0x0F && looks_guarded(bytes, i) &&
            !guards_add_at(emu, bytes, gva, i))
            return false;
    return !emu_is_prefix(bytes[HL_PAGE_SIZE - 1]) ||
           guards_add_at(emu, bytes, gva, HL_PAGE_SIZE - 1);
}

/* A page is about to be translated, seen at gva. */
static bool code_fetched(struct vmm_emu *emu, uint64_t gva, unsigned slot,
                         size_t page)
{
    struct emu_code_page *code = &emu->code[slot][page];
    const uint8_t *bytes = page_bytes(emu, slot, page);
    /* Scratch may have changed since; the snapshot region is looked at once. */
    if (!code->fetched || slot == HL_VMM_SLOT_SCRATCH)
        code->guarded = has_guards(bytes);
    if (!code->fetched && slot == HL_VMM_SLOT_SNAPSHOT &&
        emu->copies < EMU_COPIES_MAX) {
        uint8_t *copy = malloc(HL_PAGE_SIZE);
        if (copy) {
            memcpy(copy, bytes, HL_PAGE_SIZE);
            emu->copies++;
        }
        code->copy = copy;
    }
    code->fetched = true;
    return !code->guarded || guards_add(emu, bytes, gva);
}

static void refuse(struct vmm_emu *emu, enum emu_event_kind kind, uint64_t page,
                   unsigned access, const struct hl_walk *walk)
{
    if (emu->event.kind != EMU_EVENT_NONE)
        return;
    emu->event = (struct emu_event){
        .kind = kind, .page = page, .access = access, .walk = *walk};
}

/* Does the running instruction lie in the page at gpa? */
static bool runs_in(const struct vmm_emu *emu, uint64_t gpa)
{
    struct hl_walk walk;

    return emu_walk(emu, emu_reg_get(emu, UC_X86_REG_RIP), HL_ACCESS_FETCH,
                    &walk) &&
           (walk.gpa & ~(uint64_t)(HL_PAGE_SIZE - 1)) == gpa;
}

/* Must the other permission be taken away first? Not once more for a write by
 * code of the same page, or they would take turns for ever. */
static bool is_contested(const struct vmm_emu *emu,
                         const struct emu_code_page *code, unsigned access,
                         uint64_t gpa)
{
    if (access == HL_ACCESS_FETCH)
        return code->written == emu->epoch;
    return access == HL_ACCESS_WRITE && code->fetched &&
           !(emu->retry.count > 0 &&
             emu->retry.rip == emu_reg_get(emu, UC_X86_REG_RIP) &&
             runs_in(emu, gpa));
}

/* Write permission is given with the dirty bit (when writes are counted, to
 * them alone), execute permission only to fetches: so that each first write
 * and fetch of a page is seen here. */
static unsigned perms_of(const struct vmm_emu *emu, const struct hl_walk *walk,
                         unsigned access, bool is_rom,
                         const struct emu_code_page *code)
{
    if (access == HL_ACCESS_FETCH)
        return UC_PROT_READ | UC_PROT_EXEC;
    if (access == HL_ACCESS_WRITE ||
        (walk->writable && (walk->pte & HL_PTE_DIRTY) && !is_rom &&
         !code->fetched && !emu->is_counting))
        return UC_PROT_READ | UC_PROT_WRITE;
    return UC_PROT_READ;
}

/* A permitted access to memory that is there. */
static bool fill(struct vmm_emu *emu, uint64_t page, unsigned access,
                 const struct hl_walk *walk, uc_tlb_entry *entry)
{
    unsigned slot;
    size_t index;

    if (!slot_of(emu, walk->gpa, &slot, &index)) {
        refuse(emu, EMU_EVENT_MEMORY, page, access, walk);
        return false;
    }
    struct emu_code_page *code = &emu->code[slot][index];
    bool is_rom = slot == HL_VMM_SLOT_SNAPSHOT;
    if (is_rom && access == HL_ACCESS_WRITE) {
        refuse(emu, EMU_EVENT_MEMORY, page, access, walk);
        return false;
    }
    if (!is_rom && is_contested(emu, code, access, walk->gpa)) {
        refuse(emu, EMU_EVENT_CODE, page, access, walk);
        return false;
    }
    if (access == HL_ACCESS_FETCH && !code_fetched(emu, page, slot, index)) {
        refuse(emu, EMU_EVENT_LIMIT, page, access, walk);
        return false;
    }
    *entry =
        (uc_tlb_entry){walk->gpa, perms_of(emu, walk, access, is_rom, code)};
    if (entry->perms & UC_PROT_WRITE)
        code->written = emu->epoch;
    return true;
}

bool emu_tlb_fill(uc_engine *uc, uint64_t page, int type, uc_tlb_entry *entry,
                  void *context)
{
    struct vmm_emu *emu = context;
    unsigned access = access_of(type);
    struct hl_walk walk;

    (void)uc;
    if (emu->is_identity) {
        *entry = (uc_tlb_entry){page, UC_PROT_READ | UC_PROT_EXEC};
        return true;
    }
    if (emu->is_dead)
        return false;
    if (!pagetable_walk(&emu->phys, emu_reg_get(emu, UC_X86_REG_CR3), page,
                        access, true, &walk)) {
        refuse(emu, EMU_EVENT_ACCESS, page, access, &walk);
        return false;
    }
    return fill(emu, page, access, &walk, entry);
}

uint64_t emu_pages_written(const struct vmm_emu *emu)
{
    const struct emu_code_page *code = emu->code[HL_VMM_SLOT_SCRATCH];
    const uint64_t pages =
        emu->phys.slots[HL_VMM_SLOT_SCRATCH].size / HL_PAGE_SIZE;
    uint64_t written = 0;

    for (uint64_t i = 0; code && i < pages; i++)
        written += code[i].written == emu->epoch;
    return written;
}

void emu_tlb_flush(struct vmm_emu *emu)
{
    emu->api->ctl(emu->uc, UC_CTL_TLB_FLUSH);
    emu->epoch++;
}

static void code_page_forget(struct vmm_emu *emu, struct emu_code_page *code)
{
    if (code->copy)
        emu->copies--;
    free(code->copy);
    code->copy = NULL;
    code->fetched = code->guarded = false;
}

/* uc_ctl removes by virtual address: see it 1:1 meanwhile. */
static void identity_begin(struct vmm_emu *emu)
{
    if (!emu->is_identity) {
        emu->is_identity = true;
        emu_tlb_flush(emu);
    }
}

static void identity_end(struct vmm_emu *emu)
{
    emu->is_identity = false;
    emu_tlb_flush(emu);
}

void emu_code_remove(struct vmm_emu *emu, uint64_t gpa, uint64_t size)
{
    identity_begin(emu);
    emu->api->ctl(emu->uc, UC_CTL_TB_REMOVE_CACHE, gpa, gpa + size);
    identity_end(emu);
}

static void code_page_remove(struct vmm_emu *emu, unsigned slot, size_t page)
{
    uint64_t gpa = emu->phys.slots[slot].gpa + page * HL_PAGE_SIZE;

    identity_begin(emu);
    emu->api->ctl(emu->uc, UC_CTL_TB_REMOVE_CACHE, gpa, gpa + HL_PAGE_SIZE);
    code_page_forget(emu, &emu->code[slot][page]);
}

static void slot_refresh(struct vmm_emu *emu, unsigned slot, bool all)
{
    size_t pages = (size_t)(emu->phys.slots[slot].size / HL_PAGE_SIZE);

    if (!emu->code[slot])
        return;
    for (size_t i = 0; i < pages; i++) {
        const struct emu_code_page *code = &emu->code[slot][i];

        if (code->fetched &&
            (all || !code->copy ||
             memcmp(code->copy, page_bytes(emu, slot, i), HL_PAGE_SIZE) != 0))
            code_page_remove(emu, slot, i);
    }
}

void emu_code_refresh(struct vmm_emu *emu)
{
    slot_refresh(emu, HL_VMM_SLOT_SNAPSHOT, false);
    slot_refresh(emu, HL_VMM_SLOT_SCRATCH, true);
    identity_end(emu);
}

void emu_code_drop_slot(struct vmm_emu *emu, unsigned slot)
{
    slot_refresh(emu, slot, true);
    if (emu->is_identity)
        identity_end(emu);
}

bool emu_code_exchange(struct vmm_emu *emu)
{
    const struct emu_event *event = &emu->event;
    unsigned slot;
    size_t page;
    uint64_t rip = emu_reg_get(emu, UC_X86_REG_RIP);

    emu->retry.count = emu->retry.rip == rip ? emu->retry.count + 1 : 1;
    emu->retry.rip = rip;
    if (event->access == HL_ACCESS_WRITE &&
        slot_of(emu, event->walk.gpa, &slot, &page))
        code_page_remove(emu, slot, page);
    identity_end(emu);
    emu_regs_read(emu);
    /* A store into its own block is never done as long as both are one. */
    if (emu->retry.count > 1)
        emu_step_one(emu);
    return emu->retry.count < EMU_RETRIES_MAX;
}

void emu_code_written(struct vmm_emu *emu, uint64_t gpa)
{
    unsigned slot;
    size_t page;

    if (!slot_of(emu, gpa, &slot, &page) || !emu->code[slot][page].fetched)
        return;
    code_page_remove(emu, slot, page);
    identity_end(emu);
}

void emu_code_free(struct vmm_emu *emu)
{
    for (unsigned slot = 0; slot < HL_VMM_SLOTS; slot++) {
        size_t pages = (size_t)(emu->phys.slots[slot].size / HL_PAGE_SIZE);

        for (size_t i = 0; emu->code[slot] && i < pages; i++)
            free(emu->code[slot][i].copy);
        free(emu->code[slot]);
    }
}
