//! Which confidentiality labels are ordinary.

use toml::Spanned;
use toml::de::DeValue;

use super::Loader;

impl Loader<'_> {
    /// What a later pack says replaces what an earlier one said, word by word.
    pub(super) fn confidentiality(&mut self, value: &Spanned<DeValue<'_>>) {
        for (k, v) in self.table(value, "confidentiality") {
            let word = k.get_ref().as_ref();
            match word {
                "ordinary" => self.tables.confidentiality.ordinary = self.expanded(v, word),
                "labelled-by" => self.tables.confidentiality.labelled_by = self.expanded(v, word),
                "beside" => self.tables.confidentiality.beside = self.expanded(v, word),
                _ => self.unknown(k, "confidentiality", &["ordinary", "labelled-by", "beside"]),
            }
        }
    }
}
