/* SPDX-License-Identifier: MIT */
/*
 * Exceptions: copy-on-write and first use of .bss are resolved here, all else
 * is reported and ends the run (abi §2.5, §8.3). Runs on IST1: no SSE, nothing
 * that may fault, until hl_fault_leave.
 */
#include "runtime.h"

/* Bits of a page fault's error code. */
#define PF_PRESENT 0x1
#define PF_WRITE   0x2
#define PF_FETCH   0x10
#define PF_ALL     0x1F

static bool in_stack(uint64_t address)
{
    return address >= hl_runtime.guard + HL_PAGE_SIZE &&
           address < HL_ADDRESS(hl_runtime.call);
}

static bool in_text(uint64_t address)
{
    return address >= HL_ADDRESS(hl_text_start) &&
           address < HL_ADDRESS(hl_text_end);
}

/* Is the instruction before the address a call? Read from our own code. */
static bool follows_call(uint64_t address)
{
    const uint8_t *code = (const uint8_t *)(uintptr_t)address;

    if (address < HL_ADDRESS(hl_text_start) + 7)
        return false;
    return code[-5] == 0xE8 ||
           (code[-2] == 0xFF && (code[-1] & 0x38) == 0x10) ||
           (code[-3] == 0xFF && (code[-2] & 0x38) == 0x10) ||
           (code[-6] == 0xFF && (code[-5] & 0x38) == 0x10);
}

/*
 * Return addresses: by frame pointers as long as they are ones, else what
 * looks like a return address in the first kilobytes of the stack. Reads the
 * main stack only, whose pages are always there.
 */
void hl_backtrace(struct hl_fault *fault)
{
    uint64_t at = (fault->rsp + 7) & ~(uint64_t)7, frame = fault->rbp;

    fault->depth = 0;
    if (in_text(fault->rip))
        fault->backtrace[fault->depth++] = fault->rip;
    else if (in_stack(at) && in_text(HL_WORD(at))) /* a call into nowhere */
        fault->backtrace[fault->depth++] = HL_WORD(at);
    while (in_stack(frame) && in_stack(frame + 8) && frame % 8 == 0 &&
           fault->depth < HL_BACKTRACE_MAX && in_text(HL_WORD(frame + 8))) {
        fault->backtrace[fault->depth++] = HL_WORD(frame + 8);
        if (HL_WORD(frame) <= frame)
            break;
        frame = HL_WORD(frame);
    }
    if (fault->depth > 1)
        return;
    for (int i = 0; i < 512 && in_stack(at); i++, at += 8)
        if (in_text(HL_WORD(at)) && follows_call(HL_WORD(at)) &&
            fault->depth < HL_BACKTRACE_MAX)
            fault->backtrace[fault->depth++] = HL_WORD(at);
}

/* In the order crt/exception.S saves them. */
static const char general_names[HL_GENERAL_COUNT][8] = {
    " rax=0x", " rbx=0x", " rcx=0x", " rdx=0x", " rsi=0x",
    " rdi=0x", " rbp=0x", " r8=0x",  " r9=0x",  " r10=0x",
    " r11=0x", " r12=0x", " r13=0x", " r14=0x", " r15=0x",
};
#define GENERAL_RBP 6

/* The registers that hl_fault_places has not told yet, on the same line. */
static void general_put(struct hl_abort_stream *stream,
                        const struct hl_fault *fault)
{
    hl_abort_put(stream, " rflags=0x");
    hl_abort_hex(stream, fault->rflags);
    for (int i = 0; i < HL_GENERAL_COUNT; i++) {
        if (i == GENERAL_RBP)
            continue;
        hl_abort_put(stream, general_names[i]);
        hl_abort_hex(stream, fault->general[i]);
    }
}

/*
 * "\nrip=... rsp=...\nbt=...": registers as they are, places in the image.
 * exception: the other registers are known too.
 */
