//! `granule regress`: what a change does to what is made of a folder of documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::convert::Bar;
use super::{DIFFERS, DONE, Mappings, RegressArgs, mappings, print};
use crate::bulk::discover::{Source, discover};
use crate::convert::{Converter, Options, Original, choices};
use crate::regress::baseline::Reader;
use crate::regress::report::Report;
use crate::regress::{Before, Conversions, html, run as compare, text};
use crate::sink::private;

/// The word for the built-in tables alone where a pack is asked for.
const BUILT_IN: &str = "built-in";

/// Compares what is made of the documents with a baseline, or what two packs make of them.
pub fn run(args: RegressArgs) -> Result<u8> {
    let documents = discover(&args.inputs)?;
    if documents.iter().any(|d| d.source == Source::Stdin) {
        bail!("documents of a regression are files: they may be read more than once");
    }
    if documents.is_empty() {
        bail!("there is no document below what was given; a baseline of nothing would call everything lost");
    }
    let said = args.choosing.said();
    // the original is the same bytes on both sides
    let options = Options { original: Original::Omit, ..args.choosing.options() };
    choices::consistent(&options).map_err(anyhow::Error::msg)?;

    let (of_before, of_after) = tables(&args)?;
    let name_before = args.between.first().map_or("these tables", String::as_str);
    let name_after = args.between.get(1).map_or("these tables", String::as_str);
    let after = Conversions::new(&of_after, options.clone(), name_after, &said);
    let before = match (&of_before, &args.baseline) {
        (Some(converter), _) => Before::Other(Box::new(Conversions::new(converter, options, name_before, &said))),
        (None, Some(path)) if args.accept && !path.exists() => Before::Nothing,
        (None, Some(path)) => Before::Baseline(Box::new(Reader::open(path)?)),
        (None, None) => bail!("say with what to compare: --baseline FILE, or --between PACK PACK"),
    };
    let first = matches!(before, Before::Nothing);
    let accept = args.baseline.as_deref().filter(|_| args.accept);
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    let progress = Bar::new(documents.len());
    let report = pool.install(|| compare(&documents, before, &after, accept, &progress));
    progress.finish();
    let report = report?;

    let mut to_stdout = None;
    if let Some(path) = &args.json {
        let mut json = serde_json::to_vec_pretty(&report)?;
        json.push(b'\n');
        if path.as_os_str() == "-" {
            to_stdout = Some(json);
        } else {
            write(path, &json)?;
        }
    }
    if let Some(path) = &args.html {
        write(path, html::page(&report).as_bytes())?;
    }
    match to_stdout {
        Some(json) => print(&json)?,
        None if first => {}
        None => print(text::summary(&report).as_bytes())?,
    }
    Ok(closing(&report, first, accept, &args))
}

/// What is said last, and the exit status.
fn closing(report: &Report, first: bool, accept: Option<&Path>, args: &RegressArgs) -> u8 {
    if let Some(path) = accept {
        let n = report.documents.compared - report.documents.vanished.count;
        let what = if first { "made of" } else { "moved to what is made now of" };
        say!("baseline {} {what} {n} documents; it holds patient data", path.display());
        return DONE;
    }
    if report.fails(args.fail_on) { DIFFERS } else { DONE }
}

/// The converter before, where packs are compared, and the one after.
fn tables(args: &RegressArgs) -> Result<(Option<Converter>, Converter)> {
    let with = |pack: &str| -> Result<Converter> {
        let mut folders = args.mappings.folders.clone();
        if pack != BUILT_IN {
            folders.push(PathBuf::from(pack));
        }
        let plan = mappings::plan(&Mappings { folders });
        Ok(Converter::new(plan.with_context(|| format!("the tables of {pack}"))?))
    };
    match args.between.as_slice() {
        [a, b] => Ok((Some(with(a)?), with(b)?)),
        _ => Ok((None, Converter::new(mappings::plan(&args.mappings)?))),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("cannot write to the folder {}", folder.display()))?;
    }
    private::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
