/* SPDX-License-Identifier: MIT */
/*
 * Calls and results as other writers lay them out: upstream's host uses
 * FlatBuffers' own library, which puts tables anywhere but gives them vtables
 * of very few kinds. Where each instruction is emulated, the rules (wire/
 * verify_*.c) take two thirds of a call's time; so the guest's decoders first
 * come here, where a vtable is one comparison.
 *
 * As with the readers of our own layout (wire/decode_call.c) this one only
 * accepts: whatever it does not recognise, broken or merely unusual, is left
 * to the rules, and what it accepts they would accept with the same values.
 * tests/unit/read_quick.c holds it to that. hl_rules_* is what the guest's
 * build (mk/guest.mk) calls the rules.
 */
#include "wire/call.h"

enum hl_wire_error hl_rules_call_verify(const void *message, size_t size,
                                        bool external,
                                        struct hl_wire_call *out);
enum hl_wire_error hl_rules_result_verify(const void *message, size_t size,
                                          bool external,
                                          struct hl_wire_result *out);

/* The first eight bytes of a vtable as a number. */
#define VTABLE(len, size, field0, field1)                                      \
    ((uint64_t)(len) | (uint64_t)(size) << 16 | (uint64_t)(field0) << 32 |     \
     (uint64_t)(field1) << 48)

/* A tag at 7 and its value's offset at 8; 12 bytes, or 14 when the vtable is
 * a shared one: of these two all bits but one are the same. */
#define UNION_VTABLE VTABLE(8, 12, 7, 8)
#define UNION_MASK   (~VTABLE(0, 2, 0, 0))
#define UNION_SIZE   14
/* Name, parameters, kind and return type, and the same without parameters. */
#define CALL_VTABLE      VTABLE(0, 16, 8, 12)
#define CALL_VTABLE_BARE VTABLE(0, 12, 8, 0)
#define CALL_SIZE        16
/* One field, at 4. None: the default, 0. */
#define ONE_VTABLE(size) VTABLE(6, size, 4, 0)
#define ONE_MASK         VTABLE(0xFFFF, 0xFFFF, 0xFFFF, 0)
#define NO_VTABLE        VTABLE(4, 4, 0, 0)
#define NO_MASK          VTABLE(0xFFFF, 0xFFFF, 0, 0)

/* The smallest message is larger. */
#define MESSAGE_MIN 32

/*
 * A message: its first byte and the one behind it. Alignment is looked at in
 * the end, for all that was followed at once: loads may be unaligned.
 */
struct reader {
    const uint8_t *base, *end;
    bool external;
    uint32_t offsets; /* those that must be multiples of 4, or'ed */
    uint32_t backs;   /* of 2 */
};

/*
 * Where the offset at slot leads to; size bytes there are in the message. An
 * offset of 0 leads to itself, which no table can be. Messages lie at the top
 * of the address space, so that a sum of address and offset may wrap: compared
 * are distances, signed, since a slot may lie behind the message too.
 */
WIRE_INLINE bool follow(struct reader *reader, const uint8_t *slot,
                        uint64_t size, const uint8_t **target)
{
    uint32_t offset = wire_load32(slot);
    int64_t room = reader->end - slot;

    reader->offsets |= offset;
    slot += offset;
    WIRE_PIN(slot); /* the compiler would add up anew what leads here */
    *target = slot;
    return WIRE_LIKELY((int64_t)(offset + size) <= room);
}

/* The vtable of the table at at, of size bytes or more. */
WIRE_INLINE bool vtable_find(struct reader *reader, const uint8_t *at,
                             uint64_t size, const uint8_t **vtable)
{
    int32_t back = (int32_t)wire_load32(at);

    reader->backs |= (uint32_t)back;
    at -= back;
    WIRE_PIN(at);
    *vtable = at;
    return WIRE_LIKELY((uint64_t)(*vtable - reader->base) <=
                       (uint64_t)(reader->end - reader->base) - size);
}