void hl_fault_places(struct hl_abort_stream *stream,
                     const struct hl_fault *fault, bool exception)
{
    uint64_t image = hl_runtime.info.image;

    hl_abort_put(stream, "\nrip=0x");
    hl_abort_hex(stream, fault->rip);
    hl_abort_put(stream, " rsp=0x");
    hl_abort_hex(stream, fault->rsp);
    hl_abort_put(stream, " rbp=0x");
    hl_abort_hex(stream, fault->rbp);
    if (exception)
        general_put(stream, fault);
    hl_abort_put(stream, "\nbt=");
    for (uint32_t i = 0; i < fault->depth; i++) {
        hl_abort_put(stream, i ? " 0x" : "0x");
        hl_abort_hex(stream, fault->backtrace[i] - image);
    }
}

static void page_sentence(struct hl_abort_stream *stream,
                          const struct hl_fault *fault)
{
    const char *access = "read of ", *memory = "unmapped memory";

    if (fault->error & PF_FETCH)
        access = "execution of ";
    else if (fault->error & PF_WRITE)
        access = "write to ";
    if (fault->error & PF_PRESENT)
        memory = fault->error & PF_FETCH ? "memory that is not executable"
                                         : "read-only memory";
    else if (fault->address < HL_PAGE_SIZE)
        memory = "a null pointer";
    hl_abort_put(stream, access);
    hl_abort_put(stream, memory);
    hl_abort_put(stream, " at 0x");
    hl_abort_hex(stream, fault->address);
}

static const char *vector_text(uint64_t vector)
{
    switch (vector) {
    case HL_VECTOR_DIVIDE:
        return "division by zero or overflow";
    case 1:
        return "debug exception";
    case 3:
        return "breakpoint";
    case HL_VECTOR_OPCODE:
        return "invalid instruction";
    case 7:
        return "floating point is not available";
    case 8:
        return "double fault";
    case 12:
        return "a stack address that is none";
    case HL_VECTOR_PROTECT:
        return "an address that is none, or a forbidden instruction";
    case 16:
    case 19:
        return "floating-point exception";
    case 17:
        return "unaligned access";
    default:
        return "exception";
    }
}

/* On the main stack, whose contents are not needed any more. */
_Noreturn void hl_fault_report(void)
{
    const struct hl_fault *fault = &hl_runtime.call->fault;
    struct hl_abort_stream stream;

    hl_abort_last_words();
    hl_abort_open(&stream,
                  fault->overflow || fault->no_pages ? HL_ERR_MALLOC
                                                     : HL_ERR_GUEST,
                  fault->no_pages ? HL_NO_VECTOR : (uint32_t)fault->vector);
    if (fault->no_pages) {
        hl_abort_put(&stream, "out of scratch pages: raise --scratch");
    } else if (fault->overflow) {
        hl_abort_put(&stream, "stack overflow at 0x");
        hl_abort_hex(&stream, fault->address);
    } else if (fault->vector == HL_VECTOR_PAGE) {
        page_sentence(&stream, fault);
    } else {
        hl_abort_put(&stream, vector_text(fault->vector));
    }
    hl_fault_places(&stream, fault, true);
    hl_abort_close(&stream);
}

/* Note what happened; of several faults while dying the first is reported. */
static _Noreturn void fault_end(struct hl_fault *fault)
{
    struct hl_call_state *call = hl_runtime.call;

    if (!call->dying || call->fault.rip == 0) {
        call->fault = *fault;
        hl_backtrace(&call->fault);
    }
    hl_fault_leave(HL_ADDRESS(call));
}

/* general: the registers as saved; frame: RIP, CS, RFLAGS, RSP, SS. */
static _Noreturn void fault_fatal(uint64_t vector, uint64_t error,
                                  uint64_t address, const uint64_t *general,
                                  const uint64_t *frame, bool no_pages)
{
    struct hl_fault fault;

    fault.vector = vector;
    fault.error = error;
    fault.address = address;
    fault.rip = frame[0];
    fault.rflags = frame[2];
    fault.rsp = frame[3];
    fault.rbp = general[GENERAL_RBP];
    for (int i = 0; i < HL_GENERAL_COUNT; i++)
        fault.general[i] = general[i];
    fault.overflow = vector == HL_VECTOR_PAGE && address >= hl_runtime.guard &&
                     address < hl_runtime.guard + HL_PAGE_SIZE;
    fault.no_pages = no_pages;
    fault_end(&fault);
}

