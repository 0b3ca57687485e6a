// SPDX-License-Identifier: MIT
//! The checks' view of a sandbox, on libhlhost by its C API (hl_host.h), so
//! that the very same calls are made of our host and of upstream's.
//! HLKIT_BACKEND: kvm (the default) or emu, with `-virtq` for generation C.

use std::ffi::{CStr, CString, c_void};
use std::path::Path;
use std::sync::Arc;

use crate::checks::record;
use crate::ffi::*;
use crate::for_each_host_function;
use crate::journal::{Journal, Options, Sizes};
use crate::value::{Failure, Type, Value};

pub const HAS_FROM_SNAPSHOT: bool = true;

/// Shared by its sandboxes and snapshots, the last of which frees it.
struct Image(*mut c_void);

pub struct Sandbox {
    sandbox: *mut c_void,
    image: Arc<Image>,
    _journal: Arc<Journal>,
}

// One thread at a time uses a sandbox; hl_host.h asks no more.
unsafe impl Send for Sandbox {}
unsafe impl Send for Image {}
unsafe impl Sync for Image {}

pub struct Snapshot {
    snapshot: *mut c_void,
    image: Arc<Image>,
}

pub struct Interrupter(*mut c_void);
unsafe impl Send for Interrupter {}

pub fn open(
    image: &Path,
    options: &Options,
    journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    let path = CString::new(image.to_string_lossy().as_bytes())
        .map_err(|e| Failure::Host(e.to_string()))?;
    let mut opened = Image(std::ptr::null_mut());
    let mut error = RawError::default();
    let status =
        unsafe { hl_image_open(&mut opened.0, path.as_ptr(), &mut error) };
    check(status, &error)?;
    start(Arc::new(opened), options, journal)
}

fn start(
    image: Arc<Image>,
    options: &Options,
    journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    let config = Config::new(options, journal)?;
    let mut sandbox = std::ptr::null_mut();
    let mut error = RawError::default();
    let status =
        unsafe { hl_sandbox_open(&mut sandbox, image.0, config.0, &mut error) };
    check(status, &error)?;
    Ok(Sandbox {
        sandbox,
        image,
        _journal: journal.clone(),
    })
}

pub fn from_snapshot(
    _image: &Path,
    snapshot: &Snapshot,
    journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    let image = snapshot.image.clone();
    let mut made = start(image, &Options::default(), journal)?;
    made.restore(snapshot)?;
    Ok(made)
}

struct Config(*mut c_void);

fn backend_name() -> String {
    std::env::var("HLKIT_BACKEND").unwrap_or_default()
}

/// Is generation C asked for?
pub fn has_virtq() -> bool {
    backend_name().ends_with("virtq")
}

impl Config {
    fn new(
        options: &Options,
        journal: &Arc<Journal>,
    ) -> Result<Config, Failure> {
        const BIG: u64 = 1 << 20;
        const SIZES: [(i32, u64); 4] =
            [(0, BIG), (1, 8 * BIG), (2, BIG), (3, BIG)];
        let wanted = backend_name();
        let backend = match wanted.starts_with("emu") {
            true => HL_BACKEND_EMU,
            false => HL_BACKEND_KVM,
        };
        let abi = match has_virtq() {
            true => HL_ABI_VIRTQ,
            false => HL_ABI_STACK,
        };
        unsafe {
            let config = Config(hl_config_new(HL_PRESET_HYPERLIGHT));
            plain(hl_config_set_backend(config.0, backend))?;
            plain(hl_config_set_abi(config.0, abi))?;
            if options.sizes == Sizes::Large {
                for (which, bytes) in SIZES {
                    plain(hl_config_set_size(config.0, which, bytes))?;
                }
            }
            plain(hl_config_set_log(
                config.0,
                options.log_level,
                log_record,
                std::ptr::null_mut(),
            ))?;
            grant(&config, journal)?;
            Ok(config)
        }
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        unsafe { hl_config_free(self.0) }
    }
}

/// Nothing to do: records come by log_record.
pub fn capture_logs() {}

extern "C" fn log_record(_: *mut c_void, entry: *const RawLogRecord) {
    const NAMES: [&str; 7] = [
        "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "NONE",
    ];
    let entry = unsafe { &*entry };
    let name = NAMES.get(entry.level as usize).unwrap_or(&"?");
    let text = unsafe { (entry.message.text(), entry.file.text()) };
    record(name, &format!("{} {}", text.0, text.1));
}

impl Sandbox {
    pub fn call(
        &mut self,
        name: &str,
        args: Vec<Value>,
        returns: Type,
    ) -> Result<Value, Failure> {
        let raw: Vec<RawValue> = args.iter().map(RawValue::borrow).collect();
        let mut result = RawValue::void();
        let mut error = RawError::default();
        unsafe {
            let status = hl_sandbox_call(
                self.sandbox,
                name.as_ptr(),
                name.len(),
                raw.as_ptr(),
                raw.len(),
                code(returns) as i32,
                &mut result,
                &mut error,
            );
            check(status, &error)?;
            Ok(result.take())
        }
    }

