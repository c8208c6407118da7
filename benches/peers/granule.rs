//! granule in one process, as a program uses it: a command a line on standard input, an answer a line on standard output.
//! The commands are described in `peers.py`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

use granule::convert::{Converter, Options};
use granule::mapping::packs;
use serde_json::{Value, json};

/// As in the program.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let converter = Converter::new(packs::compile(packs::builtin())?);
    // one thread: the peers have one as well
    let options = Options { parallel_from: usize::MAX, ..Options::default() };
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        let answer = one(&converter, &options, &command).unwrap_or_else(|e| json!({ "error": e.to_string() }));
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn one(converter: &Converter, options: &Options, command: &Value) -> Result<Value, Box<dyn Error>> {
    let bytes = fs::read(command["path"].as_str().ok_or("no path")?)?;
    let (mut ms, mut bundle) = (Vec::new(), Vec::new());
    for _ in 0..command["times"].as_u64().ok_or("no times")? {
        let start = Instant::now();
        bundle = converter.convert(black_box(&bytes), options)?.bundle.to_json(false);
        ms.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    if let Some(out) = command["out"].as_str() {
        fs::write(out, &bundle)?;
    }
    Ok(json!({ "ms": ms }))
}
