//! One resource for what is the same, and an id for each.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::super::context::Severity;
use super::super::plan::Identity;
use super::Linker;
use super::names::{names_agree, same_words};
use super::resolve::find_links;
use crate::fhir::identity;
use crate::fhir::value::{Object, Value};

/// So many of other content may bear one identifier before the next is no longer compared with each of them: it names
/// nothing then, and the position joins the key of all further ones.
const REUSED: usize = 64;

/// Type and business key → the resources that bear it.
type ByKey = FxHashMap<&'static str, FxHashMap<String, SmallVec<[usize; 1]>>>;

impl Linker<'_> {
    /// One resource for what is the same; ids for all.
    pub(super) fn merge(&mut self) {
        self.ids = vec![None; self.all.len()];
        let patients: Vec<usize> = (0..self.all.len())
            .filter(|i| self.alias[*i] == *i)
            // what belongs into a patient of whom the document says nothing is no patient
            .filter(|i| matches!(self.plan.rule(self.all[*i].rule), r if r.to_name == "Patient" && r.into.is_none()))
            .collect();
        for &p in &patients {
            let key = self.patient_identifier(p).unwrap_or_else(|| format!("document|{}", self.options.document));
            self.ids[p] = Some(identity::resource_id(self.options.tenant, "", "Patient", "", &key));
            if self.patient_key.is_empty() {
                self.patient_key = key;
            }
        }
        self.patients_who_speak(&patients);
        // what is known by its content is merged first, from the leaves of the references up: a role is the same when
        // the person and the organisation it refers to are
        let mut by_key: ByKey = FxHashMap::default();
        for i in 0..self.all.len() {
            if self.alias[i] == i && self.ids[i].is_none() && self.identity(i) == Identity::Content {
                self.by_content(i, &mut by_key, 0);
            }
        }
        let mut by_key: ByKey = FxHashMap::default();
        for i in 0..self.all.len() {
            // rows that belong into a resource that is not there are no resource of their own
            if self.alias[i] != i || self.ids[i].is_some() || self.plan.rule(self.all[i].rule).into.is_some() {
                continue;
            }
            if self.identity(i) != Identity::Activity {
                self.by_identifier(i, &mut by_key);
            }
        }
        self.activities();
    }

    /// A patient who writes, tells or does something himself stands there by his own id, or in the role of himself: that is
    /// the Patient, and no practitioner or relative. One who is named otherwise, or who has a role in an organisation, is
    /// somebody else with a reused id or a wrong role.
    fn patients_who_speak(&mut self, patients: &[usize]) {
        let Some(&patient) = patients.first() else { return };
        let of_type = |l: &Self, ty: &str| -> Vec<usize> {
            (0..l.all.len()).filter(|i| l.alias[*i] == *i && l.plan.rule(l.all[*i].rule).to_name == ty).collect()
        };
        for i in of_type(self, "RelatedPerson") {
            let (said, patients) = (&self.all[i].object, &self.all[patient].object);
            if is_oneself(said, "relationship") && same_words(said, patients) {
                self.reached_as(patient, i);
            }
        }
        let mut links = Vec::new();
        let (selves, roles): (Vec<usize>, Vec<usize>) = of_type(self, "PractitionerRole").into_iter().partition(|i| {
            let role = &self.all[*i].object;
            role.get("organization").is_none() && is_oneself(role, "code")
        });
        roles.iter().for_each(|i| find_links(&self.all[*i].object, &mut links));
        let in_roles: Vec<usize> = links.iter().filter_map(|l| self.target(*l)).collect();
        let own = self.identifiers(patient);
        for i in of_type(self, "Practitioner") {
            let name = |i: usize| self.all[i].object.get("name");
            let agrees = match (name(i), name(patient)) {
                (Some(a), Some(b)) => b.items().iter().any(|b| names_agree(a, &Value::Array(vec![b.clone()]))),
                (None, _) => true,
                (Some(_), None) => false,
            };
            if agrees && !in_roles.contains(&i) && self.identifiers(i).iter().any(|k| own.contains(k)) {
                self.alias[i] = patient;
            }
        }
        for i in selves {
            let mut links = Vec::new();
            find_links(&self.all[i].object, &mut links);
            if links.iter().any(|l| self.target(*l).is_some_and(|t| self.root(t) == patient)) {
                self.reached_as(patient, i);
            }
        }
    }

    /// `i` is the patient: what is said there of how to reach him is said of him.
    fn reached_as(&mut self, patient: usize, i: usize) {
        self.all[i].object.0.retain(|(key, _)| matches!(*key, "telecom" | "address"));
        self.join(patient, i);
    }

    /// One resource for one activity, about all that came of it: who wrote several statements at one time is said once.
    /// What it is about has its ids by now, so that nothing is named twice.
    fn activities(&mut self) {
        let mut known: FxHashMap<String, usize> = FxHashMap::default();
        for i in 0..self.all.len() {
            if self.alias[i] != i || self.ids[i].is_some() || self.identity(i) != Identity::Activity {
                continue;
            }
            let Some(Value::Array(targets)) = self.all[i].object.remove("target") else { continue };
            let to = self.plan.rule(self.all[i].rule).to_name;
            let key = format!("document|{}|content|{}", self.options.document, self.content(i));
            let rep = *known.entry(format!("{to}|{key}")).or_insert(i);
            if rep == i {
                self.ids[i] = Some(identity::resource_id(self.options.tenant, &self.patient_key, to, "", &key));
            } else {
                self.alias[i] = rep;
            }
            let told = self.all[rep].object.get("target").map_or(0, |t| t.items().len());
            if !self.options.budget.search(told) {
                return;
            }
            for target in targets {
                let have = self.all[rep].object.get("target").map_or(&[][..], Value::items);
                if !have.iter().any(|h| self.same(h, &target)) {
                    self.all[rep].object.push("target", target);
                }
            }
        }
    }

    fn by_content(&mut self, i: usize, by_key: &mut ByKey, depth: u32) {
        if self.ids[i].is_some() || depth > 12 {
            return;
        }
        let mut links = Vec::new();
        find_links(&self.all[i].object, &mut links);
        for link in links {
            if let Some(t) = self.target(link)
                && t != i
                && self.identity(t) == Identity::Content
            {
                self.by_content(t, by_key, depth + 1);
            }
        }
        let i = self.root(i);
        if self.ids[i].is_some() {
            return;
        }
        let to = self.plan.rule(self.all[i].rule).to_name;
        let identifiers = self.identifiers(i);
        // the digest of the content is taken only where no identifier names the thing
        let keys: SmallVec<[String; 2]> =
            if identifiers.is_empty() { smallvec![format!("content|{}", self.content(i))] } else { identifiers };
        let kin = if to == "RelatedPerson" { self.kin_keys(i) } else { vec![] };
        let by_key = by_key.entry(to).or_default();
        for key in keys.iter().chain(&kin) {
            let Some(same) = by_key.get(key) else { continue };
            if let Some(rep) = same.iter().copied().map(|s| self.root(s)).find(|s| self.compatible(*s, i)) {
                if !kin.is_empty() && self.identifiers(rep).is_empty() && self.all[i].object.get("identifier").is_some()
                {
                    // first named without identifier, known by one now
                    let scope = self.scope(to);
                    self.ids[rep] =
                        Some(identity::resource_id(self.options.tenant, scope, to, "", &self.business_key(i, &keys)));
                }
                self.join(rep, i);
                for key in keys.into_iter().chain(kin) {
                    let list = by_key.entry(key).or_default();
                    if list.len() < REUSED && !list.contains(&rep) {
                        list.push(rep);
                    }
                }
                return;
            }
        }
        let reused = keys.iter().any(|k| by_key.contains_key(k));
        let business: Cow<'_, str> = if reused {
            self.report(
                Severity::Information,
                "identifier-reused",
                i,
                "the same identifier names different people, organisations or things in this document; they were kept apart",
            );
            format!("{}|{}", keys[0], self.content(i)).into()
        } else {
            self.business_key(i, &keys)
        };
        self.ids[i] = Some(identity::resource_id(self.options.tenant, self.scope(to), to, "", &business));
        for key in keys.into_iter().chain(kin) {
            let list = by_key.entry(key).or_default();
            if list.len() < REUSED {
                list.push(i);
            }
        }
    }

    fn by_identifier(&mut self, i: usize, by_key: &mut ByKey) {
        let rule = self.plan.rule(self.all[i].rule);
        let position = |l: &Self| {
            let (slice, node) = l.all[i].node;
            format!("{}|{slice}|{node}", l.options.document)
        };
        let identifier = match rule.identity {
            Identity::Document => Some(format!("document|{}", self.options.document)),
            Identity::Position => None,
            _ => self.identifiers(i).into_iter().next(),
        };
        let business = match identifier {
            None => format!("{}|{}", rule.name, position(self)),
            Some(key) => {
                let known = by_key.entry(rule.to_name).or_default().entry(key.clone()).or_default();
                if let Some(rep) = known.iter().copied().map(|s| self.root(s)).find(|s| self.compatible(*s, i)) {
                    self.join(rep, i);
                    return;
                }
                if known.len() < REUSED {
                    known.push(i);
                }
                if known.len() == 1 {
                    key
                } else {
                    self.report(
                        Severity::Information,
                        "identifier-reused",
                        i,
                        "another statement of other content bears the same identifier; the position joined the key",
                    );
                    format!("{key}|{}", position(self))
                }
            }
        };
        self.ids[i] = Some(identity::resource_id(self.options.tenant, &self.patient_key, rule.to_name, "", &business));
    }
}

/// Whether concepts name the role that the patient has to himself (HL7 RoleCode, self).
fn is_oneself(role: &Object, concepts: &str) -> bool {
    const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    let mut codings = role.objects(concepts).flat_map(|c| c.objects("coding"));
    codings.any(|c| c.str("system") == Some(ROLE_CODE) && matches!(c.str("code"), Some("SELF" | "ONESELF")))
}
