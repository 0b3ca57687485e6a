#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Upstream's C API, hyperlight_guest.h: tests/guests/upstream_api uses every
# function and macro of it (docs/porting-from-hyperlight.md). Its calls of host
# functions are tested by tests/host/upstream_api.c.

load helpers

: "${stderr:=}"

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# each CHECK WORD…: hl call of the guest on every backend, then CHECK
each() {
    local check=$1 float
    shift
    need_backend
    for backend in $(backends); do
        float=$(float_of "$backend")
        # shellcheck disable=SC2086  # words
        run --separate-stderr hl call --backend "$backend" $HL_OPTIONS \
            "$HL_BUILD/tests/guests/$float/${GUEST:-upstream_api}" "$@"
        "$check" || {
            echo "on $backend, $*: status $status" >&2
            echo "stdout: $output" >&2
            echo "stderr: $stderr" >&2
            return 1
        }
    done
}

# returns RESULT FN ARG…
returns() {
    wanted=$1
    shift
    each is_wanted "$@"
}
is_wanted() { gives 0 "$wanted"; }

# fails STATUS TEXT FN ARG…: on one line of stderr
fails() {
    wanted=$1 text=$2
    shift 2
    each is_failure "$@"
}
is_failure() { gives "$wanted" "" && says "$text"; }

# What stands on stdin compiles without a warning; says what hl-cc says.
compiles() {
    hl-cc -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wmissing-prototypes \
        -Werror -fsyntax-only -x c - 2>&1
}

@test "the header compiles alone, without a pedantic warning, and not beside hl.h" {
    compiles <<'END'
#include "hyperlight_guest.h"
static void nothing(void)
{
}
HYPERLIGHT_WRAP_FUNCTION(nothing, Void, 0)
void hyperlight_main(void)
{
    HYPERLIGHT_REGISTER_FUNCTION("Nothing", nothing);
}
END
    run compiles <<<$'#include <hl.h>\n#include "hyperlight_guest.h"'
    [[ $output == *"hyperlight_guest.h stands beside hl.h: include one of them"* ]]
    run compiles <<<$'#include "hyperlight_guest.h"\n#include <hl.h>'
    [[ $output == *"hl.h stands beside hyperlight_guest.h: include one of them"* ]]
}

@test "callbacks of another type are refused when they are registered" {
    run compiles <<'END'
#include "hyperlight_guest.h"
static int wrong(const hl_FunctionCall *call)
{
    return call->return_type == hl_ReturnType_Int;
}
void hyperlight_main(void)
{
    hl_register_function_definition("Wrong", wrong, 0, NULL, hl_ReturnType_Int);
}
END
    [ "$status" -ne 0 ]
    [[ $output == *"incompatible function pointer types"* ]]
}

@test "a guest of hl.h carries nothing of this interface" {
    hl-cc -x c - -o plain <<<$'#include <hl.h>\nHL_EXPORT(int32_t, one) { return 1; }'
    [ "$(nm plain | grep -c -e hl_capi_ -e hl_flatbuffer)" -eq 0 ]
}

@test "the wrap macro takes and returns every type" {
    returns -2147483648 'EchoInt(Int)->Int' -2147483648
    returns 4294967295 'EchoUInt(UInt)->UInt' 4294967295
    returns -9223372036854775808 'EchoLong(Long)->Long' -9223372036854775808
    returns 18446744073709551615 'EchoULong(ULong)->ULong' 18446744073709551615
    returns -0.5 'EchoFloat(Float)->Float' -0.5
    returns 1e+300 'EchoDouble(Double)->Double' 1e300
    returns true 'EchoBool(Bool)->Bool' true
    returns 'grüße' 'EchoString(String)->String' 'grüße'
    returns '' 'EchoString(String)->String' ''
    returns hex:00ff10 'EchoBytes(VecBytes)->VecBytes' hex:00ff10
    returns hex: 'EchoBytes(VecBytes)->VecBytes' hex:
    returns hex:00ff10 'EchoChunks(VecBytes)->VecBytes' hex:00ff10
    returns '' 'EchoVoid()->Void'
    returns hex:030201 'Reverse(VecBytes)->VecBytes' hex:010203
}

