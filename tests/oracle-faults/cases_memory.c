/* SPDX-License-Identifier: MIT */
/* Accesses that fault in the middle of an instruction. */
#include "fault.h"

/* A store to a page that is copied on write, flags alive around it. */
FAULT_CASE(1)
{
    uint64_t count;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov $7, %%eax; xor %%ebx, %%ebx; inc %%rbx; stc; "
                          "1: mov %%eax, 0x100(%[a]); "
                          "adc $1, %%rbx; inc %%rbx; mov %%rbx, %[count]"
                     : BASE, [count] "=r"(count)
                     : [a] "r"(fault_array)
                     : "rax", "rbx", "memory");
    fault_print(count);
    fault_print(*(volatile uint32_t *)(void *)(fault_array + 0x100));
}

/* A load from nowhere leaves its destination alone. */
FAULT_CASE(2)
{
    uint64_t count;

    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "mov $5, %%ebx; mov $0x11, %%ecx; "
                                      "1: mov (%[x]), %%rcx; inc %%rbx; "
                                      "2: mov %%rbx, %[count]"
                     : BASE, RESUME, [count] "=r"(count)
                     : [x] "r"(X)
                     : "rax", "rbx", "rcx", "memory");
    fault_print(count);
    fault_print(FAULT_LOG->of[0].rcx);
}

/* push and pop on a stack of its own; shows nothing but the value. */
FAULT_CASE(3)
{
    uint64_t value;

    FAULT_BEGIN();
    __asm__ volatile("mov %%rsp, %%rbx; mov %[stack], %%rsp; mov $0x77, %%eax; "
                     "push %%rax; push $0x88; pop %%rax; pop %[value]; "
                     "mov %%rbx, %%rsp"
                     : [value] "=&r"(value)
                     : [stack] "r"(STACK_LOW + 0x100000)
                     : "rax", "rbx", "memory");
    fault_print(value);
    FAULT_LOG->count = 0;
}

/* call whose push faults: rsp unchanged in the frame, done once. */
FAULT_CASE(4)
{
    uint64_t stack;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov %%rsp, %%rbx; mov %[low], %%rsp; jmp 1f; "
                          "3: mov $0x99, %%eax; ret; "
                          "1: call 3b; mov %%rsp, %[stack]; mov %%rbx, %%rsp"
                     : BASE, [stack] "=&r"(stack)
                     : [low] "r"(STACK_LOW + 0x200000)
                     : "rax", "rbx", "memory");
    fault_print(stack);
}

/* rep movsb over three pages: rcx, rsi, rdi at each fault, and a checksum. */
FAULT_CASE(5)
{
    const uint64_t a = (uint64_t)fault_array;
    uint64_t from = a + 0x10;
    uint64_t to = a + 0x2ff0;
    uint64_t count = 0x1700;
    uint64_t hash = 0;

    for (unsigned i = 0; i < 0x1800; i++)
        ((volatile uint8_t *)fault_array)[i] = (uint8_t)(i * 7);
    FAULT_LOG->count = 0;
    FAULT_BEGIN();
    __asm__ volatile(AT_1 "1: rep movsb"
                     : BASE, "+S"(from), "+D"(to), "+c"(count)
                     :
                     : "rax", "memory");
    fault_print(from - a);
    fault_print(to - a);
    fault_print(count);
    for (uint64_t i = 0; i < FAULT_LOG->count; i++) {
        fault_print(FAULT_LOG->of[i].rcx);
        fault_print(FAULT_LOG->of[i].rsi - a);
        fault_print(FAULT_LOG->of[i].rdi - a);
    }
    for (unsigned i = 0; i < 0x1700; i++)
        hash = hash * 31 + fault_array[0x2ff0 + i];
    fault_print(hash);
}

/* rep stosq over three pages that are not there. */
FAULT_CASE(6)
{
    uint64_t to = X + 0x7f8;
    uint64_t count = 0x400;

    FAULT_LOG->fill = 1;
    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov %[value], %%rax; 1: rep stosq"
                     : BASE, "+D"(to), "+c"(count)
                     : [value] "r"(HL_U64(0x1122334455667788))
                     : "rax", "memory");
    fault_print(to);
    fault_print(count);
    for (uint64_t i = 0; i < FAULT_LOG->count; i++) {
        fault_print(FAULT_LOG->of[i].rcx);
        fault_print(FAULT_LOG->of[i].rdi);
    }
    fault_print(*(volatile uint64_t *)(X + 0x1000));
    fault_print(*(volatile uint64_t *)(X + 0x27f0));
}

/* A store over two such pages: no half of it is seen. */
FAULT_CASE(7)
{
    FAULT_BEGIN();
    __asm__ volatile(
        AT_1 "1: mov %[value], 0x4ffc(%[a])"
        : BASE
        : [a] "r"(fault_array), [value] "r"(HL_U64(0x1122334455667788))
        : "rax", "memory");
    fault_print(raw_load64(fault_array + 0x4ffc));
    fault_print(FAULT_LOG->count);
}

