//! `granule check`: are the tables right?

use anyhow::Result;

use super::{CheckArgs, DONE, FAULT, mappings, print};
use crate::mapping::packs;

/// Loads and compiles the tables, and says every fault.
pub fn run(args: &CheckArgs) -> Result<u8> {
    let files = mappings::files(&args.mappings)?;
    let number = files.len();
    match packs::compile(files) {
        Ok(plan) => {
            print(
                format!("{number} files, {} rules, {} rows: no faults\n", plan.rules.len(), plan.rows.len()).as_bytes(),
            )?;
            Ok(DONE)
        }
        Err(faults) => {
            eprintln!("{faults}");
            Ok(FAULT)
        }
    }
}
