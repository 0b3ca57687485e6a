#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The samples: their behaviour, JSON jobs, the host program.

bats_require_minimum_version 1.5.0

setup() {
    PATH=$HL_BUILD/bin:$PATH
    samples=$HL_BUILD/samples
    cd "$BATS_TEST_TMPDIR" || return 1
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    places="emu/sse2 emu/soft"
    [ ! -w /dev/kvm ] || places="$places kvm/soft"
}

# job_at PLACE SAMPLE INPUT-FILE
job_at() {
    run --separate-stderr hl job --backend "${1%/*}" \
        "$samples/${1#*/}/$2" --input "$3"
    echo "# $2 at $1: status $status: $output: $stderr"
}

# process INPUT PATTERN: the data-processor's output, everywhere
process() {
    printf %s "$1" >in
    for place in $places; do
        job_at "$place" data-processor in
        [ "$status" -eq 0 ]
        [[ $output =~ ^$2$ ]]
    done
}

@test "H1: hello greets, by a host call and by its result" {
    for place in $places; do
        run --separate-stderr hl call --backend "${place%/*}" \
            "$samples/${place#*/}/hello" greet world
        [ "$status" -eq 0 ]
        [ "$output" = "Hello, world!" ]
        [ "$stderr" = "Hello, world!" ]
    done
    [ "$(wc -l <"$root/samples/hello/guest.c")" -le 12 ]
}

@test "I6: echo-worker returns its input after 'Echo: ', any bytes" {
    head -c 20000 /dev/urandom >in
    { printf 'Echo: '; cat in; } >want
    for place in $places; do
        hl job --backend "${place%/*}" "$samples/${place#*/}/echo-worker" \
            --input in >out 2>err
        cmp out want
        grep -qE '^Echoing 20000 bytes at [1-9][0-9]{9}$' err
    done
    : >in
    job_at emu/soft echo-worker in
    [ "$output" = "Echo: " ]
}

@test "I6: a job of bytes that does not fit is an error, not a crash" {
    run --separate-stderr hl job --backend emu --deny hl_get_time \
        "$samples/soft/echo-worker"
    [ "$status" -eq 125 ]
    [[ $stderr =~ hl_get_time ]]
}

metadata='"metadata":\{"processor_version":"1\.0\.0","vm_execution":true\}'

# done_with INPUT DOUBLED SQUARED: pattern of a success
done_with() {
    echo "\\{\"success\":true,\"data\":\\{\"processed\":true,\"timestamp\":[1-9][0-9]{9},\"input_value\":$1,\"doubled\":$2,\"squared\":$3,$metadata\\},\"error\":null\\}"
}

failed() {
    echo "\\{\"success\":false,\"data\":null,\"error\":\"$1\"\\}"
}

@test "I6: data-processor doubles and squares, 64 bits exact" {
    process '{"payload":{"value":21}}' "$(done_with 21 42 441)"
    [[ $stderr =~ "Processing data in VM..." ]]
    [[ $stderr =~ "Computed: 21 -> doubled: 42, squared: 441" ]]
    process '{"payload":{"value":3037000499},"config":{"x":[1]},"more":1}' \
        "$(done_with 3037000499 6074000998 9223372030926249001)"
    process '{"payload":{"value":-5}}' "$(done_with -5 -10 25)"
}

@test "I6: a missing or non-integer value counts as 0" {
    for value in '{}' 'null' '[]' '{"value":1.5}' '{"value":"7"}' '{"value":null}'; do
        process "{\"payload\":$value}" "$(done_with 0 0 0)"
    done
}

@test "I6: an overflow is a failure output" {
    overflow=$(failed 'the value is too large: its double or square is no 64-bit integer')
    process '{"payload":{"value":3037000500}}' "$overflow"
    process '{"payload":{"value":9223372036854775808}}' "$overflow"
}

@test "I2: the later kind of input: data as an array of byte numbers" {
    # {"value":9}
    process '{"data":[123,34,118,97,108,117,101,34,58,57,125]}' "$(done_with 9 18 81)"
    process '{"data":[104,105],"config":null}' "$(done_with 0 0 0)"
    process '{"data":[]}' "$(done_with 0 0 0)"
    process '{"data":[1,256]}' "$(failed 'Failed to parse input: data\[1\] is not a byte \(0 to 255\)')"
    process '{"data":[255,254]}' "$(failed 'Failed to parse input: data is neither JSON nor UTF-8 text')"
    process '{"data":"text"}' "$(failed 'Failed to parse input: data is not an array of bytes')"
}

