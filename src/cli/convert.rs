//! `granule convert`: documents to bundles.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::{ConvertArgs, DONE, REFUSED, mappings, print};
use crate::account::html;
use crate::bulk::discover::{Document, discover};
use crate::bulk::summary::{Summary, Tally};
use crate::bulk::{Progress, Run, convert_one};
use crate::convert::choices;
use crate::convert::{ConvertError, Converter, Options, Original};
use crate::sink::{Folder, Receiver};

/// Converts what was named.
pub fn run(args: ConvertArgs) -> Result<u8> {
    let documents = discover(&args.inputs)?;
    let server = server(&args)?;
    let gathers = args.report.is_some() || args.fail_under.is_some();
    let to_stdout = args.output.is_none() && server.is_none() && !gathers;
    if to_stdout && (args.inputs.len() > 1 || documents.len() != 1 || args.inputs[0].is_dir()) {
        bail!("several documents need a folder to go to: -o DIR, or a server: --to URL");
    }
    let options = Options {
        bundle: args.bundle,
        write: args.write,
        original: args.original,
        lineage: gathers,
        ..args.choosing.options()
    };
    choices::consistent(&options).map_err(anyhow::Error::msg)?;
    if documents.len() > 1 {
        if matches!(&options.original, Original::Url(url) if !url.ends_with('/')) {
            bail!(
                "--original: one URL cannot be that of several documents; end it with `/` to have their paths put after it"
            );
        }
        if options.patient.is_some() {
            say!("note: all {} documents will be those of one patient (--patient)", documents.len());
        }
    }
    let converter = Converter::new(mappings::plan(&args.mappings)?);
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    if to_stdout {
        return pool.install(|| one(&converter, &options, &documents[0], args.pretty));
    }
    if let Some(folder) = &args.output {
        // told once and now, not once for each document
        std::fs::create_dir_all(folder).with_context(|| format!("cannot write to the folder {}", folder.display()))?;
    }
    if documents.is_empty() {
        say!("note: there is no *.xml below what was given");
    }
    let folder = args.output.map(Folder::new);
    let run = Run {
        converter: &converter,
        options: &options,
        folder: folder.as_ref(),
        receiver: server.as_deref(),
        pretty: args.pretty,
    };
    let progress = Bar::new(documents.len());
    let summary = pool.install(|| run.convert(&documents, &progress));
    progress.finish();
    close(&summary);
    if run.receiver.is_some() {
        say!("{}", summary.delivery);
    }
    if gathers {
        let c = &summary.report.leaves;
        let share = (c.percent() * 100.0).floor() / 100.0;
        say!("content in elements: {share:.2} % of {} pieces", c.all());
    }
    if let Some(path) = &args.report {
        let text = match path.extension() {
            Some(e) if e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm") => html::page(&summary.report),
            _ => summary.report.to_json()?,
        };
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let under = args.fail_under.is_some_and(|least| summary.report.leaves.percent() < least);
    if under {
        say!("that is less than --fail-under asks for");
    }
    Ok(if summary.refused > 0 || summary.delivery.failed > 0 || under { REFUSED } else { DONE })
}

/// The server that bundles go to, if one is named.
#[cfg(feature = "send")]
fn server(args: &ConvertArgs) -> Result<Option<Box<dyn Receiver>>> {
    use crate::fhir::bundle::BundleKind;
    use crate::sink::server::{Server, Settings};
    let Some(base) = args.to.to.clone() else { return Ok(None) };
    if args.bundle != BundleKind::Transaction {
        bail!("--to sends transactions: leave --bundle out");
    }
    if !args.choosing.types.is_empty() && !args.to.unordered {
        bail!(
            "--type leaves out what tells an older document from a newer one; with --to, say --unordered as well, and send \
             documents in the order of their time"
        );
    }
    let host = base.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or(""));
    if host.is_some_and(|h| !matches!(h, "localhost" | "127.0.0.1" | "[")) {
        say!("note: {base} is not encrypted: whoever is between can read the patients' data");
    }
    // what is held back is not withdrawn
    let caution = &args.choosing.caution;
    let whole = args.choosing.types.is_empty()
        && args.choosing.sections.is_empty()
        && caution.confidential != crate::convert::Confidential::Redact
        && caution.min_review.is_none();
    let settings =
        Settings { base, token_file: args.to.token_file.clone(), unordered: args.to.unordered, retire: whole };
    Ok(Some(Box::new(Server::new(settings))))
}

/// Built without the feature `send`, there is none.
#[cfg(not(feature = "send"))]
fn server(_: &ConvertArgs) -> Result<Option<Box<dyn Receiver>>> {
    Ok(None)
}

/// One document: the bundle on standard output, what is to be known of it on standard error.
fn one(converter: &Converter, options: &Options, document: &Document, pretty: bool) -> Result<u8> {
    match convert_one(converter, options, document) {
        Ok(done) => {
            // several messages stand one after the other, each on a line of its own
            for (_, bundle) in done.bundles() {
                let mut json = bundle.to_json(pretty);
                json.push(b'\n');
                print(&json)?;
            }
            let mut tally = Tally::default();
            tally.add(&done.issues);
            let summary = Summary { documents: 1, counts: done.counts, tally, ..Summary::default() };
            close(&summary);
            Ok(DONE)
        }
        Err(e) => {
            say!("{}", refusal(document, &e));
            Ok(REFUSED)
        }
    }
}

/// `a/b.xml: 12:7: refused (malformed): …`; never content of the document.
pub(super) fn refusal(document: &Document, e: &ConvertError) -> String {
    let place = e.at.map_or_else(String::new, |(line, column)| format!("{line}:{column}: "));
    format!("{}: {place}refused ({}): {}", document.source, e.kind.code(), e.message)
}

/// What closes a run.
fn close(summary: &Summary) {
    for line in summary.tally.lines(summary.documents > 1) {
        say!("{line}");
    }
    say!("{summary}");
}

/// A bar on a terminal; elsewhere (a log) only the refusals.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub(super) fn new(documents: usize) -> Bar {
        let bar = if documents > 1 && std::io::stderr().is_terminal() {
            ProgressBar::new(documents as u64)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} documents, {per_sec}, {eta} left") {
            bar.set_style(style);
        }
        Bar { bar }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn refused(&self, document: &Document, error: &ConvertError) {
        // a hidden bar swallows `println`, `suspend` does not
        self.bar.suspend(|| say!("{}", refusal(document, error)));
    }

    fn done(&self) {
        self.bar.inc(1);
    }
}
