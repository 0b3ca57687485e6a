/* SPDX-License-Identifier: MIT */
/*
 * The one layout that our writers give a message, word by word of eight bytes,
 * at multiples of eight from the size prefix: each byte is written once, there
 * are no stale ones, and eight-byte values are aligned as abi §6.4 asks.
 * "=>" is an offset, relative to where it stands; "back" is that to a vtable.
 *
 * FunctionCall:
 *   00  size, root => 24
 *   08  vtable of Parameter
 *   10  vtable of the value tables
 *   18  vtable of FunctionCall, 12 bytes; at 24 its table: back
 *   28  0 0 kind returns, name =>
 *   30  parameters => 34, where their count is
 *   38  a Parameter's offset each, up to a multiple of eight
 *   ..  24 bytes a Parameter: back, tag, => here + 4, back, value; the value
 *       is a number, or => here + 4 and length, followed by the bytes
 *   ..  -, length of the name, followed by the text
 *
 * FunctionCallResult, a value:             or an error:
 *   00  size, root => 18                     the same
 *   08  vtable of tables with a union        the same
 *   10  vtable of the value table            vtable of GuestError
 *   18  back, tag                            back, tag
 *   20  => 24, ReturnValueBox: back          => 28, -
 *   28  tag, => 34 (bytes: 30)               GuestError: back, message => 3c
 *   30  -, back (bytes: back, size)          code
 *   38  a number, or => 3c and length        -, length
 *   40  the bytes                            the text
 *
 * Bytes and texts end with zeros up to the next multiple of eight, texts with
 * at least one.
 */
#ifndef HL_WIRE_LAYOUT_H
#define HL_WIRE_LAYOUT_H

#include "view.h"

/* Four 16-bit words as the first eight bytes of a vtable: its length, the
 * table's size, the offsets of fields 0 and 1. */
#define WIRE_VTABLE(len, size, field0, field1)                                 \
    ((uint64_t)(len) | (uint64_t)(size) << 16 | (uint64_t)(field0) << 32 |     \
     (uint64_t)(field1) << 48)

/* Two 32-bit words as one: the first is at the lower address. */
#define WIRE_PAIR(first, second)                                               \
    ((uint64_t)(uint32_t)(first) | (uint64_t)(uint32_t)(second) << 32)

/* Both messages: a vtable for each table with a union in it (tag at 7, value
 * at 8) and one for each one-field table, of any width up to 8. */
#define WIRE_AT_UNION     0x08
#define WIRE_UNION_VTABLE WIRE_VTABLE(8, 12, 7, 8)
#define WIRE_UNION_TAG    7
#define WIRE_UNION_VALUE  8
#define WIRE_AT_ONE       0x10
#define WIRE_ONE_VTABLE   WIRE_VTABLE(6, 12, 4, 0)

/* FunctionCall: name at 8, parameters at 12, kind at 6, returns at 7. */
#define WIRE_CALL_AT_VTABLE   0x18
#define WIRE_CALL_AT_TABLE    0x24
#define WIRE_CALL_AT_KINDS    0x2a
#define WIRE_CALL_AT_NAME     0x2c
#define WIRE_CALL_AT_LIST     0x30
#define WIRE_CALL_AT_COUNT    0x34
#define WIRE_CALL_AT_OFFSETS  0x38
#define WIRE_CALL_VTABLE      WIRE_VTABLE(12, 16, 8, 12)
#define WIRE_CALL_VTABLE_BARE WIRE_VTABLE(12, 16, 8, 0) /* no parameters */
/* The vtable's other half and the way back to it, one word. */
#define WIRE_CALL_VTABLE_REST                                                  \
    WIRE_PAIR(0x00070006, WIRE_CALL_AT_TABLE - WIRE_CALL_AT_VTABLE)
#define WIRE_PARAMETER_SIZE 24

/* FunctionCallResult. */
#define WIRE_RESULT_AT_ROOT   0x18
#define WIRE_RESULT_AT_BOX    0x24
#define WIRE_RESULT_AT_BUFFER 0x30
#define WIRE_RESULT_AT_ONE    0x34
#define WIRE_RESULT_AT_VALUE  0x38
#define WIRE_RESULT_AT_DATA   0x40 /* also the size with a number */

/* The words that are the same in each result with a number. */
#define WIRE_RESULT_HEAD                                                       \
    WIRE_PAIR(WIRE_RESULT_AT_DATA - 4, WIRE_RESULT_AT_ROOT - 4)
#define WIRE_RESULT_ROOT(tag)                                                  \
    ((WIRE_RESULT_AT_ROOT - WIRE_AT_UNION) | (uint64_t)(tag) << 56)
#define WIRE_RESULT_BOX                                                        \
    WIRE_PAIR(WIRE_RESULT_AT_BOX - 0x20, WIRE_RESULT_AT_BOX - WIRE_AT_UNION)

/* The number of words of eight bytes up to and including position n. */
#define WIRE_ROUND_UP(n) (((n) + 7) & ~UINT64_C(7))

#endif /* HL_WIRE_LAYOUT_H */
