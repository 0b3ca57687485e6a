/* SPDX-License-Identifier: MIT */
/* The abort port's byte stream (abi §4.1). */
#ifndef HL_ABORT_STREAM_H
#define HL_ABORT_STREAM_H

#include <hl/abi.h>
#include <hl_host.h>

struct hl_abort_stream {
    size_t len;
    uint8_t bytes[HL_ABORT_BYTES_MAX];
};

void abort_stream_clear(struct hl_abort_stream *stream);

/*
 * Take one 32-bit chunk. HL_OK: more to come; HL_FAIL_ABORT or
 * HL_FAIL_EXCEPTION: the stream has ended, *error holds code, vector, text.
 */
hl_status abort_stream_feed(struct hl_abort_stream *stream, uint32_t chunk,
                            hl_error *error);

/* Name of an exception vector, or NULL if it is none. */
const char *exception_name(unsigned vector);

#endif /* HL_ABORT_STREAM_H */
