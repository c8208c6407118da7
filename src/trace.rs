//! Lineage: which rows of the tables write an element.
//!
//! A conversion says by which rules each resource was made ([`crate::convert::Origin`]); which rows of these rules write a
//! path follows from the plan. So it costs a conversion nothing, and can be asked of tables that are no longer in force.
//! Where a rule has one row for a path the answer is exact; where several may have written it (rows of two rules that made
//! one resource), all are named.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fhir::identity;
use crate::mapping::plan::{Element, Make, Plan, Row, RuleId};

/// Rules that give a datatype may refer to each other; deeper than this no element of R4 is nested.
const MAX_DEPTH: u32 = 12;

/// Which rows write which elements, by rule. It can be written down and read again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    rules: BTreeMap<String, Vec<Writes>>,
}

/// A row and where it writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Writes {
    /// below the resource: `reaction.severity`, `value[x]`, `extension(us-core-race)`
    path: String,
    /// `allergy.reaction.severity`
    row: String,
    /// digest of the row as written
    text: String,
}

/// What two sets of tables say of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RowChange {
    /// it stands in the later tables only
    New,
    /// it stands in the earlier tables only
    Gone,
    /// it is written otherwise
    Rewritten,
}

impl Lineage {
    /// The rows of a plan.
    pub fn of(plan: &Plan) -> Lineage {
        let mut rules = BTreeMap::new();
        for rule in &plan.rules {
            let mut found = Vec::new();
            collect(plan, &rule.rows, "", 0, &mut found);
            if rule.to_name == "Composition"
                && let Some(section) = plan.section_rule
            {
                collect(plan, &plan.rule(section).rows, "section", 0, &mut found);
            }
            found.sort();
            found.dedup();
            rules.insert(rule.name.clone(), found);
        }
        Lineage { rules }
    }

    /// The name of a rule in the tables.
    pub fn rule_name(plan: &Plan, id: RuleId) -> &str {
        &plan.rule(id).name
    }

