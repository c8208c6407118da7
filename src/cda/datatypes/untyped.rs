//! Values that do not say their datatype (`xsi:type`), which CDA demands of them: what they hold often says it.

use crate::cda::names::name;
use crate::cda::tree::Node;

/// The datatype of a value without `xsi:type`, where what it holds leaves no doubt: a number with a unit is PQ, codes are CD, ends
/// with units IVL_PQ, words (also in `@value`) ST, `true` and `false` BL. A number alone is REAL with decimals or after a
/// comparison, and INT up to three digits; a longer one may be a year or a time, and has none here.
pub fn datatype(node: Node<'_>) -> Option<&'static str> {
    let value = node.attr_trimmed(name::VALUE);
    if value.is_some() && node.attr(name::UNIT).is_some() {
        return Some("PQ");
    }
    // quantities have translations as well, into other units
    let coded = |n: Node<'_>| n.attr(name::CODE).is_some();
    if coded(node) || value.is_none() && node.children_named(name::TRANSLATION).any(coded) {
        return Some("CD");
    }
    if node.child(name::LOW).or(node.child(name::HIGH)).is_some_and(|b| b.attr(name::UNIT).is_some()) {
        return Some("IVL_PQ");
    }
    let Some(value) = value else {
        let words = node.attr(name::VALUE).is_none() && node.null_flavor().is_none() && !node.text_trimmed().is_empty();
        return words.then_some("ST");
    };
    if matches!(value, "true" | "false") {
        return Some("BL");
    }
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    // words stand where a number would; `1.5E3` and a time with a zone have digits first
    if value.starts_with(char::is_alphabetic) {
        return Some("ST");
    }
    let number = value.trim_start_matches(['<', '>', '=']).trim_start();
    match number.strip_prefix('-').unwrap_or(number).split_once('.') {
        // a time has at least eight digits before its fraction
        Some((whole, rest)) if digits(whole) && digits(rest) && whole.len() < 8 => Some("REAL"),
        // no time is compared
        None if digits(number) && number.len() < value.len() => Some("REAL"),
        None if digits(number) && number.len() <= 3 => Some("INT"),
        _ => None,
    }
}
