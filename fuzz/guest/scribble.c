/* SPDX-License-Identifier: MIT */
/*
 * The guest that does what a fuzzer tells it: scribbles over shared memory and
 * page tables, misuses ports and the CPU. Without the SDK, without SSE and
 * without a fault handler: every fault is a triple fault. Its transport is in
 * stack.c or virtq.c.
 */
#include "transport.h"

static uint64_t scratch_size(void)
{
    return raw_load64(
        (const uint8_t *)(HL_SCRATCH_GVA_END - HL_META_SCRATCH_SIZE));
}

static void put(uint64_t at, uint64_t value, unsigned width)
{
    if (width == 1)
        *(volatile uint8_t *)at = (uint8_t)value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else if (width == 4)
        *(volatile uint32_t *)at = (uint32_t)value;
    else
        *(volatile uint64_t *)at = value;
}

/* Addresses at which something begins, and any other. */
static uint64_t address(const struct fuzz_step *step)
{
    const uint64_t offset = step->c;

    switch (step->a & 15) {
    case 0:
        return raw_heap() + offset % transport_heap_size();
    case 1:
        return (uint64_t)raw_push + (offset & 0x3FFF);
    case 2:
        return (uint64_t)raw_peb() + (offset & 0xFFF);
    case 3:
        return HL_SCRATCH_GVA_END - scratch_size() + offset;
    case 4:
        return HL_SCRATCH_GVA_END - scratch_size() - offset;
    case 5:
        return HL_SCRATCH_GVA_END + offset;
    case 6:
        return offset & 0x1FFF;
    case 7:
        return 0xFFFF800000000000 + ((uint64_t)offset << 12);
    default:
        return step->value;
    }
}

static uint64_t root_table(void)
{
    uint64_t root;

    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    return root & HL_PTE_ADDR;
}

static bool in_scratch(uint64_t gpa)
{
    return gpa >= HL_SCRATCH_GPA_END - scratch_size() &&
           gpa <= HL_SCRATCH_GPA_END - HL_PAGE_SIZE;
}

static uint64_t *table_at(uint64_t gpa)
{
    return (uint64_t *)((gpa & HL_PTE_ADDR) + HL_SCRATCH_GPA_TO_GVA);
}

/* What a step makes of an entry: another page of its own, of nobody's, of the
 * snapshot, of the tables themselves; other bits. */
static uint64_t entry_make(const struct fuzz_step *step, uint64_t old)
{
    const uint64_t page = (uint64_t)(step->c & 0xFF) << HL_PAGE_SHIFT;

    switch (step->a >> 4 & 7) {
    case 0:
        return (HL_SCRATCH_GPA_END - scratch_size() + page) | 0x63;
    case 1:
        return (HL_BASE_ADDRESS + page) | 0x63;
    case 2:
        return root_table() | 0x23;
    case 3:
        return old ^ 1ull << (step->value & 63);
    case 4:
        return (step->value & HL_PTE_ADDR) | 0x63;
    case 5:
        return old | 0x80;
    case 6:
        return 0;
    default:
        return step->value;
    }
}

/* Level a & 3 of the tables behind the address of b and c. */
static void entry_set(const struct fuzz_step *step)
{
    const struct fuzz_step where = {.a = (uint8_t)(step->b & 7),
                                    .c = (uint32_t)step->value};
    const uint64_t gva = address(&where);
    uint64_t table = root_table();

    for (unsigned level = 3; in_scratch(table & HL_PTE_ADDR); level--) {
        uint64_t *entry =
            &table_at(table)[gva >> (HL_PAGE_SHIFT + 9 * level) & 511];

        if (level == (step->a & 3u)) {
            *(volatile uint64_t *)entry = entry_make(step, *entry);
            break;
        }
        table = *entry;
        if ((table & HL_PTE_PRESENT) == 0)
            break;
    }
    __asm__ volatile("invlpg (%0)" ::"r"(gva) : "memory");
}

static void other_port(const struct fuzz_step *step)
{
    static const uint32_t data[8] = {1, 2, 3};
    const uint32_t *from = data;
    uint64_t count = step->b;
    const uint32_t value = (uint32_t)step->value;

    switch (step->a % 5) {
    case 0:
        __asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(step->c));
        break;
    case 1:
        __asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(step->c));
        break;
    case 2:
        __asm__ volatile("inl %w0, %%eax" ::"d"(step->c) : "eax");
        break;
    case 3:
        __asm__ volatile("inb %w0, %%al" ::"d"(step->c) : "eax");
        break;
    default:
        __asm__ volatile("cld; rep outsl"
                         : "+S"(from), "+c"(count)
                         : "d"(step->c)
                         : "memory");
    }
}

static void jump(uint64_t to)
{
    __asm__ volatile("call *%0" ::"r"(to)
                     : "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
                       "r10", "r11");
}

