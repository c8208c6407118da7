//! `granule check`: are the tables right, and who has looked at them?

use std::fmt::Write;

use anyhow::Result;

use super::{CheckArgs, DONE, FAULT, mappings, print, reviewed};
use crate::mapping::diagnostics::Diagnostics;
use crate::mapping::packs;

/// Loads and compiles the tables, and says every fault, and every review that is void.
pub fn run(mut args: CheckArgs) -> Result<u8> {
    args.mappings.folders.append(&mut args.folders);
    let files = mappings::files(&args.mappings)?;
    let number = files.len();
    match packs::compile(files.clone()) {
        Ok(plan) => {
            for line in reviewed::void(&plan.reviews) {
                say!("{line}");
            }
            let mut out = format!("{number} files, {} rules, {} rows: no faults\n", plan.rules.len(), plan.rows.len());
            let (tables, ..) = packs::read(files, &mut Diagnostics::default());
            for line in reviewed::by_pack(&tables, &plan.reviews) {
                let _ = writeln!(out, "{line}");
            }
            print(out.as_bytes())?;
            Ok(DONE)
        }
        Err(faults) => {
            say!("{faults}");
            Ok(FAULT)
        }
    }
}
