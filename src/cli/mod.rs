//! The command line: what may be typed, and which command does it. One file a command.

#[macro_use]
mod say;

mod account;
mod bench;
mod check;
mod checklist;
mod convert;
mod docs;
mod explain;
mod gaps;
mod mappings;
mod regress;
mod reviewed;
#[cfg(feature = "serve")]
mod serve;
mod tables;
mod templates;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::convert::choices::{self, BUNDLES, CONFIDENTIAL, Choice, REVIEWS, WRITES};
use crate::convert::{Confidential, Level, Options, Original, ZoneChoice, guard};
use crate::fhir::bundle::{BundleKind, WriteMode};
use crate::regress::report::FailOn;
use say::print;

/// Everything was done.
const DONE: u8 = 0;
/// Some document was refused; the others are written.
const REFUSED: u8 = 1;
/// Something differs that was to be the same.
const DIFFERS: u8 = 1;
/// The command line or a mapping table is wrong; nothing was converted.
const FAULT: u8 = 2;
/// The page that leads to all others
const DOCS_INDEX: &str = "index.md";

/// Turns HL7 CDA documents into FHIR R4 bundles through mapping tables.
#[derive(Debug, Parser)]
#[command(name = "granule", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Convert documents to FHIR bundles
    #[command(
        after_help = "Exit status: 0 all converted; 1 some document was refused, or not delivered (the others are \
        written); 2 the command line or a mapping table is wrong."
    )]
    Convert(Box<ConvertArgs>),
    /// Check mapping tables: every fault with its place and what to do
    Check(CheckArgs),
    /// Say which elements of a record standard (PRSB) documents give: each present, in words only, or absent
    #[command(
        after_help = "States: present, as data; text only, in a concept without code or in narrative that names it; unclear, \
        the heading has narrative that does not name it; absent.\n\
        Exit status: 0 judged; 1 some document was refused; 2 the command line or a mapping table is wrong."
    )]
    Checklist(ChecklistArgs),
    /// Say all there is to know of a rule or row of the tables; find those of an element, template or code
    Explain(ExplainArgs),
    /// Write the mapping tables as Markdown pages for review
    Docs(DocsArgs),
    /// Say what became of every piece of content of a document: mapped, narrative only, degraded or unmapped
    #[command(
        after_help = "It holds patient data. Exit status: 0 done; 1 the document was refused; 2 the command line or a \
        mapping table is wrong."
    )]
    Account(Box<AccountArgs>),
    /// Say for every piece of content where in the bundle it stands, and which row put it there
    #[command(
        after_help = "It holds the places, not what stands there; --json holds that too. Exit status: 0 done; 1 the \
        document was refused; 2 the command line or a mapping table is wrong."
    )]
    Trace(Box<TraceArgs>),
    /// Sum up what documents say that has no coded home, by heading and without content: input to standards work
    #[command(
        after_help = "Exit status: 0 done; 1 some document was refused; 2 the command line or a mapping table is wrong."
    )]
    Gaps(GapsArgs),
    /// Measure how fast your documents are converted, and what the time goes to
    #[command(after_help = "Exit status: 0 measured (refused documents are named and left out); \
        2 the command line or a mapping table is wrong, or no document could be converted.")]
    Bench(BenchArgs),
    /// Compare what is made of a folder of documents with a baseline, or what two packs of tables make of it
    #[command(after_help = "Baselines, --json and --html hold patient data and are readable for their owner alone.\n\
        Exit status: 0 no difference (or what --fail-on lets pass, or --accept); 1 differences; \
        2 the command line, a mapping table or the baseline is wrong.")]
    Regress(Box<RegressArgs>),
    /// Convert over HTTP: POST /fhir/$convert
    #[cfg(feature = "serve")]
    #[command(after_help = "Exit status: 0 it was told to stop (SIGTERM, SIGINT) and did; \
        2 the command line or a mapping table is wrong, or an address cannot be bound.")]
    Serve(ServeArgs),
}

/// Where further tables are.
#[derive(Debug, Args)]
struct Mappings {
    /// Folder with tables (*.toml, ConceptMaps *.json, oids.tsv) laid over the built-in ones; may be given several times,
    /// the later over the earlier
    #[arg(long = "mappings", value_name = "DIR")]
    folders: Vec<PathBuf>,
}

/// What is chosen for a conversion, whatever becomes of its result.
#[derive(Debug, Args)]
struct Choosing {
    /// The patient, already matched: Patient/123, its URL, or urn:uuid:…; no Patient is then written
    #[arg(long, value_name = "REF", value_parser = choices::patient)]
    patient: Option<String>,
    /// Where times without offset are: a zone (Europe/London), or `document` for the offset of the document's own time.
    /// Without it such times become dates
    #[arg(long, value_name = "ZONE", value_parser = choices::zone)]
    timezone: Option<ZoneChoice>,
    /// Instant of the conversion, for Provenance.recorded: 2026-01-31T12:00:00Z. The clock is never asked
    #[arg(long, value_name = "INSTANT", value_parser = choices::instant)]
    recorded: Option<String>,
    /// Only resources of these types, with what they refer to
    #[arg(long = "type", value_name = "T", value_delimiter = ',', value_parser = choices::resource_type)]
    types: Vec<String>,
    /// Only sections with these codes
    #[arg(long = "section", value_name = "CODE", value_delimiter = ',')]
    sections: Vec<String>,
    /// Whose documents these are: resources of two tenants never share an id
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    tenant: String,
    /// Refuse a document of which anything could not be carried over
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    caution: Caution,
}

