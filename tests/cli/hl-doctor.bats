#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl doctor, help, version, and words that are no command.

load helpers

@test "doctor has a line for each part, and a fix for each that is not ok" {
    run hl doctor
    [ "$status" -le 1 ]
    for part in kvm emulator compiler linker sysroot; do
        [[ $output == *"$part"* ]]
    done
    broken=$(grep -cE '^[a-z]+ +(missing|partly)' <<<"$output" || true)
    fixes=$(grep -c ' fix: ' <<<"$output" || true)
    [ "$broken" -eq "$fixes" ]
}

@test "doctor finds this tree's compiler and sysroot" {
    run hl doctor
    grep -q "^compiler *ok" <<<"$output"
    grep -q "^sysroot *ok *$HL_BUILD/sysroot" <<<"$output"
}

@test "doctor without a compiler in PATH says how to get it" {
    PATH=$HL_BUILD/bin run hl doctor
    grep -q "^compiler *missing *clang-19 is not in PATH" <<<"$output"
    grep -q "fix: apt-get install clang-19" <<<"$output"
}

@test "doctor names the library that is not there, and the fix" {
    HL_UNICORN=$PWD/none run hl doctor
    grep -q "^emulator *missing *.*$PWD/none" <<<"$output"
    grep -A1 '^emulator' <<<"$output" | grep -q 'fix: run make in the hlkit tree'
}

@test "doctor tells a sysroot with a hole from none and from no hl-config" {
    mkdir -p bin half/include
    cp "$HL_BUILD/bin/hl" bin/
    PATH=/usr/bin:/bin run bin/hl doctor
    grep -q '^sysroot *missing *hl-config is neither beside hl nor in PATH' \
        <<<"$output"
    printf '#!/bin/sh\nexit 1\n' >bin/hl-config
    chmod +x bin/hl-config
    run bin/hl doctor
    grep -q '^sysroot *missing *hl-config finds none' <<<"$output"
    printf '#!/bin/sh\necho %s\n' "$PWD/half" >bin/hl-config
    : >half/include/hl.h
    run bin/hl doctor
    grep -q "^sysroot *missing *$PWD/half lacks include/stdio.h" <<<"$output"
    grep -A1 '^sysroot' <<<"$output" | grep -q 'fix: run make in the hlkit tree'
}

@test "P1.3: doctor says that the emulator is no security boundary" {
    hl doctor | grep -q '^emulator *ok' || skip "the emulator does not work here"
    hl doctor | grep '^emulator' | grep -q "no security boundary"
}

@test "doctor's exit status says whether hl can run something" {
    run hl doctor
    if grep -qE '^(kvm|emulator) *(ok|partly)' <<<"$output"; then
        [ "$status" -eq 0 ]
    else
        [ "$status" -eq 1 ]
    fi
}

@test "--version is one line" {
    run -0 hl --version
    [[ $output =~ ^hl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "hl help lists every command, hl COMMAND --help its options" {
    run -0 hl help
    for command in run call job inspect check doctor new; do
        [[ $output == *"hl $command "* ]]
        run -0 hl "$command" --help
        [[ ${lines[0]} =~ ^hl\ $command(\ |$) ]]
        first=$output
        run -0 hl help "$command"
        [ "$output" = "$first" ]
        run -0 hl help
    done
    run -0 hl call --help
    for option in preset abi backend timeout heap scratch input-size \
        output-size grant deny show-grants stdin json raw trace harden \
        require-hypervisor strict-note help; do
        [[ $output == *"--$option"* ]]
    done
    [[ $output == *"no security boundary"* ]]
}

@test "an unknown command is status 125 and suggests the near one" {
    hl_fails 125 inspct
    [ "$stderr" = "hl: there is no command inspct; did you mean hl inspect?" ]
    hl_fails 125 frobnicate
    says "hl help lists them"
    run -125 hl
    [[ $output == *"hl run "* ]]
}

@test "an unknown option is status 125 and suggests the near one" {
    hl_fails 125 call --timeoutt 5
    says "unknown option --timeoutt; did you mean --timeout?" "(see hl call --help)"
    hl_fails 125 inspect --timeout 5 x
    says "unknown option --timeout"
}

@test "standard output that cannot be written is a failure" {
    [ -e /dev/full ] || skip "/dev/full is not here"
    run -125 bash -c "hl help >/dev/full"
    [[ $output == *"cannot write to standard output"* ]]
}
