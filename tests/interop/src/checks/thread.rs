// SPDX-License-Identifier: MIT
//! Many sandboxes at once. Guest: state.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::args;
use crate::check::{Guest, Outcome, count, text};

/// All alive at the same time; each keeps its own state.
pub fn hundred() -> Outcome {
    let threads = count("HLKIT_THREADS", 100) as usize;
    let barrier = Arc::new(Barrier::new(threads));
    let workers: Vec<_> = (0..threads)
        .map(|i| {
            let barrier = barrier.clone();
            thread::spawn(move || {
                let guest = Guest::open("state");
                barrier.wait();
                guest.and_then(|mut guest| work(&mut guest, i))
            })
        })
        .collect();
    for worker in workers {
        worker.join().map_err(|_| "a thread panicked")??;
    }
    Ok(())
}

fn work(guest: &mut Guest, number: usize) -> Outcome {
    let calls = 5 + number as i32 % 7;
    for i in 1..=calls {
        guest.gives("next_heap", args![], i)?;
    }
    let snapshot = text(guest.sandbox.snapshot())?;
    for _ in 0..3 {
        guest.gives("next_heap", args![], calls + 1)?;
        text(guest.sandbox.restore(&snapshot))?;
    }
    guest.gives("next_data", args![], 41)
}
