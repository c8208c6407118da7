//! `granule checklist`: which elements of a record standard documents give.

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::convert::Bar;
use super::{ChecklistArgs, DONE, REFUSED, mappings, print};
use crate::bulk::discover::{Document, discover};
use crate::bulk::{Progress, read};
use crate::checklist::held;
use crate::checklist::report::{Judged, Report};
use crate::convert::guard::guarded;
use crate::convert::{Converter, Options, Original};
use crate::intake;

/// Holds what was named to the lists of the tables.
pub fn run(args: &ChecklistArgs) -> Result<u8> {
    let documents = discover(&args.inputs)?;
    if documents.is_empty() {
        bail!("there is no document below what was given");
    }
    let converter = Converter::new(mappings::plan(&args.mappings)?);
    if converter.plan().checklists.is_empty() {
        bail!("the tables have no checklist: a pack says one by [checklist.NAME]");
    }
    let options = Options { original: Original::Omit, ..Options::default() };
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    let progress = Bar::new(documents.len());
    let judged: Vec<Vec<Judged>> = pool.install(|| {
        documents
            .par_iter()
            .map(|d| {
                let judged = judge(&converter, &options, d, &progress);
                progress.done();
                judged
            })
            .collect()
    });
    progress.finish();
    let report = Report::new(converter.plan(), &judged.concat());
    if args.json {
        print(format!("{}\n", serde_json::to_string_pretty(&report)?).as_bytes())?;
    } else {
        print(report.to_string().as_bytes())?;
    }
    Ok(if report.refused > 0 { REFUSED } else { DONE })
}

fn judge(converter: &Converter, options: &Options, document: &Document, progress: &Bar) -> Vec<Judged> {
    let arrived = guarded(|| intake::convert(converter, &read(&document.source, options.limits.max_bytes)?, options));
    let arrived = arrived.unwrap_or_else(|e| vec![Err(e)]);
    let several = arrived.len() > 1;
    let judged = arrived.into_iter().enumerate().map(|(i, result)| {
        let numbered = if several { &document.numbered(i + 1) } else { document };
        let held = match result {
            Ok(done) => Some(held(converter.plan(), &done)),
            Err(e) => {
                progress.refused(numbered, &e);
                None
            }
        };
        (numbered.name.display().to_string(), held)
    });
    judged.collect()
}
