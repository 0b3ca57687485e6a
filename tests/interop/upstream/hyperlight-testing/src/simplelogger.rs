// SPDX-License-Identifier: MIT
//! A logger that keeps what it is given.

use std::sync::Mutex;

use log::{Level, LevelFilter, Log, Metadata, Record};

#[derive(Clone, Debug)]
pub struct LogCall {
    pub level: Level,
    pub args: String,
    pub target: String,
    pub line: Option<u32>,
    pub file: Option<String>,
    pub module_path: Option<String>,
}

pub struct SimpleLogger {
    calls: Mutex<Vec<LogCall>>,
}

pub static LOGGER: SimpleLogger = SimpleLogger {
    calls: Mutex::new(Vec::new()),
};

impl SimpleLogger {
    pub fn initialize_test_logger() {
        if log::set_logger(&LOGGER).is_ok() {
            log::set_max_level(LevelFilter::Trace);
        }
    }

    pub fn num_log_calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub fn get_log_call(&self, index: usize) -> Option<LogCall> {
        self.calls.lock().unwrap().get(index).cloned()
    }

    pub fn clear_log_calls(&self) {
        self.calls.lock().unwrap().clear();
    }
}

impl Log for SimpleLogger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target() == "hyperlight_guest"
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            self.calls.lock().unwrap().push(LogCall {
                level: record.level(),
                args: record.args().to_string(),
                target: record.target().to_string(),
                line: record.line(),
                file: record.file().map(Into::into),
                module_path: record.module_path().map(Into::into),
            });
        }
    }

    fn flush(&self) {}
}
