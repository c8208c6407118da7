//! The last steps: what the document as a whole adds (sections, original, provenance, security labels), profiles, the
//! gate, and the bundle.

use std::collections::BTreeSet;

use compact_str::{CompactString, ToCompactString};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::labels::{all_labels, labels, redacted};
use super::message::{self, Message};
use super::options::{Options, Original};
use super::sections::{reference, section};
use super::watch::{Stage, Watched};
use super::{Issue, Origin, instructions, profiles};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::bundle::{Bundle, BundleKind, Entry, without_contested_conditions};
use crate::fhir::gate::{Gate, GateIssue, Verdict};
use crate::fhir::identity;
use crate::fhir::outcome;
use crate::fhir::value::{Object, Value};
use crate::fhir::withdraw::{WITHDRAWN, withdraw};
use crate::mapping::context::{Context, Finding, Nowhere, Severity, Zone};
use crate::mapping::link::{LinkOutput, Linked};
use crate::mapping::native;
use crate::mapping::plan::{Expr, Identity, Plan};
use crate::mapping::run::NodeKey;
use crate::mapping::run::select::{Selector, TemplateCache};

/// What finishing needs.
pub(super) struct Input<'i> {
    pub plan: &'i Plan,
    pub options: &'i Options,
    pub document: Node<'i>,
    pub document_key: &'i str,
    pub bytes: &'i [u8],
    pub digest: [u8; 20],
    /// whether something is missing for its confidentiality: then the original must not go out either
    pub withheld: bool,
    pub watch: Watched<'i>,
}

/// What it gives.
pub(super) struct Finished {
    pub bundle: Option<Bundle>,
    pub messages: Vec<Message>,
    pub checklists: Vec<usize>,
    pub issues: Vec<Issue>,
    pub origins: Vec<Origin>,
}

/// The media type of a CDA document.
const CDA_MEDIA_TYPE: &str = "text/xml";

