// SPDX-License-Identifier: MIT
//! Calls that do not end. Guest: the sample bench.

use std::thread;
use std::time::{Duration, Instant};

use crate::args;
use crate::check::{Guest, Outcome, same, text};
use crate::ensure;
use crate::value::{Failure, Type};

/// Call it, and interrupt it after a while until it has ended.
fn interrupted(guest: &mut Guest, name: &str) -> Outcome {
    let interrupter = guest.sandbox.interrupter();
    let (end, ended) = std::sync::mpsc::channel();
    let stopper = thread::spawn(move || {
        let mut wait = Duration::from_millis(20);
        while ended.recv_timeout(wait).is_err() {
            interrupter.interrupt();
            wait = Duration::from_millis(100);
        }
    });
    let start = Instant::now();
    let result = guest.call(name, args![], Type::Void);
    let _ = end.send(());
    stopper.join().map_err(|_| "the stopper panicked")?;
    same(name, result, Err(Failure::Interrupted))?;
    ensure!(
        start.elapsed() < Duration::from_secs(5),
        "{name} ran too long"
    );
    ensure!(guest.sandbox.poisoned(), "not poisoned");
    let again = guest.call(name, args![], Type::Void);
    same("after the interrupt", again, Err(Failure::Poisoned))
}

pub fn recover() -> Outcome {
    let mut guest = Guest::open("samples/bench")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for _ in 0..10 {
        guest.gives("add", args![1, 2], 3)?;
        interrupted(&mut guest, "spin")?;
        text(guest.sandbox.restore(&fresh))?;
    }
    // An interrupt between calls stops nothing.
    guest.sandbox.interrupter().interrupt();
    guest.gives("add", args![1, 2], 3)
}

pub fn in_host_calls() -> Outcome {
    let mut guest = Guest::open("interop/guest")?;
    let fresh = text(guest.sandbox.snapshot())?;
    for _ in 0..10 {
        interrupted(&mut guest, "host_call_forever")?;
        text(guest.sandbox.restore(&fresh))?;
        guest.gives("host_calls", args![3], 3)?;
    }
    Ok(())
}
