// SPDX-License-Identifier: MIT
//! What upstream's tests want of their helper crate: the guests' paths, which
//! are all our one C guest (HLKIT_UPSTREAM_GUEST), and a logger that counts.

use std::path::PathBuf;

pub mod simplelogger;

fn guest() -> Result<String, String> {
    std::env::var("HLKIT_UPSTREAM_GUEST")
        .map_err(|e| format!("HLKIT_UPSTREAM_GUEST: {e}"))
}

pub fn simple_guest_as_string() -> Result<String, String> {
    guest()
}

pub fn c_simple_guest_as_string() -> Result<String, String> {
    guest()
}

pub fn simple_guest_non_pie_as_string() -> Result<String, String> {
    guest()
}

pub fn simple_guest_as_pathbuf() -> PathBuf {
    guest().expect("a guest").into()
}

pub fn c_simple_guest_as_pathbuf() -> PathBuf {
    guest().expect("a guest").into()
}
