// SPDX-License-Identifier: MIT
//! What stays between calls. Guests: state, constructors, heap_exhaust,
//! arena_exhaust, random, interop/guest.

use std::collections::HashSet;

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::ensure;
use crate::value::{Type, Value};

pub fn constructors() -> Outcome {
    let mut guest = Guest::open("constructors")?;
    guest.gives("order_seen", args![], "abcm")?;
    guest.gives("order_seen", args![], "abcm")
}

pub fn across_calls() -> Outcome {
    let mut guest = Guest::open("state")?;
    for i in 1..=100 {
        guest.gives("next_data", args![], 40 + i)?;
        guest.gives("next_bss", args![], i)?;
        guest.gives("next_heap", args![], i)?;
    }
    Ok(())
}

/// The heap and the arena end with NULL, not with the VM, in a default
/// sandbox too; and what was freed can be had again.
pub fn exhaustion() -> Outcome {
    let mut guest = Guest::open("heap_exhaust")?;
    let mut counts = HashSet::new();
    for _ in 0..3 {
        match guest.call("fill", args![1000u32], Type::Int) {
            Ok(Value::Int(count)) if count > 0 => counts.insert(count),
            other => return Err(format!("fill: {other:?}")),
        };
    }
    ensure!(counts.len() == 1, "memory gets less: {counts:?}");
    let mut guest = Guest::open("interop/guest")?;
    guest.gives("calloc_overflows", args![], true)?;
    guest.gives("heap", args![10_000u64], true)?;
    guest.gives("heap", args![1u64 << 40], false)?;
    guest.gives("heap", args![140_000u64], false)?;
    guest.gives("heap", args![10_000u64], true)?;
    let mut guest = Guest::open("arena_exhaust")?;
    let first = text(guest.call("fill", args![1000u32], Type::ULong))?;
    guest.gives("fill", args![1000u32], first)?;
    guest.gives("huge", args![], true)?;
    guest.gives("heap_is_zero", args![20_000u32], true)?;
    guest.fails("format_too_long", args![], Type::String, 13, "")
}

/// Between sandboxes, between calls, and after restores of one snapshot.
pub fn random() -> Outcome {
    let mut seen = HashSet::new();
    let mut next = |guest: &mut Guest| -> Outcome {
        match guest.call("next", args![], Type::ULong) {
            Ok(Value::ULong(x)) if seen.insert(x) => Ok(()),
            other => Err(format!("next: {other:?} for the second time")),
        }
    };
    let mut guest = Guest::open("random")?;
    next(&mut guest)?;
    next(&mut guest)?;
    let snapshot = text(guest.sandbox.snapshot())?;
    for _ in 0..5 {
        next(&mut guest)?;
        text(guest.sandbox.restore(&snapshot))?;
    }
    for _ in 0..5 {
        next(&mut Guest::open("random")?)?;
    }
    Ok(())
}
