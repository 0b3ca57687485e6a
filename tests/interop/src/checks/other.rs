// SPDX-License-Identifier: MIT
//! Guests that hlkit did not make (tests/others): the same images as run under
//! our host in tests/host/others.c. They have a start-up, an address space and
//! a codec of their own, and call the host as they start.

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::host;
use crate::value::Type;

pub fn others() -> Outcome {
    let mut guest = Guest::open(match host::has_virtq() {
        true => "raw/other_virtq",
        false => "raw/other_stack",
    })?;
    guest.gives("Told", args![], 42)?;
    guest.gives("Add", args![-2, 44], 42)?;
    guest.gives("Count", args![], 40)?;
    let first = text(guest.sandbox.snapshot())?;
    for i in 0..20 {
        guest.gives("Ask", args![i], i + 1)?;
        guest.gives("Count", args![], 41)?;
        guest.gives("Deep", args![i], i)?;
        text(guest.sandbox.restore(&first))?;
    }
    guest.aborts(
        "Fault",
        args![1],
        Type::Int,
        15,
        &["other: memory that is not there"],
    )?;
    text(guest.sandbox.restore(&first))?;
    guest.gives("Count", args![], 41)
}
