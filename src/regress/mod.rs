//! Regression over many documents: what a change of tables, options or granule itself does to what is made of them.
//!
//! Documents are converted in parallel and compared one by one, with a baseline or with a second conversion; what is held
//! at one time are the documents in work and the sums. The order of the report is that of the documents' names, so the
//! number of threads cannot show in it.

pub mod baseline;
pub mod clinical;
pub mod compare;
pub mod diff;
pub mod html;
mod ordered;
mod pair;
pub mod report;
mod show;
pub mod snapshot;
mod sums;
pub mod text;

use std::path::Path;

use rayon::prelude::*;

use crate::bulk::discover::Document;
use crate::bulk::{self, Progress};
use crate::convert::guard::guarded;
use crate::convert::{ConvertError, Converter, Options};
use crate::fhir::identity;
use crate::trace::Lineage;
use baseline::{BaselineError, Reader, Writer};
use compare::{Compared, State};
use report::{Report, Side};
use snapshot::Made;
use sums::Sums;

/// Documents that each thread has in hand; enough that a large one keeps nobody waiting, and few enough to be held.
const IN_HAND: usize = 16;

/// How one side of a comparison is converted.
pub struct Conversions<'c> {
    converter: &'c Converter,
    options: Options,
    side: Side,
    lineage: Lineage,
}

impl<'c> Conversions<'c> {
    /// Conversions with these tables and options; `said` are the options as they were given, by name.
    pub fn new(converter: &'c Converter, options: Options, name: &str, said: &[(&str, String)]) -> Conversions<'c> {
        let side = Side {
            name: name.into(),
            granule: env!("CARGO_PKG_VERSION").into(),
            tables: converter.plan().digest.clone(),
            options: said.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
        };
        // each thread has documents of its own: splitting one further costs without gain
        let options = Options { parallel_from: usize::MAX, ..options };
        Conversions { converter, options, side, lineage: Lineage::of(converter.plan()) }
    }

    /// What a document gives, and why it was refused if it was.
    fn document(&self, name: &str, document: &Document) -> (snapshot::Document, Option<ConvertError>) {
        let mut digest = String::new();
        let made = guarded(|| {
            let bytes = bulk::read(&document.source, self.options.limits.max_bytes)?;
            digest = identity::digest(&bytes);
            let conversion = self.converter.convert(&bytes, &self.options)?;
            let plan = self.converter.plan();
            Ok(Made::of(conversion, &|rule| Lineage::rule_name(plan, rule).to_owned()))
        });
        let (made, refused) = match made {
            Ok(made) => (Ok(made), None),
            Err(e) => (Err(e.kind.code().to_owned()), Some(e)),
        };
        (snapshot::Document { name: name.to_owned(), digest, made }, refused)
    }
}

/// With what documents are compared.
pub enum Before<'c> {
    /// with what a baseline holds
    Baseline(Box<Reader>),
    /// with what other tables make of them
    Other(Box<Conversions<'c>>),
    /// with nothing: the first baseline is made
    Nothing,
}

/// One document to be compared.
struct Work<'d> {
    name: String,
    document: Option<&'d Document>,
    /// its line in the baseline
    line: Option<Vec<u8>>,
}

/// A document with what the new baseline is to hold of it.
struct Done {
    compared: Compared,
    line: Option<Vec<u8>>,
}

