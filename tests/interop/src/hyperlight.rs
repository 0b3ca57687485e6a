// SPDX-License-Identifier: MIT
//! The checks' view of a sandbox, on hyperlight-host 0.13.1 to 0.18.0.

use std::path::Path;
use std::sync::Arc;

use hyperlight_common::func::Error as FuncError;
use hyperlight_host::func::{
    ParameterTuple, ParameterType, ParameterValue, Registerable,
    SupportedReturnType,
};
use hyperlight_host::hypervisor::InterruptHandle;
use hyperlight_host::sandbox::SandboxConfiguration;
use hyperlight_host::sandbox::snapshot::Snapshot as HostSnapshot;
use hyperlight_host::{
    GuestBinary, HyperlightError, UninitializedSandbox, new_error,
};
use tracing_core::LevelFilter;

use crate::checks::record;
use crate::for_each_host_function;
use crate::journal::{Journal, Options, Sizes};
use crate::value::{Failure, Type, Value};

pub const HAS_FROM_SNAPSHOT: bool = cfg!(feature = "from-snapshot");

/// Does it speak generation C?
pub fn has_virtq() -> bool {
    cfg!(feature = "virtq")
}

#[cfg(feature = "virtq")]
type HostSandbox = hyperlight_host::Sandbox;
#[cfg(not(feature = "virtq"))]
type HostSandbox = hyperlight_host::MultiUseSandbox;

pub struct Sandbox(HostSandbox);

#[derive(Clone)]
pub struct Snapshot(Arc<HostSnapshot>);

#[derive(Clone)]
pub struct Interrupter(Arc<dyn InterruptHandle>);

pub fn open(
    image: &Path,
    options: &Options,
    journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    let path = image.to_string_lossy().into_owned();
    let mut sandbox = UninitializedSandbox::new(
        GuestBinary::FilePath(path.into()),
        Some(configuration(options)),
    )
    .map_err(failure)?;
    sandbox.set_max_guest_log_level(log_level(options.log_level));
    register(&mut sandbox, journal).map_err(failure)?;
    Ok(Sandbox(sandbox.evolve().map_err(failure)?))
}

fn configuration(options: &Options) -> SandboxConfiguration {
    const BIG: usize = 1 << 20;
    let mut config = SandboxConfiguration::default();
    if options.sizes == Sizes::Large {
        config.set_heap_size(BIG as u64);
        config.set_scratch_size(8 * BIG);
        #[cfg(feature = "virtq")]
        {
            // One page a buffer, and one buffer to spare.
            let pages = BIG / 4096 + 2;
            config.set_h2g_pool_pages(pages);
            config.set_h2g_queue_size(pages.next_power_of_two());
            config.set_g2h_pool_pages(pages);
            config.set_g2h_queue_size(pages.next_power_of_two());
        }
        #[cfg(not(feature = "virtq"))]
        {
            config.set_input_data_size(BIG);
            config.set_output_data_size(BIG);
        }
    }
    config
}