/* The table at at as a union: its tag, and its value, a table. */
WIRE_INLINE bool union_read(struct reader *reader, const uint8_t *at,
                            uint32_t *tag, const uint8_t **value)
{
    const uint8_t *vtable;

    if (!vtable_find(reader, at, 8, &vtable) ||
        WIRE_UNLIKELY((wire_load64(vtable) & UNION_MASK) != UNION_VTABLE))
        return false;
    *tag = at[7];
    return follow(reader, at + 8, 8, value);
}

static struct wire_view view_of(const struct reader *reader)
{
    return (struct wire_view){.base = reader->base,
                              .end = (uint64_t)(reader->end - reader->base),
                              .external = reader->external};
}

/* What is no number, or one that is laid out in another way. */
__attribute__((noinline)) static bool value_other(const struct reader *reader,
                                                  const uint8_t *at,
                                                  uint32_t type,
                                                  hl_value *value)
{
    const struct wire_view view = view_of(reader);

    if (type == HL_TYPE_NONE || (reader->external && type == HL_TYPE_BYTES))
        return false;
    return hl_wire_value_decode(&view, type, (uint64_t)(at - reader->base),
                                value) == HL_WIRE_OK;
}

/* A parameter or result of type, whose table is at at. */
WIRE_INLINE bool value_read(struct reader *reader, const uint8_t *at,
                            uint32_t type, hl_value *value)
{
    const uint8_t *vtable;
    uint64_t shape;

    if (!vtable_find(reader, at, 8, &vtable))
        return false;
    shape = wire_load64(vtable);
    if (WIRE_LIKELY(wire_type_in(type, WIRE_TYPES_WORD))) {
        value->type = type;
        if (WIRE_LIKELY((shape & ONE_MASK) == ONE_VTABLE(8))) {
            value->as.u64 = wire_load32(at + 4);
            return true;
        }
        value->as.u64 = 0;
        if ((shape & NO_MASK) == NO_VTABLE)
            return true;
    }
    /* Not ours: reading it needs positions that are whole. */
    if ((reader->offsets & 3) || (reader->backs & 1))
        return false;
    {
        const struct reader here = *reader;

        return value_other(&here, at, type, value);
    }
}

/* The union whose offset is at slot, a Parameter or a ReturnValueBox: of both
 * the tags are the type codes (types.h), save for bytes as a result. */
__attribute__((noinline)) static bool
union_value_read(struct reader *reader, const uint8_t *slot, hl_value *value)
{
    const uint8_t *at, *inner;
    uint32_t type;

    return follow(reader, slot, UNION_SIZE, &at) &&
           union_read(reader, at, &type, &inner) &&
           WIRE_LIKELY(type <= HL_TYPE_BYTES) &&
           value_read(reader, inner, type, value);
}

/*
 * The name, its offset at slot. Up to seven bytes and the NUL are one load,
 * shifted so that the NUL is the top byte and what follows is gone; that much
 * can be read behind every message (transport.h).
 */
WIRE_INLINE bool name_read(struct reader *reader, const uint8_t *slot,
                           hl_string *name)
{
    const uint8_t *at;
    uint64_t len;

    if (!follow(reader, slot, 4, &at) || at == slot)
        return false;
    len = wire_load32(at);
    at += 4;
    if (WIRE_UNLIKELY(len >= (uint64_t)(reader->end - at)))
        return false;
    name->data = (const char *)at;
    name->len = len;
    if (WIRE_LIKELY(len < 8))
        return ((wire_load64(at) << ((8 * len) ^ 56)) &
                (WIRE_HIGH_BITS | (uint64_t)0xFF << 56)) == 0;
    return at[len] == 0 && hl_wire_utf8_valid(name->data, len);
}

WIRE_INLINE bool parameters_read(struct reader *reader, const uint8_t *slot,
                                 struct hl_wire_call *out)
{
    const uint8_t *at, *end;
    hl_value *value = out->args;
    uint32_t count;

