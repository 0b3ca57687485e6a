// SPDX-License-Identifier: MIT
//! Many calls in one sandbox. Guest: interop/guest.

use std::time::{Duration, Instant};

use crate::args;
use crate::check::{Guest, Outcome, count, text};
use crate::ensure;

/// Kilobytes of this process in memory.
fn resident() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|e| e.to_string())?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .ok_or_else(|| "no VmRSS".to_string())
}

/// A tenth of the calls: mostly numbers, also texts, host calls, heap; the
/// shortest time of a round of 100.
fn part(guest: &mut Guest, from: i32, calls: i32) -> Result<Duration, String> {
    let mut best = Duration::MAX;
    let mut round = Instant::now();
    for i in 0..calls {
        let n = from + i;
        match n % 20 {
            1 => guest.gives("text", args!["abc"], "abc")?,
            2 => guest.gives("host_calls", args![1], 1)?,
            3 => guest.gives("heap", args![1 + 16 * (n as u64 % 7)], true)?,
            _ => guest.gives("add", args![n, 1], n + 1)?,
        }
        if i % 100 == 99 {
            best = best.min(round.elapsed());
            round = Instant::now();
        }
    }
    Ok(best)
}

/// Results stay right, and neither time nor memory grows. The shortest time of
/// many is compared, and generously: other processes take turns on the machine.
pub fn calls() -> Outcome {
    let calls = (count("HLKIT_CALLS", 100_000) as i32 / 10).max(100);
    let mut guest = Guest::open("interop/guest")?;
    let first = part(&mut guest, 0, calls)?;
    let before = resident()?;
    let mut last = first;
    for tenth in 1..10 {
        last = part(&mut guest, tenth * calls, calls)?;
    }
    let after = resident()?;
    ensure!(
        after < before + 1024,
        "memory: {before} kB, then {after} kB"
    );
    ensure!(
        last < first * 10,
        "100 calls took {first:?}, after {} calls {last:?}",
        calls * 10
    );
    let snapshot = text(guest.sandbox.snapshot())?;
    text(guest.sandbox.restore(&snapshot))?;
    guest.gives("add", args![1, 2], 3)
}
