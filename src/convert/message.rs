//! What the envelope of a document becomes: an entity of its Provenance, and the MessageHeader of a message bundle.

use uuid::Uuid;

use super::envelope::Envelope;
use super::options::Options;
use crate::fhir::bundle::Entry;
use crate::fhir::identity;
use crate::fhir::value::{Object, Value};
use crate::mapping::native;
use crate::mapping::plan::Plan;

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
pub(super) fn entity(envelope: &Envelope) -> Value {
    let what = Object::new()
        .with("identifier", tracking(envelope))
        .with_str("display", envelope.interaction.as_deref().or(envelope.service.as_deref()));
    let what = if what.is_empty() { Object::new().with_str("display", "envelope without a number") } else { what };
    Object::new().with_str("role", "source").with("what", Value::Object(what)).into()
}

/// The identifier that a message bundle has: that of the message.
pub(super) fn identifier(options: &Options) -> Option<Value> {
    options.envelope.as_deref().and_then(tracking)
}

/// The MessageHeader that leads a message bundle. The event is that of the first `[[event]]` of the tables that holds.
pub(super) fn header(plan: &Plan, event: Option<usize>, options: &Options, document: &str, entries: &[Entry]) -> Entry {
    let none = Envelope::default();
    let envelope = options.envelope.as_deref().unwrap_or(&none);
    let id = identity::resource_id(&options.tenant, "", "MessageHeader", "", &format!("document|{document}"));
    let composition = entries.iter().find(|e| e.resource_type == "Composition");
    let endpoint = |o: Object, uri: Option<&str>| match uri {
        Some(uri) => o.with_str("endpoint", uri),
        None => o.with("_endpoint", Some(native::data_absent::absent("unknown"))),
    };
    let receivers = envelope.receivers.iter().map(|uri| endpoint(Object::new(), Some(uri)).into()).collect();
    let source = Object::new().with_str("name", envelope.audit.first().map(String::as_str));
    let focus = composition.map(|c| reference(c.id)).into_iter().collect();
    let resource = Object::new()
        .with_str("resourceType", "MessageHeader")
        .with("id", Value::String(identity::text(id)))
        .with("meta", composition.and_then(|c| c.resource.get("meta")).and_then(security))
        .with("eventCoding", event.map(|e| plan.events[e].coding.clone()))
        .with("destination", Value::Array(receivers))
        .with("sender", composition.and_then(|c| c.resource.get("custodian")).cloned())
        .with("source", Value::Object(endpoint(source, envelope.sender.as_deref())))
        .with("focus", Value::Array(focus));
    Entry { id, resource_type: "MessageHeader", resource, condition: None }
}

fn reference(id: Uuid) -> Value {
    Value::Object(Object(vec![("reference", Value::String(identity::urn(id)))]))
}

fn security(meta: &Value) -> Option<Value> {
    let labels = meta.as_object()?.get("security")?.clone();
    Some(Object::new().with("security", labels).into())
}
