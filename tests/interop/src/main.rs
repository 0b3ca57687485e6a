// SPDX-License-Identifier: MIT
//! Runs hlkit's guests under one host and says, check by check, whether it does
//! what it should. Without arguments: every check, each in a process of its own
//! (a host that crashes or hangs fails one check, not all), one line each:
//!
//!     CHECK <tab> ok|FAIL|skip <tab> text
//!
//! With the name of a check: that one alone, in this process.
//! HLKIT_BUILD is the build directory that holds the guests.

mod check;
mod checks;
#[cfg(feature = "hlkit")]
mod ffi;
mod journal;
mod value;

#[cfg(feature = "hlkit")]
#[path = "hlkit.rs"]
mod host;
#[cfg(not(feature = "hlkit"))]
#[path = "hyperlight.rs"]
mod host;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [] => check::run_all(checks::ALL),
        [name] if name == "--list" => {
            checks::ALL.iter().for_each(|c| println!("{}", c.name));
            ExitCode::SUCCESS
        }
        [name] => match checks::ALL.iter().find(|c| c.name == *name) {
            Some(check) => check::run_one(check),
            None => {
                eprintln!("no check `{name}`: --list names them");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("one check at most");
            ExitCode::FAILURE
        }
    }
}
