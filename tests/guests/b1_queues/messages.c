/* SPDX-License-Identifier: MIT */
/* guarantees: B1 B7 P4.1 P4.2 P6.1 P6.3 P6.5 */
/* Sends what it is given, as tests/guests/p6_messages does over stacks. */
#include "base.h"

#define REPLY 0x1000 /* in the pool, behind the longest message */
#define ROOM  0x800

/* Arguments: the message, and the port that the stacks have for it (0: none,
 * it is the result). */
RAW_FUNCTION(send)
{
    const struct vq q = vq_open();
    uint32_t len;
    const uint8_t *message = vq_external(&q, &len);
    const int32_t port = raw_int(call, 1);
    const uint8_t kind = port == HL_PORT_CALL  ? HL_VQ_REQUEST
                         : port == HL_PORT_LOG ? HL_VQ_LOG
                                               : HL_VQ_RESPONSE;
    const uint32_t size = vq_message(&q, kind, message, len);

    vq_publish(&q, (uint64_t)q.pool, size, 0,
               kind == HL_VQ_REQUEST ? HL_VQ_NEXT : 0);
    if (kind == HL_VQ_RESPONSE)
        return;
    if (kind == HL_VQ_REQUEST)
        vq_publish(&q, (uint64_t)q.pool + REPLY, ROOM, 0, HL_VQ_WRITE);
    vq_ring_bell();
    vq_return(&q, kind == HL_VQ_REQUEST
                      ? raw_reply_code(vq_table(q.pool + REPLY))
                      : 1);
}