fn log_level(level: u32) -> LevelFilter {
    match level {
        0 => LevelFilter::OFF,
        1 => LevelFilter::ERROR,
        2 => LevelFilter::WARN,
        3 => LevelFilter::INFO,
        4 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

fn register(
    registry: &mut impl Registerable,
    journal: &Arc<Journal>,
) -> Result<(), HyperlightError> {
    macro_rules! one {
        ($name:expr, $method:ident,
         ($($arg:ident: $type:ty),*) -> $returns:ty) => {
            let j = journal.clone();
            let function =
                move |$($arg: $type),*| -> hyperlight_host::Result<$returns> {
                    Ok(j.$method($($arg),*))
                };
            registry.register_host_function($name, function)?;
        };
    }
    for_each_host_function!(one);
    let j = journal.clone();
    let fail = move |x: i32| -> hyperlight_host::Result<i32> {
        j.host_fail(x).map_err(|text| new_error!("{}", text))
    };
    registry.register_host_function("HostFail", fail)
}

#[cfg(feature = "from-snapshot")]
pub fn from_snapshot(
    _image: &Path,
    snapshot: &Snapshot,
    journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    let mut functions = hyperlight_host::HostFunctions::default();
    register(&mut functions, journal).map_err(failure)?;
    HostSandbox::from_snapshot(snapshot.0.clone(), functions, None)
        .map(Sandbox)
        .map_err(failure)
}

#[cfg(not(feature = "from-snapshot"))]
pub fn from_snapshot(
    _image: &Path,
    _snapshot: &Snapshot,
    _journal: &Arc<Journal>,
) -> Result<Sandbox, Failure> {
    Err(Failure::Host("this host cannot".into()))
}

/// The host sends its guests' records to the log facade.
struct Logs;

impl log::Log for Logs {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.target() == "hyperlight_guest"
    }

    fn log(&self, entry: &log::Record) {
        if self.enabled(entry.metadata()) {
            let file = entry.file().unwrap_or("");
            let text = format!("{} {file}", entry.args());
            record(entry.level().as_str(), &text);
        }
    }

    fn flush(&self) {}
}

pub fn capture_logs() {
    if log::set_logger(&Logs).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

impl Sandbox {
    pub fn call(
        &mut self,
        name: &str,
        args: Vec<Value>,
        returns: Type,
    ) -> Result<Value, Failure> {
        let args = Args(args);
        match returns {
            Type::Void => self.typed::<()>(name, args),
            Type::Int => self.typed::<i32>(name, args),
            Type::UInt => self.typed::<u32>(name, args),
            Type::Long => self.typed::<i64>(name, args),
            Type::ULong => self.typed::<u64>(name, args),
            Type::Float => self.typed::<f32>(name, args),
            Type::Double => self.typed::<f64>(name, args),
            Type::Bool => self.typed::<bool>(name, args),
            Type::String => self.typed::<String>(name, args),
            Type::Bytes => self.typed::<Vec<u8>>(name, args),
        }
    }

    fn typed<T: SupportedReturnType + Into<Value>>(
        &mut self,
        name: &str,
        args: Args,
    ) -> Result<Value, Failure> {
        self.0
            .call::<T>(name, args)
            .map(Into::into)
            .map_err(failure)
    }

    pub fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        Ok(Snapshot(self.0.snapshot().map_err(failure)?))
    }

    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        self.0.restore(snapshot.0.clone()).map_err(failure)
    }

    pub fn poisoned(&self) -> bool {
        #[allow(deprecated)] // the newer name is not in all versions
        self.0.poisoned()
    }

    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.0.interrupt_handle())
    }
}

impl Interrupter {
    pub fn interrupt(&self) {
        self.0.kill();
    }
}

fn failure(error: HyperlightError) -> Failure {
    match error {
        HyperlightError::GuestError(code, text) => {
            Failure::Guest(code as u64, text)
        }
        HyperlightError::GuestAborted(code, text) => {
            Failure::Abort(code.into(), text)
        }
        HyperlightError::ExecutionCanceledByHost() => Failure::Interrupted,
        HyperlightError::PoisonedSandbox => Failure::Poisoned,
        other => Failure::Host(other.to_string()),
    }
}

/// Arguments whose number and types are known at run time only; the host's
/// API wants a tuple and asks it for its values.
#[derive(Clone, Debug)]
struct Args(Vec<Value>);

impl ParameterTuple for Args {
    const SIZE: usize = 0;
    const TYPE: &'static [ParameterType] = &[];

    fn into_value(self) -> Vec<ParameterValue> {
        self.0.into_iter().map(parameter).collect()
    }

    fn from_value(values: Vec<ParameterValue>) -> Result<Args, FuncError> {
        Err(FuncError::UnexpectedNoOfArguments(values.len(), 0))
    }
}

fn parameter(value: Value) -> ParameterValue {
    match value {
        Value::Void => unreachable!("no parameter is void"),
        Value::Int(x) => ParameterValue::Int(x),
        Value::UInt(x) => ParameterValue::UInt(x),
        Value::Long(x) => ParameterValue::Long(x),
        Value::ULong(x) => ParameterValue::ULong(x),
        Value::Float(x) => ParameterValue::Float(x),
        Value::Double(x) => ParameterValue::Double(x),
        Value::Bool(x) => ParameterValue::Bool(x),
        Value::String(x) => ParameterValue::String(x),
        Value::Bytes(x) => ParameterValue::VecBytes(x),
    }
}
