// SPDX-License-Identifier: MIT
//! Snapshots. Guests: state, exceptions.

use crate::args;
use crate::check::{Guest, Outcome, SKIP, count, image, text};
use crate::host;

pub fn restore() -> Outcome {
    let mut guest = Guest::open("state")?;
    let fresh = text(guest.sandbox.snapshot())?;
    guest.gives("next_data", args![], 41)?;
    guest.gives("next_bss", args![], 1)?;
    guest.gives("next_heap", args![], 1)?;
    text(guest.sandbox.restore(&fresh))?;
    guest.gives("next_data", args![], 41)?;
    guest.gives("next_bss", args![], 1)?;
    guest.gives("next_heap", args![], 1)?;
    let later = text(guest.sandbox.snapshot())?;
    guest.gives("next_heap", args![], 2)?;
    text(guest.sandbox.restore(&later))?;
    guest.gives("next_heap", args![], 2)?;
    guest.gives("next_data", args![], 42)?;
    text(guest.sandbox.restore(&fresh))?;
    guest.gives("next_heap", args![], 1)
}

pub fn two_in_turn() -> Outcome {
    let mut guest = Guest::open("state")?;
    let first = text(guest.sandbox.snapshot())?;
    for i in 1..=10 {
        guest.gives("next_heap", args![], i)?;
        guest.gives("next_data", args![], 40 + i)?;
    }
    let second = text(guest.sandbox.snapshot())?;
    for _ in 0..20 {
        text(guest.sandbox.restore(&first))?;
        guest.gives("next_heap", args![], 1)?;
        guest.gives("next_bss", args![], 1)?;
        guest.gives("next_data", args![], 41)?;
        text(guest.sandbox.restore(&second))?;
        guest.gives("next_heap", args![], 11)?;
        guest.gives("next_bss", args![], 1)?;
        guest.gives("next_data", args![], 51)?;
    }
    Ok(())
}

/// A second sandbox starts where the first one's snapshot was taken.
pub fn from_snapshot() -> Outcome {
    if !host::HAS_FROM_SNAPSHOT {
        return Err(format!("{SKIP}this host cannot"));
    }
    let mut guest = Guest::open("state")?;
    guest.gives("next_heap", args![], 1)?;
    let snapshot = text(guest.sandbox.snapshot())?;
    for _ in 0..3 {
        let mut copy = text(host::from_snapshot(
            &image("state"),
            &snapshot,
            &guest.journal,
        ))?;
        for i in 2..5 {
            let got = copy.call("next_heap", vec![], crate::value::Type::Int);
            crate::check::same("next_heap", got, Ok(i.into()))?;
        }
    }
    guest.gives("next_heap", args![], 2)
}

pub fn thousand() -> Outcome {
    let mut guest = Guest::open("state")?;
    guest.gives("next_heap", args![], 1)?;
    let snapshot = text(guest.sandbox.snapshot())?;
    for _ in 0..count("HLKIT_RESTORES", 1000) {
        guest.gives("next_heap", args![], 2)?;
        guest.gives("next_data", args![], 41)?;
        text(guest.sandbox.restore(&snapshot))?;
    }
    guest.gives("next_bss", args![], 1)
}