pub(super) fn finish(input: Input<'_>, linked: LinkOutput, findings: &mut Vec<Finding>) -> Finished {
    let LinkOutput { mut resources, sections, findings: more, .. } = linked;
    findings.extend(more);
    let plan = input.plan;
    let zone = Zone::Unknown;
    let cx = Context::new(&plan.terms, plan.maps, &zone, &Nowhere);
    // what there is to report of it is, where a row reads the element
    let label = input.document.child(name::CONFIDENTIALITY_CODE).and_then(|c| native::coding::coding(&cx, c));
    let mut section_labels = FxHashMap::default();
    sections.iter().for_each(|s| labels(s, label.as_ref(), &mut section_labels));
    let document_id = input.document.child(name::ID).and_then(|i| native::identifier::identifier(&cx, i));
    let source = document_uri(document_id.as_ref());

    let binary_id = (input.options.original == Original::Embed && !input.withheld).then(|| {
        identity::resource_id(&input.options.tenant, "", "Binary", "", &format!("document|{}", input.document_key))
    });
    if input.options.patient.is_none() && !resources.iter().any(|r| plan.rule(r.rule).to_name == "Patient") {
        of_nobody(&input, &mut resources, findings);
    }
    let reviewed = reviewed(plan, &resources);
    let targets: Vec<Uuid> =
        resources.iter().filter(|r| plan.rule(r.rule).to_name != "Provenance").map(|r| r.id).collect();
    let mut entries_of: FxHashMap<NodeKey, Vec<Uuid>> = FxHashMap::default();
    // what an entry adds to the document itself or to the patient is not what its section consists of
    let of_section = |rule| !matches!(plan.rule(rule).to_name, "Composition" | "Patient");
    for r in resources.iter().filter(|r| !plan.rule(r.rule).entries.is_empty() && of_section(r.rule)) {
        for s in &r.sections {
            entries_of.entry(*s).or_default().push(r.id);
        }
    }
    // the Composition leads, whatever order the rules stand in: a document bundle must begin with it
    resources.sort_by_key(|r| plan.rule(r.rule).to_name != "Composition");

    // whose rules the document follows is asked once
    let (cache, header_cache) = (TemplateCache::default(), TemplateCache::default());
    let select = Selector { plan, document: input.document, cache: &cache, header_cache: &header_cache, hits: None };
    let holds: Vec<bool> = plan.document_tests.iter().map(|t| select.test(t, input.document)).collect();
    let mut entries: Vec<Entry> = Vec::with_capacity(resources.len() + 1);
    let mut origins = Vec::with_capacity(resources.len());
    for mut r in resources {
        origins.push(Origin { id: r.id, rules: std::mem::take(&mut r.rules), offset: r.offset });
        let rule = plan.rule(r.rule);
        let security = r.section.and_then(|s| section_labels.get(&s)).or(label.as_ref());
        let condition = condition(plan, &r, rule.to_name);
        let mut body = r.object;
        findings.extend(instructions::doubt(rule.to_name, &body, r.offset));
        match rule.to_name {
            "Composition" => {
                let mut ids = FxHashSet::default();
                let list: Vec<Value> =
                    sections.iter().filter_map(|s| section(s, &entries_of, &mut ids, input.withheld)).collect();
                body = body.with("section", Value::Array(list));
            }
            "DocumentReference" if rule.identity == Identity::Document => {
                body.push("content", original(&input, binary_id));
            }
            "Provenance" if rule.identity == Identity::Document => {
                provenance(&mut body, &targets, &input, &reviewed);
            }
            _ => {}
        }
        let claims: Vec<Value> = rule
            .profiles
            .iter()
            .map(|p| &plan.profiles[*p])
            .filter(|p| p.condition.is_none_or(|c| holds[c]) && profiles::meets(&p.demands, &body))
            .map(|p| Value::fixed(p.url))
            .collect();
        let mut meta = match body.remove("meta") {
            Some(Value::Object(o)) => o,
            _ => Object::new(),
        };
        if meta.get("source").is_none() {
            meta = meta.with("source", source.clone().map(Value::String));
        }
        meta = meta.with("profile", Value::Array(claims));
        if meta.get("security").is_none() {
            meta = meta.with("security", Value::Array(all_labels(std::mem::take(&mut r.labels), security)));
        }
        if input.withheld && rule.to_name == "Composition" {
            meta.push("security", redacted());
        }
        let ty = ("resourceType", Value::string(rule.to_name));
        let id = ("id", Value::String(identity::text(r.id)));
        if meta.is_empty() {
            body.0.splice(0..0, [ty, id]);
        } else {
            body.0.splice(0..0, [ty, id, ("meta", Value::Object(meta))]);
        }
        entries.push(Entry { id: r.id, resource_type: rule.to_name, resource: body, condition });
    }
    if let Some(id) = binary_id {
        let mut binary = Object::new().with_str("resourceType", "Binary").with("id", Value::String(identity::text(id)));
        if let Some(l) = &label {
            let meta = Object::new().with("security", Value::Array(vec![l.clone()]));
            binary = binary.with("meta", Value::Object(meta));
        }
        binary = binary.with_str("contentType", CDA_MEDIA_TYPE).with("data", Value::Data(input.bytes.into()));
        entries.push(Entry { id, resource_type: "Binary", resource: binary, condition: None });
    }
    let mut issues = Vec::new();
    if let Some(issue) = withdrawn(&mut entries) {
        issues.push(issue);
    }
    choose(&mut entries, &input.options.types);
    input.watch.stage(Stage::Gate);
    check(&mut entries, &Places { plan, origins: &origins, document: input.document.document_offset() }, findings);
    without_contested_conditions(&mut entries);
    input.watch.stage(Stage::Finish);
    if input.options.bundle == BundleKind::Document && entries.first().is_none_or(|e| e.resource_type != "Composition")
    {
        issues.push(Issue {
            severity: Severity::Error,
            code: "no-composition".into(),
            message: "a document bundle must begin with a Composition; the document gave none".into(),
            at: None,
            xpath: String::new(),
            fhir_path: Some("Bundle.entry".into()),
            row: None,
        });
    }
    let checklists = (0..).zip(&plan.checklists).filter(|(_, c)| holds[c.condition]).map(|(i, _)| i).collect();
    if input.options.bundle == BundleKind::Message {
        let own = document_id.as_ref().and_then(Value::as_object);
        let own = own.map(|i| format!("{}|{}", i.str("system").unwrap_or(""), i.str("value").unwrap_or("")));
        let key = own.as_deref().unwrap_or(input.document_key);
        let holds = |e: &Expr| select.test(e, input.document);
        let messages = message::messages(plan, &holds, input.options, key, document_id, &entries);
        if messages.is_empty() {
            issues.push(Issue {
                severity: Severity::Information,
                code: "no-event".into(),
                message: "no event of the tables takes place in this document: there is no message".into(),
                at: None,
                xpath: String::new(),
                fhir_path: None,
                row: None,
            });
        }
        return Finished { bundle: None, messages, issues, origins, checklists };
    }
    let bundle = Bundle {
        kind: input.options.bundle,
        write: input.options.write,
        identifier: document_id,
        timestamp: input.options.recorded.clone(),
        entries,
    };
    Finished { bundle: Some(bundle), messages: Vec::new(), issues, origins, checklists }
}

