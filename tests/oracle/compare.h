// SPDX-License-Identifier: MIT
// Is what the codec has what flatc's accessors say? And what another decoding
// has?
#ifndef WIRE_ORACLE_COMPARE_H
#define WIRE_ORACLE_COMPARE_H

#include <cstring>

#include "message_generated.h"

extern "C" {
#define _Static_assert static_assert
#include <hl/wire.h>
#undef _Static_assert
}

namespace oracle_test
{

inline bool equal(hl_string left, hl_string right)
{
    return left.len == right.len &&
           (left.len == 0 || !std::memcmp(left.data, right.data, left.len));
}

inline bool equal(hl_string left, const flatbuffers::String *right)
{
    if (right == nullptr)
        return left.len == 0;
    return left.len == right->size() &&
           (left.len == 0 || !std::memcmp(left.data, right->data(), left.len));
}

inline bool equal(hl_bytes left, const flatbuffers::Vector<uint8_t> *right)
{
    if (right == nullptr)
        return left.len == 0;
    return left.len == right->size() &&
           (left.len == 0 || !std::memcmp(left.data, right->data(), left.len));
}

// Floats by their bits: NaN payloads must be kept.
template <typename T, typename U> bool same_bits(T left, U right)
{
    static_assert(sizeof(T) == sizeof(U), "widths");
    return !std::memcmp(&left, &right, sizeof(left));
}

inline bool equal(const hl_value &left, const hl_value &right)
{
    if (left.type != right.type)
        return false;
    switch (left.type) {
    case HL_TYPE_INT:
    case HL_TYPE_UINT:
    case HL_TYPE_FLOAT:
        return left.as.u32 == right.as.u32;
    case HL_TYPE_BOOL:
        return left.as.boolean == right.as.boolean;
    case HL_TYPE_STRING:
        return equal(left.as.string, right.as.string);
    case HL_TYPE_BYTES:
        return left.as.bytes.len == right.as.bytes.len &&
               (left.as.bytes.len == 0 ||
                !std::memcmp(left.as.bytes.data, right.as.bytes.data,
                             left.as.bytes.len));
    case HL_TYPE_VOID:
        return true;
    default:
        return left.as.u64 == right.as.u64;
    }
}

// The tables that Parameter and ReturnValueBox have in common.
inline bool equal_common(const hl_value &value, const void *table)
{
    auto field = [table](auto *type) {
        return static_cast<decltype(type)>(table)->value();
    };

    switch (value.type) {
    case HL_TYPE_INT:
        return value.as.i32 == field((const oracle::Int *)nullptr);
    case HL_TYPE_UINT:
        return value.as.u32 == field((const oracle::UInt *)nullptr);
    case HL_TYPE_LONG:
        return value.as.i64 == field((const oracle::Long *)nullptr);
    case HL_TYPE_ULONG:
        return value.as.u64 == field((const oracle::ULong *)nullptr);
    case HL_TYPE_FLOAT:
        return same_bits(value.as.u32, field((const oracle::Float *)nullptr));
    case HL_TYPE_DOUBLE:
        return same_bits(value.as.u64, field((const oracle::Double *)nullptr));
    case HL_TYPE_STRING:
        return equal(value.as.string, field((const oracle::Text *)nullptr));
    case HL_TYPE_BOOL:
        return value.as.boolean == field((const oracle::Truth *)nullptr);
    default:
        return false;
    }
}

inline bool equal(const hl_wire_call &call, const oracle::Call *seen)
{
    uint8_t returns = call.returns == HL_TYPE_BYTES  ? 9
                      : call.returns == HL_TYPE_VOID ? 8
                                                     : call.returns - 1;
    auto *list = seen->parameters();

    if (!equal(call.name, seen->name()) || seen->kind() != call.kind ||
        seen->returns() != returns ||
        (list == nullptr ? 0 : list->size()) != call.count)
        return false;
    for (uint32_t i = 0; i < call.count; i++) {
        auto *parameter = list->Get(i);

        if (parameter->value_type() != call.args[i].type)
            return false;
        if (call.args[i].type == HL_TYPE_BYTES
                ? !equal(call.args[i].as.bytes,
                         parameter->value_as_Bytes()->value())
                : !equal_common(call.args[i], parameter->value()))
            return false;
    }
    return true;
}

inline bool equal(const hl_wire_result &result, const oracle::Result *seen)
{
    if (result.is_error) {
        auto *failure = seen->value_as_Failure();

        return failure != nullptr && failure->code() == result.code &&
               equal(result.message, failure->message());
    }
    auto *box = seen->value_as_Box();

    if (box == nullptr)
        return false;
    if (result.value.type == HL_TYPE_VOID)
        return box->value_as_Nothing() != nullptr;
    if (result.value.type == HL_TYPE_BYTES) {
        auto *buffer = box->value_as_Buffer();

        return buffer != nullptr &&
               static_cast<uint64_t>(buffer->size()) ==
                   result.value.as.bytes.len &&
               equal(result.value.as.bytes, buffer->value());
    }
    return box->value_type() == result.value.type &&
           equal_common(result.value, box->value());
}

inline bool equal(const hl_wire_log &log, const oracle::Log *seen)
{
    return equal(log.message, seen->message()) &&
           equal(log.source, seen->source()) &&
           equal(log.caller, seen->caller()) && equal(log.file, seen->file()) &&
           log.line == seen->line() && log.level == seen->level();
}

inline bool equal(const hl_wire_call &left, const hl_wire_call &right)
{
    if (!equal(left.name, right.name) || left.kind != right.kind ||
        left.returns != right.returns || left.count != right.count)
        return false;
    for (uint32_t i = 0; i < left.count; i++)
        if (!equal(left.args[i], right.args[i]))
            return false;
    return true;
}

inline bool equal(const hl_wire_result &left, const hl_wire_result &right)
{
    if (left.is_error != right.is_error)
        return false;
    if (left.is_error)
        return left.code == right.code && equal(left.message, right.message);
    return equal(left.value, right.value);
}

inline bool equal(const hl_wire_log &left, const hl_wire_log &right)
{
    return equal(left.message, right.message) &&
           equal(left.source, right.source) &&
           equal(left.caller, right.caller) && equal(left.file, right.file) &&
           left.line == right.line && left.level == right.level;
}

} // namespace oracle_test

#endif // WIRE_ORACLE_COMPARE_H
