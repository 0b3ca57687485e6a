// SPDX-License-Identifier: MIT
//! Upstream's side of bench-interop: measures one row at a time, as the driver
//! (bench.c) asks for it, so that both hosts take turns.
//!
//! Argument: the guest's file. Each line on stdin is `ROW COUNT`; the answer is
//! one line of COUNT numbers: nanoseconds, or bytes for the row `memory`. An
//! unknown row is answered by an empty line.

use std::io::{BufRead, Write};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use hyperlight_host::sandbox::SandboxConfiguration;
use hyperlight_host::sandbox::snapshot::Snapshot;
use hyperlight_host::{
    GuestBinary, HostFunctions, Result, UninitializedSandbox,
};

#[cfg(not(feature = "virtq"))]
use hyperlight_host::MultiUseSandbox as Sandbox;
#[cfg(feature = "virtq")]
use hyperlight_host::Sandbox;

const BULK_IN: usize = 24 << 10;
const BULK_BUFFER: usize = 64 << 10;
const BULK_SCRATCH: usize = 512 << 10;
const SANDBOXES: usize = 50;
const THREADS: usize = 2;

fn configuration(bulk: bool) -> SandboxConfiguration {
    let mut config = SandboxConfiguration::default();
    if bulk {
        config.set_scratch_size(BULK_SCRATCH);
        #[cfg(not(feature = "virtq"))]
        {
            config.set_input_data_size(BULK_BUFFER);
            config.set_output_data_size(BULK_BUFFER);
        }
        #[cfg(feature = "virtq")]
        config.set_h2g_pool_pages(BULK_BUFFER / 4096);
    }
    config
}

fn open(guest: &str, bulk: bool) -> Result<Sandbox> {
    let mut sandbox = UninitializedSandbox::new(
        GuestBinary::FilePath(guest.into()),
        Some(configuration(bulk)),
    )?;
    sandbox.register("bench_inc", |x: i32| x + 1)?;
    sandbox.evolve()
}

struct Bench {
    guest: String,
    sandbox: Sandbox,
    fresh: Arc<Snapshot>,
    bulk: Option<Sandbox>,
}

fn timed<T>(once: impl FnOnce() -> Result<T>) -> Result<(u64, T)> {
    let start = Instant::now();
    let made = once()?;
    Ok((start.elapsed().as_nanos() as u64, made))
}

fn repeat(
    count: usize,
    mut once: impl FnMut() -> Result<()>,
) -> Result<Vec<u64>> {
    once()?; // not counted: caches and pages
    (0..count)
        .map(|_| timed(&mut once).map(|(ns, _)| ns))
        .collect()
}

impl Bench {
    fn row(&mut self, row: &str, count: usize) -> Result<Vec<u64>> {
        let sandbox = &mut self.sandbox;
        let fresh = self.fresh.clone();
        match row {
            "create" => self.create(count),
            "none" => repeat(count, || none(sandbox)),
            "add" => repeat(count, || {
                sandbox.call::<i32>("add", (40, 2)).map(|_| ())
            }),
            "host_call" => repeat(count, || {
                sandbox.call::<i32>("host_call", 41).map(|_| ())
            }),
            "bulk" => self.bulk(count),
            "restore" => self.restore(count),
            "call_restore" => repeat(count, || {
                none(sandbox)?;
                sandbox.restore(fresh.clone())
            }),
            "snapshot" => self.snapshot(count),
            "interrupt" => self.interrupt(count),
            "from_snapshot" => self.from_snapshot(count),
            "memory" => self.memory(),
            "pair_calls" => self.pair_calls(count),
            "pair_sandboxes" => self.pair_sandboxes(count),
            _ => Ok(vec![]),
        }
    }

    fn create(&self, count: usize) -> Result<Vec<u64>> {
        let once = || {
            let mut sandbox = open(&self.guest, false)?;
            none(&mut sandbox)?;
            Ok(sandbox)
        };
        (0..count).map(|_| timed(once).map(|(ns, _)| ns)).collect()
    }

    fn bulk(&mut self, count: usize) -> Result<Vec<u64>> {
        if self.bulk.is_none() {
            self.bulk = Some(open(&self.guest, true)?);
        }
        let bytes = vec![1u8; BULK_IN];
        let sandbox = self.bulk.as_mut().expect("just made");
        repeat(count, || {
            sandbox.call::<Vec<u8>>("bulk", bytes.clone()).map(|_| ())
        })
    }

    /// Restores alone, each after a call.
    fn restore(&mut self, count: usize) -> Result<Vec<u64>> {
        let sandbox = &mut self.sandbox;
        let mut all = Vec::new();
        for _ in 0..count {
            none(sandbox)?;
            let fresh = self.fresh.clone();
            all.push(timed(|| sandbox.restore(fresh))?.0);
        }
        Ok(all)
    }