/// A document that names no patient, of whom the caller knows nothing either: its statements would be about nobody. They
/// are kept as narrative; what the header gives (Composition, DocumentReference, people) is written.
fn of_nobody(input: &Input<'_>, resources: &mut Vec<Linked>, findings: &mut Vec<Finding>) {
    let statement = |rule| input.plan.rule(rule).entries.iter().flat_map(|e| e.0.iter()).any(|branch| !branch.absolute);
    resources.retain(|r| !statement(r.rule));
    // what one of them refers to is not missed: none of them is there
    findings.retain(|f| {
        let of = f.row.as_deref().and_then(|row| input.plan.rule_named(row.split('.').next()?));
        f.code != "reference-without-target" || of.is_none_or(|rule| !statement(rule))
    });
    findings.push(Finding {
        severity: Severity::Error,
        code: "no-patient",
        message:
            "the document names no patient (recordTarget): its statements are kept as narrative only; say whose it is \
                  with --patient to have them as resources"
                .into(),
        offset: input.document.document_offset(),
        xpath: "/ClinicalDocument".into(),
        fhir_path: None,
        row: None,
    });
}

/// The document's id as a URI, for `meta.source`; an id of root and extension has no URI form.
fn document_uri(identifier: Option<&Value>) -> Option<CompactString> {
    let o = identifier?.as_object()?;
    (o.str("system") == Some("urn:ietf:rfc:3986")).then(|| o.str("value").map(Into::into)).flatten()
}

/// An identifier by which a server may be asked whether it has the resource already: only from trusted sources.
fn condition(plan: &Plan, r: &Linked, ty: &str) -> Option<(String, String)> {
    for id in &r.ids {
        let Some((root, extension)) = id.split_once('|') else { continue };
        if extension.is_empty() {
            continue;
        }
        let trusted = plan.trusted.iter().find(|t| t.ty == ty && t.roots.iter().any(|x| x == root));
        let Some(trusted) = trusted.filter(|t| t.issues(extension)) else { continue };
        let written = r.object.get("identifier").is_some_and(|list| {
            list.items()
                .iter()
                .filter_map(Value::as_object)
                .any(|o| o.str("system") == Some(trusted.system.as_str()) && o.str("value") == Some(extension))
        });
        if written {
            return Some((trusted.system.clone(), extension.to_owned()));
        }
    }
    // an organisation that acted in somebody's place was made from that role: its numbers stand one level deeper, and no
    // root that is not trusted gives them the same system
    let own = r.object.get("identifier").filter(|_| ty == "Organization")?;
    own.items().iter().filter_map(Value::as_object).find_map(|o| {
        let (system, value) = (o.str("system")?, o.str("value")?);
        let trusted = plan.trusted.iter().find(|t| t.ty == ty && t.system == system && t.issues(value))?;
        Some((trusted.system.clone(), value.to_owned()))
    })
}

