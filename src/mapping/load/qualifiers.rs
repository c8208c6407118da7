//! Which qualifiers of a concept say something of the statement.

use toml::Spanned;
use toml::de::DeValue;

use super::Loader;

impl Loader<'_> {
    /// What a later pack says comes to what earlier ones said.
    pub(super) fn qualifiers(&mut self, value: &Spanned<DeValue<'_>>) {
        for (k, v) in self.table(value, "qualifiers") {
            let word = k.get_ref().as_ref();
            let codes: Vec<String> = match word {
                "denies" | "doubts" | "plans" | "affirms" | "context" | "certainty" | "told_by" => {
                    self.expanded(v, word)
                }
                _ => {
                    self.unknown(
                        k,
                        "qualifiers",
                        &["denies", "doubts", "plans", "affirms", "context", "certainty", "told_by"],
                    );
                    continue;
                }
            };
            if let Some(bad) = codes.iter().find(|c| !c.contains('|')) {
                let help = "for example \"2.16.840.1.113883.6.96|410516002\"";
                self.fault("M002", v.span(), format!("`{bad}` is no qualifier: it is written `OID|code`"), help);
            }
            let all = &mut self.tables.qualifiers;
            match word {
                "denies" => all.denies.extend(codes),
                "doubts" => all.doubts.extend(codes),
                "plans" => all.plans.extend(codes),
                "affirms" => all.affirms.extend(codes),
                "certainty" => all.certainty.extend(codes),
                "told_by" => all.told_by.extend(codes),
                _ => all.context.extend(codes),
            }
        }
    }
}
