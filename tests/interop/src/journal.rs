// SPDX-License-Identifier: MIT
//! The host functions every sandbox gets, and what guests did with them. Each
//! host (hyperlight.rs, hlkit.rs) registers them under the same names.

use std::sync::Mutex;

pub const TIME: u64 = 1_750_000_000;

#[derive(Default)]
pub struct Journal {
    /// What came by HostPrint and by hl_println, each call one text.
    pub prints: Mutex<Vec<String>>,
    /// What was written to descriptor 1 and to descriptor 2.
    pub written: Mutex<[Vec<u8>; 2]>,
    /// What hl_read has still to give.
    pub input: Mutex<Vec<u8>>,
}

impl Journal {
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()[0]).into_owned()
    }

    pub fn prints(&self) -> Vec<String> {
        self.prints.lock().unwrap().clone()
    }

    pub fn host_print(&self, text: String) -> i32 {
        let len = text.len();
        self.prints.lock().unwrap().push(text);
        len as i32
    }

    pub fn hl_println(&self, text: String) {
        self.prints.lock().unwrap().push(text);
    }

    pub fn hl_write(&self, fd: i32, bytes: Vec<u8>) -> i32 {
        const EBADF: i32 = 9;
        match fd {
            1 | 2 => {
                self.written.lock().unwrap()[fd as usize - 1]
                    .extend_from_slice(&bytes);
                bytes.len() as i32
            }
            _ => -EBADF,
        }
    }

    pub fn hl_read(&self, max: i32) -> Vec<u8> {
        let mut input = self.input.lock().unwrap();
        let len = input.len().min(max.max(0) as usize);
        input.drain(..len).collect()
    }

    pub fn hl_get_time(&self) -> u64 {
        TIME
    }

    /// Fails for odd numbers.
    pub fn host_fail(&self, x: i32) -> Result<i32, String> {
        match x % 2 {
            0 => Ok(x + 1),
            _ => Err(format!("no luck with {x}")),
        }
    }

    pub fn host_echo(&self, text: String) -> String {
        text
    }

    pub fn host_bytes(&self, size: i32) -> Vec<u8> {
        vec![b'x'; size.max(0) as usize]
    }

    pub fn host_text(&self, text: String) -> String {
        format!("<{text}>")
    }

    pub fn host_void(&self) {}

    #[allow(clippy::too_many_arguments)]
    pub fn host_mix(
        &self,
        a: i32,
        b: u32,
        c: i64,
        d: u64,
        e: f32,
        f: f64,
        g: bool,
        h: String,
        i: Vec<u8>,
        j: String,
        k: i32,
    ) -> f64 {
        f64::from(a)
            + f64::from(b)
            + c as f64
            + d as f64
            + f64::from(e)
            + f
            + f64::from(u8::from(g))
            + h.len() as f64
            + i.len() as f64
            + j.len() as f64
            + f64::from(k)
    }

    pub fn bench_inc(&self, x: i32) -> i32 {
        x.wrapping_add(1)
    }
}

/// Every host function once: `$macro!(name, method, (types) -> type)`.
#[macro_export]
macro_rules! for_each_host_function {
    ($macro:ident) => {
        $macro!("HostPrint", host_print, (text: String) -> i32);
        $macro!("hl_println", hl_println, (text: String) -> ());
        $macro!("hl_write", hl_write, (fd: i32, bytes: Vec<u8>) -> i32);
        $macro!("hl_read", hl_read, (max: i32) -> Vec<u8>);
        $macro!("hl_get_time", hl_get_time, () -> u64);
        $macro!("HostEcho", host_echo, (text: String) -> String);
        $macro!("HostBytes", host_bytes, (size: i32) -> Vec<u8>);
        $macro!("HostText", host_text, (text: String) -> String);
        $macro!("HostVoid", host_void, () -> ());
        $macro!("HostMix", host_mix, (a: i32, b: u32, c: i64, d: u64, e: f32,
            f: f64, g: bool, h: String, i: Vec<u8>, j: String, k: i32) -> f64);
        $macro!("HostRequired", bench_inc, (x: i32) -> i32);
        $macro!("bench_inc", bench_inc, (x: i32) -> i32);
        $macro!("HostInc", bench_inc, (x: i32) -> i32);
    };
}

/// Memory of a sandbox.
#[derive(Clone, Copy, PartialEq)]
pub enum Sizes {
    /// What the host gives when it is not asked.
    Default,
    /// Room for big messages: 1 MiB each way, 1 MiB heap, 8 MiB scratch.
    Large,
}

pub struct Options {
    pub sizes: Sizes,
    /// 0 off, 1 error … 5 trace.
    pub log_level: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sizes: Sizes::Default,
            log_level: 1,
        }
    }
}
