//! The pipeline for one document: bytes → slices → resources → bundle.

pub mod choices;
pub mod confidential;
mod document;
pub mod envelope;
pub mod error;
mod finish;
pub mod guard;
mod instructions;
mod labels;
mod message;
pub mod options;
mod profiles;
pub mod report;
mod sections;
mod slices;
pub mod watch;

use std::sync::atomic::{AtomicBool, Ordering};

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use sha1::{Digest, Sha1};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::cda::budget::Budget;
use crate::cda::decode::{DecodeError, decode};
use crate::cda::position::Positions;
use crate::cda::scan::{ScanError, ScanErrorKind, scan_renaming};
use crate::cda::tree::Node;
use crate::fhir::bundle::{Bundle, BundleKind, Entry};
use crate::fhir::identity;
use crate::mapping::context::{Context, Elsewhere, Finding, Zone};
use crate::mapping::link::{LinkOptions, link};
use crate::mapping::plan::{Plan, RowId};
use crate::mapping::run::select::{Selector, TemplateCache};
use crate::mapping::run::{HEADER, NodeKey, Run, SliceOutput};

use crate::cda::tree::Tree;
pub use crate::mapping::context::Severity;
pub use crate::mapping::link::MadeOf;
pub use crate::mapping::plan::RuleId;
pub use crate::mapping::reviews::Level;
pub use crate::mapping::run::readings::{How, Reading};
use document::{document_key, document_zone, in_chosen, one_patient};
pub use error::{ConvertError, Refusal};
pub use message::Message;
pub use options::{Confidential, Options, Original, ZoneChoice};
use slices::{Header, OtherSections, section_tree};
use watch::{Stage, Watch, Watched};

/// Something about the data that a reader of the bundle should know; never content of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// how bad
    pub severity: Severity,
    /// stable code
    pub code: String,
    /// what happened and what was done instead
    pub message: String,
    /// line and column in the document, from 1; `None` when it concerns no place in it
    pub at: Option<(u32, u32)>,
    /// XPath, below the section for entries; may be empty
    pub xpath: String,
    /// FHIR element
    pub fhir_path: Option<String>,
    /// table row
    pub row: Option<String>,
}

/// A converted document.
#[derive(Debug)]
pub struct Conversion {
    /// the bundle, ready to be written; of messages the first, and one without entries where there is none
    pub bundle: Bundle,
    /// the other messages, where messages were asked for and the document is several events
    pub more: Vec<Message>,
    /// the checklists of the plan that the document is held to
    pub checklists: Vec<usize>,
    /// what a reader should know, by place
    pub issues: Vec<Issue>,
    /// what was met and what came of it
    pub counts: Counts,
    /// rows that gave a value
    pub fired: Vec<RowId>,
    /// by which rules each resource was made; what the gate refused is among them
    pub origins: Vec<Origin>,
    /// what rows read for it, where [`Options::lineage`] asks
    pub readings: Option<Readings>,
}

/// What rows read, and which resource each rule made of which node.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// what was read, in the order of slices
    pub readings: Vec<Reading>,
    /// what was made; what the gate refused is among it
    pub made: Vec<MadeOf>,
}

impl Conversion {
    /// What is to be handed over: the bundle; of messages one for each event, the further ones with the name of theirs.
    pub fn bundles(&self) -> impl Iterator<Item = (Option<&str>, &Bundle)> {
        let first = Some(&self.bundle).filter(|b| b.kind != BundleKind::Message || !b.entries.is_empty());
        first.map(|b| (None, b)).into_iter().chain(self.more.iter().map(|m| (Some(m.event.as_str()), &m.bundle)))
    }
}

/// By which rules a resource was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// id of the resource
    pub id: Uuid,
    /// the rules: the one whose resource it is, and those of what was merged into it or added to it
    pub rules: SmallVec<[RuleId; 2]>,
    /// byte of the decoded document at which the source of the resource begins
    pub offset: usize,
}