    if (!follow(reader, slot, 4, &at) || at == slot)
        return false;
    count = wire_load32(at);
    at += 4;
    if (WIRE_UNLIKELY(count > HL_WIRE_ARGS_MAX))
        return false;
    /* Offsets lead forward: none that is not in the message leads into it. */
    out->count = count;
    for (end = at + 4 * count; at != end; at += 4, value++)
        if (!union_value_read(reader, at, value))
            return false;
    return true;
}

/* Kind and return type lie together, but where depends: the default return
 * type, Int, is left out. */
WIRE_INLINE bool call_read(struct reader *reader, struct hl_wire_call *out)
{
    const uint8_t *at, *vtable;
    uint32_t returns = 0;
    uint64_t shape;
    bool bare;

    if (!follow(reader, reader->base + 4, CALL_SIZE, &at) ||
        !vtable_find(reader, at, 12, &vtable))
        return false;
    shape = wire_load64(vtable);
    bare = shape >> 48 == 0;
    shape -= bare ? CALL_VTABLE_BARE : CALL_VTABLE;
    out->kind = at[7];
    if (shape == 12) {
        if (WIRE_UNLIKELY(wire_load32(vtable + 8) != 0x00070006))
            return false;
        out->kind = at[6];
        returns = at[7];
        if (WIRE_UNLIKELY(returns >= sizeof(wire_return_types)))
            return false;
    } else if (WIRE_UNLIKELY(shape != 10 || wire_load16(vtable + 8) != 7)) {
        return false;
    }
    if (WIRE_UNLIKELY(out->kind != HL_WIRE_CALL_GUEST))
        return false;
    out->returns = wire_return_types[returns];
    out->count = 0;
    return name_read(reader, at + 8, &out->name) &&
           (bare || parameters_read(reader, at + 12, out));
}

WIRE_INLINE bool result_read(struct reader *reader, struct hl_wire_result *out)
{
    const uint8_t *at, *vtable;

    if (!follow(reader, reader->base + 4, UNION_SIZE, &at) ||
        !vtable_find(reader, at, 8, &vtable) ||
        (wire_load64(vtable) & UNION_MASK) != UNION_VTABLE ||
        at[7] != WIRE_RESULT_VALUE ||
        !union_value_read(reader, at + 8, &out->value) ||
        out->value.type > HL_TYPE_BOOL)
        return false;
    out->is_error = false;
    out->code = HL_ERR_NONE;
    out->message = (hl_string){.data = "", .len = 0};
    return true;
}

/* Is there a message that the readers above may look at? */
WIRE_INLINE bool reader_begin(struct reader *reader, const void *message,
                              size_t size, bool external)
{
    uint64_t len;

    if (WIRE_UNLIKELY(size < MESSAGE_MIN))
        return false;
    len = (uint64_t)wire_load32(message) + 4;
    *reader = (struct reader){.base = message,
                              .end = (const uint8_t *)message + len,
                              .external = external};
    return WIRE_LIKELY(len >= MESSAGE_MIN && len <= size);
}

WIRE_INLINE bool reader_end(const struct reader *reader)
{
    return WIRE_LIKELY((reader->offsets & 3) == 0 && (reader->backs & 1) == 0);
}

enum hl_wire_error hl_wire_call_verify(const void *message, size_t size,
                                       bool external, struct hl_wire_call *out)
{
    struct reader reader;

    if (reader_begin(&reader, message, size, external) &&
        call_read(&reader, out) && reader_end(&reader))
        return HL_WIRE_OK;
    return hl_rules_call_verify(message, size, external, out);
}

enum hl_wire_error hl_wire_result_verify(const void *message, size_t size,
                                         bool external,
                                         struct hl_wire_result *out)
{
    struct reader reader;

    if (reader_begin(&reader, message, size, external) &&
        result_read(&reader, out) && reader_end(&reader))
        return HL_WIRE_OK;
    return hl_rules_result_verify(message, size, external, out);
}
