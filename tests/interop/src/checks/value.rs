// SPDX-License-Identifier: MIT
//! Values of every type, and calls that do not fit. Guest: types.

use crate::args;
use crate::check::{Guest, Outcome};
use crate::value::{Failure, Type, Value};

pub fn each_type() -> Outcome {
    let mut guest = Guest::open("types")?;
    for x in [0, 1, -1, i32::MIN, i32::MAX] {
        guest.gives("echo_int", args![x], x)?;
    }
    for x in [0, 1, u32::MAX] {
        guest.gives("echo_uint", args![x], x)?;
    }
    for x in [0, -1, i64::MIN, i64::MAX] {
        guest.gives("echo_long", args![x], x)?;
    }
    for x in [0, 1 << 63, u64::MAX] {
        guest.gives("echo_ulong", args![x], x)?;
    }
    // Not -0.0: upstream's encoder leaves out what equals 0.
    for x in [0.0, 1.5, f32::MIN, f32::MAX, f32::INFINITY, f32::NAN] {
        guest.gives("echo_float", args![x], x)?;
    }
    for x in [0.0, 1e-310, f64::MAX, f64::NEG_INFINITY, f64::NAN] {
        guest.gives("echo_double", args![x], x)?;
    }
    for x in [false, true] {
        guest.gives("echo_bool", args![x], x)?;
    }
    for x in ["", "a", "häßlich €\u{1F980}", "1234567890abcdef"] {
        guest.gives("echo_string", args![x], x)?;
        guest.gives("echo_cstr", args![x], x)?;
    }
    for size in [0usize, 1, 2, 3, 4, 5, 7, 8, 255, 4096] {
        let x: Vec<u8> = (0..size).map(|i| (i * 7) as u8).collect();
        guest.gives("echo_bytes", args![&x[..]], x)?;
    }
    guest.gives("nothing", args![], ())?;
    let mut guest = Guest::open("interop/guest")?;
    guest.gives("minus_zero", args![], -0.0)?;
    guest.gives("minus_zero_float", args![], -0.0f32)
}

pub fn eleven() -> Outcome {
    let mut guest = Guest::open("types")?;
    let bytes: &[u8] = &[1, 2, 3, 250];
    let args = args![
        bytes, -5, 6u32, -7i64, 8u64, 0.5f32, 0.25f64, true, "text", "cstr", 9
    ];
    guest.gives("mix", args, "256 -5 6 -7 8 0.5 0.25 true text cstr 9")
}

pub fn odd_texts() -> Outcome {
    let mut guest = Guest::open("types")?;
    guest.gives("echo_string", args!["a\0b\0"], "a\0b\0")?;
    let code = 14;
    let text = "NUL byte inside";
    guest.fails("echo_cstr", args!["a\0b"], Type::String, code, text)?;
    guest.gives("empty", args![], "")?;
    let none: &[u8] = &[];
    guest.gives("terminated", args!["", none], true)?;
    guest.gives("terminated", args!["abc", none], true)
}

pub fn wrong_call() -> Outcome {
    let mut guest = Guest::open("types")?;
    guest.fails("no_such", args![], Type::Int, 4, "no_such")?;
    guest.fails("", args![], Type::Int, 4, "")?;
    guest.fails("echo_in", args![1], Type::Int, 4, "echo_in")?;
    guest.fails("echo_intx", args![1], Type::Int, 4, "echo_intx")?;
    let text = "Called function echo_int with 2 parameters but it takes 1.";
    guest.fails("echo_int", args![1, 2], Type::Int, 5, text)?;
    let text = "Called function echo_int with 0 parameters but it takes 1.";
    guest.fails("echo_int", args![], Type::Int, 5, text)?;
    let text = "Expected parameter type Int for parameter index 0 of function \
                echo_int but got ";
    let kinds: [(Value, &str); 8] = [
        (1u32.into(), "UInt."),
        (1i64.into(), "Long."),
        (1u64.into(), "ULong."),
        (1.0f32.into(), "Float."),
        (1.0f64.into(), "Double."),
        (true.into(), "Bool."),
        ("1".into(), "String."),
        (vec![1u8].into(), "VecBytes."),
    ];
    for (value, kind) in kinds {
        let text = format!("{text}{kind}");
        guest.fails("echo_int", vec![value], Type::Int, 14, &text)?;
    }
    let text = "returns Int but the caller expects String";
    guest.fails("echo_int", args![1], Type::String, 15, text)?;
    guest.gives("echo_int", args![5], 5)
}

/// They become errors that name the function; nothing malformed is sent.
pub fn bad_results() -> Outcome {
    let mut guest = Guest::open("types")?;
    guest.fails("bad_utf8", args![], Type::String, 15, "bad_utf8")?;
    guest.fails("null_text", args![], Type::String, 15, "null_text")?;
    match guest.call("make_bytes", args![1u32 << 20], Type::Bytes) {
        Err(Failure::Guest(13 | 15, _)) => (),
        other => return Err(format!("make_bytes: {other:.200?}")),
    }
    guest.gives("echo_int", args![5], 5)
}
