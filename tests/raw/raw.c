/* SPDX-License-Identifier: MIT */
/* The smallest guest: buffers, messages, ports; see raw.h. */
#include "raw.h"

/* Image ends here; the PEB is on the next page (abi §2.1). */
extern const char _end[];

/* The linker makes these around section raw_functions. */
extern const struct raw_entry __start_raw_functions[];
extern const struct raw_entry __stop_raw_functions[];

#define OVER_STACKS __attribute__((weak))

__attribute__((weak)) void raw_start(void)
{
}

OVER_STACKS void raw_begin(uint64_t peb, uint64_t seed, uint64_t page,
                           uint32_t level)
{
    (void)peb;
    (void)seed;
    (void)page;
    (void)level;
    raw_start();
}

OVER_STACKS void raw_settle(void)
{
}

OVER_STACKS uint64_t raw_heap(void)
{
    return raw_peb()->heap;
}

/* The compiler may call these whatever the options. */
void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memset(void *at, int byte, size_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    while (len-- > 0)
        *(volatile uint8_t *)out++ = *in++;
    return to;
}

void *memset(void *at, int byte, size_t len)
{
    uint8_t *out = at;

    while (len-- > 0)
        *(volatile uint8_t *)out++ = (uint8_t)byte;
    return at;
}

const struct hl_abi_peb *raw_peb(void)
{
    const uint64_t end = (uint64_t)_end + HL_PAGE_SIZE - 1;

    return (const struct hl_abi_peb *)(end & ~(uint64_t)(HL_PAGE_SIZE - 1));
}

uint8_t *raw_input(void)
{
    return (uint8_t *)raw_peb()->input;
}

uint8_t *raw_output(void)
{
    return (uint8_t *)raw_peb()->output;
}