@test "I3: input that does not parse is a failure output with the fixed prefix" {
    for input in '' '{' '[1' 'nothing' '{"payload":1}x' '"\ud800"'; do
        process "$input" "$(failed 'Failed to parse input: .+')"
    done
    process '[]' "$(failed 'Failed to parse input: not a JSON object')"
    process '{"value":1}' "$(failed 'Failed to parse input: missing field `payload`')"
}

@test "I1: input too large for the call's memory is a failure output that says so" {
    { printf '{"payload":['; for i in $(seq 20000); do printf '0,'; done; echo '0]}'; } >in
    for place in $places; do
        run --separate-stderr hl job --backend "${place%/*}" --scratch 400k \
            "$samples/${place#*/}/data-processor" --input in
        echo "$output $stderr"
        [ "$status" -eq 0 ]
        [[ $output =~ ^\{\"success\":false,\"data\":null,\"error\":\"Failed\ to\ parse\ input:\ [0-9]+\ bytes\ of\ input\ do\ not\ fit ]]
    done
}

# guest SOURCE: builds it as `guest` for each float variant
guest() {
    cat >guest.c
    for float in sse2 soft; do
        hl-cc -mfloat=$float -O2 -Wall -Wextra -Werror guest.c -o guest-$float
    done
}

@test "I2: define_json_handler_v2 writes is_success; hl_fail and NULL are failure outputs" {
    guest <<'C'
#include <math.h>
#include <hl/job.h>
static yyjson_mut_val *handle(yyjson_mut_doc *out, yyjson_val *payload,
                              yyjson_val *config)
{
    switch (yyjson_get_int(payload)) {
    case 0:
        return NULL;
    case 1:
        return hl_fail(HL_ERR_GUEST, "no \"%s\"\n", "luck"), yyjson_mut_null(out);
    case 2:
        return yyjson_mut_real(out, NAN);
    case 3:
        return yyjson_mut_str(out, "\xff");
    default:
        return yyjson_mut_bool(out, config == NULL);
    }
}
define_json_handler_v2(handle);
C
    for float in sse2 soft; do
        for case in \
            '0:{"is_success":false,"data":null,"error":"the handler returned no data"}' \
            '1:{"is_success":false,"data":null,"error":"no \"luck\"\u000a"}' \
            '2:' '3:' \
            '4:{"is_success":true,"data":true,"error":null}'; do
            echo "{\"payload\":${case%%:*}}" >in
            run --separate-stderr hl job --backend emu guest-$float --input in
            echo "$case: $output $stderr"
            [ "$status" -eq 0 ]
            [ "$output" = "${case#*:}" ]
        done
    done
}

@test "C7: define_job_handler takes static functions, with and without a semicolon" {
    for end in '' ';'; do
        guest <<C
#include <hl/job.h>
static hl_bytes same(hl_bytes input) { return input; }
define_job_handler(same)$end
C
        printf 'a\0b' >in
        hl job --backend emu guest-sse2 --input in | cmp - in
    done
    # JSON is linked only where it is used
    [ -z "$(llvm-nm-19 guest-sse2 | grep yyjson)" ]
}

@test "C7, C8: a handler of another type is a compile error that says which is wanted" {
    for macro in define_job_handler define_json_handler define_json_handler_v2; do
        echo "#include <hl/job.h>
static int wrong(int n) { return n; }
$macro(wrong)" >wrong.c
        run hl-cc -c wrong.c -o wrong.o
        [ "$status" -ne 0 ]
        [[ $output =~ "$macro: a handler is a function of type" ]]
    done
}

@test "H1: the host program runs hello, built against the installed library" {
    (cd "$root" && toolchain/install-tree "$HL_BUILD" "$BATS_TEST_TMPDIR/usr" 0 >/dev/null)
    export PKG_CONFIG_PATH=$BATS_TEST_TMPDIR/usr/lib/pkgconfig
    # shellcheck disable=SC2046
    cc -Wall -Wextra -Werror "$root/samples/host-embed/main.c" -o embed \
        $(pkg-config --cflags --libs hlhost)
    LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/usr/lib run ./embed "$samples/soft/hello" C
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "guest: Hello, C!" ]
    [ "${lines[1]}" = "the guest returned: Hello, C!" ]
    [ "$(wc -l <"$root/samples/host-embed/main.c")" -le 60 ]
}

@test "sizes: stripped echo-worker is at most 64 KiB" {
    for float in sse2 soft; do
        llvm-strip-19 "$samples/$float/echo-worker" -o small
        echo "$float: $(stat -c %s small)"
        [ "$(stat -c %s small)" -le 65536 ]
    done
}