/// Compares documents on the threads of the rayon pool that this is called in, and writes the new baseline where one is to
/// be written.
///
/// # Errors
/// When a baseline cannot be read or written. A document that is refused is part of the report.
pub fn run(
    documents: &[Document],
    mut before: Before<'_>,
    after: &Conversions<'_>,
    accept: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Report, BaselineError> {
    let mut named: Vec<(String, &Document)> = documents.iter().map(|d| (name(d), d)).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let mut writer = accept.map(|path| Writer::create(path, &after.side, &after.lineage)).transpose()?;
    let (side, lineage) = match &before {
        Before::Baseline(reader) => (reader.side.clone(), reader.lineage.clone()),
        Before::Other(other) => (other.side.clone(), other.lineage.clone()),
        Before::Nothing => (after.side.clone(), after.lineage.clone()),
    };
    let tables = lineage.changes(&after.lineage);
    let mut sums = Sums::default();
    let mut rest = named.into_iter().peekable();
    loop {
        let mut work = Vec::new();
        while work.len() < IN_HAND * rayon::current_num_threads() {
            let Some(next) = next(&mut rest, &mut before)? else { break };
            work.push(next);
        }
        if work.is_empty() {
            break;
        }
        let other = match &before {
            Before::Other(other) => Some(other.as_ref()),
            _ => None,
        };
        let first = matches!(before, Before::Nothing);
        let sides = Sides { other, lineage: &lineage, after, first, keep: writer.is_some(), progress };
        let done: Vec<Result<Done, String>> = work.into_par_iter().with_max_len(1).map(|w| sides.one(w)).collect();
        let mut lines = Vec::new();
        for one in done {
            let one = one.map_err(|what| match &before {
                Before::Baseline(reader) => reader.damaged(what),
                _ => BaselineError::Damaged("".into(), what),
            })?;
            sums.add(one.compared);
            lines.extend(one.line);
        }
        if let Some(writer) = &mut writer {
            writer.add(lines)?;
        }
    }
    if let Some(writer) = writer {
        writer.finish()?;
    }
    Ok(sums.report(side, after.side.clone(), tables))
}

/// The name of a document in reports and baselines: the same on every system.
fn name(document: &Document) -> String {
    let name = document.name.to_string_lossy();
    if cfg!(windows) { name.replace('\\', "/") } else { name.into_owned() }
}

/// The next document by name, of the folder or of the baseline.
fn next<'d>(
    rest: &mut std::iter::Peekable<impl Iterator<Item = (String, &'d Document)>>,
    before: &mut Before<'_>,
) -> Result<Option<Work<'d>>, BaselineError> {
    let Before::Baseline(reader) = before else {
        return Ok(rest.next().map(|(name, d)| Work { name, document: Some(d), line: None }));
    };
    let earlier = match (rest.peek(), reader.peek()) {
        (Some((name, _)), Some(old)) => old.cmp(name),
        (None, Some(_)) => std::cmp::Ordering::Less,
        (_, None) => std::cmp::Ordering::Greater,
    };
    if earlier == std::cmp::Ordering::Less {
        let name = reader.peek().unwrap_or_default().to_owned();
        return Ok(Some(Work { name, document: None, line: reader.take()? }));
    }
    let line = if earlier == std::cmp::Ordering::Equal { reader.take()? } else { None };
    Ok(rest.next().map(|(name, d)| Work { name, document: Some(d), line }))
}

/// What comparing one document needs.
struct Sides<'s, 'c> {
    other: Option<&'s Conversions<'c>>,
    lineage: &'s Lineage,
    after: &'s Conversions<'c>,
    first: bool,
    keep: bool,
    progress: &'s dyn Progress,
}

impl Sides<'_, '_> {
    /// # Errors
    /// What is wrong with the line of the baseline.
    fn one(&self, work: Work<'_>) -> Result<Done, String> {
        let Some(document) = work.document else {
            let old = snapshot::Document::from_line(work.line.as_deref().unwrap_or_default())?;
            return Ok(Done { compared: Compared::unlike(&old, State::Vanished), line: None });
        };
        let (new, error) = self.after.document(&work.name, document);
        let line = (self.keep || work.line.is_some()).then(|| new.to_line());
        let compared = if let Some(other) = self.other {
            let (old, _) = other.document(&work.name, document);
            if old == new {
                Compared::unlike(&new, State::Same)
            } else {
                compare::documents(old, new, (self.lineage, &self.after.lineage))
            }
        } else if let Some(old) = &work.line {
            if line.as_ref() == Some(old) {
                Compared::unlike(&new, State::Same)
            } else {
                let old = snapshot::Document::from_line(old)?;
                compare::documents(old, new, (self.lineage, &self.after.lineage))
            }
        } else {
            Compared::unlike(&new, if self.first { State::Same } else { State::Appeared })
        };
        // what was refused before as well is no news
        if let Some(e) = error.filter(|_| compared.state != State::Refused || self.first) {
            self.progress.refused(document, &e);
        }
        self.progress.done();
        Ok(Done { compared, line: line.filter(|_| self.keep) })
    }
}
