/* SPDX-License-Identifier: MIT */
/*
 * Reading a message by the rules: the functions here, in table.c and value.c,
 * accept every legal layout and name what is wrong with the others (abi §6.4).
 *
 * A position is an offset from the message start, size prefix included: the
 * alignment rule is about positions, never about addresses. Every position is
 * 64 bits wide and below 2^34, so no sum of two can wrap.
 *
 * Structure is followed to a fixed depth: root, parameter vector, Parameter,
 * its value table, the string or bytes in it. Nothing recurses.
 */
#ifndef HL_WIRE_VIEW_H
#define HL_WIRE_VIEW_H

#include <hl/wire.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little endian");
_Static_assert(sizeof(size_t) == 8, "positions need 64 bits");

#define WIRE_LIKELY(x)   __builtin_expect(!!(x), 1)
#define WIRE_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WIRE_INLINE      static inline __attribute__((always_inline))

/* Off the short way: small in guests, where a call's size counts too. */
#if defined(__clang__) && defined(__HYPERLIGHT__)
#define WIRE_COLD __attribute__((noinline, minsize))
#else
#define WIRE_COLD __attribute__((noinline))
#endif

/* The rules' steps: one function each where size counts more than time. */
#ifdef __OPTIMIZE_SIZE__
#define WIRE_STEP static __attribute__((noinline, unused))
#else
#define WIRE_STEP WIRE_INLINE
#endif

/*
 * Keep the compiler from merging what comes before with what comes after: two
 * branches on x are fewer instructions than one on a sum of conditions.
 */
#define WIRE_PIN(x) __asm__("" : "+r"(x))

/* The high bit of each of eight bytes: set in any byte that is not ASCII. */
#define WIRE_HIGH_BITS UINT64_C(0x8080808080808080)

/* The vtable slot of a table's nth field (abi §6). */
#define WIRE_SLOT(field) (4 + 2 * (field))

/* Sets of types as bit masks over enum hl_type. */
#define WIRE_TYPE_BIT(name) (1u << HL_TYPE_##name)
#define WIRE_TYPES_WIDE                                                        \
    (WIRE_TYPE_BIT(LONG) | WIRE_TYPE_BIT(ULONG) | WIRE_TYPE_BIT(DOUBLE))
#define WIRE_TYPES_WORD                                                        \
    (WIRE_TYPE_BIT(INT) | WIRE_TYPE_BIT(UINT) | WIRE_TYPE_BIT(FLOAT))
#define WIRE_TYPES_FAR (WIRE_TYPE_BIT(STRING) | WIRE_TYPE_BIT(BYTES))

/* FunctionCallResultType (abi §6.2). */
#define WIRE_RESULT_VALUE 1
#define WIRE_RESULT_ERROR 2

/* LogLevel None, the last (abi §6.2). */
#define WIRE_LOG_LEVEL_MAX 6

/* Bytes [0, end) of a message; 8 <= end <= 4 + UINT32_MAX. */
struct wire_view {
    const uint8_t *base;
    uint64_t end;
    bool external; /* generation C: byte values lie behind it (external.c) */
};

/* hlexternalbytes' tags in generation C (abi §12.5). */
#define WIRE_EXTERNAL_PARAMETER 10
#define WIRE_EXTERNAL_RETURN    11
/* ReturnType ByteChunks, also there. */
#define WIRE_RETURNS_CHUNKS 10

/* A table that was verified: itself and its vtable lie in the message. */
struct wire_table {
    uint64_t pos;
    uint64_t vtable;
    uint32_t vtable_len;
    uint32_t size;
};

WIRE_INLINE uint32_t wire_load16(const uint8_t *from)
{
    uint16_t value;
    __builtin_memcpy(&value, from, sizeof(value));
    return value;
}

WIRE_INLINE uint32_t wire_load32(const uint8_t *from)
{
    uint32_t value;
    __builtin_memcpy(&value, from, sizeof(value));
    return value;
}

WIRE_INLINE uint64_t wire_load64(const uint8_t *from)
{
    uint64_t value;
    __builtin_memcpy(&value, from, sizeof(value));
    return value;
}

WIRE_INLINE bool wire_type_in(uint32_t type, uint32_t set)
{
    return (set >> type) & 1;
}

/*
 * What all of these share: a *position argument is a multiple of 4 with
 * position + 4 <= end, which is what wire_follow makes of an offset, and what
 * is written through pointers counts only after HL_WIRE_OK.
 */

/* The position that the offset at position slot leads to. */
WIRE_STEP enum hl_wire_error wire_follow(const struct wire_view *view,
                                         uint64_t slot, uint64_t *target)
{
    uint64_t offset = wire_load32(view->base + slot);

    /* An offset of 0 would point at itself: refused, as flatc does. */
    if (offset == 0 || offset > view->end - 4 - slot)
        return HL_WIRE_OFFSET_RANGE;
    if (offset & 3)
        return HL_WIRE_ALIGNMENT;
    *target = slot + offset;
    return HL_WIRE_OK;
}

