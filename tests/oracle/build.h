// SPDX-License-Identifier: MIT
// Messages by flatc's builder, in layouts of every kind.
#ifndef WIRE_ORACLE_BUILD_H
#define WIRE_ORACLE_BUILD_H

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "message_generated.h"
#include "random.h"

namespace oracle_test
{

using Builder = flatbuffers::FlatBufferBuilder;
using Anything = flatbuffers::Offset<void>;

// Add the fields of a table in a random order: its layout follows.
inline flatbuffers::uoffset_t
table_build(Builder &builder, std::vector<std::function<void()>> fields)
{
    auto start = builder.StartTable();

    std::shuffle(fields.begin(), fields.end(), random_bits);
    for (auto &field : fields)
        field();
    return builder.EndTable(start);
}

// Something that nothing refers to.
void junk_build(Builder &builder)
{
    if (pick(4) == 0)
        builder.CreateString(random_blob());
}

inline flatbuffers::Offset<flatbuffers::String> text_build(Builder &builder,
                                                           hl_string text)
{
    junk_build(builder);
    return pick(3) == 0 ? builder.CreateSharedString(text.data, text.len)
                        : builder.CreateString(text.data, text.len);
}

// left_out: the value for which the field may be absent.
template <typename T, typename V>
Anything one_build(Builder &builder, V value, V left_out = V())
{
    return table_build(builder, {[&] {
                           builder.AddElement<V>(T::VT_VALUE, value, left_out);
                       }});
}

// The builder takes -0.0 for the default 0.0: only zero bits may be absent.
template <typename T, typename V, typename Bits>
Anything float_build(Builder &builder, Bits bits)
{
    V value;

    std::memcpy(&value, &bits, sizeof(value));
    return one_build<T>(builder, value,
                        bits == 0 ? V() : std::numeric_limits<V>::quiet_NaN());
}

inline Anything bytes_build(Builder &builder, hl_bytes bytes, bool result)
{
    bool absent = bytes.len == 0 && coin();
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> vector;

    if (!absent)
        vector = builder.CreateVector(bytes.data, bytes.len);
    if (!result)
        return table_build(
            builder,
            {[&] { builder.AddOffset(oracle::Bytes::VT_VALUE, vector); }});
    return table_build(
        builder,
        {[&] {
             builder.AddElement<int32_t>(oracle::Buffer::VT_SIZE,
                                         static_cast<int32_t>(bytes.len), 0);
         },
         [&] { builder.AddOffset(oracle::Buffer::VT_VALUE, vector); }});
}

inline Anything value_build(Builder &builder, const hl_value &value,
                            bool result)
{
    junk_build(builder);
    switch (value.type) {
    case HL_TYPE_INT:
        return one_build<oracle::Int>(builder, value.as.i32);
    case HL_TYPE_UINT:
        return one_build<oracle::UInt>(builder, value.as.u32);
    case HL_TYPE_LONG:
        return one_build<oracle::Long>(builder, value.as.i64);
    case HL_TYPE_ULONG:
        return one_build<oracle::ULong>(builder, value.as.u64);
    case HL_TYPE_FLOAT:
        return float_build<oracle::Float, float>(builder, value.as.u32);
    case HL_TYPE_DOUBLE:
        return float_build<oracle::Double, double>(builder, value.as.u64);
    case HL_TYPE_BOOL:
        return one_build<oracle::Truth>(builder,
                                        static_cast<uint8_t>(value.as.boolean));
    case HL_TYPE_STRING: {
        bool absent = value.as.string.len == 0 && coin();
        flatbuffers::Offset<flatbuffers::String> text;

        if (!absent)
            text = text_build(builder, value.as.string);
        return table_build(builder, {[&] {
                               builder.AddOffset(oracle::Text::VT_VALUE, text);
                           }});
    }
    case HL_TYPE_BYTES:
        return bytes_build(builder, value.as.bytes, result);
    default:
        return table_build(builder, {});
    }
}

// Parameter, Box and Result have their tag in slot 4, their value in slot 6.
inline Anything union_build(Builder &builder, uint8_t tag, Anything value)
{
    junk_build(builder);
    return table_build(builder,
                       {[&] { builder.AddElement<uint8_t>(4, tag, 0); },
                        [&] { builder.AddOffset(6, value); }});
}

inline Builder builder_make()
{
    Builder builder;

    builder.ForceDefaults(pick(3) == 0);
    builder.DedupVtables(pick(3) != 0);
    return builder;
}

template <typename T>
std::vector<uint8_t> finish(Builder &builder, Anything root)
{
    builder.FinishSizePrefixed(flatbuffers::Offset<T>(root.o));
    return {builder.GetBufferPointer(),
            builder.GetBufferPointer() + builder.GetSize()};
}

std::vector<uint8_t> build(const hl_wire_call &call)
{
    Builder builder = builder_make();
    bool name_first = coin();
    flatbuffers::Offset<flatbuffers::String> name;
    flatbuffers::Offset<flatbuffers::Vector<Anything>> list;
    std::vector<Anything> parameters;
    uint8_t returns = call.returns == HL_TYPE_BYTES  ? 9
                      : call.returns == HL_TYPE_VOID ? 8
                                                     : call.returns - 1;

    if (name_first)
        name = text_build(builder, call.name);
    for (uint32_t i = 0; i < call.count; i++)
        parameters.push_back(
            union_build(builder, static_cast<uint8_t>(call.args[i].type),
                        value_build(builder, call.args[i], false)));
    if (call.count != 0 || pick(4) == 0)
        list = builder.CreateVector(parameters);
    if (!name_first)
        name = text_build(builder, call.name);
    return finish<oracle::Call>(
        builder,
        table_build(
            builder,
            {[&] { builder.AddOffset(oracle::Call::VT_NAME, name); },
             [&] { builder.AddOffset(oracle::Call::VT_PARAMETERS, list); },
             [&] {
                 builder.AddElement<uint8_t>(oracle::Call::VT_KIND, call.kind,
                                             0);
             },
             [&] {
                 builder.AddElement<uint8_t>(oracle::Call::VT_RETURNS, returns,
                                             0);
             }}));
}

std::vector<uint8_t> build(const hl_wire_result &result)
{
    Builder builder = builder_make();
    Anything outcome;

    if (result.is_error) {
        bool absent = result.message.len == 0 && coin();
        flatbuffers::Offset<flatbuffers::String> text;

        if (!absent)
            text = text_build(builder, result.message);
        outcome = table_build(
            builder,
            {[&] {
                 builder.AddElement<uint64_t>(oracle::Failure::VT_CODE,
                                              result.code, 0);
             },
             [&] { builder.AddOffset(oracle::Failure::VT_MESSAGE, text); }});
    } else {
        uint8_t tag = result.value.type == HL_TYPE_BYTES  ? 10
                      : result.value.type == HL_TYPE_VOID ? 9
                                                          : result.value.type;

        outcome =
            union_build(builder, tag, value_build(builder, result.value, true));
    }
    return finish<oracle::Result>(
        builder, union_build(builder, result.is_error ? 2 : 1, outcome));
}

std::vector<uint8_t> build(const hl_wire_log &log)
{
    Builder builder = builder_make();
    auto message = text_build(builder, log.message);
    auto source = text_build(builder, log.source);
    auto caller = text_build(builder, log.caller);
    auto file = text_build(builder, log.file);

    return finish<oracle::Log>(
        builder,
        table_build(
            builder,
            {[&] { builder.AddOffset(oracle::Log::VT_MESSAGE, message); },
             [&] { builder.AddOffset(oracle::Log::VT_SOURCE, source); },
             [&] { builder.AddOffset(oracle::Log::VT_CALLER, caller); },
             [&] { builder.AddOffset(oracle::Log::VT_FILE, file); },
             [&] {
                 builder.AddElement<uint8_t>(oracle::Log::VT_LEVEL, log.level,
                                             0);
             },
             [&] {
                 builder.AddElement<uint32_t>(oracle::Log::VT_LINE, log.line,
                                              0);
             }}));
}

} // namespace oracle_test

#endif // WIRE_ORACLE_BUILD_H