    /// The rows of these rules that write an element (path below the resource, without positions): those that write it
    /// itself or the nearest element around it, else those that write something inside it. None for what granule writes
    /// without a row (`meta`, `id`, the entries of sections).
    pub fn rows(&self, rules: &[impl AsRef<str>], path: &str) -> Vec<&str> {
        let all = || rules.iter().filter_map(|r| self.rules.get(r.as_ref())).flatten();
        let around = |w: &Writes| covers(&w.path, path).then(|| steps(&w.path).count());
        let nearest = all().filter_map(around).max();
        let mut found: Vec<&str> = match nearest {
            Some(n) => all().filter(|w| around(w) == Some(n)).map(|w| w.row.as_str()).collect(),
            None => all().filter(|w| covers(path, &w.path)).map(|w| w.row.as_str()).collect(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The rows that these tables and later ones do not say in the same words, by name. What ConceptMaps and the paths of
    /// rules say is not compared.
    pub fn changes(&self, later: &Lineage) -> BTreeMap<String, RowChange> {
        let (before, after) = (self.texts(), later.texts());
        let mut out = BTreeMap::new();
        for (row, text) in &before {
            match after.get(row) {
                None => out.insert((*row).to_owned(), RowChange::Gone),
                Some(other) if other != text => out.insert((*row).to_owned(), RowChange::Rewritten),
                Some(_) => None,
            };
        }
        for row in after.keys().filter(|r| !before.contains_key(*r)) {
            out.insert((*row).to_owned(), RowChange::New);
        }
        out
    }

    fn texts(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for w in self.rules.values().flatten() {
            let texts = out.entry(&w.row).or_default();
            if !texts.contains(&w.text.as_str()) {
                texts.push(&w.text);
            }
        }
        out
    }
}

fn collect(plan: &Plan, rows: &[Row], above: &str, depth: u32, out: &mut Vec<Writes>) {
    if depth > MAX_DEPTH {
        return;
    }
    for row in rows {
        let step = match &row.element {
            Element::Plain { key, .. } => (*key).to_owned(),
            Element::Choice(forms) => choice_name(forms),
            Element::Extension { url, .. } => extension_step(url),
        };
        let path = if above.is_empty() { step } else { format!("{above}.{step}") };
        let info = &plan.rows[usize::from(row.id.0)];
        let text = identity::digest(info.text.as_bytes())[..12].to_owned();
        out.push(Writes { path: path.clone(), row: info.name.clone(), text });
        for alternative in &row.alternatives {
            match &alternative.make {
                Make::Build(_, rows) => collect(plan, rows, &path, depth + 1, out),
                // a rule that gives a datatype writes in the place of the row
                Make::Refer(rules) => {
                    for rule in rules.iter().map(|r| plan.rule(*r)).filter(|r| !r.resource) {
                        collect(plan, &rule.rows, &path, depth + 1, out);
                    }
                }
                _ => {}
            }
        }
    }
}

/// `value[x]`, of the JSON names of its types.
pub fn choice_name(forms: &[(&'static str, &'static str, &'static str)]) -> String {
    forms.first().map_or_else(String::new, |(suffix, key, _)| {
        let end = key.len().saturating_sub(suffix.len());
        format!("{}[x]", &key[..end])
    })
}

/// The step of a path for an extension: its URL is long, the end of it says which it is.
pub fn extension_step(url: &str) -> String {
    format!("extension({})", url.rsplit('/').next().unwrap_or(url))
}

/// The steps of a path.
pub fn steps(path: &str) -> impl Iterator<Item = &str> {
    // a dot inside of the name of an extension parts nothing
    let mut depth = 0;
    path.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == '.' && depth == 0
    })
    .filter(|s| !s.is_empty())
}

/// Whether `path` is `outer`, or inside of it.
pub fn covers(outer: &str, path: &str) -> bool {
    let mut inner = steps(path);
    steps(outer).all(|o| inner.next().is_some_and(|i| same_step(o, i)))
}

/// Whether two steps may be the same element: `value[x]` is `valueQuantity` as well.
pub fn same_step(a: &str, b: &str) -> bool {
    let is = |choice: &str, key: &str| {
        choice.strip_suffix("[x]").is_some_and(|base| {
            key.strip_prefix(base).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    };
    a == b || is(a, b) || is(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::packs;

    fn lineage() -> Lineage {
        Lineage::of(&packs::compile(packs::builtin()).unwrap())
    }

    #[test]
    fn the_nearest_row_around_an_element() {
        let l = lineage();
        let rows = |rule: &str, path: &str| l.rows(&[rule], path).join(" ");
        assert_eq!(rows("allergy", "criticality.coding.display"), "allergy.criticality");
        assert_eq!(rows("problem", "verificationStatus.coding"), "problem.verificationStatus");
        assert_eq!(rows("medicationRequest", "dosageInstruction.doseAndRate.doseQuantity.unit"), {
            // one row says how the unit becomes one, the other writes the whole
            "dosage.doseAndRate.doseQuantity.unit"
        });
        assert_eq!(rows("medicationRequest", "dosageInstruction.route.text"), "dosage.route");
        assert_eq!(
            rows("patient", "extension(us-core-race).extension(text).valueString"),
            "patient.extension:us-core-race.extension:text"
        );
        assert_eq!(rows("allergy", "meta.profile"), "");
    }

    #[test]
    fn steps_and_choices() {
        assert_eq!(steps("a.extension(x.y).value[x]").collect::<Vec<_>>(), ["a", "extension(x.y)", "value[x]"]);
        assert!(covers("value[x]", "valueQuantity.unit") && covers("valueQuantity", "value[x]"));
        assert!(!covers("value[x]", "values") && !covers("code.text", "code"));
    }

    #[test]
    fn rows_that_two_tables_do_not_share() {
        let before = lineage();
        assert!(before.changes(&before).is_empty());
        let mut files = packs::builtin();
        files.push(crate::mapping::diagnostics::SourceFile {
            name: "site.toml".into(),
            text: "[pack]\nname = \"site\"\n[rule.allergy.rows]\ncriticality = { drop = true, why = \"so\" }\nonsetDateTime = \"effectiveTime\"\n".into(),
        });
        let after = Lineage::of(&packs::compile(files).unwrap());
        let changes = before.changes(&after);
        assert_eq!(changes.get("allergy.criticality"), Some(&RowChange::Gone));
        assert_eq!(changes.get("allergy.onsetDateTime"), Some(&RowChange::Rewritten));
        assert_eq!(changes.len(), 2);
    }
}
