/* SPDX-License-Identifier: MIT */
/*
 * GuestLogData. The layout, a word of eight bytes a line ("=>": offset):
 *
 *   00  size, root => 18
 *   08  vtable, 16 bytes
 *   18  back, message =>
 *   20  source =>, caller =>
 *   28  file =>, line
 *   30  level; then each string's length as an upper half, and its text
 */
#include "writer.h"

#define AT_VTABLE   0x08
#define AT_TABLE    0x18
#define AT_LEVEL    0x30
#define LOG_STRINGS 4
#define LOG_SIZE    28

/* Field offsets: message 4, source 8, level 24, caller 12, file 16, line 20. */
#define LOG_VTABLE  WIRE_VTABLE(16, LOG_SIZE, 4, 8)
#define LOG_VTABLE2 WIRE_VTABLE(24, 12, 16, 20)

enum hl_wire_error hl_wire_encode_log(const struct hl_wire_log *log,
                                      void *buffer, size_t capacity,
                                      size_t *size)
{
    const hl_string texts[LOG_STRINGS] = {log->message, log->source,
                                          log->caller, log->file};
    uint8_t *to = buffer;
    uint64_t room = wire_room(capacity);
    uint64_t at = AT_LEVEL;

    if (log->level > WIRE_LOG_LEVEL_MAX)
        return HL_WIRE_ENUM;
    if (room < AT_LEVEL + 8)
        return HL_WIRE_CAPACITY;
    wire_store64(to + AT_VTABLE, LOG_VTABLE);
    wire_store64(to + AT_VTABLE + 8, LOG_VTABLE2);
    wire_store32(to + AT_TABLE, AT_TABLE - AT_VTABLE);
    wire_store32(to + AT_TABLE + 20, log->line);
    for (uint64_t i = 0; i < LOG_STRINGS; i++) {
        uint64_t slot = AT_TABLE + 4 + 4 * i;
        int64_t behind;

        if (room - at < 8)
            return HL_WIRE_CAPACITY;
        wire_store32(to + slot, (uint32_t)(at + 4 - slot));
        wire_store64(to + at, WIRE_PAIR(i == 0 ? log->level : 0, texts[i].len));
        behind = hl_wire_bytes_put(to, room, at + 8, texts[i].data,
                                   texts[i].len, true);
        if (behind < 0)
            return (enum hl_wire_error) - behind;
        at = (uint64_t)behind;
    }
    wire_store64(to, WIRE_PAIR(at - 4, AT_TABLE - 4));
    *size = at;
    return HL_WIRE_OK;
}
