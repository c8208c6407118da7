//! Which of several items a row takes, and which of them say anything.

use super::super::plan::Pick;
use super::select::{Item, Items};
use crate::cda::names::{Name, name};
use crate::cda::tree::Node;

/// What was found, best first: by place in the document, or by time; of equal times the first stays first.
pub(super) fn by_pick<'t>(mut items: Items<'t>, pick: Pick) -> Items<'t> {
    match pick {
        Pick::All | Pick::First => {}
        Pick::Last => items.reverse(),
        Pick::Earliest | Pick::Latest => {
            if items.len() > 1 {
                let mut keyed: Vec<(String, Item<'t>)> = items.iter().map(|i| (time_key(i), *i)).collect();
                // what has no time is neither earliest nor latest as long as another has one
                keyed.sort_by(|(a, _), (b, _)| match (a.is_empty(), b.is_empty()) {
                    (false, false) if pick == Pick::Latest => b.cmp(a),
                    (false, false) => a.cmp(b),
                    (a, b) => a.cmp(&b),
                });
                items = keyed.into_iter().map(|(_, i)| i).collect();
            }
        }
    }
    items
}

/// The time by which items are ordered: the digits of `time`, `effectiveTime` or of the value itself. A role
/// (`assignedAuthor`) has the time of its participation (`author`).
fn time_key(item: &Item<'_>) -> String {
    let node = item.node();
    let time = [name::TIME, name::EFFECTIVE_TIME]
        .iter()
        .find_map(|n| node.child(*n))
        .or_else(|| node.parent().filter(|_| node.attr(name::VALUE).is_none())?.child(name::TIME))
        .unwrap_or(node);
    let value = time
        .attr_trimmed(name::VALUE)
        .or_else(|| time.child(name::LOW).and_then(|l| l.attr_trimmed(name::VALUE)))
        .unwrap_or("");
    value.bytes().take_while(|b| b.is_ascii_digit() || *b == b'-').filter(u8::is_ascii_digit).map(char::from).collect()
}

pub(super) fn is_null(item: &Item<'_>) -> bool {
    matches!(item, Item::Node(n) if n.null_flavor().is_some())
}

/// Whether an element stands there empty, as senders write it who have nothing to say: `<telecom/>`.
pub(super) fn says_nothing(item: &Item<'_>) -> bool {
    fn empty(n: Node<'_>) -> bool {
        let structure = |a: Name| matches!(a, name::XSI_TYPE | name::USE | name::CLASS_CODE | name::TYPE_CODE);
        n.attributes().all(|a| structure(a.name()) || a.value().trim().is_empty())
            && n.children().all(empty)
            && n.text_trimmed().is_empty()
    }
    item.attribute().is_none() && empty(item.node())
}
