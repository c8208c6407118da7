//! Namespace declarations in force at a place.

use std::sync::Arc;

/// One namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace {
    /// The prefix; empty for the default namespace.
    pub prefix: String,
    /// The namespace name with its references resolved; empty where a
    /// declaration takes the default namespace away. Escape it when writing it.
    pub uri: String,
}

/// The declarations of one element, and through its parent those around it.
///
/// A chain instead of a flat list: a hostile document could otherwise make
/// thousands of sections each copy hundreds of declarations.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scope {
    parent: Option<Arc<Scope>>,
    own: Vec<Namespace>,
}

impl Scope {
    /// The scope inside an element that makes declarations; `outer` itself
    /// where it makes none.
    pub(super) fn inside(outer: &Arc<Self>, own: Vec<Namespace>) -> Arc<Self> {
        if own.is_empty() {
            return Arc::clone(outer);
        }
        Arc::new(Self { parent: Some(Arc::clone(outer)), own })
    }

    /// The namespace a prefix stands for here; the empty prefix asks for the
    /// default namespace.
    ///
    /// `None` if the prefix is not declared; `Some("")` for no namespace, be it
    /// that no default was ever declared or that one was taken away.
    #[must_use]
    pub fn resolve(&self, prefix: &str) -> Option<&str> {
        let mut scope = Some(self);
        while let Some(s) = scope {
            if let Some(found) = s.own.iter().find(|n| n.prefix == prefix) {
                return Some(&found.uri);
            }
            scope = s.parent.as_deref();
        }
        match prefix {
            "" => Some(""),
            "xml" => Some("http://www.w3.org/XML/1998/namespace"),
            _ => None,
        }
    }

    /// The declarations a fragment cut out here needs around it: each prefix
    /// once, the innermost declaration winning, sorted by prefix. A default
    /// namespace that was taken away is left out.
    #[must_use]
    pub fn in_force(&self) -> Vec<&Namespace> {
        let mut all: Vec<&Namespace> = Vec::new();
        let mut scope = Some(self);
        while let Some(s) = scope {
            all.extend(&s.own);
            scope = s.parent.as_deref();
        }
        // Stable, so that of equal prefixes the innermost stays first.
        all.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        all.dedup_by(|later, first| later.prefix == first.prefix);
        all.retain(|n| !n.uri.is_empty());
        all
    }
}
/// Writes a declaration as an attribute, with a blank before it.
pub fn push_declaration(out: &mut String, prefix: &str, uri: &str) {
    out.push_str(" xmlns");
    if !prefix.is_empty() {
        out.push(':');
        out.push_str(prefix);
    }
    out.push_str("=\"");
    for c in uri.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out.push('"');
}
