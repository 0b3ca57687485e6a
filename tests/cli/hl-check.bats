#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# hl check: would a Hyperlight host take this file?

load helpers

setup_file() {
    guests_build printing
}

@test "what hl-cc makes is accepted" {
    run -0 hl check "$BATS_FILE_TMPDIR/sse2/printing"
    [[ $output == *"/printing: OK, every Hyperlight host accepts it" ]]
    run -0 hl check --json "$BATS_FILE_TMPDIR/soft/printing"
    [ "$output" = '{"ok":true,"problems":[]}' ]
}

@test "a version note is said to pin the image" {
    echo 'int main(void) { return 0; }' >pinned.c
    hl-cc --hl-note=0.16.0 pinned.c -o pinned
    run -0 hl check pinned
    [ "$output" = "pinned: OK, but only Hyperlight 0.16.0 accepts it (version note)" ]
}

@test "a Linux program is refused with rules and fixes" {
    run -126 hl check "$(command -v bash)"
    [[ $output == *"/bash: "* ]]
    [[ $output == *"  fix: "* ]]
    run -126 hl check --json "$(command -v bash)"
    echo "$output" | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["ok"] is False and report["problems"]
assert all(p["rule"] and p["problem"] and p["fix"] for p in report["problems"])
'
}

@test "a text file, an empty file and a truncated image are refused" {
    echo hello >text
    run -126 hl check text
    : >empty
    run -126 hl check empty
    head -c 5000 "$BATS_FILE_TMPDIR/soft/printing" >short
    run -126 hl check short
    [[ $output == *"fix: "* ]]
}

@test "no such file is 127; over 52428800 bytes is refused unread" {
    hl_fails 127 check missing
    truncate -s 52428801 big
    hl_fails 126 check big
    says "Binary too large: 52428801 bytes (max: 52428800 bytes)"
}

# each_fails STATUS GUEST TEXT: every command that takes a GUEST
each_fails() {
    for command in check inspect run job; do
        hl_fails "$1" "$command" "$2"
        says "$3"
    done
    hl_fails "$1" call "$2" nothing
    says "$3"
}

@test "what is no file is status 126 under every command, at once" {
    mkfifo fifo
    mkdir directory
    ln -s loop loop
    each_fails 126 directory "directory: is a directory, not a file"
    each_fails 126 fifo "fifo: is a device, pipe or socket, not a file"
    each_fails 126 loop "loop: cannot open the image"
    each_fails 127 missing "missing: cannot open the image: No such file"
}

@test "a guest that may not be read is status 126" {
    place=$(mktemp -d) # bats' own folders are closed to others
    echo "$place" >place
    chmod 755 "$place"
    cp "$HL_BUILD/bin/hl" "$BATS_FILE_TMPDIR/soft/printing" "$place"
    chmod 000 "$place/printing"
    hl=("$place/hl")
    # root may read all
    [ "$(id -u)" -ne 0 ] ||
        hl=(setpriv --reuid=65534 --regid=65534 --clear-groups "$place/hl")
    for command in check inspect run job; do
        run -126 --separate-stderr "${hl[@]}" "$command" "$place/printing"
        says "printing: cannot open the image: Permission denied"
    done
}

teardown() {
    [ ! -f place ] || rm -rf "$(cat place)"
}