/// What was met and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// clinical statements met
    pub statements: u32,
    /// those that no row took or read
    pub unmapped: u32,
    /// by resource type: statements that a rule took, and those of them that gave a resource
    pub by_type: std::collections::BTreeMap<&'static str, (u32, u32)>,
}

impl Counts {
    /// Adds the counts of another document.
    pub fn add(&mut self, other: &Counts) {
        self.statements += other.statements;
        self.unmapped += other.unmapped;
        for (k, (t, w)) in &other.by_type {
            let e = self.by_type.entry(k).or_default();
            e.0 += t;
            e.1 += w;
        }
    }
}

/// Converts documents by one plan. Cheap to share between threads.
#[derive(Debug)]
pub struct Converter {
    plan: Plan,
}

impl Converter {
    /// A converter of a plan.
    pub fn new(plan: Plan) -> Converter {
        Converter { plan }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Converts one document.
    ///
    /// # Errors
    /// When nothing honest can be made of the document; everything less is an issue of the conversion.
    pub fn convert(&self, bytes: &[u8], options: &Options) -> Result<Conversion, ConvertError> {
        self.run(bytes, options, Watched(None))
    }

    /// Converts one document while somebody watches. The result is that of [`Converter::convert`]; sections are converted
    /// one after the other, so that the stages follow each other.
    ///
    /// # Errors
    /// As for [`Converter::convert`].
    pub fn convert_watched(
        &self,
        bytes: &[u8],
        options: &Options,
        watch: &dyn Watch,
    ) -> Result<Conversion, ConvertError> {
        self.run(bytes, options, Watched(Some(watch)))
    }

    fn run(&self, bytes: &[u8], options: &Options, watch: Watched<'_>) -> Result<Conversion, ConvertError> {
        watch.stage(Stage::Decode);
        let decoded = decode(bytes, &options.limits).map_err(|e| match e {
            DecodeError::TooLarge { .. } => ConvertError::new(Refusal::TooLarge, e.to_string()),
            DecodeError::Empty => ConvertError::new(Refusal::NotCda, e.to_string()),
            _ => ConvertError::new(Refusal::Malformed, e.to_string()),
        })?;
        let text: &str = &decoded.text;
        watch.stage(Stage::Scan);
        let scanned = |text: &str| {
            scan_renaming(text, &options.limits, self.plan.names.sections()).map_err(|e| refused(&e, text))
        };
        let outline = scanned(text)?;

        watch.stage(Stage::Tree);
        let budget = Budget::new(&options.limits);
        let withheld = confidential::withhold(text, &outline, &self.plan, options.confidential, &budget)?;
        // from here on nothing knows what was withheld, not even by a digest
        let (text, bytes, outline) = match &withheld {
            None => (text, bytes, outline),
            Some(w) => (w.text.as_str(), w.text.as_bytes(), scanned(&w.text)?),
        };

        let header_text = Header::new(text, &outline);
        let header = header_text.tree(text, &self.plan.names)?.within(&budget);
        let document = header.root();
        watch.stage(Stage::Rows);
        one_patient(document, text)?;

        let zone = match &options.zone {
            ZoneChoice::Unknown => self.zone_of_realm(document),
            ZoneChoice::Named(tz) => Zone::Named(tz.clone()),
            ZoneChoice::Document => document_zone(document),
        };
        let elsewhere = OtherSections::new(text, &outline.sections, &self.plan.names, &budget);
        let header_cache = TemplateCache::default();
        let observed = confidential::names_labels(text, &self.plan);
        let header_out = {
            let cx = self.context(&zone, &elsewhere).watched(watch.rules()).noting(options.lineage);
            report_forms(&cx, &header);
            let run = Run::new(&self.plan, &cx, document, document, HEADER, &header_cache, &header_cache);
            run.reviewed_at(options.min_review).labelled(observed).header()
        };

        let premade: FxHashSet<(RuleId, NodeKey)> = header_out.instances.iter().map(|i| (i.rule, i.node)).collect();

        let met = AtomicBool::new(options.sections.is_empty());
        let one = |(i, span): (usize, &crate::cda::scan::SectionSpan)| -> Result<SliceOutput, ConvertError> {
            watch.stage(Stage::Tree);
            let tree = section_tree(text, span, &self.plan.names)?.within(&budget);
            let Some(section) = tree.root().children().next() else { return Ok(SliceOutput::default()) };
            if !options.sections.is_empty() && !in_chosen(section, &options.sections) {
                return Ok(SliceOutput::default());
            }
            met.store(true, Ordering::Relaxed);
            watch.stage(Stage::Rows);
            let cx = self.context(&zone, &elsewhere).watched(watch.rules()).noting(options.lineage);
            report_forms(&cx, &tree);
            let cache = TemplateCache::default();
            // the header's template sets are found anew for each section: sharing them would need a lock
            let header_cache = TemplateCache::default();
            let run = Run::new(&self.plan, &cx, document, section, i as u32 + 1, &cache, &header_cache);
            let out = run.after_header(&premade).reviewed_at(options.min_review).labelled(observed).section(section);
            watch.stage(Stage::Tree);
            Ok(out)
        };
        let sections: Vec<SliceOutput> =
            if watch.0.is_none() && bytes.len() >= options.parallel_from && outline.sections.len() > 1 {
                outline.sections.par_iter().enumerate().map(one).collect::<Result<_, _>>()?
            } else {
                outline.sections.iter().enumerate().map(one).collect::<Result<_, _>>()?
            };

        watch.stage(Stage::Link);
        within(&budget)?;
        let mut slices = vec![header_out];
        slices.extend(sections);
        let mut counts = Counts::default();
        let mut fired: Vec<RowId> = Vec::new();
        for s in &slices {
            counts.statements += s.statements;
            counts.unmapped += s.unmapped;
            for (rule, n) in &s.taken {
                counts.by_type.entry(self.plan.rule(*rule).to_name).or_default().0 += n;
            }
            for (rule, n) in &s.written {
                counts.by_type.entry(self.plan.rule(*rule).to_name).or_default().1 += n;
            }
            fired.extend(&s.fired);
        }
        let readings = slices.iter_mut().flat_map(|s| std::mem::take(&mut s.readings)).collect();
        fired.sort_unstable();
        fired.dedup();

        watch.stage(Stage::Digest);
        let digest = Sha1::digest(bytes);
        let document_key =
            document_key(document).unwrap_or_else(|| digest.iter().map(|b| format!("{b:02x}")).collect::<String>());
        watch.stage(Stage::Link);
        let mut linked = link(
            &self.plan,
            slices,
            LinkOptions {
                tenant: &options.tenant,
                document: &document_key,
                patient: options.patient.as_deref(),
                lineage: options.lineage,
                budget: &budget,
            },
        );
        watch.stage(Stage::Finish);
        within(&budget)?;
        let lineage = options.lineage.then(|| Readings { readings, made: std::mem::take(&mut linked.made) });
        let mut findings: Vec<Finding> = decoded
            .notes
            .iter()
            .filter(|n| !withheld.as_ref().is_some_and(|w| w.holds(n.offset)))
            .map(|n| Finding {
                severity: Severity::Warning,
                code: n.code.as_str(),
                message: n.detail.clone(),
                offset: n.offset,
                xpath: String::new(),
                fhir_path: None,
                row: None,
            })
            .collect();
        findings.extend(withheld.iter().flat_map(|w| w.findings.iter().cloned()));
        findings.extend((!met.into_inner()).then(|| document::no_such_section(document, &options.sections)));
        let finished = finish::finish(
            finish::Input {
                plan: &self.plan,
                options,
                document,
                document_key: &document_key,
                bytes,
                digest: digest.into(),
                withheld: withheld.is_some(),
                watch,
            },
            linked,
            &mut findings,
        );
        watch.stage(Stage::Issues);
        let issues = self.issues(text, findings, finished.issues);
        if options.strict
            && let Some(worst) = issues.iter().find(|i| i.severity == Severity::Error)
        {
            return Err(ConvertError {
                kind: Refusal::Strict,
                message: format!("refused by --strict: {} ({})", worst.message, worst.code),
                at: worst.at,
            });
        }
        let mut more = finished.messages.into_iter();
        let bundle = finished.bundle.or_else(|| more.next().map(|m| m.bundle)).unwrap_or(Bundle {
            kind: options.bundle,
            write: options.write,
            identifier: None,
            timestamp: None,
            entries: Vec::new(),
        });
        let (origins, checklists) = (finished.origins, finished.checklists);
        Ok(Conversion { bundle, more: more.collect(), checklists, issues, counts, fired, origins, readings: lineage })
    }

    /// The names of all events that documents may be.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.plan.events.iter().map(|e| e.name.as_str())
    }

