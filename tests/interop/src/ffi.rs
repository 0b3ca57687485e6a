// SPDX-License-Identifier: MIT
//! hl_host.h, hl_image.h and hl/types.h, as far as hlkit.rs needs them.

use std::ffi::{c_char, c_void};

use crate::value::{Type, Value};

pub const HL_OK: i32 = 0;
pub const HL_FAIL_GUEST: i32 = 110;
pub const HL_FAIL_ABORT: i32 = 111;
pub const HL_FAIL_EXCEPTION: i32 = 112;
pub const HL_FAIL_INTERRUPTED: i32 = 118;
pub const HL_FAIL_POISONED: i32 = 123;
pub const HL_PRESET_HYPERLIGHT: i32 = 1;
pub const HL_BACKEND_KVM: i32 = 1;
pub const HL_BACKEND_EMU: i32 = 2;
pub const HL_ABI_STACK: i32 = 0;
pub const HL_ABI_VIRTQ: i32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawSlice {
    pub data: *const u8,
    pub len: usize,
}

impl RawSlice {
    fn of(bytes: &[u8]) -> RawSlice {
        RawSlice {
            data: bytes.as_ptr(),
            len: bytes.len(),
        }
    }

    unsafe fn bytes(&self) -> Vec<u8> {
        match self.len {
            0 => Vec::new(),
            _ => unsafe {
                std::slice::from_raw_parts(self.data, self.len).to_vec()
            },
        }
    }

