/* SPDX-License-Identifier: MIT */
/*
 * How messages travel between guest and host. One implementation a generation
 * of the binary interface: transport_stack.c (abi §5). Everything above this
 * header is the same for all of them. Messages from the host are decoded in
 * place and their texts and bytes point into the transport's memory, where at
 * least 8 readable bytes follow each of them.
 */
#ifndef HL_TRANSPORT_H
#define HL_TRANSPORT_H

#include <hl/wire.h>

struct hl_abi_peb;

/* Start-up; runs before exceptions can be taken. */
void hl_transport_start(const struct hl_abi_peb *peb);

/*
 * Take the call the host made; it stays where it is until a result is sent.
 * False: it is malformed, *why says how.
 */
bool hl_transport_receive(struct hl_wire_call *call, const char **why);

/*
 * Release the call and send its one result. HL_WIRE_OK, or why the result has
 * no encoding or does not fit; then nothing was sent.
 */
enum hl_wire_error hl_transport_result(const struct hl_wire_result *result);

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

#endif /* HL_TRANSPORT_H */
