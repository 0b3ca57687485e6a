/* SPDX-License-Identifier: MIT */
/*
 * FunctionCall. A guest decodes one for each warm call, and where a KVM
 * emulates instructions each costs 0.25 us: so first see whether the message
 * is laid out exactly as hl_wire_encode_call does it (layout.h). That takes
 * few comparisons, each against what must stand there, and no rule of abi §6.4
 * is left open by it: every offset, vtable and alignment is known.
 *
 * This reader only ever accepts. Whatever it does not recognise, broken or
 * merely another writer's, is read from the start by hl_wire_call_verify,
 * which knows every rule and every error. Tests hold the two to each other.
 */
#include "call.h"
#include "layout.h"

/*
 * For calls from where every register is taken: the callee saves them, so that
 * the way without such a call need not. Only clang builds guests.
 */
#ifdef __clang__
#define WIRE_ASIDE __attribute__((preserve_most, noinline))
#else
#define WIRE_ASIDE __attribute__((noinline))
#endif

/* The shortest that our writer makes: no parameters, a name of up to seven
 * bytes. So much is read without another look at the end. */
#define CALL_SIZE_MIN (WIRE_CALL_AT_OFFSETS + 16)

/*
 * The position behind the len bytes at at, or 0 if they are not all there or
 * are to be a text and are not.
 */
WIRE_ASIDE static uint64_t bytes_check(const uint8_t *base, uint64_t end,
                                       uint64_t at, uint64_t len, bool text)
{
    uint64_t behind = at + WIRE_ROUND_UP(len + text);

    if (behind > end)
        return 0;
    if (text && (base[at + len] != 0 ||
                 !hl_wire_utf8_valid((const char *)base + at, len)))
        return 0;
    return behind;
}

/* A value that is not a number of four or eight bytes: the position behind
 * its Parameter at position at, or 0. */
WIRE_ASIDE static uint64_t value_read(const uint8_t *base, uint64_t end,
                                      uint64_t at, hl_value *value)
{
    uint64_t behind = at + WIRE_PARAMETER_SIZE;
    uint64_t len = wire_load32(base + behind - 4);

    if (value->type == HL_TYPE_BOOL) {
        value->as.u64 = base[behind - 8] != 0;
        return behind;
    }
    if (value->type == HL_TYPE_NONE || wire_load32(base + behind - 8) != 4)
        return 0;
    if (value->type == HL_TYPE_STRING)
        value->as.string =
            (hl_string){.data = (const char *)base + behind, .len = len};
    else
        value->as.bytes = (hl_bytes){.data = base + behind, .len = len};
    return bytes_check(base, end, behind, len, value->type == HL_TYPE_STRING);
}

/*
 * The kind in the low byte, ReturnType in the high one. Up to Bool a type's
 * code is one more, so that both can be checked and stored as one number.
 */
WIRE_INLINE bool kinds_read(uint32_t kinds, struct hl_wire_call *out)
{
    uint32_t both = kinds + 0x100;

    _Static_assert(offsetof(struct hl_wire_call, returns) ==
                       offsetof(struct hl_wire_call, kind) + 1,
                   "stored together");
    if (WIRE_UNLIKELY(((kinds - 1) & ~0x701u) != 0)) {
        if ((kinds & 0xFF) - 1 >= HL_WIRE_CALL_HOST ||
            kinds >> 8 >= sizeof(wire_return_types))
            return false;
        both = (kinds & 0xFF) | (uint32_t)wire_return_types[kinds >> 8] << 8;
    }
    out->kind = (uint8_t)both;
    out->returns = (uint8_t)(both >> 8);
    return true;
}

/*
 * The name, whose length word is the second half of the word at. Up to seven
 * bytes and the NUL are one load, shifted so that the NUL is the top byte and
 * what follows it is gone.
 */
WIRE_INLINE bool name_read(const uint8_t *base, uint64_t end, uint64_t at,
                           struct hl_wire_call *out)
{
    uint64_t len, text;

    if (WIRE_UNLIKELY(at > end - 16 || wire_load32(base + WIRE_CALL_AT_NAME) !=
                                           at + 4 - WIRE_CALL_AT_NAME))
        return false;
    len = wire_load32(base + at + 4);
    out->name.data = (const char *)base + at + 8;
    out->name.len = len;
    if (WIRE_UNLIKELY(len > 7))
        return bytes_check(base, end, at + 8, len, true) != 0;
    /* 56 - 8 * len, as len is below 8. */
    text = wire_load64(base + at + 8) << ((8 * len) ^ 56);
    return WIRE_LIKELY((text & (WIRE_HIGH_BITS | UINT64_C(0xFF) << 56)) == 0);
}

