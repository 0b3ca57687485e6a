// SPDX-License-Identifier: MIT
//! Guests that end their run themselves. Guests: abort, libc_abort.

use crate::args;
use crate::check::{Guest, Outcome, text};

pub fn aborts() -> Outcome {
    let mut guest = Guest::open("abort")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for (code, message) in
        [(0, "zero"), (3, "a"), (15, "with ünicode"), (254, "most")]
    {
        let args = args![code, message.as_bytes()];
        guest.aborts("with_text", args, code as u64, &[message])?;
        text(guest.sandbox.restore(&fresh))?;
    }
    // More than the stream carries is cut, never dropped.
    guest.aborts("long_text", args![2000u32], 9, &["abcdefghijklmnopq"])?;
    text(guest.sandbox.restore(&fresh))?;
    guest.aborts("long_text", args![1000u32], 9, &["abcdefghijklmnopq"])?;

    let mut guest = Guest::open("libc_abort")?;
    let fresh = text(guest.sandbox.snapshot())?;
    let texts = ["asserts", "assertion failed: n > 5"];
    guest.aborts("asserts", args![3], 8, &texts).or_else(|other| {
        // the code is the guest library's choice; the text is not
        match other.contains("aborts with") && other.contains(texts[1]) {
            true => Ok(()),
            false => Err(other),
        }
    })?;
    text(guest.sandbox.restore(&fresh))?;
    guest.gives("catches", args![], 6)
}