    pub unsafe fn text(&self) -> String {
        String::from_utf8_lossy(&unsafe { self.bytes() }).into_owned()
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union RawAs {
    pub i32: i32,
    pub u32: u32,
    pub i64: i64,
    pub u64: u64,
    pub f32: f32,
    pub f64: f64,
    pub boolean: bool,
    pub slice: RawSlice,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawValue {
    pub kind: u32,
    pub value: RawAs,
}

const _: () = assert!(size_of::<RawValue>() == 24);

/// hlkit's 4-bit type codes.
pub fn code(kind: Type) -> u32 {
    match kind {
        Type::Int => 1,
        Type::UInt => 2,
        Type::Long => 3,
        Type::ULong => 4,
        Type::Float => 5,
        Type::Double => 6,
        Type::String => 7,
        Type::Bool => 8,
        Type::Bytes => 9,
        Type::Void => 10,
    }
}

impl RawValue {
    pub fn void() -> RawValue {
        RawValue {
            kind: code(Type::Void),
            value: RawAs { u64: 0 },
        }
    }

    /// Texts and bytes stay the value's.
    pub fn borrow(value: &Value) -> RawValue {
        let raw = match value {
            Value::Void => RawAs { u64: 0 },
            Value::Int(x) => RawAs { i32: *x },
            Value::UInt(x) => RawAs { u32: *x },
            Value::Long(x) => RawAs { i64: *x },
            Value::ULong(x) => RawAs { u64: *x },
            Value::Float(x) => RawAs { f32: *x },
            Value::Double(x) => RawAs { f64: *x },
            Value::Bool(x) => RawAs { boolean: *x },
            Value::String(x) => RawAs {
                slice: RawSlice::of(x.as_bytes()),
            },
            Value::Bytes(x) => RawAs {
                slice: RawSlice::of(x),
            },
        };
        RawValue {
            kind: code(value.kind()),
            value: raw,
        }
    }

    /// A copy of a value of the library.
    pub unsafe fn take(&self) -> Value {
        unsafe {
            match self.kind {
                1 => Value::Int(self.value.i32),
                2 => Value::UInt(self.value.u32),
                3 => Value::Long(self.value.i64),
                4 => Value::ULong(self.value.u64),
                5 => Value::Float(self.value.f32),
                6 => Value::Double(self.value.f64),
                7 => Value::String(self.value.slice.text()),
                8 => Value::Bool(self.value.boolean),
                9 => Value::Bytes(self.value.slice.bytes()),
                _ => Value::Void,
            }
        }
    }
}

/// A Rust type, its code on the wire, and how an argument becomes one; the
/// library has checked the argument's type.
pub trait Wire: Sized {
    const CODE: u64;
    fn from_raw(_raw: &RawValue) -> Self;
}

macro_rules! wire {
    ($($type:ty, $code:expr, $value:ident => $get:expr;)*) => {
        $(impl Wire for $type {
            const CODE: u64 = $code;
            fn from_raw(raw: &RawValue) -> $type {
                let $value = &raw.value;
                unsafe { $get }
            }
        })*
    };
}
wire! {
    i32, 1, v => v.i32;
    u32, 2, v => v.u32;
    i64, 3, v => v.i64;
    u64, 4, v => v.u64;
    f32, 5, v => v.f32;
    f64, 6, v => v.f64;
    String, 7, v => v.slice.text();
    bool, 8, v => v.boolean;
    Vec<u8>, 9, v => v.slice.bytes();
}
impl Wire for () {
    const CODE: u64 = 10;
    fn from_raw(_raw: &RawValue) {}
}

#[repr(C)]
pub struct RawError {
    pub status: i32,
    pub guest_code: u32,
    pub vector: i32,
    pub port: u16,
    pub address: u64,
    pub rip: u64,
    pub rsp: u64,
    pub image: u64,
    pub message: [c_char; 2048],
}

impl Default for RawError {
    fn default() -> RawError {
        RawError {
            status: 0,
            guest_code: 0,
            vector: -1,
            port: 0,
            address: 0,
            rip: 0,
            rsp: 0,
            image: 0,
            message: [0; 2048],
        }
    }
}

#[repr(C)]
pub struct RawLogRecord {
    pub level: u8,
    pub line: u32,
    pub message: RawSlice,
    pub source: RawSlice,
    pub caller: RawSlice,
    pub file: RawSlice,
}

pub type Thunk = extern "C" fn(*mut c_void, *const RawValue, *mut RawValue);

#[repr(C)]
pub struct RawProvided {
    pub name: *const c_char,
    pub name_len: usize,
    pub signature: u64,
    pub thunk: Thunk,
    pub cstrs: u32,
}

pub type LogFn = extern "C" fn(*mut c_void, *const RawLogRecord);

unsafe extern "C" {
    pub fn hl_image_open(
        image: *mut *mut c_void,
        path: *const c_char,
        error: *mut RawError,
    ) -> i32;
    pub fn hl_image_free(image: *mut c_void);

    pub fn hl_config_new(preset: i32) -> *mut c_void;
    pub fn hl_config_free(config: *mut c_void);
    pub fn hl_config_set_size(
        config: *mut c_void,
        which: i32,
        bytes: u64,
    ) -> i32;
    pub fn hl_config_set_backend(config: *mut c_void, backend: i32) -> i32;
    pub fn hl_config_set_abi(config: *mut c_void, abi: i32) -> i32;
    pub fn hl_config_set_log(
        config: *mut c_void,
        max_level: u32,
        function: LogFn,
        context: *mut c_void,
    ) -> i32;
    pub fn hl_config_grant(
        config: *mut c_void,
        provided: *const RawProvided,
        context: *mut c_void,
    ) -> i32;

    pub fn hl_sandbox_open(
        sandbox: *mut *mut c_void,
        image: *const c_void,
        config: *const c_void,
        error: *mut RawError,
    ) -> i32;
    pub fn hl_sandbox_close(sandbox: *mut c_void);
    pub fn hl_sandbox_call(
        sandbox: *mut c_void,
        name: *const u8,
        len: usize,
        args: *const RawValue,
        count: usize,
        returns: i32,
        result: *mut RawValue,
        error: *mut RawError,
    ) -> i32;
    pub fn hl_sandbox_interrupt(sandbox: *mut c_void);
    pub fn hl_sandbox_is_poisoned(sandbox: *const c_void) -> bool;
    pub fn hl_sandbox_snapshot(
        sandbox: *mut c_void,
        snapshot: *mut *mut c_void,
        error: *mut RawError,
    ) -> i32;
    pub fn hl_sandbox_restore(
        sandbox: *mut c_void,
        snapshot: *const c_void,
        error: *mut RawError,
    ) -> i32;
    pub fn hl_snapshot_free(snapshot: *mut c_void);

    pub fn hl_call_context(call: *mut c_void) -> *mut c_void;
    pub fn hl_call_alloc(call: *mut c_void, size: usize) -> *mut c_void;
    pub fn hl_call_fail(
        call: *mut c_void,
        code: i32,
        format: *const c_char,
        ...
    ) -> bool;
}