/* The Parameters, count of them, and the name behind them. */
WIRE_INLINE bool parameters_read(const uint8_t *base, uint64_t end,
                                 uint64_t count, struct hl_wire_call *out)
{
    uint64_t slot = WIRE_CALL_AT_OFFSETS;
    uint64_t last = slot + 4 * count;
    uint64_t at = WIRE_ROUND_UP(last);
    hl_value *value = out->args;

    do {
        const uint8_t *from = base + at;
        uint64_t behind = at + WIRE_PARAMETER_SIZE;
        uint32_t tag;

        /* Also that slot, which lies below at, is inside. */
        if (WIRE_UNLIKELY(behind > end))
            return false;
        if (WIRE_UNLIKELY(wire_load32(base + slot) != (uint32_t)(at - slot) ||
                          wire_load32(from) != (uint32_t)(at - WIRE_AT_UNION) ||
                          wire_load32(from + 8) != 4 ||
                          wire_load32(from + 12) !=
                              (uint32_t)(at + 12 - WIRE_AT_ONE)))
            return false;
        tag = from[WIRE_UNION_TAG];
        if (WIRE_UNLIKELY(tag > HL_TYPE_BYTES))
            return false;
        /* The tags of ParameterValue are the type codes (types.h). */
        value->type = tag;
        if (WIRE_LIKELY(wire_type_in(tag, WIRE_TYPES_WORD))) {
            value->as.u64 = wire_load32(from + 16);
        } else {
            WIRE_PIN(tag);
            if (wire_type_in(tag, WIRE_TYPES_WIDE))
                value->as.u64 = wire_load64(from + 16);
            else
                behind = value_read(base, end, at, value);
            if (WIRE_UNLIKELY(behind == 0))
                return false;
        }
        at = behind;
        value++;
        slot += 4;
        WIRE_PIN(slot);
    } while (slot != last);
    return name_read(base, end, at, out);
}

/* The message of end bytes, CALL_SIZE_MIN or more. */
WIRE_INLINE bool call_read(const uint8_t *base, uint64_t end,
                           struct hl_wire_call *out)
{
    uint64_t vtable = wire_load64(base + WIRE_CALL_AT_VTABLE);
    uint64_t count;

    if (WIRE_UNLIKELY(wire_load32(base + 4) != WIRE_CALL_AT_TABLE - 4 ||
                      wire_load64(base + WIRE_AT_UNION) != WIRE_UNION_VTABLE ||
                      wire_load64(base + WIRE_AT_ONE) != WIRE_ONE_VTABLE ||
                      wire_load64(base + WIRE_CALL_AT_VTABLE + 8) !=
                          WIRE_CALL_VTABLE_REST))
        return false;
    if (!kinds_read(wire_load16(base + WIRE_CALL_AT_KINDS), out))
        return false;
    if (WIRE_UNLIKELY(vtable != WIRE_CALL_VTABLE)) {
        out->count = 0;
        return vtable == WIRE_CALL_VTABLE_BARE &&
               name_read(base, end, WIRE_CALL_AT_OFFSETS, out);
    }
    count = wire_load32(base + WIRE_CALL_AT_COUNT);
    if (WIRE_UNLIKELY(wire_load32(base + WIRE_CALL_AT_LIST) !=
                      WIRE_CALL_AT_COUNT - WIRE_CALL_AT_LIST))
        return false;
    if (WIRE_UNLIKELY(count - 1 >= HL_WIRE_ARGS_MAX))
        return false;
    out->count = (uint32_t)count;
    return parameters_read(base, end, count, out);
}

enum hl_wire_error hl_wire_decode_call(const void *message, size_t size,
                                       struct hl_wire_call *out)
{
    const uint8_t *base = message;

    if (WIRE_LIKELY(size >= CALL_SIZE_MIN)) {
        /* Signed: positions above 2^31 would look like ones below 0. */
        uint64_t end = 4 + (uint64_t)(int64_t)(int32_t)wire_load32(base);

        if (WIRE_LIKELY(end - CALL_SIZE_MIN <= size - CALL_SIZE_MIN)) {
            if (WIRE_LIKELY(call_read(base, end, out)))
                return HL_WIRE_OK;
            size = end; /* says as much, and need not be kept */
        }
    }
    return hl_wire_call_verify(message, size, false, out);
}