@test "the wrap macro passes 0 to 11 parameters, each in its place" {
    local types=Int,UInt,Long,ULong,Float,Double,Bool,String,VecBytes,Int,String
    local args=(1 2 3 4 5 6 true 8 hex:09 5 6) digits=12345618956 n
    returns -1 'Digits0()->Long'
    for n in 1 2 3 4 5 6 7 8 9 10 11; do
        returns "${digits:0:n}" \
            "Digits$n($(echo "$types" | cut -d, -f1-"$n"))->Long" \
            "${args[@]:0:n}"
    done
}

@test "one function has two names; a name registered again is the later one" {
    returns 7 'Digits(Int)->Long' 7
    returns 78 'Again(Int,UInt)->Long' 7 8
}

@test "every result encoder, under its name before 0.18 and since" {
    local f
    for f in Encode EncodeRenamed; do
        returns -2147483648 "$f()->Int"
        returns 4294967295 "$f()->UInt"
        returns -9223372036854775808 "$f()->Long"
        returns 18446744073709551615 "$f()->ULong"
        returns -0.5 "$f()->Float"
        returns 1e+300 "$f()->Double"
        returns true "$f()->Bool"
        returns 'on the stack' "$f()->String"
        returns '' "$f()->Void"
        returns hex:0100ff "$f()->VecBytes"
    done
    returns hex:0100ff 'TwoChunks()->VecBytes'
}

@test "count and types are checked with upstream's texts and codes" {
    fails 125 'code 5: Called function EchoInt with 2 parameters but it takes 1.' \
        'EchoInt(Int,Int)->Int' 1 2
    fails 125 'code 14: Expected parameter type Int for parameter index 0 of function EchoInt but got String.' \
        'EchoInt(String)->Int' x
    fails 125 'code 14: Expected parameter type UInt for parameter index 1 of function Digits2 but got Int.' \
        'Digits2(Int,Int)->Long' 1 2
    fails 1 'code 15: Function Twelve is registered with 12 parameters; a guest function takes at most 11.' \
        'Twelve(Int)->Int' 1
}

@test "what is not registered goes to c_guest_dispatch_function, NULL is not found" {
    returns 'UnknownX/4: 0 6 8 7' 'UnknownX(Int,String,VecBytes,Bool)->String' \
        1 x hex:00 true
    returns 'Unknown/0:' 'Unknown()->String'
    fails 125 'code 4: Nobody' 'Nobody()->Int'
    fails 125 'code 4: EchoIn' 'EchoIn(Int)->Int' 1
    fails 125 'code 4: EchoIntt' 'EchoIntt(Int)->Int' 1
    fails 1 'code 15: an error of the fallback' 'UnknownNull()->Int'
}

@test "a guest of the header and c_guest_dispatch_function alone gets its calls" {
    GUEST=upstream_fallback
    returns 6 'Any(Int)->Int' 5
    fails 125 'code 4: Any' 'Any(Int,Int)->Int' 1 2
    fails 125 'code 4: Any' 'Any()->Int'
}

@test "the last hl_set_error wins over the result, and ends with the call" {
    fails 1 'code 15: it broke' 'SetError(Int,String)->Int' 15 'it broke'
    fails 1 'code 17: x' 'SetError(Int,String)->Int' 17 x
    fails 1 'code 15: zero' 'SetError(Int,String)->Int' 0 zero
    returns 1 'EchoInt(Int)->Int' 1
}

@test "a registered function that returns NULL or a foreign pointer fails" {
    fails 1 'code 15: C guest function "ReturnNull" returned null' \
        'ReturnNull(Int,String)->Void' 1 x
    fails 1 'code 15: C guest function "ReturnForeign" returned an hl_Vec that no hl_flatbuffer_result_from_ function made' \
        'ReturnForeign()->VecBytes'
    fails 1 'code 15: the text of a result is NULL' 'NoText()->String'
    fails 1 "code 13: the result does not fit the call's arena: raise --scratch" \
        'TooLarge()->VecBytes'
}

@test "a text with a NUL byte inside fails the call, is not cut, does not abort" {
    printf 'a\0b' >nul
    fails 125 'code 14: Parameter index 0 of function EchoString has a NUL byte inside, which a C string cannot carry.' \
        'EchoString(String)->String' @nul
    fails 125 'code 14: Parameter index 1 of function Unknown has a NUL byte' \
        'Unknown(Int,String)->String' 1 @nul
}

