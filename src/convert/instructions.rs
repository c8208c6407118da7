//! The words of an instruction to take a medicine against its structure: where both say how often, and not the same, nobody
//! should act on either without looking. Nothing is changed; it is reported.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fhir::value::{Object, Value};
use crate::fhir::xhtml;
use crate::mapping::context::{Finding, Severity};

/// A resource whose instructions say one frequency in words and another in their structure. With several instructions it
/// says it by all together, and is not judged.
pub(super) fn doubt(resource_type: &'static str, resource: &Object, offset: usize) -> Option<Finding> {
    let key = ["dosageInstruction", "dosage"].into_iter().find(|key| resource.get(key).is_some())?;
    let dosage = match resource.get(key)? {
        one @ Value::Object(_) => one,
        list => match list.items() {
            [one] => one,
            _ => return None,
        },
    };
    let dosage = dosage.as_object()?;
    let written = of_structure(dosage)?;
    let own = ["text", "patientInstruction"].iter().filter_map(|key| dosage.str(key)).find_map(of_words);
    // senders without a place for the instruction put it into the words of the whole statement
    let said = own.or_else(|| of_words(&xhtml::words(resource.get("text")?.as_object()?.str("div")?)))?;
    (!same(said, written)).then(|| Finding {
        severity: Severity::Warning,
        code: "timing-against-words",
        message: "the words of the instruction say another frequency than its structure; both are kept: look before acting on either".into(),
        offset,
        xpath: String::new(),
        fhir_path: Some(format!("{resource_type}.{key}")),
        row: None,
    })
}

/// A way to say it: its words, where `#` is a number, and what they mean.
struct Pattern {
    words: Vec<&'static str>,
    means: Means,
}

/// What words mean.
#[derive(Clone, Copy)]
enum Means {
    /// so often
    Often(Rate),
    /// one of the moments of a day; with others it says how often
    Moment,
    /// they look like a way to say it and are none ("daily dose")
    Nothing,
}

/// Times a day: `over` divided by `under`, where each of them may be the number of the words.
#[derive(Clone, Copy)]
struct Rate {
    over: Part,
    under: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Fixed(f64),
    Said,
}

/// The table `mappings/model/instructions.tsv`, which a person reviews.
struct Words {
    /// the longer ones first: "twice daily" is not "daily"
    patterns: Vec<Pattern>,
    numbers: FxHashMap<&'static str, f64>,
    /// what joins the two ends of a range
    ranges: FxHashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let lines = include_str!("../../mappings/model/instructions.tsv").lines().filter(|l| !l.starts_with('#'));
    let lines: Vec<(&str, &str)> = lines.filter_map(|l| l.split_once('\t')).collect();
    let of = |kind: &'static str| lines.iter().filter(move |l| l.0 == kind).map(|l| l.1);
    let mut patterns: Vec<Pattern> = of("rate").filter_map(Pattern::parse).collect();
    patterns.sort_by_key(|p| std::cmp::Reverse(p.words.len()));
    let numbers = of("number").filter_map(|l| l.split_once(' ')).filter_map(|(w, n)| Some((w, n.parse().ok()?)));
    Words { patterns, numbers: numbers.collect(), ranges: of("range").collect() }
});

/// How often a day the words of an instruction say; `None` when they do not say, say it twice in different ways, or give a range.
fn of_words(text: &str) -> Option<f64> {
    let text = text.to_lowercase();
    let pieces = pieces(&text);
    let (mut rate, mut moments, mut i): (Option<f64>, f64, usize) = (None, 0.0, 0);
    while i < pieces.len() {
        let Some((pattern, said)) = WORDS.patterns.iter().find_map(|p| Some((p, p.matches(&pieces[i..])?))) else {
            i += 1;
            continue;
        };
        let ranges = |word: &&&str| number(word).is_some() || WORDS.ranges.contains(**word);
        if said.is_some() && i.checked_sub(1).and_then(|before| pieces.get(before)).as_ref().is_some_and(ranges) {
            return None;
        }
        match pattern.means {
            Means::Often(r) => {
                let found = r.over.value(said) / r.under.value(said);
                if rate.is_some_and(|r| !same(r, found)) {
                    return None;
                }
                rate = Some(found);
            }
            Means::Moment => moments += 1.0,
            Means::Nothing => {}
        }
        i += pattern.words.len();
    }
    if moments > 0.0 {
        // "twice daily, in the morning and at bedtime"
        if rate.is_some_and(|r| !same(r, moments)) {
            return None;
        }
        rate = Some(moments);
    }
    rate.filter(|r| r.is_finite() && *r > 0.0)
}

