/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 P4.1 P4.2 P6.1 P6.3 P6.5 */
/* A guest that sends what it is given: any bytes as any message. */
#include "raw.h"

/* Arguments: the message, and the port to ring (0: none, it is the result). */
RAW_FUNCTION(send)
{
    uint32_t len;
    const char *message = raw_text(call, 0, &len);
    const int32_t port = raw_int(call, 1);

    raw_push(message, len);
    if (port == 0)
        return;
    raw_out((uint16_t)port, 0);
    raw_return_int(port == HL_PORT_CALL ? raw_reply_code(raw_reply()) : 1);
}
