//! `granule gaps`: what documents say that has no coded home.

use anyhow::Result;

use super::convert::Bar;
use super::{DONE, GapsArgs, REFUSED, mappings, print};
use crate::account::gaps::{gaps, text};
use crate::bulk::Run;
use crate::bulk::discover::discover;
use crate::convert::{Converter, Options, Original};

/// Prints the gaps of a folder of documents.
pub fn run(args: &GapsArgs) -> Result<u8> {
    let documents = discover(&args.inputs)?;
    let options = Options { lineage: true, original: Original::Omit, ..Options::default() };
    let converter = Converter::new(mappings::plan(&args.mappings)?);
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    let run = Run { converter: &converter, options: &options, folder: None, receiver: None, pretty: false };
    let progress = Bar::new(documents.len());
    let summary = pool.install(|| run.convert(&documents, &progress));
    progress.finish();
    let found = gaps(&summary.report, args.least);
    let out = match args.json {
        true => serde_json::to_string_pretty(&found)? + "\n",
        false => text(&summary.report, &found),
    };
    print(out.as_bytes())?;
    Ok(if summary.refused > 0 { REFUSED } else { DONE })
}