/// How often a day the structure of a Dosage says; `None` when it gives a range, times of the day or days of the week.
fn of_structure(dosage: &Object) -> Option<f64> {
    let repeat = dosage.get("timing")?.as_object()?.get("repeat")?.as_object()?;
    let unclear = ["frequencyMax", "periodMax", "when", "timeOfDay", "dayOfWeek", "count", "countMax"];
    if unclear.iter().any(|key| repeat.get(key).is_some()) {
        return None;
    }
    let amount = |key: &str| match repeat.get(key)? {
        Value::Number(n) => n.parse::<f64>().ok(),
        _ => None,
    };
    let days = match repeat.str("periodUnit")? {
        "s" => 1.0 / 86_400.0,
        "min" => 1.0 / 1_440.0,
        "h" => 1.0 / 24.0,
        "d" => 1.0,
        "wk" => 7.0,
        // a month and a year have no length that words and structure would have to share
        _ => return None,
    };
    let rate = amount("frequency").unwrap_or(1.0) / (amount("period")? * days);
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

/// Whether two of them are the same, but for how numbers are rounded.
fn same(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 0.01
}

/// Runs of letters, and runs of digits: `q8h` is three pieces.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        let mut start = 0;
        let mut digits = None;
        for (i, c) in word.char_indices() {
            if digits.is_some_and(|d| d != c.is_ascii_digit()) {
                pieces.push(&word[start..i]);
                start = i;
            }
            digits = Some(c.is_ascii_digit());
        }
        pieces.push(&word[start..]);
    }
    pieces
}

/// A number in digits or in a word of the table.
fn number(piece: &str) -> Option<f64> {
    piece.parse().ok().or_else(|| WORDS.numbers.get(piece).copied())
}

impl Pattern {
    /// `every # hours=24/#`.
    fn parse(line: &'static str) -> Option<Pattern> {
        let part = |text: &str| match text {
            "#" => Some(Part::Said),
            number => number.parse().ok().map(Part::Fixed),
        };
        let (said, means) = line.split_once('=')?;
        let means = match (means, means.split_once('/')) {
            ("-", _) => Means::Nothing,
            ("+", _) => Means::Moment,
            (_, Some((over, under))) => Means::Often(Rate { over: part(over)?, under: part(under)? }),
            (times, None) => Means::Often(Rate { over: part(times)?, under: Part::Fixed(1.0) }),
        };
        Some(Pattern { words: said.split(' ').collect(), means })
    }

    /// Whether pieces begin with it, and the number that they say.
    fn matches(&self, pieces: &[&str]) -> Option<Option<f64>> {
        let mut said = None;
        if pieces.len() < self.words.len() {
            return None;
        }
        for (word, piece) in self.words.iter().zip(pieces) {
            match *word {
                "#" => said = Some(number(piece)?),
                word if word == *piece => {}
                _ => return None,
            }
        }
        Some(said)
    }
}

impl Part {
    fn value(self, said: Option<f64>) -> f64 {
        match self {
            Part::Fixed(n) => n,
            Part::Said => said.unwrap_or(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("../../mappings/model/instructions.tsv").lines();
        let rates: Vec<&str> = lines.filter_map(|l| l.strip_prefix("rate\t")).collect();
        assert!(rates.len() > 80 && rates.len() == WORDS.patterns.len());
        for line in rates {
            let (said, means) = line.split_once('=').unwrap();
            assert_eq!(means.contains('#'), said.contains('#') && means != "-", "{line}");
        }
    }

    #[test]
    fn words_of_an_instruction() {
        for (text, rate) in [
            ("Take 1 tablet by mouth twice daily", Some(2.0)),
            ("1 tab PO BID", Some(2.0)),
            ("1 tab p.o. b.i.d. with meals", Some(2.0)),
            ("inhale 2 puffs every 4 hours", Some(6.0)),
            ("2 puffs q4h prn", Some(6.0)),
            ("three times a day", Some(3.0)),
            ("take one tablet 3x daily", Some(3.0)),
            ("ONE TABLET DAILY", Some(1.0)),
            ("1 tablet every other day", Some(0.5)),
            ("one capsule once a week", Some(1.0 / 7.0)),
            ("every 7 days", Some(1.0 / 7.0)),
            ("1 tablet at bedtime", Some(1.0)),
            ("1 tablet in the morning, at noon, and at bedtime", Some(3.0)),
            ("1 tablet daily in the morning", Some(1.0)),
            ("twice daily, in the morning and at bedtime", Some(2.0)),
            ("2 mal täglich eine Tablette", Some(2.0)),
            ("alle 8 Stunden", Some(3.0)),
            ("1 comprimé 3 fois par jour", Some(3.0)),
            ("una compressa ogni 12 ore", Some(2.0)),
            // both say the same
            ("every 8 hours (three times a day)", Some(3.0)),
        ] {
            let found = of_words(text);
            assert!(
                match (found, rate) {
                    (Some(a), Some(b)) => same(a, b),
                    (a, b) => a == b,
                },
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_is_unclear_is_not_known() {
        for text in [
            "as directed",
            "every 4 to 6 hours",
            "every 4-6 hours as needed",
            "2 to 3 times daily",
            "2-3 times daily",
            "twice daily for a week, then once daily",
            "maximum daily dose 4 g",
            "1 tablet daily in the morning and 2 at bedtime",
            "",
        ] {
            assert_eq!(of_words(text), None, "{text}");
        }
    }
}