/// The original document as content of a DocumentReference.
fn original(input: &Input<'_>, binary: Option<Uuid>) -> Value {
    let url = match (&input.options.original, binary) {
        (Original::Url(url), _) => Some(Value::string(url.as_str())),
        (_, Some(id)) => Some(Value::String(identity::urn(id))),
        _ => None,
    };
    let mut attachment = Object::new().with_str("contentType", CDA_MEDIA_TYPE).with("url", url);
    if !input.withheld {
        attachment = attachment
            .with("size", Value::Number(input.bytes.len().to_compact_string()))
            .with("hash", Value::Data(Box::new(input.digest)));
    }
    Object::new().with("attachment", Value::Object(attachment)).into()
}

/// Which rules that had a part in a bundle nobody has reviewed in full, in words for its Provenance.
fn reviewed(plan: &Plan, resources: &[Linked]) -> String {
    let used: BTreeSet<&str> = resources.iter().flat_map(|r| &r.rules).map(|r| plan.rule(*r).name.as_str()).collect();
    let not: Vec<&str> = used.iter().copied().filter(|name| !plan.reviews.reviewed(name)).collect();
    match not.len() {
        0 => "reviewed".into(),
        n if n == used.len() => "not reviewed".into(),
        _ => format!("not reviewed: {}", not.join(" ")),
    }
}

fn provenance(body: &mut Object, targets: &[Uuid], input: &Input<'_>, reviewed: &str) {
    body.0.insert(0, ("target", Value::Array(targets.iter().map(|id| reference(*id)).collect())));
    if let Some(recorded) = &input.options.recorded {
        body.set("recorded", Value::string(recorded.as_str()));
    } else if body.get("recorded").is_none() {
        // the clock is never asked
        body.set("_recorded", native::data_absent::absent("unknown"));
    }
    let coding = Object::new()
        .with("system", Value::fixed("http://terminology.hl7.org/CodeSystem/provenance-participant-type"))
        .with_str("code", "assembler")
        .with_str("display", "Assembler");
    let display = format!(
        "granule {} (mappings {}, {reviewed})",
        env!("CARGO_PKG_VERSION"),
        &input.plan.digest[..12.min(input.plan.digest.len())]
    );
    let agent = Object::new()
        .with("type", Value::Object(Object::new().with("coding", Value::Array(vec![coding.into()]))))
        .with("who", Value::Object(Object::new().with("display", Value::String(display.into()))));
    body.push("agent", agent.into());
    if let Some(envelope) = &input.options.envelope {
        for entity in message::entity(envelope).into_iter().chain(message::carrier(envelope, input.plan)) {
            body.push("entity", entity);
        }
    }
}

/// Keeps the resources of the chosen types and what they refer to.
fn choose(entries: &mut Vec<Entry>, types: &[String]) {
    if types.is_empty() {
        return;
    }
    let keep =
        closure(entries, (0..entries.len()).filter(|i| types.iter().any(|t| t == entries[*i].resource_type)).collect());
    let mut i = 0;
    entries.retain(|_| {
        i += 1;
        keep.contains(&(i - 1))
    });
}

/// The entries that a resource refers to, and what those refer to.
pub(super) fn reached(entries: &[Entry], from: &Object) -> FxHashSet<usize> {
    let mut urls = Vec::new();
    references(from, &mut urls);
    let named = |e: &Entry| urls.contains(&identity::urn(e.id));
    closure(entries, (0..entries.len()).filter(|i| named(&entries[*i])).collect())
}

