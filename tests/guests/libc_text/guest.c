/* SPDX-License-Identifier: MIT */
/*
 * Bytes that are not UTF-8, and characters cut by the end of a write, for a
 * host that prints texts only (HostPrint).
 */
#include <errno.h>
#include <unistd.h>

#include <hl.h>

static bool send(const char *bytes, size_t len)
{
    return write(1, bytes, len) == (ssize_t)len;
}

HL_EXPORT(int32_t, print)
{
    if (!send("plain\n", 6))
        return errno;
    send("cut \xe2\x82", 6);
    send("\xac\n", 2);
    send("bad \xff\xc0\x80 \xed\xa0\x80\n", 12);
    send("lost \xf0\x9f", 7);
    return 0;
}
