// SPDX-License-Identifier: MIT
//! What a check is, how it is run, and what all of them use.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::host::{self, Sandbox};
use crate::journal::{Journal, Options};
use crate::value::{Failure, Type, Value};

pub type Outcome = Result<(), String>;

pub struct Check {
    pub name: &'static str,
    pub run: fn() -> Outcome,
}

/// An Err that starts so is no failure: the host has nothing to check.
pub const SKIP: &str = "skip: ";

const STATUS_SKIP: u8 = 77;

/// Seconds that one check may take.
fn limit() -> Duration {
    Duration::from_secs(count("HLKIT_LIMIT", 900).into())
}

pub fn run_one(check: &Check) -> ExitCode {
    match (check.run)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            // One line, whatever the guest said: the last one is shown.
            eprintln!("{}", text.replace('\n', " / "));
            match text.starts_with(SKIP) {
                true => ExitCode::from(STATUS_SKIP),
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// HLKIT_SECONDS is how long checks are begun; those left are skips.
pub fn run_all(checks: &[Check]) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    let seconds = count("HLKIT_SECONDS", 24 * 3600);
    let end = Instant::now() + Duration::from_secs(seconds.into());
    for check in checks {
        let (word, text) = match Instant::now() < end {
            true => in_child(check.name),
            false => ("skip", format!("{seconds} s are over")),
        };
        println!("{}\t{word}\t{text}", check.name);
        if word == "FAIL" {
            status = ExitCode::FAILURE;
        }
    }
    status
}

/// The verdict, and the last thing the check said.
fn in_child(name: &str) -> (&'static str, String) {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .arg(name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program can be started again");
    let mut pipe = child.stderr.take().expect("stderr is a pipe");
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        let _ = pipe.read_to_string(&mut said);
        said
    });
    let end = Instant::now() + limit();
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break Some(status),
            None if Instant::now() > end => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let said = reader.join().unwrap_or_default();
    let last = said.trim_end().lines().last().unwrap_or("").to_string();
    match status {
        None => ("FAIL", format!("no end within {} s", limit().as_secs())),
        Some(status) if status.success() => ("ok", String::new()),
        Some(status) if status.code() == Some(STATUS_SKIP.into()) => {
            ("skip", last.trim_start_matches(SKIP).to_string())
        }
        Some(status) if status.code().is_none() => {
            ("FAIL", format!("{status}: {last}"))
        }
        Some(_) => ("FAIL", last),
    }
}

/// An Err with a text, unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}

/// The two are equal, or an Err that shows both.
pub fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    got: T,
    want: T,
) -> Outcome {
    ensure!(
        got == want,
        "{what}: got {got:.200?}, expected {want:.200?}"
    );
    Ok(())
}

/// The image of a guest in tests/guests, of one without a float variant
/// (`raw/…`), or in samples.
pub fn image(guest: &str) -> PathBuf {
    let build = std::env::var("HLKIT_BUILD").unwrap_or_else(|_| "build".into());
    let place = match guest.split_once('/') {
        Some(("raw", _)) => format!("tests/guests/{guest}"),
        Some((place, name)) => format!("{place}/soft/{name}"),
        None => format!("tests/guests/soft/{guest}"),
    };
    PathBuf::from(build).join(place)
}

/// How often: the number, or what the environment variable says.
pub fn count(variable: &str, number: u32) -> u32 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(number)
}

/// A sandbox with its journal, and calls in few words.
pub struct Guest {
    pub sandbox: Sandbox,
    pub journal: Arc<Journal>,
}

impl Guest {
    pub fn open(guest: &str) -> Result<Guest, String> {
        Guest::open_with(guest, &Options::default())
    }

    pub fn open_with(guest: &str, options: &Options) -> Result<Guest, String> {
        let path = image(guest);
        let journal = Arc::new(Journal::default());
        let sandbox = host::open(&path, options, &journal)
            .map_err(|e| format!("{}: {e:?}", path.display()))?;
        Ok(Guest { sandbox, journal })
    }

    pub fn call(
        &mut self,
        name: &str,
        args: Vec<Value>,
        returns: Type,
    ) -> Result<Value, Failure> {
        self.sandbox.call(name, args, returns)
    }

    /// The call succeeds with this value, and the sandbox is healthy.
    pub fn gives(
        &mut self,
        name: &str,
        args: Vec<Value>,
        want: impl Into<Value>,
    ) -> Outcome {
        let want = want.into();
        same(name, self.call(name, args, want.kind()), Ok(want))?;
        ensure!(!self.sandbox.poisoned(), "{name}: poisoned after a result");
        Ok(())
    }

    /// The call fails with the guest's own error, and the sandbox is healthy.
    pub fn fails(
        &mut self,
        name: &str,
        args: Vec<Value>,
        returns: Type,
        code: u64,
        text: &str,
    ) -> Outcome {
        match self.call(name, args, returns) {
            Err(Failure::Guest(c, t)) if c == code && t.contains(text) => (),
            other => {
                return Err(format!(
                    "{name}: {other:.300?} instead of error {code} `{text}`"
                ));
            }
        }
        ensure!(!self.sandbox.poisoned(), "{name}: poisoned after an error");
        Ok(())
    }

    /// The call ends the run with this code and a text that contains all of
    /// these; then only a restore helps.
    pub fn aborts(
        &mut self,
        name: &str,
        args: Vec<Value>,
        returns: Type,
        code: u64,
        texts: &[&str],
    ) -> Outcome {
        let failure = self.call(name, args, returns);
        let Err(Failure::Abort(got, text)) = &failure else {
            return Err(format!("{name}: {failure:.300?} is no abort"));
        };
        ensure!(*got == code, "{name}: aborts with {got}: {text}");
        for want in texts {
            ensure!(text.contains(want), "{name}: no `{want}` in `{text}`");
        }
        ensure!(self.sandbox.poisoned(), "{name}: not poisoned");
        let again = self.call(name, vec![], Type::Int);
        ensure!(
            again == Err(Failure::Poisoned),
            "{name}: {again:.200?} of a poisoned sandbox"
        );
        Ok(())
    }
}

pub fn text<T>(result: Result<T, Failure>) -> Result<T, String> {
    result.map_err(|failure| format!("{failure:.300?}"))
}