/* Verify the table at pos and its vtable. */
WIRE_STEP enum hl_wire_error wire_table_open(const struct wire_view *view,
                                             uint64_t pos,
                                             struct wire_table *table)
{
    int32_t back = (int32_t)wire_load32(view->base + pos);
    /* Signed: a vtable may lie on either side of its table (abi §6.6 D). One
     * before the message wraps to far behind it. */
    uint64_t vtable = pos - (uint64_t)(int64_t)back;

    if (vtable > view->end - 4)
        return HL_WIRE_OFFSET_RANGE;
    if (vtable & 1)
        return HL_WIRE_ALIGNMENT;
    table->pos = pos;
    table->vtable = vtable;
    table->vtable_len = wire_load16(view->base + vtable);
    table->size = wire_load16(view->base + vtable + 2);
    if (table->vtable_len < 4 || (table->vtable_len & 1) || table->size < 4)
        return HL_WIRE_VTABLE;
    if (table->vtable_len > view->end - vtable || table->size > view->end - pos)
        return HL_WIRE_OFFSET_RANGE;
    return HL_WIRE_OK;
}

/*
 * The position of a field of width bytes (1, 4 or 8) inside the table, aligned
 * to its width; 0 if the field is absent.
 */
WIRE_STEP enum hl_wire_error wire_field_find(const struct wire_view *view,
                                             const struct wire_table *table,
                                             uint32_t slot, uint32_t width,
                                             uint64_t *where)
{
    uint32_t offset = 0;

    if (slot < table->vtable_len)
        offset = wire_load16(view->base + table->vtable + slot);
    *where = 0;
    if (offset == 0)
        return HL_WIRE_OK;
    if (offset < 4 || offset + width > table->size)
        return HL_WIRE_FIELD_RANGE;
    *where = table->pos + offset;
    if (*where & (width - 1))
        return HL_WIRE_ALIGNMENT;
    return HL_WIRE_OK;
}

/* Begin: the view ends where the size prefix says (abi §5); its root table. */
WIRE_STEP enum hl_wire_error wire_view_open(const void *message, size_t size,
                                            struct wire_view *view,
                                            uint64_t *root)
{
    view->base = message;
    view->external = false;
    if (size < 8)
        return HL_WIRE_TRUNCATED;
    view->end = (uint64_t)wire_load32(view->base) + 4;
    if (view->end > size || view->end < 8)
        return HL_WIRE_TRUNCATED;
    return wire_follow(view, 4, root);
}

/*
 * Open a table whose field 0 is a union's tag and field 1 its value, required
 * (Parameter, ReturnValueBox, FunctionCallResult): the tag, never 0, and the
 * position of the table that is the value.
 */
WIRE_STEP enum hl_wire_error wire_union_open(const struct wire_view *view,
                                             uint64_t pos, uint32_t *tag,
                                             uint64_t *value)
{
    struct wire_table table;
    uint64_t tag_at, slot;
    enum hl_wire_error error = wire_table_open(view, pos, &table);

    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(0), 1, &tag_at);
    if (error == HL_WIRE_OK)
        error = wire_field_find(view, &table, WIRE_SLOT(1), 4, &slot);
    if (error != HL_WIRE_OK)
        return error;
    *tag = tag_at != 0 ? view->base[tag_at] : 0;
    if (slot == 0)
        return *tag == 0 ? HL_WIRE_REQUIRED : HL_WIRE_UNION;
    if (*tag == 0)
        return HL_WIRE_UNION;
    return wire_follow(view, slot, value);
}

/*
 * The string or byte vector whose offset lies at position slot; of a string
 * its NUL and every byte are checked. Slot 0, an absent field, is empty.
 */
enum hl_wire_error hl_wire_string_decode(const struct wire_view *view,
                                         uint64_t slot, hl_string *string);
enum hl_wire_error hl_wire_bytes_decode(const struct wire_view *view,
                                        uint64_t slot, hl_bytes *bytes);
/* The one-field table at pos (hlint .. hlvecbytes) as a value of type. */
enum hl_wire_error hl_wire_value_decode(const struct wire_view *view,
                                        uint32_t type, uint64_t pos,
                                        hl_value *value);

/* hlexternalbytes: BYTES or CHUNKS; it gets the length and no data yet. */
enum hl_wire_error hl_wire_external_decode(const struct wire_view *view,
                                           uint64_t pos, hl_value *value);

/* Whole messages by the rules; external: in generation C's form, where byte
 * values have no data yet. */
enum hl_wire_error hl_wire_call_verify(const void *message, size_t size,
                                       bool external, struct hl_wire_call *out);
enum hl_wire_error hl_wire_result_verify(const void *message, size_t size,
                                         bool external,
                                         struct hl_wire_result *out);

#endif /* HL_WIRE_VIEW_H */
