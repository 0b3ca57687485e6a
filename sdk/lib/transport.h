/* SPDX-License-Identifier: MIT */
/*
 * How messages travel between guest and host. One implementation a generation
 * of the binary interface: transport_stack.c (abi §5), transport_virtq.c (abi
 * §12); transport.c chooses at start-up. Everything above this
 * header is the same for all of them. Messages from the host are decoded in
 * place and their texts and bytes point into the transport's memory, where at
 * least 8 readable bytes follow each of them.
 */
#ifndef HL_TRANSPORT_H
#define HL_TRANSPORT_H

#include "runtime.h"

/*
 * Start-up; runs before exceptions can be taken. virtq: this host speaks
 * generation C.
 */
void hl_transport_start(const struct hl_abi_peb *peb, bool virtq);
/*
 * Do size bytes at start lie where messages may: in scratch memory, below the
 * page tables, which come next (abi §2.1, §12.2)? What a host says of its
 * buffers must not make us write anywhere else.
 */
bool hl_transport_area(uint64_t start, uint64_t size);
/* Start-up's end: the transport's own part of the halt. */
void hl_transport_started(void);

enum hl_received {
    HL_RECEIVED_CALL,
    HL_RECEIVED_MALFORMED, /* *why says how; an error result is due */
    HL_RECEIVED_CHECKPOINT /* served already: no result */
};

/*
 * Call the host. HL_WIRE_OK: the host answered, and *answer points into the
 * transport until hl_transport_answered. Else the request was not sent
 * (*refused false: the error is the request's) or the answer was malformed
 * (*refused true).
 */
enum hl_wire_error hl_transport_call(const struct hl_wire_call *call,
                                     struct hl_wire_result *answer,
                                     bool *refused);
void hl_transport_answered(void);

/* Send a log record if there is room for it. */
void hl_transport_log(const struct hl_wire_log *record);

/* Bytes that are free for one message to the host, and for one from it. */
size_t hl_transport_output_room(void);
size_t hl_transport_input_room(void);

/* The implementations. */
void hl_stack_start(const struct hl_abi_peb *peb);
enum hl_received hl_stack_receive(struct hl_wire_call *call, const char **why);
enum hl_wire_error hl_stack_result(const struct hl_wire_result *result);
enum hl_wire_error hl_stack_call(const struct hl_wire_call *call,
                                 struct hl_wire_result *answer, bool *refused);
void hl_stack_answered(void);
void hl_stack_log(const struct hl_wire_log *record);
size_t hl_stack_output_room(void);
size_t hl_stack_input_room(void);

void hl_virtq_start(void);
void hl_virtq_started(void);
enum hl_received hl_virtq_receive(struct hl_wire_call *call, const char **why);
enum hl_wire_error hl_virtq_result(const struct hl_wire_result *result);
enum hl_wire_error hl_virtq_call(const struct hl_wire_call *call,
                                 struct hl_wire_result *answer, bool *refused);
void hl_virtq_log(const struct hl_wire_log *record);
size_t hl_virtq_room(void);

/* The stacks come first: the likely case, and the shorter way. */
#define HL_IS_STACK() __builtin_expect(!hl_runtime.virtq.active, 1)

/* Take the call the host made; it stays where it is until a result is sent. */
static inline enum hl_received hl_transport_receive(struct hl_wire_call *call,
                                                    const char **why)
{
    return HL_IS_STACK() ? hl_stack_receive(call, why)
                         : hl_virtq_receive(call, why);
}

/*
 * Release the call and send its one result. HL_WIRE_OK, or why the result has
 * no encoding or does not fit; then nothing was sent.
 */
static inline enum hl_wire_error
hl_transport_result(const struct hl_wire_result *result)
{
    return HL_IS_STACK() ? hl_stack_result(result) : hl_virtq_result(result);
}

#endif /* HL_TRANSPORT_H */
