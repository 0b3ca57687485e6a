// SPDX-License-Identifier: MIT
//! Exceptions: the host's message carries the guest's own report. Guests:
//! exceptions, stack_overflow.

use crate::args;
use crate::check::{Guest, Outcome, text};
use crate::value::{Failure, Type, Value};

const REPORT: &str = "rip=0x";
const BACKTRACE: &str = "bt=0x";

pub fn faults() -> Outcome {
    let mut guest = Guest::open("exceptions")?;
    let fresh = text(guest.sandbox.snapshot())?;
    let cases: [(&str, Vec<Value>, &str); 7] = [
        ("divide", args![1, 0], "division by zero"),
        ("divide", args![i32::MIN, -1], "division by zero"),
        ("invalid", args![], "invalid instruction"),
        ("not_canonical", args![], "an address that is none"),
        (
            "unmapped",
            args![0x7000_0000_0000u64, false],
            "read of unmapped memory at 0x700000000000",
        ),
        (
            "unmapped",
            args![0x7000_0000_0000u64, true],
            "write to unmapped memory at 0x700000000000",
        ),
        (
            "unmapped",
            args![8u64, false],
            "read of a null pointer at 0x8",
        ),
    ];
    for (name, args, sentence) in cases {
        let returns = match name {
            "divide" => Type::Int,
            "invalid" => Type::Void,
            _ => Type::ULong,
        };
        let failure = guest.call(name, args, returns);
        let Err(Failure::Abort(15, message)) = &failure else {
            return Err(format!("{name}: {failure:.300?}"));
        };
        for part in [sentence, REPORT, BACKTRACE] {
            if !message.contains(part) {
                return Err(format!("{name}: no `{part}` in `{message}`"));
            }
        }
        text(guest.sandbox.restore(&fresh))?;
        guest.gives("divide", args![84, 2], 42)?;
    }
    Ok(())
}

pub fn stack_overflow() -> Outcome {
    let mut guest = Guest::open("stack_overflow")?;
    let fresh = text(guest.sandbox.snapshot())?;
    guest.gives("deep", args![40], 40)?;
    guest.gives("use_alloca", args![20_000u32], 3)?;
    let texts = ["stack overflow at 0x", REPORT];
    for (name, args) in [
        ("deep", args![1_000_000]),
        ("big_frames", args![100]),
        ("use_alloca", args![100_000u32]),
    ] {
        guest.aborts(name, args, Type::Int, 13, &texts)?;
        text(guest.sandbox.restore(&fresh))?;
        // the guard page is there again
        guest.gives("deep", args![40], 40)?;
    }
    Ok(())
}
