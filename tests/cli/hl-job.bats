#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl job: the job contract, with files and without.
# guarantees: B17

load helpers

setup_file() {
    guests_build job functions
}

@test "--input FILE and - are the input, the output is bytes alone" {
    printf 'a\0b' >input
    need_backend
    for backend in $(backends); do
        guest=$BATS_FILE_TMPDIR/$(float_of "$backend")/job
        hl job --backend "$backend" "$guest" --input input 2>err | cmp - input
        [ "$(cat err)" = "run 1" ]
        hl job --backend "$backend" "$guest" --input - <input 2>err | cmp - input
        [ -z "$(hl job --backend "$backend" "$guest" 2>err)" ]
    done
}

@test "a failing job is status 1 with code and text" {
    printf fail >input
    check() { gives 1 "" && says "hl: execute failed: code 15: not today"; }
    HL_OPTIONS="--input input" on_each check job job
}

@test "--repeat runs from the state after start-up each time" {
    printf count >input
    check() { gives 0 1 && [ "$stderr" = $'run 1\nrun 1\nrun 1' ]; }
    HL_OPTIONS="--input input --repeat 3" on_each check job job
    check() { gives 0 1 && says "execute took"; }
    HL_OPTIONS="--input input --repeat 2 -v" on_each check job job
}

# job_gives STATUS OUTPUT JSON: of a job file with this text
job_gives() {
    want_status=$1 want=$2
    printf '%s' "$3" >job.json
    check() { gives "$want_status" "$want"; }
    HL_OPTIONS="--job job.json" on_each check job job
}

@test "--job maps a string, JSON and nothing to input, output to data" {
    job_gives 0 '{"Success":{"data":{"raw_output":"hi there"},"metadata":{}}}' \
        '{"type":"vm_execute","payload":{"input":"hi there"}}'
    job_gives 0 '{"Success":{"data":{"n":[1,9223372030926249001]},"metadata":{}}}' \
        '{"job_type":"sandboxed","tags":["requires_isolation"],"payload":{"input":{"n": [1, 9223372030926249001]}}}'
    job_gives 0 '{"Success":{"data":{"raw_output":""},"metadata":{}}}' '{}'
}

@test "--job prints failures with their fixed words" {
    job_gives 1 '{"Failure":{"reason":"VM execution failed: Guest execution failed: not today","is_retryable":true,"error_code":null}}' \
        '{"payload":{"input":"fail"}}'
    check() { gives 132 && [[ $output == '{"Failure":{"reason":"VM execution failed: Guest execution failed: execute: '* ]]; }
    printf '{"payload":{"input":"crash"}}' >job.json
    HL_OPTIONS="--job job.json" on_each check job job
    run -126 --separate-stderr hl job --job job.json job.json
    [[ $output == '{"Failure":{"reason":"VM execution failed: Failed to create sandbox: '*'"is_retryable":true,"error_code":null}}' ]]
}

@test "an image over 52428800 bytes is a permanent failure in the fixed words" {
    truncate -s 52428801 big
    echo '{}' >job.json
    run -126 --separate-stderr hl job --job job.json big
    [ "$output" = '{"Failure":{"reason":"Binary too large: 52428801 bytes (max: 52428800 bytes)","is_retryable":false,"error_code":null}}' ]
}

@test "the file's time limit holds, --timeout overrides it" {
    check() { gives 124 && [[ $output == *'Guest execution failed: execute: Command timed out after 0.3 s'* ]]; }
    printf '{"timeout_ms":300,"payload":{"input":"spin"}}' >job.json
    HL_OPTIONS="--job job.json" on_each check job job
    check() { gives 124 && [[ $output == *'timed out after 0.2 s'* ]]; }
    printf '{"timeout":50,"payload":{"input":"spin"}}' >job.json
    HL_OPTIONS="--job job.json --timeout 0.2" on_each check job job
}

@test "a job file that is none is status 125 and says what is wrong" {
    echo '{"type":"shell"}' >job.json
    hl_fails 125 job "$BATS_FILE_TMPDIR/soft/job" --job job.json
    says "job.json is no job file: its type is neither vm_execute nor sandboxed"
    echo '{' >job.json
    hl_fails 125 job "$BATS_FILE_TMPDIR/soft/job" --job job.json
    says "job.json is no job file: not JSON"
    hl_fails 127 job "$BATS_FILE_TMPDIR/soft/job" --job missing.json
    says "missing.json"
    hl_fails 125 job "$BATS_FILE_TMPDIR/soft/job" --job job.json --input x
    says "exclude each other"
}

@test "B17: input that never comes is status 124, with and without a document" {
    mkfifo fifo
    check() { gives 124 "" && says "Command timed out while fifo was read"; }
    HL_OPTIONS="--timeout 0.5 --input fifo" on_each check job job
    document='{"Failure":{"reason":"VM execution failed: Failed to create sandbox: '
    check() { gives 124 && [[ $output == "$document"*'Command timed out while '*'"is_retryable":true,"error_code":null}}' ]]; }
    HL_OPTIONS="--timeout 0.5 --json --input fifo" on_each check job job
    HL_OPTIONS="--timeout 0.5 --job fifo" on_each check job job
    # With a writer, which writes nothing
    exec 8<>fifo
    HL_OPTIONS="--timeout 0.5 --json --input -" on_each check job job <&8
    HL_OPTIONS="--timeout 0.5 --job -" on_each check job job <&8
    exec 8>&-
}

@test "--json: input that cannot be read is a document, too" {
    document='{"Failure":{"reason":"VM execution failed: Failed to create sandbox: '
    run -127 hl job --json --input missing "$BATS_FILE_TMPDIR/soft/job"
    [ "$output" = "$document"'cannot read missing: No such file or directory","is_retryable":true,"error_code":null}}' ]
    truncate -s 65537 big
    check() { gives 125 && [[ $output == "$document"'big holds more than 65536 bytes'* ]]; }
    HL_OPTIONS="--json --input big" on_each check job job
    hl_fails 127 job --input missing "$BATS_FILE_TMPDIR/soft/job"
    says "hl: cannot read missing: No such file"
}

@test "an image without execute is status 125 with the next step" {
    hl_fails 125 job "$BATS_FILE_TMPDIR/soft/functions"
    says "has no execute(VecBytes)->VecBytes" "define_job_handler"
}

@test "the samples: echo-worker and data-processor keep their contract" {
    need_backend
    for backend in $(backends); do
        float=$(float_of "$backend")
        for sample in echo-worker data-processor; do
            hl-cc -mfloat=$float -O2 -o "$sample" \
                "$BATS_TEST_DIRNAME/../../samples/$sample/guest.c"
        done
        [ "$(printf hi | hl job --backend "$backend" echo-worker --input - 2>err)" = "Echo: hi" ]
        echo '{"payload":{"input":{"payload":{"value":3037000499}}}}' >job.json
        hl job --backend "$backend" data-processor --job job.json >out 2>err
        grep -q '^{"Success":{"data":{"success":true,"data":{"processed":true,"timestamp":[0-9]*,"input_value":3037000499,"doubled":6074000998,"squared":9223372030926249001,"metadata":{"processor_version":"1.0.0","vm_execution":true}},"error":null},"metadata":{}}}$' out
        grep -q "Processing data in VM..." err
    done
}
