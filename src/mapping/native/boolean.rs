//! BL → boolean; INT → integer, positiveInt, unsignedInt.

use compact_str::{CompactString, ToCompactString};

use crate::cda::datatypes::number::whole;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::Value;
use crate::mapping::context::{Context, Severity};

/// BL → boolean: `true` and `1`, `false` and `0`, as XML Schema has them. Reports `invalid-boolean`.
pub fn boolean(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let text = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none())?;
    match text {
        "true" | "1" => Some(Value::Bool(true)),
        "false" | "0" => Some(Value::Bool(false)),
        _ => {
            cx.report(Severity::Warning, "invalid-boolean", node, "a value is neither true nor false; left out");
            None
        }
    }
}

/// The whole number of an INT (also `2.0`), within bounds; reports `invalid-integer`.
pub fn whole_within(cx: &Context<'_>, node: Node<'_>, least: i64) -> Option<CompactString> {
    let text = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none())?;
    match whole(text).filter(|n| (least..=i64::from(i32::MAX)).contains(n)) {
        Some(n) => Some(n.to_compact_string()),
        None => {
            cx.report(Severity::Warning, "invalid-integer", node, "a value is no whole number in range; left out");
            None
        }
    }
}

/// INT → integer, 32 bits as FHIR has it.
pub fn integer(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    whole_within(cx, node, i64::from(i32::MIN)).map(Value::Number)
}

/// INT → unsignedInt, from 0.
pub fn unsigned_int(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    whole_within(cx, node, 0).map(Value::Number)
}

/// INT → positiveInt, from 1.
pub fn positive_int(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    whole_within(cx, node, 1).map(Value::Number)
}

/// `repeatNumber` → number of repeats allowed: the source counts the first supply, FHIR does not. Reports `invalid-integer`.
pub fn repeats(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let n: i64 = whole_within(cx, node, 0)?.parse().ok()?;
    // zero supplies allowed: there is nothing to repeat either
    Some(Value::Number((n - 1).max(0).to_compact_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::native::testing::{out, run};

    #[test]
    fn booleans() {
        assert_eq!(out("<value value='true'/>", boolean), "true");
        assert_eq!(out("<value value='0'/>", boolean), "false");
        assert_eq!(out("<value nullFlavor='UNK'/>", boolean), "-");
        assert_eq!(run("<value value='yes'/>", boolean), ("-".to_owned(), vec!["invalid-boolean"]));
    }

    #[test]
    fn integers_have_bounds() {
        assert_eq!(out("<value value='-2'/>", integer), "-2");
        assert_eq!(out("<value value='2.0'/>", positive_int), "2");
        assert_eq!(out("<value value='0'/>", unsigned_int), "0");
        assert_eq!(run("<value value='0'/>", positive_int).1, vec!["invalid-integer"]);
        assert_eq!(run("<value value='2147483648'/>", integer).1, vec!["invalid-integer"]);
    }

    #[test]
    fn k076_repeat_number_counts_the_first_supply() {
        assert_eq!(out("<repeatNumber value='2'/>", repeats), "1");
        assert_eq!(out("<repeatNumber value='1'/>", repeats), "0");
        assert_eq!(out("<repeatNumber value='0'/>", repeats), "0");
        assert_eq!(out("<repeatNumber nullFlavor='NI'/>", repeats), "-");
    }
}
