// SPDX-License-Identifier: MIT
//! Guests that end their run themselves. Guests: abort, libc_abort.

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::value::Type;

pub fn aborts() -> Outcome {
    let mut guest = Guest::open("abort")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for (code, message) in
        [(0, "zero"), (3, "a"), (15, "with ünicode"), (254, "most")]
    {
        let args = args![code, message.as_bytes()];
        guest.aborts("with_text", args, Type::Void, code as u64, &[message])?;
        text(guest.sandbox.restore(&fresh))?;
    }
    // More than the stream carries is cut, never dropped.
    guest.aborts(
        "long_text",
        args![2000u32],
        Type::Void,
        9,
        &["abcdefghijklmnopq"],
    )?;
    text(guest.sandbox.restore(&fresh))?;
    guest.aborts(
        "long_text",
        args![1000u32],
        Type::Void,
        9,
        &["abcdefghijklmnopq"],
    )?;

    let mut guest = Guest::open("libc_abort")?;
    let fresh = text(guest.sandbox.snapshot())?;
    let texts = ["asserts", "assertion failed: n > 5"];
    guest.aborts("asserts", args![3], Type::Void, 8, &texts)?;
    text(guest.sandbox.restore(&fresh))?;
    guest.gives("catches", args![], 6)
}