/// Entries with all that they refer to.
fn closure(entries: &[Entry], mut todo: Vec<usize>) -> FxHashSet<usize> {
    let index: FxHashMap<CompactString, usize> =
        entries.iter().enumerate().map(|(i, e)| (identity::urn(e.id), i)).collect();
    let mut keep: FxHashSet<usize> = FxHashSet::default();
    while let Some(i) = todo.pop() {
        if keep.insert(i) {
            let mut urls = Vec::new();
            references(&entries[i].resource, &mut urls);
            todo.extend(urls.iter().filter_map(|u| index.get(u.as_str()).copied()));
        }
    }
    keep
}

fn references(o: &Object, out: &mut Vec<CompactString>) {
    for (key, value) in &o.0 {
        for v in value.items() {
            match v {
                Value::String(s) if matches!(*key, "reference" | "url") && s.starts_with("urn:uuid:") => {
                    out.push(s.clone())
                }
                Value::Object(o) => references(o, out),
                _ => {}
            }
        }
    }
}

/// A document that was taken back takes what it says with it: whoever reads resources alone would not see that the
/// Composition is entered in error.
fn withdrawn(entries: &mut [Entry]) -> Option<Issue> {
    let composition = entries.iter().find(|e| e.resource_type == "Composition")?;
    if composition.resource.str("status") != Some(WITHDRAWN) {
        return None;
    }
    let whole = |e: &Entry| matches!(e.resource_type, "Composition" | "DocumentReference");
    let marked = entries
        .iter_mut()
        .filter(|e| !whole(e))
        .filter_map(|e| withdraw(&mut e.resource, e.resource_type).then_some(()))
        .count();
    (marked > 0).then(|| Issue {
        severity: Severity::Warning,
        code: "document-withdrawn".into(),
        message: "the document was taken back (nullified, aborted or cancelled): what it says is entered in error"
            .into(),
        at: None,
        xpath: String::new(),
        fhir_path: Some("Composition.status".into()),
        row: None,
    })
}

/// Where in the document a resource came from, for what the gate finds in it.
struct Places<'a> {
    plan: &'a Plan,
    origins: &'a [Origin],
    /// of what came from no place of its own
    document: usize,
}

impl Places<'_> {
    #[cold]
    fn finding(&self, id: Uuid, g: GateIssue) -> Finding {
        let origin = self.origins.iter().find(|o| o.id == id);
        Finding {
            severity: match g.severity {
                outcome::Severity::Fatal | outcome::Severity::Error => Severity::Error,
                outcome::Severity::Warning => Severity::Warning,
                outcome::Severity::Information => Severity::Information,
            },
            code: g.code,
            message: g.message.into_owned(),
            offset: origin.map_or(self.document, |o| o.offset),
            xpath: String::new(),
            fhir_path: Some(g.path),
            row: origin.and_then(|o| o.rules.first()).map(|r| self.plan.rule(*r).name.to_string()),
        }
    }
}

/// The gate on every resource; what it refuses is taken out, and what referred to that is checked again.
fn check(entries: &mut Vec<Entry>, places: &Places<'_>, findings: &mut Vec<Finding>) {
    let mut types = super::types_by_url(entries);
    for _ in 0..4 {
        let mut refused: FxHashSet<Uuid> = FxHashSet::default();
        {
            let lookup = |url: &str| types.get(url).copied();
            let mut gate = Gate::new(&lookup);
            for e in entries.iter_mut() {
                if gate.check(&mut e.resource) == Verdict::Refused {
                    refused.insert(e.id);
                }
                findings.extend(gate.take_issues().into_iter().map(|g| places.finding(e.id, g)));
            }
        }
        if refused.is_empty() {
            break;
        }
        entries.retain(|e| !refused.contains(&e.id));
        for id in refused {
            types.remove(&identity::urn(id));
        }
    }
}
