// SPDX-License-Identifier: MIT
//! Guests with a main: tests/guests/libc_*.

use crate::args;
use crate::check::{Guest, Outcome, same};
use crate::ensure;
use crate::value::{Type, Value};

/// argv strings, an empty string, NAME=VALUE strings, each with its NUL.
fn block(argv: &[&str], env: &[&str]) -> Vec<u8> {
    let words = argv.iter().chain(&[""]).chain(env);
    words.flat_map(|w| w.bytes().chain([0])).collect()
}

fn run(guest: &mut Guest, argv: &[&str], env: &[&str]) -> Result<i32, String> {
    match guest.call("hl_main", args![block(argv, env)], Type::Int) {
        Ok(Value::Int(status)) => Ok(status),
        other => Err(format!("{}: {other:.300?}", argv[0])),
    }
}

/// Programs that count their own checks.
pub fn libc() -> Outcome {
    for name in [
        "libc_printf",
        "libc_strtod",
        "libc_setjmp",
        "libc_qsort",
        "libc_malloc",
        "libc_time",
        "libc_wide",
    ] {
        let mut guest = Guest::open(name)?;
        let status = run(&mut guest, &[name], &[])?;
        let out = guest.journal.stdout();
        ensure!(
            status == 0 && out.contains(" checks, 0 failed"),
            "{name}: status {status}, {out:.300}"
        );
    }
    Ok(())
}

pub fn status() -> Outcome {
    for (way, status) in [("return", 3), ("exit", 7), ("deep", 42)] {
        let mut guest = Guest::open("libc_atexit")?;
        same(way, run(&mut guest, &["libc_atexit", way], &[])?, status)?;
        let end = "partial line, atexit 2\natexit 1\ndestructor\n";
        same("stdout", guest.journal.stdout().as_str(), end)?;
        let text = "program has ended";
        let args = args![block(&["again"], &[])];
        guest.fails("hl_main", args, Type::Int, 15, text)?;
    }
    let mut guest = Guest::open("libc_args")?;
    run(&mut guest, &["libc_args", "x", "y z"], &["A=1", "B=two=2"])?;
    let out = guest.journal.stdout();
    let start = "argc=3\nargv[1]=x\nargv[2]=y z\nend=1\nenv A=1\nenv B=two=2\n";
    ensure!(out.starts_with(start), "{out}");
    let mut guest = Guest::open("libc_stdio")?;
    *guest.journal.input.lock().unwrap() =
        b"first line\nsecond\n 42\nz\0".to_vec();
    run(&mut guest, &["libc_stdio"], &[])?;
    let out = guest.journal.stdout();
    ensure!(out.contains(" checks, 0 failed"), "libc_stdio: {out:?}");
    Ok(())
}