    /// Of a sandbox that a call has changed, or the host would return the
    /// snapshot it has.
    fn snapshot(&mut self, count: usize) -> Result<Vec<u64>> {
        let sandbox = &mut self.sandbox;
        let mut all = Vec::new();
        for _ in 0..count {
            none(sandbox)?;
            all.push(timed(|| sandbox.snapshot())?.0);
            sandbox.restore(self.fresh.clone())?;
        }
        Ok(all)
    }

    /// Interrupts until the call has ended: the first time may come too early.
    fn interrupt(&mut self, count: usize) -> Result<Vec<u64>> {
        let mut all = Vec::new();
        for _ in 0..count {
            let handle = self.sandbox.interrupt_handle();
            let (end, ended) = std::sync::mpsc::channel();
            let killer = thread::spawn(move || {
                let mut wait = Duration::from_millis(3);
                let mut start = Instant::now();
                while ended.recv_timeout(wait).is_err() {
                    start = Instant::now();
                    handle.kill();
                    wait = Duration::from_millis(100);
                }
                start
            });
            let _ = self.sandbox.call::<()>("spin", ());
            let now = Instant::now();
            let _ = end.send(());
            let start = killer.join().expect("the killer ends");
            all.push((now - start).as_nanos() as u64);
            self.sandbox.restore(self.fresh.clone())?;
        }
        Ok(all)
    }

    fn from_snapshot(&self, count: usize) -> Result<Vec<u64>> {
        let once = || {
            let mut functions = HostFunctions::default();
            hyperlight_host::func::Registerable::register_host_function(
                &mut functions,
                "bench_inc",
                |x: i32| x + 1,
            )?;
            let fresh = self.fresh.clone();
            let mut sandbox = Sandbox::from_snapshot(fresh, functions, None)?;
            none(&mut sandbox)?;
            Ok(sandbox)
        };
        (0..count).map(|_| timed(once).map(|(ns, _)| ns)).collect()
    }

    /// Bytes of this process for one more sandbox that has been called.
    fn memory(&self) -> Result<Vec<u64>> {
        let before = resident();
        let mut all = Vec::new();
        for _ in 0..SANDBOXES {
            let mut sandbox = open(&self.guest, false)?;
            none(&mut sandbox)?;
            all.push(sandbox);
        }
        Ok(vec![resident().saturating_sub(before) / SANDBOXES as u64])
    }

    /// Nanoseconds a call, of THREADS threads with a sandbox each.
    fn pair_calls(&self, count: usize) -> Result<Vec<u64>> {
        const CALLS: usize = 200;
        (0..count)
            .map(|_| {
                in_threads(&self.guest, CALLS, |sandbox, calls| {
                    (0..calls).try_for_each(|_| none(sandbox))
                })
            })
            .collect()
    }

    /// Nanoseconds a sandbox, made, called and closed by THREADS threads.
    fn pair_sandboxes(&self, count: usize) -> Result<Vec<u64>> {
        const MADE: usize = 10;
        (0..count)
            .map(|_| {
                let guest = &self.guest;
                in_threads(guest, MADE, |_, made| {
                    (0..made).try_for_each(|_| none(&mut open(guest, false)?))
                })
            })
            .collect()
    }
}

/// Nanoseconds for one of the THREADS * each things that work does.
fn in_threads(
    guest: &str,
    each: usize,
    work: impl Fn(&mut Sandbox, usize) -> Result<()> + Sync,
) -> Result<u64> {
    let barrier = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let sandbox = open(guest, false);
                    barrier.wait();
                    work(&mut sandbox?, each)
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for worker in workers {
            worker.join().expect("a worker ends")?;
        }
        let all = start.elapsed().as_nanos() as u64;
        Ok(all / (THREADS * each) as u64)
    })
}

fn none(sandbox: &mut Sandbox) -> Result<()> {
    sandbox.call::<i32>("none", ()).map(|_| ())
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|word| word.parse().ok());
    pages.unwrap_or(0u64) * 4096
}

fn main() -> Result<()> {
    let guest = std::env::args().nth(1).expect("the guest's file");
    let mut sandbox = open(&guest, false)?;
    let fresh = sandbox.snapshot()?;
    let mut bench = Bench {
        guest,
        sandbox,
        fresh,
        bulk: None,
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("stdin is text");
        let (row, count) = line.split_once(' ').expect("ROW COUNT");
        let all = bench.row(row, count.parse().expect("a number"))?;
        let words: Vec<String> = all.iter().map(u64::to_string).collect();
        println!("{}", words.join(" "));
        std::io::stdout().flush().expect("stdout is open");
    }
    Ok(())
}
