// SPDX-License-Identifier: MIT
//! The samples of the repository, each doing its work.

use crate::args;
use crate::check::{Guest, Outcome, same};
use crate::ensure;
use crate::journal::TIME;
use crate::value::{Failure, Type, Value};

pub fn hello() -> Outcome {
    let mut guest = Guest::open("samples/hello")?;
    guest.gives("greet", args!["World"], "Hello, World!")?;
    same(
        "printed",
        guest.journal.prints(),
        vec!["Hello, World!".into()],
    )
}

pub fn echo_worker() -> Outcome {
    let mut guest = Guest::open("samples/echo-worker")?;
    for size in [0usize, 1, 1000, 8000] {
        let input: Vec<u8> = (0..size).map(|i| i as u8).collect();
        let mut output = b"Echo: ".to_vec();
        output.extend(&input);
        guest.gives("execute", args![input], output)?;
        let line = format!("Echoing {size} bytes at {TIME}");
        same("printed", guest.journal.prints().pop(), Some(line))?;
    }
    Ok(())
}

pub fn data_processor() -> Outcome {
    let mut guest = Guest::open("samples/data-processor")?;
    let input: &[u8] = br#"{"id":"job-1","payload":{"value":21},"config":{}}"#;
    let got = guest.call("execute", args![input], Type::Bytes);
    let Ok(Value::Bytes(output)) = got else {
        return Err(format!("execute: {got:?}"));
    };
    let output = String::from_utf8_lossy(&output).into_owned();
    for part in [
        "\"success\":true",
        "\"input_value\":21",
        "\"doubled\":42",
        "\"squared\":441",
        &format!("\"timestamp\":{TIME}"),
    ] {
        ensure!(output.contains(part), "no {part} in {output}");
    }
    same("lines printed", guest.journal.prints().len(), 2)
}

pub fn bench() -> Outcome {
    let mut guest = Guest::open("samples/bench")?;
    guest.gives("add", args![40, 2], 42)?;
    guest.gives("host_call", args![41], 42)?;
    let big = vec![7u8; 12 * 1024];
    guest.gives("bulk", args![&big[..]], &big[..8192])?;
    let short = guest.call("add", args![1], Type::Int);
    ensure!(
        matches!(short, Err(Failure::Guest(5, _))),
        "add(1): {short:?}"
    );
    Ok(())
}
