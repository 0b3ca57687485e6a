// SPDX-License-Identifier: MIT
//! Guest functions that return an error. Guests: fail, fallback.

use crate::args;
use crate::check::{Guest, Outcome};
use crate::value::Type;

pub fn results() -> Outcome {
    let mut guest = Guest::open("fail")?;
    for code in [2, 4, 5, 10, 13, 14, 15, 17] {
        let text = format!("code {code}");
        guest.fails("fail_int", args![code], Type::Int, code as u64, &text)?;
        guest.gives("fine", args![], 5)?;
    }
    guest.fails("fail_bool", args![], Type::Bool, 15, "no")?;
    guest.fails("fail_double", args![], Type::Double, 15, "no")?;
    guest.fails("fail_string", args![], Type::String, 15, "no text")?;
    guest.fails("fail_bytes", args![], Type::Bytes, 15, "no bytes")?;
    guest.fails("fail_cstr", args![], Type::String, 15, "no cstr")?;
    guest.fails("fail_void", args![], Type::Void, 15, "no void")?;
    guest.fails("first_wins", args![], Type::Int, 13, "first")?;
    guest.fails("long_text", args![5000u32], Type::Int, 15, "abcdefghij")?;
    guest.gives("fine", args![], 5)
}

pub fn fallback() -> Outcome {
    let mut guest = Guest::open("fallback")?;
    guest.gives("anything", args![1, "b", true], 3)?;
    guest.gives("any", args![], 0)?;
    guest.gives("known", args![], -1)?;
    guest.fails("other", args![], Type::Int, 4, "other")
}
