//! Languages as BCP 47 tags.

use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

/// Whether a text has the shape of a language tag: two or three letters, then subtags.
fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or("");
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The languages of two letters that a tag may begin with: ISO 639-1, and three that it has renamed. `us-en` is none.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es \
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj kk kl km kn ko \
kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm \
rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi \
yo za zh zu";

/// Whether a tag begins with a language of two letters.
fn names_a_language(tag: &str) -> bool {
    let first = tag.split('-').next().unwrap_or("").to_ascii_lowercase();
    LANGUAGES.split_ascii_whitespace().any(|l| l == first)
}

/// A language code as BCP 47; what is no tag becomes text. Reports `language-not-a-tag`.
pub fn language(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let code = node.attr_trimmed(name::CODE)?.replace('_', "-");
    // composition.language is a code, communication.language a concept: the caller's element decides which fits
    if is_language_tag(&code) && names_a_language(&code) {
        if node.parent().is_some_and(|p| p.name() == name::CLINICAL_DOCUMENT) {
            return Some(Value::string(code));
        }
        let coding = Object::new()
            .with_str("system", "urn:ietf:bcp:47")
            .with_str("code", code.as_str())
            .with_str("display", node.attr_trimmed(name::DISPLAY_NAME));
        return Some(Object::new().with("coding", Value::Array(vec![coding.into()])).into());
    }
    cx.report(
        Severity::Information,
        "language-not-a-tag",
        node,
        "the language code is no BCP 47 tag; it was kept as text",
    );
    if node.parent().is_some_and(|p| p.name() == name::CLINICAL_DOCUMENT) {
        return None;
    }
    let words = node.attr_trimmed(name::DISPLAY_NAME).map_or(code, str::to_owned);
    Some(Object::new().with_str("text", words.as_str()).into())
}
