// SPDX-License-Identifier: MIT
//! Every check, by its row in docs/compatibility.md.

mod abort;
mod buffer;
mod endurance;
mod error;
mod fault;
mod host_call;
mod interrupt;
mod other;
mod output;
mod program;
mod protection;
mod sample;
mod size;
mod snapshot;
mod state;
mod thread;
mod value;

use crate::check::Check;
pub use output::record;

macro_rules! checks {
    ($($name:expr => $run:path,)*) => {
        &[$(Check { name: $name, run: $run }),*]
    };
}

pub const ALL: &[Check] = checks! {
    "sample hello" => sample::hello,
    "sample echo-worker" => sample::echo_worker,
    "sample data-processor" => sample::data_processor,
    "sample bench" => sample::bench,
    "nine types as parameter and result" => value::each_type,
    "eleven parameters of all types" => value::eleven,
    "texts with NUL, empty texts and bytes" => value::odd_texts,
    "wrong name, count or type of arguments" => value::wrong_call,
    "results that cannot be sent" => value::bad_results,
    "full buffers of the default size" => buffer::default_size,
    "messages of 700 KiB both ways" => buffer::large,
    "host calls of all types" => host_call::all_types,
    "failing and missing host functions" => host_call::failing,
    "replies and requests too big" => host_call::too_big,
    "log records, by level" => output::logs,
    "printf and stdio of a program" => output::prints,
    "guest errors: code and text" => error::results,
    "calls of names not exported" => error::fallback,
    "aborts: code, text, poison, restore" => abort::aborts,
    "faults: vector, text, addresses" => fault::faults,
    "stack overflow meets the guard page" => fault::stack_overflow,
    "code and constants are read-only" => protection::read_only,
    "data, heap and stack never execute" => protection::no_execute,
    "page zero is not mapped" => protection::page_zero,
    "a smashed stack is noticed" => protection::stack_smash,
    "constructors run once, in order" => state::constructors,
    "state across calls" => state::across_calls,
    "allocation ends with NULL" => state::exhaustion,
    "random numbers differ" => state::random,
    "snapshot and restore" => snapshot::restore,
    "two snapshots in turn" => snapshot::two_in_turn,
    "sandbox made from a snapshot" => snapshot::from_snapshot,
    "1,000 restores" => snapshot::thousand,
    "interrupt and recover" => interrupt::recover,
    "interrupt during host calls" => interrupt::in_host_calls,
    "25 dirtied pages in a default sandbox" => size::default_pages,
    "out of pages: abort 13, recoverable" => size::out_of_pages,
    "libc's tests as programs" => program::libc,
    "exit status and arguments of main" => program::status,
    "a guest that hlkit did not make" => other::others,
    "100 sandboxes in threads" => thread::hundred,
    "100,000 calls without drift" => endurance::calls,
};
