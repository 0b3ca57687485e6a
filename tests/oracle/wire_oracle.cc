// SPDX-License-Identifier: MIT
// guarantees: P6.2 P6.3 B1
//
// A second opinion on the codec: flatc's generated verifier and accessors
// read what hl_wire_encode_* writes, hl_wire_decode_* reads what flatc's
// builder writes in many layouts, and of damaged messages the codec may accept
// only what flatc's verifier accepts. The seed is fixed. Prints TAP.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <list>
#include <random>
#include <string>
#include <vector>

#include "message_generated.h"

extern "C" {
#define _Static_assert static_assert
#include <hl/wire.h>
#undef _Static_assert
}

namespace
{

constexpr int kRounds = 5000; // of each kind
constexpr int kDamages = 20;  // of each message

std::mt19937_64 random_bits(20240607);

uint64_t pick(uint64_t below)
{
    return random_bits() % below;
}

bool coin()
{
    return random_bits() & 1;
}

// What the random strings and bytes of one message lie in.
using Store = std::list<std::string>;

std::string random_text()
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

std::string random_blob()
{
    std::string bytes(pick(coin() ? 12 : 300), '\0');

    for (char &byte : bytes)
        byte = static_cast<char>(random_bits());
    return bytes;
}

// Often one at which something ends or begins.
uint64_t random_number()
{
    static const uint64_t edges[] = {0,          1,          0x7F,
                                     0x80,       0x7FFFFFFF, 0x80000000,
                                     0xFFFFFFFF, 0x7F800001, 0x7FF0000000000001,
                                     1ull << 63, ~0ull};

    return coin() ? random_bits() : edges[pick(sizeof(edges) / 8)];
}

hl_string keep_string(Store &store, std::string text)
{
    store.push_back(std::move(text));
    return {store.back().data(), store.back().size()};
}

hl_value random_value(Store &store, uint32_t type)
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

hl_wire_call random_call(Store &store)
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

hl_wire_result random_result(Store &store)
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

hl_wire_log random_log(Store &store)
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

// --- comparison -------------------------------------------------------------

bool equal(hl_string left, hl_string right)
{
    return left.len == right.len &&
           (left.len == 0 || !std::memcmp(left.data, right.data, left.len));
}

bool equal(hl_string left, const flatbuffers::String *right)
{
    if (right == nullptr)
        return left.len == 0;
    return left.len == right->size() &&
           (left.len == 0 || !std::memcmp(left.data, right->data(), left.len));
}

bool equal(hl_bytes left, const flatbuffers::Vector<uint8_t> *right)
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

bool equal(const hl_value &left, const hl_value &right)
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
bool equal_common(const hl_value &value, const void *table)
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

bool equal(const hl_wire_call &call, const oracle::Call *seen)
{
    uint8_t returns = call.returns == HL_TYPE_BYTES  ? 9
                      : call.returns == HL_TYPE_VOID ? 8
                                                     : call.returns - 1;
    auto *list = seen->parameters();

    if (!equal(call.name, seen->name()) || seen->kind() != call.kind ||
        seen->returns() != returns || (list == nullptr) != (call.count == 0))
        return false;
    if (list != nullptr && list->size() != call.count)
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

bool equal(const hl_wire_result &result, const oracle::Result *seen)
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

bool equal(const hl_wire_log &log, const oracle::Log *seen)
{
    return equal(log.message, seen->message()) &&
           equal(log.source, seen->source()) &&
           equal(log.caller, seen->caller()) && equal(log.file, seen->file()) &&
           log.line == seen->line() && log.level == seen->level();
}

bool equal(const hl_wire_call &left, const hl_wire_call &right)
{
    if (!equal(left.name, right.name) || left.kind != right.kind ||
        left.returns != right.returns || left.count != right.count)
        return false;
    for (uint32_t i = 0; i < left.count; i++)
        if (!equal(left.args[i], right.args[i]))
            return false;
    return true;
}

bool equal(const hl_wire_result &left, const hl_wire_result &right)
{
    if (left.is_error != right.is_error)
        return false;
    if (left.is_error)
        return left.code == right.code && equal(left.message, right.message);
    return equal(left.value, right.value);
}

bool equal(const hl_wire_log &left, const hl_wire_log &right)
{
    return equal(left.message, right.message) &&
           equal(left.source, right.source) &&
           equal(left.caller, right.caller) && equal(left.file, right.file) &&
           left.line == right.line && left.level == right.level;
}

// --- flatc's builder, in layouts of every kind -------------------------------

using Builder = flatbuffers::FlatBufferBuilder;
using Anything = flatbuffers::Offset<void>;

// Add the fields of a table in a random order: its layout follows.
flatbuffers::uoffset_t table_build(Builder &builder,
                                   std::vector<std::function<void()>> fields)
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

flatbuffers::Offset<flatbuffers::String> text_build(Builder &builder,
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

Anything bytes_build(Builder &builder, hl_bytes bytes, bool result)
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

Anything value_build(Builder &builder, const hl_value &value, bool result)
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
Anything union_build(Builder &builder, uint8_t tag, Anything value)
{
    junk_build(builder);
    return table_build(builder,
                       {[&] { builder.AddElement<uint8_t>(4, tag, 0); },
                        [&] { builder.AddOffset(6, value); }});
}

Builder builder_make()
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

// --- the three checks
// ---------------------------------------------------------

template <typename T> bool flatc_accepts(const std::vector<uint8_t> &message)
{
    flatbuffers::Verifier verifier(message.data(), message.size());

    return verifier.VerifySizePrefixedBuffer<T>(nullptr);
}

// How one kind of message is made and read.
template <typename Ours, typename Theirs> struct Kind {
    Ours (*make)(Store &);
    hl_wire_error (*encode)(const Ours *, void *, size_t, size_t *);
    hl_wire_error (*decode)(const void *, size_t, Ours *);
};

struct Counts {
    unsigned messages;
    unsigned damaged;
    unsigned accepted;
};

template <typename Ours, typename Theirs>
const char *ours_to_theirs(const Kind<Ours, Theirs> &kind, const Ours &what,
                           std::vector<uint8_t> &message)
{
    size_t size = 0;

    message.assign(1 << 16, 0xAA);
    if (kind.encode(&what, message.data(), message.size(), &size) != HL_WIRE_OK)
        return "the codec does not encode it";
    message.resize(size);
    if (!flatc_accepts<Theirs>(message))
        return "flatc's verifier refuses what the codec encoded";
    if (!equal(what, flatbuffers::GetSizePrefixedRoot<Theirs>(message.data())))
        return "flatc reads other values than the codec encoded";
    return nullptr;
}

template <typename Ours, typename Theirs>
const char *theirs_to_ours(const Kind<Ours, Theirs> &kind, const Ours &what,
                           std::vector<uint8_t> &message)
{
    Ours seen;

    message = build(what);
    if (!flatc_accepts<Theirs>(message))
        return "flatc refuses its own message";
    if (kind.decode(message.data(), message.size(), &seen) != HL_WIRE_OK)
        return "the codec refuses what flatc built";
    if (!equal(what, seen))
        return "the codec reads other values than flatc built";
    return nullptr;
}

template <typename Ours, typename Theirs>
const char *damaged(const Kind<Ours, Theirs> &kind,
                    const std::vector<uint8_t> &message, Counts &counts)
{
    for (int i = 0; i < kDamages; i++) {
        std::vector<uint8_t> bad = message;
        Ours seen;

        for (uint64_t n = 1 + pick(3); n-- > 0;) {
            size_t at = 4 + pick(bad.size() - 4);

            bad[at] = static_cast<uint8_t>(coin() ? random_bits()
                                                  : bad[at] + 4 * pick(9) - 16);
        }
        counts.damaged++;
        if (kind.decode(bad.data(), bad.size(), &seen) != HL_WIRE_OK)
            continue;
        counts.accepted++;
        if (!flatc_accepts<Theirs>(bad))
            return "the codec accepts a message that flatc refuses";
    }
    return nullptr;
}

int tests;
int failures;

void report(const char *name, const char *problem, const Counts &counts)
{
    if (problem == nullptr) {
        std::printf("ok %d - %s: %u messages", ++tests, name, counts.messages);
        if (counts.damaged != 0)
            std::printf(", %u damaged, %u of them still valid", counts.damaged,
                        counts.accepted);
        std::printf("\n");
        return;
    }
    failures++;
    std::printf("not ok %d - %s: message %u: %s\n", ++tests, name,
                counts.messages, problem);
}

template <typename Ours, typename Theirs>
void kind_test(const char *name, const Kind<Ours, Theirs> &kind)
{
    std::vector<uint8_t> message;
    const char *problem = nullptr;
    std::string title = name;
    Counts ours = {}, theirs = {};

    while (problem == nullptr && ours.messages < kRounds) {
        Store store;
        Ours what = kind.make(store);

        ours.messages++;
        problem = ours_to_theirs(kind, what, message);
        if (problem == nullptr)
            problem = damaged(kind, message, ours);
    }
    report((title + ", codec to flatc").c_str(), problem, ours);
    problem = nullptr;
    while (problem == nullptr && theirs.messages < kRounds) {
        Store store;
        Ours what = kind.make(store);

        theirs.messages++;
        problem = theirs_to_ours(kind, what, message);
        if (problem == nullptr)
            problem = damaged(kind, message, theirs);
    }
    report((title + ", flatc to codec").c_str(), problem, theirs);
}

} // namespace

int main()
{
    std::printf("1..6\n");
    kind_test("P6_2_P6_3_calls",
              Kind<hl_wire_call, oracle::Call>{random_call, hl_wire_encode_call,
                                               hl_wire_decode_call});
    kind_test("P6_2_P6_3_results",
              Kind<hl_wire_result, oracle::Result>{
                  random_result, hl_wire_encode_result, hl_wire_decode_result});
    kind_test("P6_2_logs",
              Kind<hl_wire_log, oracle::Log>{random_log, hl_wire_encode_log,
                                             hl_wire_decode_log});
    std::printf("# wire oracle: %d passed, %d failed\n", tests - failures,
                failures);
    return failures != 0;
}