uint32_t raw_load32(const uint8_t *at)
{
    uint32_t value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

uint64_t raw_load64(const uint8_t *at)
{
    uint64_t value;

    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

void raw_store32(uint8_t *at, uint32_t value)
{
    __builtin_memcpy(at, &value, sizeof(value));
}

void raw_store64(uint8_t *at, uint64_t value)
{
    __builtin_memcpy(at, &value, sizeof(value));
}

void raw_out(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" ::"a"(value), "d"(port) : "memory");
}

_Noreturn void raw_halt(void)
{
    raw_out(HL_PORT_HALT, 0);
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void raw_abort(uint8_t code, const char *text)
{
    raw_out(HL_PORT_ABORT, 1u | (uint32_t)code << 8);
    for (; *text != '\0'; text++)
        raw_out(HL_PORT_ABORT, 1u | (uint32_t)(uint8_t)*text << 8);
    raw_out(HL_PORT_ABORT, 1u | (uint32_t)HL_ABORT_END << 8);
    raw_halt();
}

/* ---- Messages (abi §6): just enough FlatBuffers ------------------------- */

static const uint8_t *follow(const uint8_t *at)
{
    return at + raw_load32(at);
}

/* Field of a table by its slot in the vtable; NULL if absent. */
const uint8_t *raw_field(const uint8_t *table, unsigned slot)
{
    const uint8_t *vtable = table - (int32_t)raw_load32(table);
    const unsigned size = raw_load32(vtable) & 0xFFFF;
    unsigned offset;

    if (slot + 2 > size)
        return NULL;
    offset = (unsigned)(vtable[slot] | vtable[slot + 1] << 8);
    return offset == 0 ? NULL : table + offset;
}

/* The table around the value of an argument. */
static const uint8_t *argument(const struct raw_call *call, uint32_t index)
{
    const uint8_t *vector = follow(raw_field(call->table, 6));
    const uint8_t *parameter = follow(vector + 4 + 4 * index);

    return follow(raw_field(parameter, 6));
}

int32_t raw_int(const struct raw_call *call, uint32_t index)
{
    const uint8_t *value = raw_field(argument(call, index), 4);

    return value == NULL ? 0 : (int32_t)raw_load32(value);
}

const char *raw_text(const struct raw_call *call, uint32_t index, uint32_t *len)
{
    const uint8_t *text = follow(raw_field(argument(call, index), 4));

    *len = raw_load32(text);
    return (const char *)text + 4;
}

void raw_push(const void *data, uint64_t size)
{
    uint8_t *output = raw_output();
    const uint64_t sp = raw_load64(output);

    memcpy(output + sp, data, size);
    raw_store64(output + sp + size, sp);
    raw_store64(output, sp + size + HL_STACK_OVERHEAD);
}

OVER_STACKS void raw_put(uint8_t kind, const void *message, uint64_t size)
{
    (void)kind;
    raw_push(message, size);
}

OVER_STACKS uint8_t *raw_newest(void)
{
    return raw_output() + HL_STACK_EMPTY;
}

OVER_STACKS void raw_ring(uint8_t kind)
{
    raw_out(kind == HL_VQ_LOG ? HL_PORT_LOG : HL_PORT_CALL, 0);
}

OVER_STACKS const uint8_t *raw_reply(void)
{
    uint8_t *input = raw_input();
    const uint64_t start = raw_load64(input + raw_load64(input) - 8);

    raw_store64(input, start);
    return follow(input + start + 4);
}

/* As in abi §6.6 B; tag at 0x2b. */
const uint8_t raw_result_int[64] = {
    0x3c, 0, 0, 0, 0x0c, 0, 0, 0, 8,  0, 0x0c, 0, 7,  0, 8,  0,
    8,    0, 0, 0, 0,    0, 0, 1, 12, 0, 0,    0, 8,  0, 14, 0,
    7,    0, 8, 0, 8,    0, 0, 0, 0,  0, 0,    1, 12, 0, 0,  0,
    0,    0, 6, 0, 8,    0, 4, 0, 6,  0, 0,    0, 42, 0, 0,  0};

/* GuestLogData (abi §6.1): vtable at 0x0e (5 slots), table at 0x20, one empty
 * string at 0x40 for all four texts, level at 0x37. */
const uint8_t raw_log_record[72] = {
    [0x00] = 0x44, [0x04] = 0x1c, [0x0e] = 14,   [0x10] = 24,  [0x12] = 4,
    [0x14] = 8,    [0x16] = 23,   [0x18] = 12,   [0x1a] = 16,  [0x20] = 0x12,
    [0x24] = 0x1c, [0x28] = 0x18, [0x2c] = 0x14, [0x30] = 0x10};

void raw_return_int(int32_t value)
{
    uint8_t message[sizeof(raw_result_int)];

    memcpy(message, raw_result_int, sizeof(message));
    raw_store32(message + 0x3c, (uint32_t)value);
    raw_put(HL_VQ_RESPONSE, message, sizeof(message));
}

#define TEXT_MAX 1800

void raw_return_text(const char *text, uint32_t len)
{
    uint8_t message[sizeof(raw_result_int) + TEXT_MAX + 8];
    uint32_t end = 0x44 + len;

    if (len > TEXT_MAX)
        raw_abort(15, "text too long");
    memcpy(message, raw_result_int, sizeof(raw_result_int));
    message[0x2b] = 7;              /* tag hlstring */
    raw_store32(message + 0x3c, 4); /* -> length, right behind */
    raw_store32(message + 0x40, len);
    memcpy(message + 0x44, text, len);
    do
        message[end++] = 0;
    while (end % 4 != 0);
    raw_store32(message, end - 4);
    raw_put(HL_VQ_RESPONSE, message, end);
}

const uint8_t raw_host_call[92] = {
    0x58, 0, 0, 0, 0x10, 0,   0,   0,   0,   0,   10,  0, 16,   0, 8,  0,
    12,   0, 7, 0, 10,   0,   0,   0,   0,   0,   0,   2, 0x34, 0, 0,  0,
    4,    0, 0, 0, 1,    0,   0,   0,   12,  0,   0,   0, 8,    0, 14, 0,
    7,    0, 8, 0, 8,    0,   0,   0,   0,   0,   0,   1, 12,   0, 0,  0,
    0,    0, 6, 0, 8,    0,   4,   0,   6,   0,   0,   0, 0,    0, 0,  0,
    7,    0, 0, 0, 'H',  'o', 's', 't', 'I', 'n', 'c', 0};

void raw_push_host_call(int32_t argument_value)
{
    uint8_t message[sizeof(raw_host_call)];

    memcpy(message, raw_host_call, sizeof(message));
    raw_store32(message + 0x4c, (uint32_t)argument_value);
    raw_put(HL_VQ_REQUEST, message, sizeof(message));
}

int32_t raw_reply_code(const uint8_t *result)
{
    const uint8_t *tag = raw_field(result, 4);
    const uint8_t *code;

    if (tag == NULL || *tag != 2)
        return 1;
    code = raw_field(follow(raw_field(result, 6)), 4);
    return code == NULL ? 0 : -(int32_t)raw_load32(code);
}

int32_t raw_host_inc(int32_t argument_value)
{
    const uint8_t *result;
    const uint8_t *value;

    raw_push_host_call(argument_value);
    raw_ring(HL_VQ_REQUEST);
    result = raw_reply();
    value = raw_field(result, 4);
    if (value == NULL || *value != 1)
        return -1; /* the host said no */
    value = raw_field(follow(raw_field(result, 6)), 6);
    value = raw_field(follow(value), 4);
    return value == NULL ? 0 : (int32_t)raw_load32(value);
}

static bool name_is(const uint8_t *text, const char *name)
{
    const uint32_t len = raw_load32(text);

    for (uint32_t i = 0; i < len; i++) {
        if (name[i] == '\0' || (char)text[4 + i] != name[i])
            return false;
    }
    return name[len] == '\0';
}

void raw_serve(const uint8_t *table)
{
    const struct raw_call call = {table};
    const uint8_t *name = follow(raw_field(table, 4));

    for (const struct raw_entry *e = __start_raw_functions;
         e != __stop_raw_functions; e++) {
        if (name_is(name, e->name)) {
            e->function(&call);
            return;
        }
    }
    raw_abort(4, "no such raw function");
}

OVER_STACKS void raw_dispatch(void)
{
    raw_serve(raw_reply());
}

/* In every such guest: is it still alive? */
RAW_FUNCTION(nothing_wrong)
{
    raw_return_int(42);
}
