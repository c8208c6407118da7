//! SNOMED CT compositional expressions, as codes that senders make of several concepts.

use crate::cda::datatypes::Cd;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};

use super::text::collapse;

/// The value of an attribute of a post-coordinated code, as a CodeableConcept: of `A:B=C,D=E` and `B` it is `C`. `None`
/// when the code is no such expression, or the value is an expression itself.
pub fn value_of(node: Node<'_>, attribute: &str) -> Option<Value> {
    let cd = Cd::new(node);
    let code = cd.code.filter(|c| cd.null_flavor.is_none() && c.contains('='))?;
    let (id, term) = value(code, attribute)?;
    // the display says the same expression with its terms
    let term = term.or_else(|| {
        cd.display_name.and_then(|d| value(d, attribute)).filter(|(shown, _)| *shown == id).and_then(|(_, t)| t)
    });
    let coding = Object::new()
        .with("system", Value::fixed("http://snomed.info/sct"))
        .with_str("code", id)
        .with_str("display", term.map(collapse).as_deref());
    Some(Object::new().with("coding", Value::Array(vec![coding.into()])).into())
}

/// The concept, with its term where one stands between bars, that follows `attribute=` in an expression.
fn value<'t>(expression: &'t str, attribute: &str) -> Option<(&'t str, Option<&'t str>)> {
    let (_, refinement) = expression.split_once(':')?;
    let mut rest = refinement;
    loop {
        let (name, _, after) = concept(rest)?;
        let after = after.trim_start().strip_prefix('=')?;
        let (id, term, after) = concept(after)?;
        if name == attribute {
            return Some((id, term));
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

/// `id |term|`, and what follows. A group or a nested expression is none.
fn concept(text: &str) -> Option<(&str, Option<&str>, &str)> {
    // some senders put a bar before the colon: `A|Term|:B`
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (id, rest) = text.split_at(end);
    if id.is_empty() {
        return None;
    }
    match rest.trim_start().strip_prefix('|') {
        None => Some((id, None, rest)),
        Some(rest) => {
            // the last bar is often left out
            let (term, rest) = rest.split_once('|').unwrap_or((rest, ""));
            Some((id, Some(term.trim()).filter(|t| !t.is_empty()), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::value_of;
    use crate::mapping::native::testing::out;

    const CODE: &str = "810301000000103:810311000000101=373942005,810321000000107=394576009";

    fn part(code: &str, display: &str, attribute: &str) -> String {
        out(&format!("<code code='{code}' displayName='{display}'/>"), |_, n| value_of(n, attribute))
    }

    #[test]
    fn the_value_of_each_attribute() {
        let shown = "810301000000103|Clinical document descriptor|:810311000000101|Type|=373942005|Discharge summary|,810321000000107|Care setting|=394576009|A and E";
        assert_eq!(
            part(CODE, shown, "810311000000101"),
            r#"{"coding":[{"system":"http://snomed.info/sct","code":"373942005","display":"Discharge summary"}]}"#
        );
        assert_eq!(
            part(CODE, "", "810321000000107"),
            r#"{"coding":[{"system":"http://snomed.info/sct","code":"394576009"}]}"#
        );
    }

    #[test]
    fn a_term_whose_last_bar_is_missing() {
        let shown =
            "1|x|:810311000000101|Type|=373942005|Discharge summary|,810321000000107|Care setting|=394576009|A and E";
        assert!(part(CODE, shown, "810321000000107").ends_with(r#""display":"A and E"}]}"#));
    }

    #[test]
    fn what_is_no_expression_has_none() {
        assert_eq!(part("373942005", "", "810311000000101"), "-");
        assert_eq!(part("1:{2=3}", "", "2"), "-");
        assert_eq!(part("1:2=(3:4=5)", "", "2"), "-");
        assert_eq!(part(CODE, "", "1"), "-");
    }

    #[test]
    fn a_display_that_says_another_concept_is_not_taken() {
        let other = "1:810311000000101=999|Another|";
        assert!(!part(CODE, other, "810311000000101").contains("Another"));
    }
}
