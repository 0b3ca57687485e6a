// SPDX-License-Identifier: MIT
//! Protections that the guest sets up itself, in force under every host.
//! Guests: write_to_code, write_to_rodata, execute_data, page_zero,
//! stack_smash.

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::value::{Failure, Type};

/// Each of these functions ends in a fault of this text, also after a restore.
fn all_fault(guest: &str, names: &[&str], sentence: &str) -> Outcome {
    let mut guest = Guest::open(guest)?;
    let fresh = text(guest.sandbox.snapshot())?;
    for name in names.iter().chain(names) {
        guest.aborts(name, args![], Type::Int, 15, &[sentence, "rip=0x"])?;
        text(guest.sandbox.restore(&fresh))?;
    }
    Ok(())
}

pub fn read_only() -> Outcome {
    let sentence = "write to read-only memory";
    all_fault("write_to_code", &["attack"], sentence)?;
    let attacks = ["attack", "attack_pointers", "attack_exports"];
    all_fault("write_to_rodata", &attacks, sentence)?;
    Guest::open("write_to_code")?.gives("plain", args![], 1)?;
    Guest::open("write_to_rodata")?.gives("plain", args![], 7)
}

pub fn no_execute() -> Outcome {
    let places = ["heap", "stack", "data", "bss", "rodata", "arena"];
    all_fault(
        "execute_data",
        &places,
        "execution of memory that is not exec",
    )
}

pub fn page_zero() -> Outcome {
    all_fault(
        "page_zero",
        &["read_null", "write_null", "call_null"],
        "a null pointer at 0x",
    )
}

pub fn stack_smash() -> Outcome {
    let mut guest = Guest::open("stack_smash")?;
    let fresh = text(guest.sandbox.snapshot())?;
    let fits: &[u8] = b"0123456789abcdef";
    guest.gives("attack", args![fits], i32::from(b'0'))?;
    let over = [b'A'; 64];
    match guest.call("attack", args![&over[..]], Type::Int) {
        Err(Failure::Abort(10, message)) if message.contains("stack") => (),
        other => return Err(format!("attack: {other:.300?}")),
    }
    text(guest.sandbox.restore(&fresh))?;
    guest.gives("attack", args![fits], i32::from(b'0'))
}
