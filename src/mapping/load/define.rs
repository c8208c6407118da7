//! `[define]`.

use toml::Spanned;
use toml::de::DeValue;

use super::super::define::{Definition, Is};
use super::Loader;

impl Loader<'_> {
    pub(super) fn define(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let (mut is, mut says) = (None, None);
        if let DeValue::Table(_) = value.get_ref() {
            for (k, v) in self.table(value, "a definition") {
                match k.get_ref().as_ref() {
                    "is" => is = self.path_or_texts(v),
                    "says" => says = self.text(v, "says").map(|t| t.text),
                    _ => self.unknown(k, "a definition", &["is", "says"]),
                }
            }
            if is.is_none() {
                self.fault("M045", key.span(), "a definition says what it `is`", "a path, a test, or a list of texts");
            }
        } else {
            is = self.path_or_texts(value);
        }
        let name = key.get_ref().to_string();
        if !name.starts_with(char::is_alphabetic) || name.contains(|c: char| !c.is_alphanumeric() && c != '-') {
            self.fault("M045", key.span(), "a name has letters, digits and `-`, and begins with a letter", "");
        }
        if let Some(is) = is {
            self.tables.define.insert(name, Definition { is, says, place: self.place(key.span()) });
        }
    }

    fn path_or_texts(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Is> {
        match value.get_ref() {
            DeValue::Array(_) => Some(Is::List(self.texts(value, "a text"))),
            _ => self.text(value, "a definition").map(Is::Text),
        }
    }
}