    pub fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        let mut snapshot = std::ptr::null_mut();
        let mut error = RawError::default();
        let status = unsafe {
            hl_sandbox_snapshot(self.sandbox, &mut snapshot, &mut error)
        };
        check(status, &error)?;
        Ok(Snapshot {
            snapshot,
            image: self.image.clone(),
        })
    }

    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        let mut error = RawError::default();
        let status = unsafe {
            hl_sandbox_restore(self.sandbox, snapshot.snapshot, &mut error)
        };
        check(status, &error)
    }

    pub fn poisoned(&self) -> bool {
        unsafe { hl_sandbox_is_poisoned(self.sandbox) }
    }

    /// To be used only as long as the sandbox is open.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.sandbox)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        unsafe { hl_sandbox_close(self.sandbox) }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        unsafe { hl_image_free(self.0) }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        unsafe { hl_snapshot_free(self.snapshot) }
    }
}

impl Interrupter {
    pub fn interrupt(&self) {
        unsafe { hl_sandbox_interrupt(self.0) }
    }
}

fn plain(status: i32) -> Result<(), Failure> {
    match status {
        HL_OK => Ok(()),
        _ => Err(Failure::Host(format!("status {status}"))),
    }
}

fn check(status: i32, error: &RawError) -> Result<(), Failure> {
    if status == HL_OK {
        return Ok(());
    }
    let text = unsafe { CStr::from_ptr(error.message.as_ptr()) };
    let text = text.to_string_lossy().into_owned();
    let code = u64::from(error.guest_code);
    Err(match status {
        HL_FAIL_GUEST => Failure::Guest(code, text),
        HL_FAIL_ABORT | HL_FAIL_EXCEPTION => Failure::Abort(code, text),
        HL_FAIL_INTERRUPTED => Failure::Interrupted,
        HL_FAIL_POISONED => Failure::Poisoned,
        _ => Failure::Host(text),
    })
}

/// Grant every host function of the journal. The descriptions must outlive the
/// sandboxes: they are leaked, a few hundred bytes a sandbox.
fn grant(config: &Config, journal: &Arc<Journal>) -> Result<(), Failure> {
    let context = Arc::as_ptr(journal).cast_mut().cast::<c_void>();
    macro_rules! one {
        ($name:expr, $method:ident,
         ($($arg:ident: $type:ty),*) -> $returns:ty) => {{
            extern "C" fn thunk(
                call: *mut c_void,
                args: *const RawValue,
                result: *mut RawValue,
            ) {
                let journal = unsafe { &*hl_call_context(call).cast::<Journal>() };
                #[allow(unused_mut)] // of a function without arguments
                let mut at = 0;
                $(
                    let $arg = <$type>::from_raw(unsafe { &*args.add(at) });
                    at += 1;
                )*
                let _ = (args, at);
                let value = Value::from(journal.$method($($arg),*));
                unsafe { answer(call, result, &value) }
            }
            let kinds = [$(<$type as Wire>::CODE),*];
            let kind = <$returns as Wire>::CODE;
            provide(config, $name, &kinds, kind, thunk, context)?;
        }};
    }
    for_each_host_function!(one);
    provide(config, "HostFail", &[1], 1, host_fail, context)
}

extern "C" fn host_fail(
    call: *mut c_void,
    args: *const RawValue,
    result: *mut RawValue,
) {
    let journal = unsafe { &*hl_call_context(call).cast::<Journal>() };
    let x = i32::from_raw(unsafe { &*args });
    match journal.host_fail(x) {
        Ok(x) => unsafe { answer(call, result, &Value::Int(x)) },
        Err(text) => unsafe {
            let text = CString::new(text).unwrap_or_default();
            hl_call_fail(call, 17, c"%s".as_ptr(), text.as_ptr());
        },
    }
}

/// A text or bytes must outlive the thunk: they go to the call's own memory.
unsafe fn answer(call: *mut c_void, result: *mut RawValue, value: &Value) {
    unsafe {
        let mut raw = RawValue::borrow(value);
        if let Value::String(_) | Value::Bytes(_) = value {
            let from = raw.value.slice;
            let copy = hl_call_alloc(call, from.len.max(1)).cast::<u8>();
            if copy.is_null() {
                hl_call_fail(call, 13, c"no memory".as_ptr());
                return;
            }
            std::ptr::copy_nonoverlapping(from.data, copy, from.len);
            raw.value.slice.data = copy;
        }
        *result = raw;
    }
}

fn provide(
    config: &Config,
    name: &str,
    kinds: &[u64],
    returns: u64,
    thunk: Thunk,
    context: *mut c_void,
) -> Result<(), Failure> {
    let signature = kinds
        .iter()
        .enumerate()
        .fold(returns, |all, (i, kind)| all | kind << (4 * (i + 1)));
    let text = CString::new(name).expect("a name without NUL");
    let provided = Box::leak(Box::new(RawProvided {
        name: text.into_raw(),
        name_len: name.len(),
        signature,
        thunk,
        cstrs: 0,
    }));
    plain(unsafe { hl_config_grant(config.0, provided, context) })
}
