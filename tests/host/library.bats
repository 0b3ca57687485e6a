#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the library and hl are made of, looked at from outside.
# guarantees: P1.1

setup() {
    lib=$HL_BUILD/lib
    hl=$HL_BUILD/bin/hl
}

@test "P1.1: no backend but kvm and emu is in the library" {
    run nm "$HL_BUILD/obj/libhlhost.o"
    [ "$status" -eq 0 ]
    backends=$(printf '%s\n' "$output" |
        awk '$3 ~ /^hl_vmm_[a-z]+$/ && $2 ~ /[DdRr]/ { print $3 }' | sort)
    [ "$backends" = "hl_vmm_emu
hl_vmm_kvm" ]
    [[ $output != *inproc* ]]
}

@test "P1.1: hl refuses an in-process backend by name" {
    run "$hl" call --backend inproc "$HL_BUILD/samples/soft/hello" add 1 2
    [ "$status" -eq 125 ]
    [[ $output == *"--backend is one of auto|kvm|emu"* ]]
}

@test "only public names leave the library" {
    for file in "-D $lib/libhlhost.so" "-g $lib/libhlhost.a"; do
        # shellcheck disable=SC2086
        names=$(nm --defined-only $file | awk 'NF == 3 { print $3 }')
        [ -n "$names" ]
        [ -z "$(printf '%s\n' "$names" | grep -v '^hl_')" ]
    done
}
