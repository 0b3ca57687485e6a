#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What README.md, quickstart.md and debugging.md let a reader type gives what they show.

load helpers

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# program PAGE LINE: the indented program of a page that begins with LINE,
# down to the next line that is not indented
program() {
    awk -v first="    $2" '$0 == first { on = 1 }
        on && /^[^ ]/ { exit }
        on { print substr($0, 5) }' "$root/$1"
}

# shown PAGE COMMAND: what the page says that COMMAND prints
shown() {
    awk -v command="    \$ $2" 'on && !/^    [^$]/ { exit }
        on { print substr($0, 5) }
        $0 == command { on = 1 }' "$root/$1"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    hl doctor >/dev/null || skip "no backend works here"
}

@test "README: the guest compiles, and its calls give what is shown" {
    program README.md '#include <hl.h>' >hello.c
    hl-cc -Wall -Wextra -Werror -mfloat=soft hello.c -o hello
    for command in 'hl call hello add 2 3' 'hl call hello add 2' \
        'hl call hello greet world --deny hl_get_time'; do
        [ -n "$(shown README.md "$command")" ]
        # shellcheck disable=SC2086  # words
        run $command
        [ "$(grep -v 'on the emulator' <<<"$output")" = "$(shown README.md "$command")" ]
    done
    run -0 hl call hello greet world
    [[ $output == *"hello world at "* ]]
}

@test "quickstart: program and job give what is shown" {
    program docs/quickstart.md '#include <stdio.h>' >prog.c
    program docs/quickstart.md '#include <ctype.h>' >shout.c
    for name in prog shout; do
        hl-cc -Wall -Wextra -Werror -mfloat=soft $name.c -o $name
    done
    echo some text >data.txt
    run --separate-stderr -0 hl run --env HOME=/ --stdin data.txt prog a b
    [ "$output" = "$(shown docs/quickstart.md 'hl run --env HOME=/ --stdin data.txt prog a b')" ]
    echo hello | hl job shout --input - >out
    [ "$(cat out)" = HELLO ]
    [ "$(shown docs/quickstart.md 'echo hello | hl job shout --input -')" = HELLO ]
}

@test "README: the host compiles as shown, and calls the guest" {
    program README.md '#include <hl.h>' >hello.c
    program README.md '#include <stdio.h>' >host.c
    hl-cc -mfloat=soft hello.c -o hello
    # shellcheck disable=SC2046  # words
    cc -Wall -Wextra -Werror host.c -o host \
        $(hl-config --host-cflags --host-libs)
    [ "$(./host)" = "$(shown README.md ./host)" ]
    [ "$(./host)" = 5 ]
}

# Addresses, line numbers of the library and folders are of one machine.
masked() {
    sed -E 's/[0-9a-f]{16}|0x[0-9a-f]{4}/N/g; s|\(/.*/|(|; s/(dispatch.c:)[0-9]+/\1N/'
}

@test "debugging: the crash is told as shown" {
    program docs/debugging.md '#include <hl.h>' >crash.c
    hl-cc -g -O1 -mfloat=soft crash.c -o crash
    run -139 hl call crash crash 16
    shown docs/debugging.md 'hl call crash crash 16' | masked >want
    grep -v 'on the emulator' <<<"$output" | masked | diff want -
    grep -q 'at N poke (crash.c:5)' want
}
