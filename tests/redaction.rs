//! Whatever section of a document is labelled as restricted, nothing of it is in what a redacting conversion gives: no
//! word that does not stand elsewhere. On the samples, and on every twentieth real document (skipped without GRANULE_SHARED).

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{converter, files, shared};
use granule::cda::limits::Limits;
use granule::cda::scan::{CDA_NAMESPACE, scan};
use granule::convert::{Confidential, Options, Refusal};

/// What redaction itself says, in whatever document.
const OWN: &str = "a section was withheld: its label is above ordinary confidentiality, or it tells of what has such a label; \
    confidential-withheld; Withheld; Information; empty-reason; emptyReason; v3-ObservationValue; REDACTED; redacted; terminology; \
    CodeSystem; display; security";

/// Words long enough to tell something.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 6).collect()
}

/// All that a conversion tells; `None` when the document is refused.
fn told(xml: &str) -> Option<String> {
    let options = Options { confidential: Confidential::Redact, ..Options::default() };
    match converter().convert(xml.as_bytes(), &options) {
        Ok(made) => {
            let bundle = String::from_utf8(made.bundle.to_json(false)).unwrap();
            Some(made.issues.iter().fold(bundle, |all, i| format!("{all}\n{i:?}")))
        }
        // a label on the whole document, as some of the real ones have
        Err(e) if e.kind == Refusal::Confidential => None,
        Err(e) => panic!("refused: {e}"),
    }
}

/// Labels each of the first sections in turn, and gives the words that should not be there; how many words were looked for.
fn leaks(path: &Path, text: &str, sections: usize) -> (Vec<String>, usize) {
    let Ok(outline) = scan(text, &Limits::default()) else { return (vec![], 0) };
    let (mut found, mut looked) = (Vec::new(), 0);
    for span in outline.sections.iter().take(sections) {
        let tag = &text[span.start_tag.clone()];
        if tag.ends_with("/>") {
            continue;
        }
        let label =
            format!(r#"<confidentialityCode xmlns="{CDA_NAMESPACE}" code="R" codeSystem="2.16.840.1.113883.5.25"/>"#);
        let labelled = format!("{}{label}{}", &text[..span.start_tag.end], &text[span.start_tag.end..]);
        // the document as it would be had the section never been there
        let without = format!("{}{}", &text[..span.range.start], &text[span.range.end..]);
        let (Some(told), Some(baseline)) = (told(&labelled), told(&without)) else { continue };
        let known: BTreeSet<&str> = words(&without).into_iter().chain(words(&baseline)).chain(words(OWN)).collect();
        let secret: BTreeSet<&str> =
            words(&text[span.range.clone()]).into_iter().filter(|w| !known.contains(w)).collect();
        looked += secret.len();
        let told = words(&told);
        let leaked: Vec<&&str> = secret.iter().filter(|w| told.contains(**w)).collect();
        if !leaked.is_empty() {
            found.push(format!("{}, section at byte {}: {leaked:?}", path.display(), span.range.start));
        }
    }
    (found, looked)
}

#[test]
fn no_word_of_a_restricted_section_of_the_samples_is_told() {
    let (mut found, mut looked) = (Vec::new(), 0);
    for path in files("samples", ".xml") {
        // two samples are not UTF-8 on purpose
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let (f, n) = leaks(&path, &text, usize::MAX);
        found.extend(f);
        looked += n;
    }
    assert!(looked > 500, "only {looked} words were looked for: the test proves nothing");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_word_of_a_restricted_section_of_real_documents_is_told() {
    let Some(shared) = shared("redaction") else { return };
    let mut all: Vec<PathBuf> = Vec::new();
    below(&shared.join("corpus/documents"), &mut all);
    all.sort();
    let (mut found, mut looked) = (Vec::new(), 0);
    for path in all.iter().step_by(20) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        if text.len() > 2 << 20 {
            continue;
        }
        let (f, n) = leaks(path, &text, 3);
        found.extend(f);
        looked += n;
    }
    eprintln!("{looked} words looked for");
    assert!(looked > 5000, "only {looked} words were looked for");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, out);
        } else if path.extension().is_some_and(|e| e == "xml") {
            out.push(path);
        }
    }
}
