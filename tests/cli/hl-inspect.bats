#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl inspect: an image's parts, without running it.

load helpers

setup_file() {
    guests_build functions printing
}

has() {
    [[ $output == *"$1"* ]] || {
        echo "missing: $1" >&2
        return 1
    }
}

@test "exports, imports and their types, optional or not" {
    run -0 hl inspect "$BATS_FILE_TMPDIR/sse2/functions"
    has "  add(Int,Int)->Int"
    has "  echo_bytes(VecBytes)->VecBytes"
    has "  nothing()->Void"
    has "  hl_println(String)->Void (optional)"
    run -0 hl inspect "$BATS_FILE_TMPDIR/sse2/printing"
    has "  HostPrint(String)->Int"
}

@test "float variant, maker, segments with separate rights" {
    run -0 hl inspect "$BATS_FILE_TMPDIR/sse2/printing"
    has "float        sse2"
    run -0 hl inspect "$BATS_FILE_TMPDIR/soft/printing"
    has "float        soft"
    has "made by      hlkit "
    has "abi          stack"
    has "version note none"
    has "  r-x  0x"
    has "  r--  0x"
    has "  rw-  0x"
    [[ $output != *rwx* ]]
    [[ $output != *-wx* ]]
}

@test "P1.3: says that the emulator is no security boundary" {
    run -0 hl inspect "$BATS_FILE_TMPDIR/sse2/printing"
    has "emu (an emulator: no security boundary)"
}

@test "--json holds the same" {
    run -0 hl inspect --json "$BATS_FILE_TMPDIR/soft/printing"
    [ "${#lines[@]}" -eq 1 ]
    echo "$output" | python3 -c '
import json, sys
image = json.load(sys.stdin)
assert image["float"] == "soft" and image["hlkit"] is True
assert {"name": "HostPrint", "parameters": ["String"], "returns": "Int",
        "optional": False} in image["imports"]
assert image["exports"] == [{"name": "print", "parameters": ["String"],
                             "returns": "Int"}]
assert {s["flags"] for s in image["segments"]} >= {"r--", "r-x", "rw-"}
assert "stack" in image["abi"]
assert image["relocations"] > 0 and image["version_note"] is None
'
}

@test "stripping keeps all of it" {
    llvm-strip-19 --strip-sections -o stripped "$BATS_FILE_TMPDIR/soft/functions"
    hl inspect "$BATS_FILE_TMPDIR/soft/functions" | sed -n '/^exports/,$p' >before
    hl inspect stripped | sed -n '/^exports/,$p' >after
    cmp before after
    [ "$(wc -l <after)" -gt 20 ]
}

@test "no such file is 127, no image 126" {
    hl_fails 127 inspect missing
    says "missing"
    echo hello >text
    hl_fails 126 inspect text
    says "text"
}
