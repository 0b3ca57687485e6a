/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest there can be, for tests only: no SDK, no libc, no
 * exception handler, no writable data. It speaks the ABI by itself, so that
 * the host is tested against something that shares no code with it, and it
 * leaves everything to the test: every byte of the shared buffers, every port.
 *
 * Its stack is the exception stack at the top of scratch. A fault of any kind
 * is a triple fault, because there is no IDT.
 */
#ifndef HL_RAW_H
#define HL_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hl/abi.h>

/* One call as it came: the FunctionCall table inside the input buffer. */
struct raw_call {
    const uint8_t *table;
};

typedef void raw_function(const struct raw_call *call);

struct raw_entry {
    const char *name;
    raw_function *function;
};

/* RAW_FUNCTION(name) { … }: the host calls it by this name. `call` is there. */
#define RAW_FUNCTION(name)                                                     \
    static void name(const struct raw_call *call);                             \
    __attribute__((                                                            \
        used, section("raw_functions"),                                        \
        aligned(16))) static const struct raw_entry raw_entry_##name = {#name, \
                                                                        name}; \
    static void name(__attribute__((unused)) const struct raw_call *call)

/* What the guest does at start-up; the default does nothing. */
void raw_start(void);

/* The buffers, as the PEB describes them. */
const struct hl_abi_peb *raw_peb(void);
uint8_t *raw_input(void);
uint8_t *raw_output(void);

/* Unaligned little-endian access. */
uint32_t raw_load32(const uint8_t *at);
uint64_t raw_load64(const uint8_t *at);
void raw_store32(uint8_t *at, uint32_t value);
void raw_store64(uint8_t *at, uint64_t value);

/* Field of a table by its slot in the vtable; NULL if absent. */
const uint8_t *raw_field(const uint8_t *table, unsigned slot);

/* Arguments, unchecked: the test calls as declared. */
int32_t raw_int(const struct raw_call *call, uint32_t index);
const char *raw_text(const struct raw_call *call, uint32_t index,
                     uint32_t *len);

/* Push any bytes on the output stack; push a result. */
void raw_push(const void *data, uint64_t size);
void raw_return_int(int32_t value);
void raw_return_text(const char *text, uint32_t len);
/* Push the call of host function HostInc(Int) -> Int, and make it. */
void raw_push_host_call(int32_t argument);
int32_t raw_host_inc(int32_t argument);

void raw_out(uint16_t port, uint32_t value);
_Noreturn void raw_halt(void);
/* Abort with code and text (which may be empty). */
_Noreturn void raw_abort(uint8_t code, const char *text);

/* From raw_entry.S: calls the function that the message names. */
void raw_dispatch(void);

#endif /* HL_RAW_H */