    /// The zone that the tables give such documents.
    fn zone_of_realm(&self, document: Node<'_>) -> Zone {
        if self.plan.zones.is_empty() {
            return Zone::Unknown;
        }
        let cache = TemplateCache::default();
        let select = Selector { plan: &self.plan, document, cache: &cache, header_cache: &cache, hits: None };
        let zone = self.plan.zones.iter().find(|z| select.test(&z.condition, document));
        zone.map_or(Zone::Unknown, |z| Zone::OfRealm(z.zone.clone()))
    }

    fn context<'a>(&'a self, zone: &'a Zone, elsewhere: &'a dyn Elsewhere) -> Context<'a> {
        Context::new(&self.plan.terms, self.plan.maps, zone, elsewhere)
    }

    /// Findings with line and column, in the order of the document.
    fn issues(&self, text: &str, mut findings: Vec<Finding>, whole: Vec<Issue>) -> Vec<Issue> {
        if findings.is_empty() {
            return whole;
        }
        findings.sort_by_key(|f| f.offset);
        let mut positions = Positions::new(text);
        findings
            .into_iter()
            .map(|f| Issue {
                severity: f.severity,
                code: f.code.to_owned(),
                message: f.message,
                at: Some(positions.line_col(f.offset)),
                xpath: f.xpath,
                fhir_path: f.fhir_path,
                row: f.row,
            })
            .chain(whole)
            .collect()
    }
}

