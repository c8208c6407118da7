//! What only carries structure: the table `mappings/model/structure.tsv`, which a person reviews.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a leaf is, by the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// it says something
    Content,
    /// it says nothing of its own
    Structure,
    /// it shares the fate of another leaf of its element (`code` of `@code`; empty for the text)
    With(&'static str),
}

/// The text of an element, as the table names it.
pub const TEXT: &str = "#text";

struct Table {
    /// leaf → element → what it is
    leaves: FxHashMap<&'static str, Vec<(&'static str, Kind)>>,
    /// elements that hold no content at all
    whole: Vec<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { leaves: FxHashMap::default(), whole: Vec::new() };
    let lines = include_str!("../../mappings/model/structure.tsv").lines();
    for line in lines.filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let mut columns = line.split('\t');
        let (Some(element), Some(leaf), Some(with)) = (columns.next(), columns.next(), columns.next()) else {
            continue;
        };
        let kind = if with == "-" { Kind::Structure } else { Kind::With(with.trim_start_matches('@')) };
        match leaf {
            "*" => table.whole.push(element),
            _ => table.leaves.entry(leaf.trim_start_matches('@')).or_default().push((element, kind)),
        }
    }
    table
});

/// Whether an element and all below it only carry structure.
pub fn whole(element: &str) -> bool {
    TABLE.whole.contains(&element)
}

/// What an attribute (by its local name, `xsi:type` as that) or the text ([`TEXT`]) of an element is.
pub fn kind(element: &str, leaf: &str) -> Kind {
    let of = TABLE.leaves.get(leaf).map_or(&[][..], Vec::as_slice);
    of.iter().find(|(e, _)| *e == "*" || *e == element).map_or(Kind::Content, |(_, k)| *k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_table_says() {
        assert_eq!(kind("observation", "classCode"), Kind::Structure);
        assert_eq!(kind("code", "codeSystem"), Kind::With("code"));
        assert_eq!(kind("code", "code"), Kind::Content);
        assert_eq!(kind("reference", "value"), Kind::Structure);
        assert_eq!(kind("effectiveTime", "value"), Kind::Content);
        assert!(whole("templateId") && !whole("id"));
    }

    #[test]
    fn each_line_has_a_reason() {
        let lines = include_str!("../../mappings/model/structure.tsv").lines();
        for line in lines.filter(|l| !l.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert!(columns.len() == 4 && columns.iter().all(|c| !c.trim().is_empty()), "{line}");
        }
    }
}
