//! FHIR messages: one for each event that a document is, with what its envelope says; and the envelope in its Provenance.

use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::envelope::Envelope;
use super::finish::reached;
use super::options::Options;
use crate::fhir::bundle::{Bundle, Entry};
use crate::fhir::identity;
use crate::fhir::path::{BundlePath, Entries};
use crate::fhir::value::{Object, Value};
use crate::mapping::native;
use crate::mapping::plan::{EventCoding, Expr, Plan};

/// The number of a message: a UUID as URN, anything else as it was written.
fn tracking(envelope: &Envelope) -> Option<Value> {
    let text = envelope.tracking.as_deref()?;
    let uuid = text.parse::<Uuid>().ok().filter(|_| text.len() == 36);
    let identifier = match uuid {
        Some(u) => Object::new().with_str("system", "urn:ietf:rfc:3986").with("value", Value::String(identity::urn(u))),
        None => Object::new().with_str("value", text),
    };
    Some(identifier.into())
}

/// The envelope as an entity of the document's Provenance: the document was taken out of it.
pub(super) fn entity(envelope: &Envelope) -> Option<Value> {
    let bare = envelope.tracking.is_none() && envelope.interaction.is_none() && envelope.service.is_none();
    if bare && envelope.act.is_some() {
        // there was no envelope but the message itself
        return None;
    }
    let what = Object::new()
        .with("identifier", tracking(envelope))
        .with_str("display", envelope.interaction.as_deref().or(envelope.service.as_deref()));
    let what = if what.is_empty() { Object::new().with_str("display", "envelope without a number") } else { what };
    Some(Object::new().with_str("role", "source").with("what", Value::Object(what)).into())
}

/// The message that carried the document, as a further entity: what it calls itself, and its number.
pub(super) fn carrier(envelope: &Envelope, plan: &Plan) -> Option<Value> {
    let act = envelope.act.as_ref()?;
    let identifier = act.id.as_ref().and_then(|(root, extension)| match (extension, root.parse::<Uuid>()) {
        (None, Ok(u)) => Some(urn_identifier(u)),
        (None, Err(_)) => None,
        (Some(e), _) => Some(
            Object::new().with_str("system", plan.terms.system(root).as_deref()).with_str("value", e.as_str()).into(),
        ),
    });
    let what =
        Object::new().with("identifier", identifier).with_str("display", act.display.as_deref().or(Some(&act.code)));
    Some(Object::new().with_str("role", "source").with("what", Value::Object(what)).into())
}

/// A FHIR message: what happened, and its bundle.
#[derive(Debug)]
pub struct Message {
    /// name of the event, as the tables have it
    pub event: String,
    /// the message
    pub bundle: Bundle,
}

/// One message for each event of the tables that takes place, in their order. That of the whole document takes the entries
/// as they are, the others what their focus leads to.
pub(super) fn messages(
    plan: &Plan,
    holds: &dyn Fn(&Expr) -> bool,
    options: &Options,
    document: &str,
    identifier: Option<Value>,
    entries: &[Entry],
) -> Vec<Message> {
    let bundle = Entries::new(entries);
    let finds = |p: &BundlePath| !p.find(&bundle, &[]).is_empty();
    let act = options.envelope.as_deref().and_then(|e| e.act.as_ref());
    let act = act.and_then(|a| Some((plan.terms.system(&a.system)?, a.code.as_str())));
    let carried = |c: &EventCoding| match (&c.carried, &act) {
        (None, _) => true,
        (Some((system, code)), Some((s, c))) => s == system && c == code,
        (Some(_), None) => false,
    };
    let first = |list: &[EventCoding]| {
        list.iter().find(|c| c.condition.as_ref().is_none_or(holds) && carried(c)).map(|c| c.value.clone())
    };
    let mut out = Vec::new();
    for event in &plan.events {
        let takes_place = event.condition.as_ref().is_none_or(holds)
            && (event.has.is_empty() || event.has.iter().any(finds))
            && !event.without.iter().any(finds);
        let Some(code) = first(&event.code).filter(|_| takes_place) else { continue };
        let whole = event.focus.is_empty();
        let focus: Vec<Uuid> = if whole {
            entries.iter().find(|e| e.resource_type == "Composition").map(|e| e.id).into_iter().collect()
        } else {
            let mut found: Vec<Uuid> = event.focus.iter().flat_map(|p| p.entries(&bundle)).map(|e| e.id).collect();
            let mut seen = FxHashSet::default();
            found.retain(|id| seen.insert(*id));
            found
        };
        if focus.is_empty() && !whole {
            continue;
        }
        // of the document itself, not of what its versions share: the message about a newer version is another message
        let id = identity::resource_id(
            &options.tenant,
            "",
            "MessageHeader",
            "",
            &format!("message|{document}|{}", event.name),
        );
        let header = header(id, code, first(&event.reason), &focus, options, entries);
        let identifier = if whole { tracked(options).or(identifier.clone()) } else { Some(urn_identifier(id)) };
        let mut led = vec![Entry { id, resource_type: "MessageHeader", resource: header, condition: None }];
        if whole {
            led.extend_from_slice(entries);
        } else {
            let keep = reached(entries, &led[0].resource);
            led.extend(entries.iter().enumerate().filter(|(i, _)| keep.contains(i)).map(|(_, e)| e.clone()));
        }
        out.push(Message {
            event: event.name.clone(),
            bundle: Bundle {
                kind: options.bundle,
                write: options.write,
                identifier,
                timestamp: options.recorded.clone(),
                entries: led,
            },
        });
    }
    out
}

/// The identifier that the message of a whole document has: that under which its envelope is tracked.
fn tracked(options: &Options) -> Option<Value> {
    options.envelope.as_deref().and_then(tracking)
}

/// A UUID as an identifier.
fn urn_identifier(id: Uuid) -> Value {
    Object::new().with_str("system", "urn:ietf:rfc:3986").with("value", Value::String(identity::urn(id))).into()
}

/// The MessageHeader that leads a message bundle.
fn header(
    id: Uuid,
    code: Value,
    reason: Option<Value>,
    focus: &[Uuid],
    options: &Options,
    entries: &[Entry],
) -> Object {
    let none = Envelope::default();
    let envelope = options.envelope.as_deref().unwrap_or(&none);
    let composition = entries.iter().find(|e| e.resource_type == "Composition");
    let endpoint = |o: Object, uri: Option<&str>| match uri {
        Some(uri) => o.with_str("endpoint", uri),
        None => o.with("_endpoint", Some(native::data_absent::absent("unknown"))),
    };
    let receivers = envelope.receivers.iter().map(|uri| endpoint(Object::new(), Some(uri)).into()).collect();
    let source = Object::new().with_str("name", envelope.audit.first().map(String::as_str));
    let focus = focus.iter().map(|id| reference(*id)).collect();
    Object::new()
        .with_str("resourceType", "MessageHeader")
        .with("id", Value::String(identity::text(id)))
        .with("meta", composition.and_then(|c| c.resource.get("meta")).and_then(security))
        .with("eventCoding", code)
        .with("destination", Value::Array(receivers))
        .with("sender", composition.and_then(|c| c.resource.get("custodian")).cloned())
        .with("source", Value::Object(endpoint(source, envelope.sender.as_deref())))
        .with("reason", reason)
        .with("focus", Value::Array(focus))
}

fn reference(id: Uuid) -> Value {
    Value::Object(Object(vec![("reference", Value::String(identity::urn(id)))]))
}

fn security(meta: &Value) -> Option<Value> {
    let labels = meta.as_object()?.get("security")?.clone();
    Some(Object::new().with("security", labels).into())
}
