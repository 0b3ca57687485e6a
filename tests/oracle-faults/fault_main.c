/* SPDX-License-Identifier: MIT */
/* T(Int) -> String: run one case, report what it saw. */
#include "fault.h"

extern const struct fault_case __start_fault_cases[];
extern const struct fault_case __stop_fault_cases[];

uint8_t fault_array[16 * HL_PAGE_SIZE] __attribute__((aligned(HL_PAGE_SIZE)));
uint8_t fault_code[HL_PAGE_SIZE]
    __attribute__((aligned(HL_PAGE_SIZE), section(".data"))) = {1};
struct fault_report fault_report __attribute__((aligned(HL_PAGE_SIZE)));

static void print_text(const char *text)
{
    while (*text != '\0' && fault_report.len < sizeof(fault_report.text))
        fault_report.text[fault_report.len++] = *text++;
}

static void print_hex(uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    char text[17];
    unsigned at = 16;

    text[16] = '\0';
    do {
        text[--at] = digits[value & 15];
        value >>= 4;
    } while (value != 0);
    print_text(text + at);
}

void fault_print(uint64_t value)
{
    print_hex(value);
    print_text(" ");
}

/* An address by name, if it lies where names are known. */
static void print_address(uint64_t address)
{
    const struct {
        const char *name;
        uint64_t at, size;
    } known[] = {
        {"A+", (uint64_t)fault_array, sizeof(fault_array)},
        {"code+", (uint64_t)fault_code, sizeof(fault_code)},
        {"heap+", raw_peb()->heap, raw_peb()->heap_size},
    };

    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (address - known[i].at < known[i].size) {
            print_text(known[i].name);
            address -= known[i].at;
            break;
        }
    }
    fault_print(address);
}

static void print_stack_pointer(uint64_t rsp)
{
    const uint64_t below = fault_report.sp - rsp;

    if (below >= HL_PAGE_SIZE) {
        fault_print(rsp & 0xFFFF); /* a stack of the case's own */
        return;
    }
    print_text("sp");
    if (below != 0) {
        print_text("-");
        print_hex(below);
    }
    print_text(" ");
}

static void print_log(void)
{
    for (uint64_t i = 0; i < FAULT_LOG->count; i++) {
        const volatile struct fault_record *of = &FAULT_LOG->of[i];

        print_text("[");
        fault_print(of->vector);
        fault_print(of->error);
        fault_print(of->rip - fault_report.base);
        print_address(of->cr2);
        print_stack_pointer(of->rsp);
        fault_print(of->flags & 0x401);
        print_text("]");
    }
}

RAW_FUNCTION(T)
{
    const uint64_t number = (uint64_t)raw_int(call, 0);
    const struct fault_case *found = __start_fault_cases;

    fault_report.len = 0; /* this page is private from here on */
    fault_report.base = 0;
    FAULT_LOG->resume = 0;
    FAULT_LOG->fill = 0;
    FAULT_LOG->count = 0;
    while (found != __stop_fault_cases && found->number != number)
        found++;
    if (found == __stop_fault_cases)
        raw_abort(4, "no such case");
    found->run();
    print_log();
    raw_return_text(fault_report.text, fault_report.len);
}
