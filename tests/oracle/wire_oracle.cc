// SPDX-License-Identifier: MIT
// guarantees: P6.2 P6.3 B1
//
// A second opinion on the codec: flatc's generated verifier and accessors
// read what hl_wire_encode_* writes, hl_wire_decode_* reads what flatc's
// builder writes in many layouts, and of damaged messages the codec may accept
// only what flatc's verifier accepts. The seed is fixed. Prints TAP.

#include <cstdio>
#include <string>
#include <vector>

#include "build.h"
#include "compare.h"
#include "random.h"

namespace oracle_test
{

constexpr int kRounds = 5000; // of each kind
constexpr int kDamages = 20;  // of each message

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

} // namespace oracle_test

int main()
{
    using namespace oracle_test;

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
