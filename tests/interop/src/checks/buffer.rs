// SPDX-License-Identifier: MIT
//! Messages up to the buffers' ends. Guest: types.

use crate::args;
use crate::check::{Guest, Outcome};
use crate::ensure;
use crate::journal::{Options, Sizes};
use crate::value::{Failure, Type};

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i % 251) as u8).collect()
}

/// Up to the size that does not fit any more, byte by byte around it; what
/// does not fit is an error that hurts nothing.
pub fn default_size() -> Outcome {
    let mut guest = Guest::open("types")?;
    let (mut fits, mut too_big) = (8 * 1024, 64 * 1024);
    while too_big - fits > 1 {
        let size = (fits + too_big) / 2;
        let bytes = pattern(size);
        match guest.call("terminated", args!["", &bytes[..]], Type::Bool) {
            Ok(_) => fits = size,
            Err(Failure::Guest(code, text)) => {
                return Err(format!("{size} bytes: error {code} {text}"));
            }
            Err(_) => too_big = size,
        }
        ensure!(!guest.sandbox.poisoned(), "poisoned by {size} bytes");
    }
    ensure!(fits > 15 * 1024, "no more than {fits} bytes can be sent");
    let (mut fits, mut too_big) = (8 * 1024u32, 64 * 1024u32);
    while too_big - fits > 1 {
        let size = (fits + too_big) / 2;
        match guest.call("make_bytes", args![size], Type::Bytes) {
            Ok(_) => fits = size,
            Err(Failure::Guest(..)) => too_big = size,
            Err(other) => return Err(format!("{size} bytes: {other:?}")),
        }
    }
    ensure!(
        fits > 15 * 1024,
        "no more than {fits} bytes can be returned"
    );
    guest.gives("make_bytes", args![fits], vec![0x5A; fits as usize])?;
    guest.gives("echo_int", args![5], 5)
}

pub fn large() -> Outcome {
    let options = Options {
        sizes: Sizes::Large,
        ..Options::default()
    };
    let mut guest = Guest::open_with("types", &options)?;
    let bytes = pattern(700 * 1024);
    guest.gives("echo_bytes", args![&bytes[..]], &bytes[..])?;
    let text: String = "0123456789abcde€".repeat(700 * 1024 / 18);
    guest.gives("echo_string", args![&text[..]], &text[..])?;
    guest.gives("echo_bytes", args![&bytes[1..]], &bytes[1..])
}