/// Says, once for the header and for each section, that attributes were not in the form in which CDA has them.
fn report_forms(cx: &Context<'_>, tree: &Tree<'_>) {
    if let Some(first) = tree.respelled().next() {
        let message = format!(
            "attributes of {} elements here are not in the form in which CDA has them (the case of classCode, moodCode, \
             typeCode, nullFlavor, a status or a flag; a scheme before an OID); they are read as if they were",
            tree.respelled().len()
        );
        cx.report(Severity::Information, "attribute-form", first, message);
    }
}

/// What was stopped for its cost must not be taken for the whole.
fn within(budget: &Budget) -> Result<(), ConvertError> {
    budget.exceeded().map_or(Ok(()), |(what, limit)| {
        Err(ConvertError::new(Refusal::TooLarge, ScanErrorKind::LimitExceeded { what, limit }.to_string()))
    })
}

fn refused(e: &ScanError, text: &str) -> ConvertError {
    let kind = match &e.kind {
        ScanErrorKind::DoctypeRefused => Refusal::Forbidden,
        ScanErrorKind::LimitExceeded { .. } => Refusal::TooLarge,
        ScanErrorKind::NotXml | ScanErrorKind::NotCda { .. } | ScanErrorKind::NoNamespace => Refusal::NotCda,
        _ => Refusal::Malformed,
    };
    // the kind alone: line and column say where, a byte would say it twice
    ConvertError { kind, message: e.kind.to_string(), at: Some(crate::cda::position::line_col(text, e.offset)) }
}

/// Entries by address, for what asks which resource a reference leads to.
pub(crate) fn types_by_url(entries: &[Entry]) -> FxHashMap<CompactString, &'static str> {
    entries.iter().map(|e| (identity::urn(e.id), e.resource_type)).collect()
}