static void cpu(const struct fuzz_step *step)
{
    static const struct {
        uint8_t bytes[10];
    } none = {{0}};
    const uint32_t low = (uint32_t)step->value;
    uint64_t word;

    switch (step->a % 10) {
    case 0:
        __asm__ volatile("mov %0, %%cr3" ::"r"(step->value) : "memory");
        break;
    case 1:
        __asm__ volatile("mov %%cr4, %0" : "=r"(word));
        word ^= 1ull << (step->c % 24);
        __asm__ volatile("mov %0, %%cr4" ::"r"(word) : "memory");
        break;
    case 2:
        __asm__ volatile("rdmsr" ::"c"(step->c) : "eax", "edx");
        break;
    case 3:
        __asm__ volatile("wrmsr" ::"c"(step->c), "a"(low),
                         "d"((uint32_t)(step->value >> 32)));
        break;
    case 4:
        __asm__ volatile("cpuid" ::"a"(low), "c"(step->c) : "ebx", "edx");
        break;
    case 5:
        __asm__ volatile("cli; hlt");
        break;
    case 6:
        __asm__ volatile("ud2");
        break;
    case 7:
        __asm__ volatile("int $0x80");
        break;
    case 8:
        __asm__ volatile("lidt %0; ud2" ::"m"(none));
        break;
    default:
        __asm__ volatile("mov %0, %%dr0; mov %0, %%dr7" ::"r"(step->value));
        __asm__ volatile("std");
    }
}

static void flood(const struct fuzz_step *step)
{
    const struct span output = transport_output(step);
    const uint64_t word = (step->value & 0xFF) * 0x0101010101010101;

    for (uint64_t i = step->c & 0xFF8; i < output.size && i < (step->c | 0xFFF);
         i += 8)
        raw_store64(output.at + i, word);
    transport_claim(step);
}

static void spin(const struct fuzz_step *step)
{
    uint64_t count = step->a == 255 ? UINT64_MAX : step->b & 255;

    while (count-- > 0)
        __asm__ volatile("");
}

/* Now and then so many that the positions of a queue wrap. */
static void host_calls(const struct fuzz_step *step)
{
    const unsigned count = step->a < 8 ? 33 : 1;

    for (unsigned i = 0; i < count; i++)
        (void)raw_host_inc((int32_t)step->value);
}

/* False: the program has ended. */
static bool obey(const struct fuzz_step *step)
{
    const uint64_t word = (step->b & 0x7FFF) * 8ull % (scratch_size() & ~7ull);

    switch (step->op % FUZZ_OP_COUNT) {
    case FUZZ_OP_SCRATCH:
        put(HL_SCRATCH_GVA_END - scratch_size() + word, step->value,
            1u << (step->a & 3));
        break;
    case FUZZ_OP_TRANSPORT:
        transport_scribble(step);
        break;
    case FUZZ_OP_MESSAGE:
        transport_output(step).at[8 + step->b % 96] ^= (uint8_t)step->value;
        break;
    case FUZZ_OP_ENTRY:
        entry_set(step);
        break;
    case FUZZ_OP_ROOT:
        if (in_scratch(root_table()))
            table_at(root_table())[step->b & 511] = entry_make(step, 0);
        break;
    case FUZZ_OP_WRITE:
        put(address(step), step->value, 1u << (step->b & 3));
        break;
    case FUZZ_OP_READ:
        (void)*(volatile uint64_t *)address(step);
        break;
    case FUZZ_OP_JUMP:
        jump(address(step));
        break;
    case FUZZ_OP_OUT:
        raw_out((uint16_t)(step->a & 1 ? step->b : 98 + step->b % 12),
                (uint32_t)step->value);
        break;
    case FUZZ_OP_OUT_OTHER:
        other_port(step);
        break;
    case FUZZ_OP_HOST_CALL:
        host_calls(step);
        break;
    case FUZZ_OP_HOST_BAD:
        transport_message(step);
        break;
    case FUZZ_OP_RESULT:
        raw_return_int((int32_t)step->value);
        break;
    case FUZZ_OP_META:
        raw_store64((uint8_t *)(HL_SCRATCH_GVA_END -
                                8ull * (step->a % transport_words + 1)),
                    step->value);
        break;
    case FUZZ_OP_CPU:
        cpu(step);
        break;
    case FUZZ_OP_FLOOD:
        flood(step);
        break;
    case FUZZ_OP_SPIN:
        spin(step);
        break;
    default:
        raw_return_int(42);
        return false;
    }
    return true;
}

/* Its steps are copied first: they lie in the memory that is scribbled over. */
RAW_FUNCTION(scribble)
{
    struct fuzz_step steps[FUZZ_STEPS_MAX];
    const struct span program = transport_program(call);
    uint64_t count = program.size / sizeof(steps[0]);

    count = count < FUZZ_STEPS_MAX ? count : FUZZ_STEPS_MAX;
    __builtin_memcpy(steps, program.at, count * sizeof(steps[0]));
    for (uint64_t i = 0; i < count; i++) {
        if (!obey(&steps[i]))
            return;
    }
}

/* What the last call did to memory: a sum over the image and the heap. */
RAW_FUNCTION(state)
{
    const uint64_t end = raw_heap() + transport_heap_size();
    uint64_t sum = 0;

    for (uint64_t at = HL_BASE_ADDRESS; at < end; at += 8)
        sum = sum * 31 + *(const volatile uint64_t *)at;
    raw_return_int((int32_t)(sum ^ sum >> 32));
}
