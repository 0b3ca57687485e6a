// SPDX-License-Identifier: MIT
/*
 * guarantees: B1 P6.2 P6.3
 *
 * The codec against flatc's C++ code. B1, P6.3: of any bytes it accepts only
 * what flatc's verifier accepts, and reads what flatc's accessors read. P6.2:
 * what flatc's builder writes, in layouts that the input chooses, it reads as
 * it was; what it writes itself flatc reads so.
 *
 * max_len: 160
 */
#include "oracle/build.h"
#include "oracle/compare.h"
#include "oracle/random.h"
#include "support/check.h"
#include "support/message.h"

namespace oracle_test
{

template <typename T> bool flatc_accepts(const uint8_t *data, size_t size)
{
    flatbuffers::Verifier verifier(data, size);

    return verifier.VerifySizePrefixedBuffer<T>(nullptr);
}

template <typename Theirs, typename Ours>
bool same(const Ours &ours, const uint8_t *data)
{
    return equal(ours, flatbuffers::GetSizePrefixedRoot<Theirs>(data));
}

/* Codes that nobody knows read as one (abi §8.2). */
template <>
bool same<oracle::Result>(const hl_wire_result &ours, const uint8_t *data)
{
    auto *theirs = flatbuffers::GetSizePrefixedRoot<oracle::Result>(data);
    hl_wire_result known = ours;

    auto *box = theirs->value_as_Box();

    /* A reader goes by the vector's length, whatever size says (abi §6.1). */
    if (!ours.is_error && ours.value.type == HL_TYPE_BYTES)
        return box != nullptr && box->value_as_Buffer() != nullptr &&
               equal(ours.value.as.bytes, box->value_as_Buffer()->value());
    if (ours.is_error && ours.code == HL_ERR_UNKNOWN &&
        theirs->value_as_Failure() != nullptr)
        known.code = theirs->value_as_Failure()->code();
    return equal(known, theirs);
}

template <typename Ours, typename Theirs>
void read_both(const uint8_t *data, size_t size,
               hl_wire_error (*decode)(const void *, size_t, Ours *))
{
    static Ours ours;

    if (decode(data, size, &ours) != HL_WIRE_OK)
        return;
    /* Bytes behind what the prefix says are nobody's. */
    uint32_t prefix;
    std::memcpy(&prefix, data, sizeof(prefix));
    FUZZ_CHECK(flatc_accepts<Theirs>(data, size_t(prefix) + 4));
    FUZZ_CHECK(same<Theirs>(ours, data));
}

template <typename Ours, typename Theirs>
void write_both(const Ours &what,
                hl_wire_error (*encode)(const Ours *, void *, size_t, size_t *),
                hl_wire_error (*decode)(const void *, size_t, Ours *))
{
    alignas(8) static uint8_t buffer[1 << 16];
    static Ours seen;
    size_t size = 0;

    FUZZ_CHECK(encode(&what, buffer, sizeof(buffer), &size) == HL_WIRE_OK);
    FUZZ_CHECK(flatc_accepts<Theirs>(buffer, size));
    FUZZ_CHECK(equal(what, flatbuffers::GetSizePrefixedRoot<Theirs>(buffer)));
    std::vector<uint8_t> theirs = build(what);
    FUZZ_CHECK(decode(theirs.data(), theirs.size(), &seen) == HL_WIRE_OK);
    FUZZ_CHECK(equal(what, seen));
}

/* Messages of the seed that the input holds. */
static void write_some(const uint8_t *data, size_t size)
{
    Store store;
    uint64_t seed = 0;

    std::memcpy(&seed, data + 1, size - 1 < 8 ? size - 1 : 8);
    random_bits.seed(seed);
    switch (data[0] >> 2 & 3) {
    case 0:
        write_both<hl_wire_result, oracle::Result>(
            random_result(store), hl_wire_encode_result, hl_wire_decode_result);
        break;
    case 1:
        write_both<hl_wire_log, oracle::Log>(
            random_log(store), hl_wire_encode_log, hl_wire_decode_log);
        break;
    default:
        write_both<hl_wire_call, oracle::Call>(
            random_call(store), hl_wire_encode_call, hl_wire_decode_call);
    }
}

} // namespace oracle_test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace oracle_test;

    if (size < 2)
        return 0;
    if (data[0] >= 0xF8) {
        write_some(data, size);
        return 0;
    }
    size--;
    const uint8_t *message = fuzz_message_make(data + 1, &size);
    if (message == nullptr)
        return 0;
    switch (data[0] & 3) {
    case 0:
        read_both<hl_wire_result, oracle::Result>(message, size,
                                                  hl_wire_decode_result);
        break;
    case 1:
        read_both<hl_wire_log, oracle::Log>(message, size, hl_wire_decode_log);
        break;
    default:
        read_both<hl_wire_call, oracle::Call>(message, size,
                                              hl_wire_decode_call);
    }
    return 0;
}