/// What a conversion may pass on.
#[derive(Debug, Args)]
struct Caution {
    /// What is labelled above ordinary confidentiality: `keep` it with its labels, `redact` it, or `refuse` the document
    #[arg(long, value_parser = one_of(CONFIDENTIAL), default_value = "keep", value_name = "WHAT")]
    confidential: Confidential,
    /// Make clinical statements into resources only by rules that are reviewed so; the others stay narrative
    #[arg(long, value_parser = one_of(REVIEWS), value_name = "LEVEL")]
    min_review: Option<Level>,
}

impl Choosing {
    /// As options of a conversion.
    fn options(&self) -> Options {
        Options {
            patient: self.patient.clone(),
            zone: self.timezone.clone().unwrap_or_default(),
            recorded: self.recorded.clone(),
            types: self.types.clone(),
            sections: self.sections.clone(),
            tenant: self.tenant.clone(),
            strict: self.strict,
            confidential: self.caution.confidential,
            min_review: self.caution.min_review,
            ..Options::default()
        }
    }

    /// The options that were given, by their names.
    fn said(&self) -> Vec<(&'static str, String)> {
        let zone = self.timezone.as_ref().map(|z| match z {
            ZoneChoice::Named(zone) => zone.iana_name().unwrap_or("unnamed").to_owned(),
            ZoneChoice::Document => "document".into(),
            ZoneChoice::Unknown => "unknown".into(),
        });
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
        let all = [
            ("patient", self.patient.clone()),
            ("timezone", zone),
            ("recorded", self.recorded.clone()),
            ("type", list(&self.types)),
            ("section", list(&self.sections)),
            ("tenant", Some(self.tenant.clone()).filter(|t| !t.is_empty())),
            ("strict", self.strict.then(|| "yes".to_owned())),
            ("confidential", self.caution.confidential_said()),
            ("min-review", self.caution.min_review.map(|l| l.word().to_owned())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl Caution {
    /// The choice on what is confidential, unless it is the usual one.
    fn confidential_said(&self) -> Option<String> {
        let chosen = CONFIDENTIAL.iter().find(|(_, c, _)| *c == self.confidential);
        chosen.filter(|(_, c, _)| *c != Confidential::Keep).map(|(word, ..)| (*word).to_owned())
    }
}

#[derive(Debug, Args)]
struct ConvertArgs {
    /// Documents or envelopes (SOAP, ITK), or folders with *.xml; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Folder for bundles (a/b.xml.json) and their issues (a/b.xml.issues.json); without it one bundle goes to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[cfg(feature = "send")]
    #[command(flatten)]
    to: ToArgs,
    /// Bundle.type
    #[arg(long, value_parser = one_of(BUNDLES), default_value = "transaction", value_name = "KIND")]
    bundle: BundleKind,
    /// How a server is to write: `stable` updates on a second run and creates people and places only when unknown
    #[arg(long, value_parser = one_of(WRITES), default_value = "stable", value_name = "MODE")]
    write: WriteMode,
    #[command(flatten)]
    choosing: Choosing,
    /// The original document: `embed` as a Binary, `omit`, or the URL where it can be had (one that ends with `/` gets the
    /// path of each document after it)
    #[arg(long, value_name = "WHAT", default_value = "embed", value_parser = choices::original)]
    original: Original,
    #[command(flatten)]
    mappings: Mappings,
    /// Write what became of the content of all documents: an HTML page (*.html) or JSON; without content of any document.
    /// Without -o and --to nothing else is written
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Exit status 1 when less than this share of the content, in hundredths, is in an element of a resource
    #[arg(long, value_name = "PCT", value_parser = hundredths)]
    fail_under: Option<f64>,
    /// Documents converted at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Indented JSON
    #[arg(long)]
    pretty: bool,
}

/// The server that takes the bundles.
#[cfg(feature = "send")]
#[derive(Debug, Args)]
struct ToArgs {
    /// FHIR server that takes each bundle as a transaction: https://server/fhir. What an older document says never replaces
    /// what a newer one said
    #[arg(long, value_name = "URL", value_parser = choices::server)]
    to: Option<String>,
    /// File with the bearer token for the server; it is read anew for each request
    #[arg(long, value_name = "FILE", requires = "to")]
    token_file: Option<PathBuf>,
    /// Do not ask the server what newer documents said; documents must then come in the order of their time
    #[arg(long, requires = "to")]
    unordered: bool,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The same as --mappings
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct ChecklistArgs {
    /// Documents or envelopes, or folders with *.xml
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// As JSON; names of files and of elements, and nothing that documents say
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    mappings: Mappings,
    /// Documents converted at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// A rule (`allergy`) or a row of it (`allergy.code`, `allergy.reaction.severity`); or what you look for in the tables: a FHIR
    /// type or element (`Condition.code`), a template id or name, the code of a section or statement, a ConceptMap, a transform
    #[arg(value_name = "WHAT")]
    what: String,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct DocsArgs {
    /// Folder for the pages, one a rule with an index; without it one page goes to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Only the page of templates: which rules read each, or why none does; to standard output
    #[arg(long, conflicts_with = "output")]
    templates: bool,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct AccountArgs {
    /// A document or an envelope; `-` is standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// In the JSON what is mapped as well, with the place in the bundle and the row
    #[arg(long, requires = "json")]
    all: bool,
    /// At most so many lines of each kind
    #[arg(long, value_name = "N", conflicts_with = "json")]
    limit: Option<u32>,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct TraceArgs {
    /// A document or an envelope; `-` is standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// As JSON, with what the document says
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct GapsArgs {
    /// Documents or envelopes, or folders with *.xml
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Only what so many documents say at least
    #[arg(long, value_name = "N", default_value_t = 2)]
    least: u64,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Documents converted at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct BenchArgs {
    /// Documents, or folders with *.xml
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Rounds of each pass
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10000))]
    runs: u16,
    /// Threads of the pass on all threads [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Only so many of the documents, evenly spread
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// For how many documents the time is estimated
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    estimate: u64,
    /// As JSON, with every rule and every document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    mappings: Mappings,
}

#[derive(Debug, Args)]
struct RegressArgs {
    /// Documents, or folders with *.xml
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// What the documents gave before; --accept makes it
    #[arg(long, value_name = "FILE", required_unless_present = "between")]
    baseline: Option<PathBuf>,
    /// Make the baseline, or move it to what the documents give now
    #[arg(long, requires = "baseline")]
    accept: bool,
    /// Compare what two packs make of the documents, each laid over the built-in tables and --mappings; `built-in` is none
    #[arg(long, value_names = ["PACK_A", "PACK_B"], num_args = 2, conflicts_with_all = ["baseline", "accept"])]
    between: Vec<String>,
    /// Write all differences as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page for a clinician
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Which differences give the exit status 1
    #[arg(long, value_parser = one_of(FAIL_ON), default_value = "any", value_name = "WHICH")]
    fail_on: FailOn,
    #[command(flatten)]
    choosing: Choosing,
    #[command(flatten)]
    mappings: Mappings,
    /// Documents converted at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

/// Which differences are a failure.
const FAIL_ON: &[Choice<FailOn>] = &[
    ("any", FailOn::Any, "Any difference"),
    ("clinical", FailOn::Clinical, "A clinical difference, or a document that is refused now"),
    ("none", FailOn::None, "None"),
];

#[cfg(feature = "serve")]
#[derive(Debug, Args)]
struct ServeArgs {
    /// Address; port 0 is any free one, told on standard error
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: std::net::SocketAddr,
    /// Address for /metrics and /health of their own; /metrics is then found there alone
    #[arg(long, value_name = "ADDR")]
    metrics_listen: Option<std::net::SocketAddr>,
    /// Bytes that a document may have
    #[arg(long, value_name = "BYTES", default_value_t = 32 << 20, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    max_body: u64,
    /// Seconds that a request may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86400))]
    timeout: u64,
    /// Conversions at the same time [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_concurrent: Option<u16>,
    /// Requests that may wait for one; more are answered with 503 [default: 8 × --max-concurrent]
    #[arg(long, value_name = "N")]
    queue: Option<u16>,
    /// Seconds that running requests may take when the server is told to stop
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86400))]
    drain: u64,
    /// Whose documents these are; no request may then say otherwise
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// A request may ask for more caution than this, never for less
    #[command(flatten)]
    caution: Caution,
    #[command(flatten)]
    mappings: Mappings,
}

/// A share in hundredths.
fn hundredths(text: &str) -> Result<f64, String> {
    let share = text.trim_end_matches('%').parse().ok().filter(|n| (0.0..=100.0).contains(n));
    share.ok_or_else(|| "say a number from 0 to 100".into())
}

/// A parser of one of the choices; the help lists them.
fn one_of<T: Copy + Send + Sync + 'static>(list: &'static [Choice<T>]) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(list.iter().map(|(word, _, help)| PossibleValue::new(*word).help(*help)))
        .try_map(|text| choices::choice(list, &text))
}

/// Reads the command line, does what it says, and gives the exit status.
pub fn run() -> ExitCode {
    guard::quiet_panics();
    let done = match Cli::parse().command {
        Command::Convert(args) => convert::run(*args),
        Command::Check(args) => check::run(args),
        Command::Checklist(args) => checklist::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Account(args) => account::run(&args),
        Command::Trace(args) => account::trace(&args),
        Command::Gaps(args) => gaps::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Regress(args) => regress::run(*args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args),
    };
    ExitCode::from(done.unwrap_or_else(|e| {
        say!("{e:#}");
        FAULT
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }
}
