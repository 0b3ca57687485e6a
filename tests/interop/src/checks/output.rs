// SPDX-License-Identifier: MIT
//! Logs and prints. Guests: logs, libc_startup, libc_text.

use std::sync::Mutex;

use crate::args;
use crate::check::{Guest, Outcome, same};
use crate::ensure;
use crate::journal::Options;

static RECORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// `LEVEL text` of a record of the guest; how it arrives is the host's affair.
pub fn record(level: &str, text: &str) {
    RECORDS.lock().unwrap().push(format!("{level} {text}"));
}

pub fn logs() -> Outcome {
    crate::host::capture_logs();
    let all = [
        "ERROR error 1",
        "WARN warn 2",
        "INFO info 3",
        "DEBUG debug 4",
        "TRACE trace 5",
    ];
    for level in 0..=5 {
        let options = Options {
            log_level: level,
            ..Options::default()
        };
        let mut guest = Guest::open_with("logs", &options)?;
        RECORDS.lock().unwrap().clear();
        guest.gives("all_levels", args![], ())?;
        let records = RECORDS.lock().unwrap().clone();
        same(
            &format!("records at level {level}: {records:?}"),
            records.len(),
            level as usize,
        )?;
        for (got, want) in records.iter().zip(all) {
            ensure!(got.starts_with(want), "`{got}` is not `{want}`");
        }
        for record in &records {
            ensure!(record.contains("guest.c"), "no file in `{record}`");
        }
        // One that does not fit is left out, and the call goes on.
        if level == 1 {
            guest.gives("too_big", args![20_000u32], 1)?;
            guest.gives("too_big", args![100u32], 1)?;
        }
    }
    Ok(())
}

pub fn prints() -> Outcome {
    let mut guest = Guest::open("libc_startup")?;
    guest.gives("constructors", args![], 123)?;
    let out = guest.journal.stdout();
    ensure!(out.starts_with("first constructor\n"), "{out:.100}");
    ensure!(out.ends_with("in the call\n"), "no end in {out:.100}");
    let err = guest.journal.written.lock().unwrap()[1].clone();
    same("stderr", &err[..], b"constructor to stderr\n")?;
    guest.gives("was_full", args![], true)
}
