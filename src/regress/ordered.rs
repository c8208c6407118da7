//! The lists whose order means something: `mappings/regress/ordered.tsv`.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

static ORDERED: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../mappings/regress/ordered.tsv").lines();
    lines.filter(|l| !l.starts_with('#')).filter_map(|l| l.split('\t').next()).filter(|l| !l.is_empty()).collect()
});

/// Whether the order of a list says something; `ty` is the type that has the element.
pub fn is_ordered(ty: &str, element: &str) -> bool {
    ORDERED.contains(format!("{ty}.{element}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::definitions::{Definitions, Max};

    #[test]
    fn each_is_a_list_of_r4() {
        let d = Definitions::get();
        for name in ORDERED.iter() {
            let (ty, element) = name.rsplit_once('.').unwrap();
            // types that granule does not write are not embedded
            let Some(t) = d.type_named(ty) else { continue };
            assert!(d.element(t, element).is_some_and(|e| e.max != Max::One), "{name}");
        }
        assert!(is_ordered("HumanName", "given") && !is_ordered("Patient", "name"));
    }
}
