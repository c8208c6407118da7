//! Which confidentiality labels are ordinary.

use toml::Spanned;
use toml::de::DeValue;

use super::{Loader, expanded};

impl Loader<'_> {
    /// What a later pack says replaces what an earlier one said, word by word.
    pub(super) fn confidentiality(&mut self, value: &Spanned<DeValue<'_>>) {
        for (k, v) in self.table(value, "confidentiality") {
            let word = k.get_ref().as_ref();
            let codes = |l: &mut Self| l.texts(v, word).into_iter().flat_map(|t| expanded(&t.text)).collect();
            match word {
                "ordinary" => self.tables.confidentiality.ordinary = codes(self),
                "labelled-by" => self.tables.confidentiality.labelled_by = codes(self),
                "beside" => self.tables.confidentiality.beside = codes(self),
                _ => self.unknown(k, "confidentiality", &["ordinary", "labelled-by", "beside"]),
            }
        }
    }
}
