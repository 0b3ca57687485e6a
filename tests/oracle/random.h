// SPDX-License-Identifier: MIT
// Random calls, results and logs, from a fixed seed.
#ifndef WIRE_ORACLE_RANDOM_H
#define WIRE_ORACLE_RANDOM_H

#include <cstring>
#include <list>
#include <random>
#include <string>

extern "C" {
#define _Static_assert static_assert
#include <hl/wire.h>
#undef _Static_assert
}

namespace oracle_test
{

inline std::mt19937_64 random_bits(20240607);

inline uint64_t pick(uint64_t below)
{
    return random_bits() % below;
}

inline bool coin()
{
    return random_bits() & 1;
}

// What the random strings and bytes of one message lie in.
using Store = std::list<std::string>;

inline std::string random_text()
{
    static const char *const pieces[] = {
        "a", "bc", "\u00E9", "\u20AC", "\U0001F600", "x\ny", "0123456789"};
    std::string text;

    for (uint64_t n = pick(coin() ? 4 : 30); n-- > 0;) {
        uint64_t which = pick(8);

        if (which == 7)
            text.push_back('\0');
        else
            text += pieces[which];
    }
    return text;
}

inline std::string random_blob()
{
    std::string bytes(pick(coin() ? 12 : 300), '\0');

    for (char &byte : bytes)
        byte = static_cast<char>(random_bits());
    return bytes;
}

// Often one at which something ends or begins.
inline uint64_t random_number()
{
    static const uint64_t edges[] = {0,          1,          0x7F,
                                     0x80,       0x7FFFFFFF, 0x80000000,
                                     0xFFFFFFFF, 0x7F800001, 0x7FF0000000000001,
                                     1ull << 63, ~0ull};

    return coin() ? random_bits() : edges[pick(sizeof(edges) / 8)];
}

inline hl_string keep_string(Store &store, std::string text)
{
    store.push_back(std::move(text));
    return {store.back().data(), store.back().size()};
}

inline hl_value random_value(Store &store, uint32_t type)
{
    hl_value value;

    std::memset(&value, 0, sizeof(value));
    value.type = type;
    switch (type) {
    case HL_TYPE_INT:
    case HL_TYPE_UINT:
    case HL_TYPE_FLOAT:
        value.as.u32 = static_cast<uint32_t>(random_number());
        break;
    case HL_TYPE_LONG:
    case HL_TYPE_ULONG:
    case HL_TYPE_DOUBLE:
        value.as.u64 = random_number();
        break;
    case HL_TYPE_BOOL:
        value.as.boolean = coin();
        break;
    case HL_TYPE_STRING:
        value.as.string = keep_string(store, random_text());
        break;
    case HL_TYPE_BYTES: {
        hl_string blob = keep_string(store, random_blob());
        value.as.bytes = {reinterpret_cast<const uint8_t *>(blob.data),
                          blob.len};
        break;
    }
    default:
        break;
    }
    return value;
}

inline hl_wire_call random_call(Store &store)
{
    hl_wire_call call;

    std::memset(&call, 0, sizeof(call));
    call.name = keep_string(store, random_text());
    call.kind = coin() ? HL_WIRE_CALL_GUEST : HL_WIRE_CALL_HOST;
    call.returns = static_cast<uint8_t>(1 + pick(HL_TYPE_VOID));
    call.count = static_cast<uint32_t>(pick(coin() ? 4 : HL_WIRE_ARGS_MAX + 1));
    for (uint32_t i = 0; i < call.count; i++)
        call.args[i] =
            random_value(store, static_cast<uint32_t>(1 + pick(HL_TYPE_BYTES)));
    return call;
}

inline hl_wire_result random_result(Store &store)
{
    static const uint64_t codes[] = {0, 2, 3, 4, 5, 8, 10, 15, 17};
    hl_wire_result result;

    std::memset(&result, 0, sizeof(result));
    result.is_error = pick(4) == 0;
    if (result.is_error) {
        result.code = codes[pick(9)];
        result.message = keep_string(store, random_text());
    } else {
        result.value =
            random_value(store, static_cast<uint32_t>(1 + pick(HL_TYPE_VOID)));
    }
    return result;
}

inline hl_wire_log random_log(Store &store)
{
    hl_wire_log log;

    std::memset(&log, 0, sizeof(log));
    log.message = keep_string(store, random_text());
    log.source = keep_string(store, random_text());
    log.caller = keep_string(store, random_text());
    log.file = keep_string(store, random_text());
    log.line = static_cast<uint32_t>(random_number());
    log.level = static_cast<uint8_t>(pick(7));
    return log;
}

} // namespace oracle_test

#endif // WIRE_ORACLE_RANDOM_H
