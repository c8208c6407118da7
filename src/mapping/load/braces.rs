//! Braces that stand for several texts: `A{1,2}B` is `A1B` and `A2B`, `{01..03}` is `01`, `02`, `03`. Versions of one
//! template differ so.

use toml::Spanned;
use toml::de::DeValue;

use super::Loader;

/// So many texts one may stand for. The built-in tables need no more than 18; a quote that is missing joins lines, and the
/// braces of all of them, to billions.
const MOST: usize = 1000;

impl Loader<'_> {
    /// The texts of a list, with what their braces stand for.
    pub(super) fn expanded(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<String> {
        let mut all = Vec::new();
        for text in self.texts(value, what) {
            match expanded(&text.text) {
                Some(texts) => all.extend(texts),
                None => {
                    let message = format!("the braces stand for more than {MOST} texts");
                    self.faults.add("M002", text.place, message, "is a quote missing, here or above?");
                }
            }
        }
        all
    }
}

/// What the braces of a text stand for; `None` when that is too much.
fn expanded(text: &str) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, tail)) = after.split_once('}') else { break };
        let parts = parts(inside);
        if all.len() * parts.len() > MOST {
            return None;
        }
        all = all.iter().flat_map(|head| parts.iter().map(move |part| format!("{head}{before}{part}"))).collect();
        rest = tail;
    }
    all.iter_mut().for_each(|one| one.push_str(rest));
    Some(all)
}

/// What stands between two braces: numbers from one to another, or a list.
fn parts(inside: &str) -> Vec<String> {
    let numbers = inside.split_once("..").and_then(|(a, b)| {
        let (from, to) = (a.parse::<u32>().ok()?, b.parse::<u32>().ok()?);
        (from <= to && to - from < 100).then(|| (from..=to).map(|n| format!("{n:0width$}", width = a.len())).collect())
    });
    numbers.unwrap_or_else(|| inside.split(',').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_several_texts() {
        let of = |text: &str| expanded(text).unwrap();
        assert_eq!(of("1.2.3"), ["1.2.3"]);
        assert_eq!(of("A{1,2}B{01..03}C"), ["A1B01C", "A1B02C", "A1B03C", "A2B01C", "A2B02C", "A2B03C"]);
        assert_eq!(of("A{1,2"), ["A{1,2"]);
        assert_eq!(of("{UK}"), ["UK"]);
        assert_eq!(expanded(&"{01..09}".repeat(60)), None);
    }
}
