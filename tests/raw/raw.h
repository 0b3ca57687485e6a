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

/*
 * How messages travel. raw.c has these for stacks; a guest that is linked with
 * tests/guests/b1_queues/base.c has them for virtqueues, and is the same else.
 * Kinds are HL_VQ_REQUEST, HL_VQ_RESPONSE and HL_VQ_LOG (abi §12.4).
 */
void raw_begin(uint64_t peb, uint64_t seed, uint64_t page, uint32_t level);
/* Put a message where the host will look; tell it to look now. */
void raw_put(uint8_t kind, const void *message, uint64_t size);
void raw_ring(uint8_t kind);
/* The message just put, if it was the first. */
uint8_t *raw_newest(void);
/* The result that answers a host call, as a FunctionCallResult table. */
const uint8_t *raw_reply(void);
/* 1: that table holds a value, else the error's code, negated. */
int32_t raw_reply_code(const uint8_t *result);
/* After messages at start-up: as the end of a start-up has to be. */
void raw_settle(void);
uint64_t raw_heap(void);
/* From raw_entry.S: serve what the host sent. */
void raw_dispatch(void);
/* Run the function that a FunctionCall table names. */
void raw_serve(const uint8_t *table);

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

/* Push any bytes on the output stack; put a result. */
void raw_push(const void *data, uint64_t size);
void raw_return_int(int32_t value);
void raw_return_text(const char *text, uint32_t len);
/* Put the call of host function HostInc(Int) -> Int; make it: -1 is a no. */
void raw_push_host_call(int32_t argument);
int32_t raw_host_inc(int32_t argument);

void raw_out(uint16_t port, uint32_t value);
_Noreturn void raw_halt(void);
/* Abort with code and text (which may be empty). */
_Noreturn void raw_abort(uint8_t code, const char *text);

/* FunctionCallResult, value Int at 0x3c; call of HostInc, argument at 0x4c; log
 * record, level at 0x37. */
extern const uint8_t raw_result_int[64];
extern const uint8_t raw_host_call[92];
extern const uint8_t raw_log_record[72];

#endif /* HL_RAW_H */