/* What a page of .bss is that was only read: zeros, shared, copy-on-write. */
#define ZERO_FLAGS                                                             \
    (HL_PTE_PRESENT | HL_PTE_ACCESSED | HL_PTE_DIRTY | HL_PTE_COW | HL_PTE_NX)

/*
 * First use of a page of .bss. A read gets the shared page of zeros, so that
 * it costs no memory; 3 pages more for tables that a snapshot may have left
 * out.
 */
static bool page_zero(uint64_t gva, bool write)
{
    struct hl_call_state *call = hl_runtime.call;

    if (hl_pages_left() < 5)
        return false;
    if (write) {
        hl_page_map(gva, hl_page_zeroed());
        return true;
    }
    if (!call->zero_page)
        call->zero_page = hl_page_zeroed();
    *hl_entry_make(gva) = call->zero_page | ZERO_FLAGS;
    return true;
}

/* Copy-on-write of the page behind entry (abi §2.5.4). */
static bool page_copy(uint64_t *entry, uint64_t gva)
{
    uint64_t page;

    if (*entry == (hl_runtime.call->zero_page | ZERO_FLAGS))
        return page_zero(gva, true);
    page = hl_page_take();
    if (page == 0)
        return false;
    hl_words_copy(page + HL_SCRATCH_GPA_TO_GVA, gva, HL_PAGE_SIZE / 8);
    *entry = (*entry & ~(HL_PTE_ADDR | HL_PTE_AVL_MASK)) | page | HL_PTE_WRITE;
    hl_page_forget(gva);
    return true;
}

/* Does the entry allow the access now? Then the TLB was stale. */
static bool entry_allows(uint64_t entry, uint64_t error)
{
    return (entry & HL_PTE_PRESENT) &&
           (!(error & PF_WRITE) || (entry & HL_PTE_WRITE)) &&
           (!(error & PF_FETCH) || !(entry & HL_PTE_NX));
}

/*
 * general: the registers as saved, then error code, RIP, CS, RFLAGS, RSP, SS.
 * Returns when resolved.
 */
void hl_page_fault(const uint64_t *general)
{
    const uint64_t *frame = general + HL_GENERAL_COUNT;
    uint64_t error = frame[0] & PF_ALL, address;
    bool done = false, no_pages = false;
    uint64_t *entry;
    uint64_t gva;

    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    gva = HL_PAGE_DOWN(address);
    entry = hl_entry_find(gva, HL_PAGE_SHIFT);
    if (entry && entry_allows(*entry, error)) {
        hl_page_forget(gva);
        return;
    }
    if (error == (PF_PRESENT | PF_WRITE) && entry &&
        (*entry & HL_PTE_AVL_MASK) == HL_PTE_COW) {
        done = page_copy(entry, gva);
        no_pages = !done;
    } else if (!(error & (PF_PRESENT | PF_FETCH)) &&
               address >= HL_ADDRESS(hl_data_start) &&
               address < HL_ADDRESS(hl_image_end)) {
        done = page_zero(gva, error & PF_WRITE);
        no_pages = !done;
    }
    if (!done)
        fault_fatal(HL_VECTOR_PAGE, frame[0], address, general, frame + 1,
                    no_pages);
}

/* Vectors whose frame starts with an error code. */
#define WITH_CODE                                                              \
    (1u << 8 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 13 | 1u << 14 |          \
     1u << 17 | 1u << 21)

/* general: the registers as saved, the stub's address, [error code,] RIP, … */
_Noreturn void hl_exception(const uint64_t *general)
{
    const uint64_t *frame = general + HL_GENERAL_COUNT;
    uint64_t vector = (*frame++ - HL_ADDRESS(hl_exception_stubs)) / 8;
    bool code = WITH_CODE >> vector & 1;

    fault_fatal(vector, code ? frame[0] : 0, 0, general, frame + code, false);
}
