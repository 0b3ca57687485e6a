// SPDX-License-Identifier: MIT
//! What a default sandbox has room for. Guest: interop/guest, whose array of
//! 256 pages is never written but by `dirty(first, count)`.

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::value::{Failure, Type};

/// All at once or a page a call, and again after each of several restores.
pub fn default_pages() -> Outcome {
    let mut guest = Guest::open("interop/guest")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for _ in 0..5 {
        guest.gives("dirty", args![0, 25], 25)?;
        guest.gives("dirty_sum", args![], 25)?;
        text(guest.sandbox.restore(&fresh))?;
        guest.gives("dirty_sum", args![], 0)?;
        for page in 0..25 {
            guest.gives("dirty", args![page, 1], 1)?;
        }
        guest.gives("dirty_sum", args![], 25)?;
        text(guest.sandbox.restore(&fresh))?;
    }
    // A snapshot of 25 dirtied pages: they are copy-on-write, and 25 can be
    // dirtied again.
    guest.gives("dirty", args![0, 25], 25)?;
    let dirty = text(guest.sandbox.snapshot())?;
    for _ in 0..5 {
        text(guest.sandbox.restore(&dirty))?;
        guest.gives("dirty", args![0, 25], 25)?;
        guest.gives("dirty_sum", args![], 50)?;
    }
    Ok(())
}

pub fn out_of_pages() -> Outcome {
    let mut guest = Guest::open("interop/guest")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for _ in 0..3 {
        match guest.call("dirty", args![0, 200], Type::Int) {
            Err(Failure::Abort(13, message))
                if message.contains("out of scratch pages") => {}
            other => return Err(format!("dirty: {other:.300?}")),
        }
        text(guest.sandbox.restore(&fresh))?;
        guest.gives("dirty", args![0, 10], 10)?;
        text(guest.sandbox.restore(&fresh))?;
    }
    Ok(())
}