/* A load whose second page is missing: cr2 is the second page. */
FAULT_CASE(8)
{
    uint64_t value;

    page_map(X);
    *(volatile uint64_t *)(X + 0xff8) = 0x5555;
    FAULT_LOG->count = 0;
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "mov $0x12, %%ecx; "
                                      "1: mov 0xffd(%[x]), %%rcx; inc %%rcx; "
                                      "2: mov %%rcx, %[value]"
                     : BASE, RESUME, [value] "=r"(value)
                     : [x] "r"(X)
                     : "rax", "rcx", "memory");
    fault_print(value);
}

/* Read-modify-write: applied once. */
FAULT_CASE(15)
{
    uint64_t value;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov $3, %[value]; "
                          "1: lock xadd %[value], 0x5100(%[a])"
                     : BASE, [value] "=&r"(value)
                     : [a] "r"(fault_array)
                     : "rax", "memory");
    fault_print(value);
    fault_print(raw_load64(fault_array + 0x5100));
}

FAULT_CASE(16)
{
    FAULT_BEGIN();
    __asm__ volatile(AT_1 "stc; 1: adcq $5, 0x6100(%[a])"
                     : BASE
                     : [a] "r"(fault_array)
                     : "rax", "memory");
    fault_print(raw_load64(fault_array + 0x6100));
}

/* pop to memory that faults: rsp as before it, in the frame. */
FAULT_CASE(17)
{
    uint64_t moved;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov %%rsp, %%rbx; push $0x66; "
                          "1: popq 0x7100(%[a]); "
                          "mov %%rsp, %[moved]; mov %%rbx, %%rsp; "
                          "sub %%rbx, %[moved]"
                     : BASE, [moved] "=&r"(moved)
                     : [a] "r"(fault_array)
                     : "rax", "rbx", "memory");
    fault_print(moved);
    fault_print(raw_load64(fault_array + 0x7100));
}

/* push from memory that is not there. */
FAULT_CASE(18)
{
    uint64_t moved;

    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "mov %%rsp, %%rbx; 1: pushq (%[x]); "
                                      "2: mov %%rsp, %[moved]; "
                                      "mov %%rbx, %%rsp; sub %%rbx, %[moved]"
                     : BASE, RESUME, [moved] "=&r"(moved)
                     : [x] "r"(X)
                     : "rax", "rbx", "memory");
    fault_print(moved);
}

/* Flags that are computed late (OF, SF) and DF survive a fault. */
FAULT_CASE(29)
{
    uint64_t flags;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "std; stc; mov $0x7f, %%eax; add $1, %%al; "
                          "1: mov %%al, 0x8100(%[a]); "
                          "seto %%cl; sets %%ch; movzwl %%cx, %%ecx; cld; "
                          "mov %%rcx, %[flags]"
                     : BASE, [flags] "=r"(flags)
                     : [a] "r"(fault_array)
                     : "rax", "rcx", "memory");
    fault_print(flags);
}

/* cmpxchg that fails still writes, hence faults. */
FAULT_CASE(32)
{
    uint64_t equal;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov $0x3c, %%eax; mov $5, %%ecx; "
                          "1: cmpxchg %%rcx, 0xA100(%[a]); "
                          "setz %%al; movzbl %%al, %%eax; mov %%rax, %[equal]"
                     : BASE, [equal] "=r"(equal)
                     : [a] "r"(fault_array)
                     : "rax", "rcx", "memory");
    fault_print(equal);
    fault_print(raw_load64(fault_array + 0xA100));
}

/* enter whose push faults. */
FAULT_CASE(33)
{
    uint64_t stack;

    FAULT_BEGIN();
    __asm__ volatile(AT_1 "mov %%rsp, %%rbx; mov %%rbp, %%r12; "
                          "mov %[low], %%rsp; mov %%rsp, %%rbp; "
                          "1: enter $32, $0; mov %%rsp, %[stack]; leave; "
                          "mov %%rbx, %%rsp; mov %%r12, %%rbp"
                     : BASE, [stack] "=&r"(stack)
                     : [low] "r"(STACK_LOW + 0x300000)
                     : "rax", "rbx", "r12", "memory");
    fault_print(stack);
}

/* rep movsq whose source ends after one element. */
FAULT_CASE(37)
{
    const uint64_t a = (uint64_t)fault_array;
    uint64_t from = X + 0xff8;
    uint64_t to = a + 0xB000;
    uint64_t count = 3;

    page_map(X);
    FAULT_BEGIN();
    __asm__ volatile(AT_1_RESUME_AT_2 "1: rep movsq; 2:"
                     : BASE, RESUME, "+S"(from), "+D"(to), "+c"(count)
                     :
                     : "rax", "memory");
    fault_print(from - X);
    fault_print(to - a);
    fault_print(count);
}
