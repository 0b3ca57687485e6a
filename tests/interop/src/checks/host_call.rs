// SPDX-License-Identifier: MIT
//! The guest calls the host. Guests: host_calls, imports_optional,
//! imports_required.

use crate::args;
use crate::check::{Guest, Outcome};
use crate::ensure;
use crate::value::{Failure, Type, Value};

pub fn all_types() -> Outcome {
    let mut guest = Guest::open("host_calls")?;
    guest.gives("echo_twice", args!["häß"], "häß häß other")?;
    guest.gives("count_bytes", args![5000], 5000u32)?;
    guest.gives("count_bytes", args![0], 0u32)?;
    guest.gives("text", args!["abc"], "0 <abc> ")?;
    guest.gives("no_result", args![], 0)?;
    guest.gives(
        "mix",
        args![],
        1.0 + 2.0 + 3.0 + 4.0 + 0.75 + 1.0 + 9.0 + 5.0,
    )?;
    let mut guest = Guest::open("imports_required")?;
    guest.gives("call", args![7], 8)
}

/// A failed host call is a value for the guest, which goes on.
pub fn failing() -> Outcome {
    let mut guest = Guest::open("host_calls")?;
    guest.gives("failing", args![4], "0 5 ")?;
    for x in [1, 3, 5] {
        let result = guest.call("failing", args![x], Type::String);
        let Ok(Value::String(text)) = &result else {
            return Err(format!("failing({x}): {result:?}"));
        };
        ensure!(text.starts_with("17 77 "), "failing({x}): {text}");
        ensure!(
            text.contains(&format!("no luck with {x}")),
            "the host's text is not in `{text}`"
        );
    }
    guest.gives("failing", args![6], "0 7 ")?;

    let mut guest = Guest::open("imports_optional")?;
    guest.gives("no_error_yet", args![], "")?;
    let result = guest.call("try", args![], Type::String);
    let Ok(Value::String(text)) = &result else {
        return Err(format!("try: {result:?}"));
    };
    ensure!(text.starts_with("17 77 "), "try: {text}");
    ensure!(text.contains("not_there"), "no name in `{text}`");
    guest.gives("no_error_yet", args![], "")
}

pub fn too_big() -> Outcome {
    let mut guest = Guest::open("host_calls")?;
    let result = guest.call("too_big", args![100_000u32], Type::String);
    let Ok(Value::String(text)) = &result else {
        return Err(format!("too_big: {result:?}"));
    };
    ensure!(
        text.contains("does") || text.contains("do not fit"),
        "{text}"
    );
    for name in ["bad_text", "null_text"] {
        let result = guest.call(name, args![], Type::String);
        ensure!(
            matches!(&result, Ok(Value::String(t)) if !t.starts_with("0 ")),
            "{name}: {result:?}"
        );
    }
    // A reply that does not fit is the host's to refuse: an error for the
    // guest, or the end of the run, and a restore heals it.
    let snapshot = guest.sandbox.snapshot().map_err(|e| format!("{e:?}"))?;
    match guest.call("count_bytes", args![1_000_000], Type::UInt) {
        Err(Failure::Guest(..) | Failure::Host(_)) => (),
        other => return Err(format!("count_bytes: {other:?}")),
    }
    guest
        .sandbox
        .restore(&snapshot)
        .map_err(|e| format!("{e:?}"))?;
    guest.gives("count_bytes", args![100], 100u32)
}