@test "texts that are not UTF-8 get U+FFFD, as upstream's do" {
    # U+FFFD in bytes: \u of the shell needs a UTF-8 locale
    local bad=$'\xEF\xBF\xBD' e=$'\xC3\xA9'
    returns "a${bad}z$bad$e$bad$bad$bad!" 'Malformed()->String'
}

@test "hl_abort_with_code sends the code, with_code_and_message the text too" {
    fails 134 'guest aborted: code 13:' 'AbortCode(Int)->Void' 13
    fails 134 'guest aborted: code 44:' 'AbortCode(Int)->Void' 300
    fails 134 'guest aborted: code 25: Oh no' 'AbortText(Int,String)->Void' 25 'Oh no'
    head -c 1100 /dev/zero | tr '\0' x >long
    fails 134 'Guest abort buffer overflowed' 'AbortText(Int,String)->Void' 60 @long
}

@test "hl_log and LOG send level, text, file and line" {
    each is_logged 'LogText(Int,String)->Void' 1 'a text'
}
is_logged() {
    gives 0 "" && [[ $stderr =~ 'guest log: error: '.*'guest.c:'[0-9]+': a text' ]]
}

@test "_alloca, printf and malloc are there" {
    returns 5000 'StackSum(Int)->Int' 5000
}

@test "a missing host function: the host's text and code, and the guest goes on" {
    fails 1 'code 17: HostFunction HostInt was not found' 'AskInt(Int)->Int' 1
    fails 1 'code 17: HostFunction HostMissing was not found' 'AskMissing()->String'
    returns 'HostFunction HostFail was not found' 'AskCarefully()->String'
    returns 1 'GetTwice(Int)->ULong' 1
    fails 1 'code 15: there is no result of a host call to get' 'GetTwice(Int)->ULong' 2
    returns 'no host calls at start-up' 'Greeting()->String'
}

@test "the same over virtqueues" {
    HL_OPTIONS=--abi=virtq
    returns 18446744073709551615 'EchoULong(ULong)->ULong' 18446744073709551615
    returns hex:00ff10 'EchoBytes(VecBytes)->VecBytes' hex:00ff10
    returns 'on the stack' 'EncodeRenamed()->String'
    fails 125 'code 14: Expected parameter type Int for parameter index 0 of function EchoInt but got String.' \
        'EchoInt(String)->Int' x
    fails 1 'code 15: it broke' 'SetError(Int,String)->Int' 15 'it broke'
}

# docs/abi.md §11 and §12: by name, so that none is forgotten
@test "every function, macro and type of upstream's C API is there and used by a test" {
    local name types=(Int UInt Long ULong Float Double Bool String)
    local sources=("$BATS_TEST_DIRNAME"/../guests/upstream_api/*.c \
        "$BATS_TEST_DIRNAME"/../guests/upstream_fallback/*.c)
    for name in hl_FunctionCall hl_Parameter hl_ParameterValue \
        hl_ParameterType hl_ReturnType hl_ReturnValue hl_ErrorCode hl_Level \
        hl_Vec hl_ByteChunk hl_ByteChunks hl_register_function_definition \
        hl_call_host_function hl_set_error hl_abort_with_code \
        hl_abort_with_code_and_message hl_log LOG hl_free_byte_chunks \
        HYPERLIGHT_WRAP_FUNCTION HYPERLIGHT_REGISTER_FUNCTION \
        $(printf 'hl_get_host_return_value_as_%s ' "${types[@]}" VecBytes ByteChunks) \
        $(printf 'hl_flatbuffer_result_from_%s ' "${types[@]}" Void Bytes) \
        $(printf 'hl_result_from_%s ' "${types[@]}" Void Bytes ByteChunks); do
        used "$name" "${sources[@]}" || {
            echo "no test uses $name" >&2
            return 1
        }
    done
}

# used NAME FILE...: in them as the compiler sees them
used() {
    local name=$1
    shift
    grep -qw "$name" "$@" && return
    # shellcheck disable=SC2154
    [ -s "$BATS_FILE_TMPDIR/expanded" ] ||
        for file; do hl-cc -E -I"$(dirname "$file")" "$file"; done |
            sed '/^#/d' >"$BATS_FILE_TMPDIR/expanded" || true
    # more often than the header declares it, once a file
    [ "$(grep -cw "$name" "$BATS_FILE_TMPDIR/expanded")" -gt $# ]
}
