//! Invariants of people, organisations and administration.

use super::super::super::value::{Object, Value};
use super::super::{Fate, Gate};
use super::{Rule, exists, exists_choice};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Appointment", super::periods::appointment),
    ("Appointment.participant", participant),
    ("AppointmentResponse", response),
    ("AuditEvent.entity", entity),
    ("CareTeam.participant", member),
    ("Consent", consent),
    ("Group", group),
    ("Organization", organization),
    ("Parameters.parameter", parameter),
    ("Patient.contact", contact),
    ("Task", super::periods::task),
];

fn organization(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "identifier") && !exists(o, "name") {
        g.unknown(o, "Organization", "name", "org-1", "neither name nor identifier; the name was marked as unknown");
    }
    for (key, code) in [("address", "org-2"), ("telecom", "org-3")] {
        let Some(Value::Array(items)) = o.get_mut(key) else { continue };
        for (i, item) in items.iter_mut().enumerate() {
            if let Value::Object(item) = item
                && item.str("use") == Some("home")
            {
                g.path.push(key, Some(i));
                g.without(item, "use", code, "an organization has no home; the use was left out");
                g.path.pop();
            }
        }
        items.retain(|v| !v.is_empty());
        if items.is_empty() {
            o.remove(key);
        }
    }
    Fate::Keep
}

fn contact(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !["name", "telecom", "address", "organization"].iter().any(|k| exists(o, k)) {
        g.unknown(o, "Patient.contact", "name", "pat-1", "a contact without details; its name was marked as unknown");
    }
    Fate::Keep
}

fn member(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "onBehalfOf") && g.type_behind(o.get("member")).is_some_and(|ty| ty != "Practitioner") {
        g.without(o, "onBehalfOf", "ctm-1", "only for a practitioner; it was left out");
    }
    Fate::Keep
}

fn consent(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "policy") && !exists(o, "policyRule") {
        g.unknown(o, "Consent", "policyRule", "ppc-1", "neither policy nor rule; the rule was marked as unknown");
    }
    Fate::Keep
}

fn group(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "member") && o.get("actual") != Some(&Value::Bool(true)) {
        g.without(o, "member", "grp-1", "only an actual group has members; they were left out");
    }
    Fate::Keep
}

fn participant(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "type") && !exists(o, "actor") {
        g.unknown(
            o,
            "Appointment.participant",
            "actor",
            "app-1",
            "neither type nor actor; the actor was marked as unknown",
        );
    }
    Fate::Keep
}

fn response(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "participantType") && !exists(o, "actor") {
        g.unknown(
            o,
            "AppointmentResponse",
            "actor",
            "apr-1",
            "neither type nor actor; the actor was marked as unknown",
        );
    }
    Fate::Keep
}

fn entity(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "name") && exists(o, "query") {
        g.without(o, "query", "sev-1", "either a name or a query; the name was kept");
    }
    Fate::Keep
}

fn parameter(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let kinds = [exists(o, "part"), exists_choice(o, "value"), exists(o, "resource")];
    if kinds.into_iter().filter(|k| *k).count() != 1 {
        return g.dropped("inv-1", "one of value, resource and parts is needed; the parameter was left out");
    }
    Fate::Keep
}
