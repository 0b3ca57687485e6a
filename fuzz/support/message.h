/* SPDX-License-Identifier: MIT */
/* wire_fuzz.h's message for targets that are not C. */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
#endif
    /* The message that the input stands for; *size becomes its own. */
    const uint8_t *
    fuzz_message_make(const uint8_t *data, size_t *size);

#endif /* FUZZ_MESSAGE_H */
