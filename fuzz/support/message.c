/* SPDX-License-Identifier: MIT */
/* wire_fuzz.h's message for targets that are not C. */
#include "support/message.h"
#include "wire_fuzz.h"

const uint8_t *fuzz_message_make(const uint8_t *data, size_t *size)
{
    return fuzz_message(data, size);
}
