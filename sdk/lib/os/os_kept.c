/* SPDX-License-Identifier: MIT */
/* What constructors print: nothing goes to the host before the first call. */
#include "os.h"

#include <string.h>

#define KEPT_SIZE 4096

struct kept_record {
    uint16_t fd;
    uint16_t len;
};

static struct {
    size_t used;
    size_t last; /* offset of the record that can grow, if used > 0 */
    uint8_t bytes[KEPT_SIZE];
} kept;

/* Room for at least one byte more for fd: of the last record, or a new one. */
static size_t kept_room(int fd, struct kept_record *record)
{
    if (kept.used > 0) {
        memcpy(record, &kept.bytes[kept.last], sizeof(*record));
        if (record->fd == fd)
            return KEPT_SIZE - kept.used;
    }
    if (KEPT_SIZE - kept.used <= sizeof(*record))
        return 0;
    record->fd = (uint16_t)fd;
    record->len = 0;
    kept.last = kept.used;
    kept.used += sizeof(*record);
    return KEPT_SIZE - kept.used;
}

size_t os_kept_add(int fd, const void *data, size_t len)
{
    struct kept_record record;
    size_t room = kept_room(fd, &record);

    if (len > room)
        len = room;
    if (len == 0)
        return 0;
    memcpy(&kept.bytes[kept.used], data, len);
    kept.used += len;
    record.len = (uint16_t)(record.len + len);
    memcpy(&kept.bytes[kept.last], &record, sizeof(record));
    return len;
}

void os_kept_deliver(void (*send)(int fd, const void *data, size_t len))
{
    struct kept_record record;
    size_t end = kept.used;

    /* first of all forget it: send comes here again */
    kept.used = 0;
    for (size_t at = 0; at < end; at += sizeof(record) + record.len) {
        memcpy(&record, &kept.bytes[at], sizeof(record));
        send(record.fd, &kept.bytes[at + sizeof(record)], record.len);
    }
}
