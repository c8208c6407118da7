//! CD and its kin (CE, CV, CS, CO), II, and ED.

use crate::cda::names::name;
use crate::cda::tree::{Node, trim};

/// CD, CE, CV, CS, CO: a code with its system.
#[derive(Debug, Clone, Copy)]
pub struct Cd<'t> {
    /// the element
    pub node: Node<'t>,
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@code`
    pub code: Option<&'t str>,
    /// `@codeSystem`, an OID by the standard
    pub code_system: Option<&'t str>,
    /// `@codeSystemName`
    pub code_system_name: Option<&'t str>,
    /// `@codeSystemVersion`
    pub code_system_version: Option<&'t str>,
    /// `@displayName`
    pub display_name: Option<&'t str>,
}

impl<'t> Cd<'t> {
    /// Reads the attributes; all are trimmed and absent when blank.
    pub fn new(node: Node<'t>) -> Cd<'t> {
        let mut cd = Cd {
            node,
            null_flavor: None,
            code: None,
            code_system: None,
            code_system_name: None,
            code_system_version: None,
            display_name: None,
        };
        for a in node.attributes() {
            let slot = match a.name() {
                name::NULL_FLAVOR => &mut cd.null_flavor,
                name::CODE => &mut cd.code,
                name::CODE_SYSTEM => &mut cd.code_system,
                name::CODE_SYSTEM_NAME => &mut cd.code_system_name,
                name::CODE_SYSTEM_VERSION => &mut cd.code_system_version,
                name::DISPLAY_NAME => &mut cd.display_name,
                _ => continue,
            };
            *slot = Some(trim(a.value())).filter(|v| !v.is_empty());
        }
        cd
    }

    /// The `translation` children, in order.
    pub fn translations(&self) -> impl Iterator<Item = Cd<'t>> + use<'t> {
        self.node.children_named(name::TRANSLATION).map(Cd::new)
    }
}

/// II: an identifier.
#[derive(Debug, Clone, Copy)]
pub struct Ii<'t> {
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@root`: an OID or UUID by the standard
    pub root: Option<&'t str>,
    /// `@extension`
    pub extension: Option<&'t str>,
    /// `@assigningAuthorityName`
    pub assigning_authority_name: Option<&'t str>,
}

impl<'t> Ii<'t> {
    /// Reads the attributes; all are trimmed and absent when blank.
    pub fn new(node: Node<'t>) -> Ii<'t> {
        Ii {
            null_flavor: node.null_flavor(),
            root: node.attr_trimmed(name::ROOT),
            extension: node.attr_trimmed(name::EXTENSION),
            assigning_authority_name: node.attr_trimmed(name::ASSIGNING_AUTHORITY_NAME),
        }
    }
}

/// ED: encapsulated data. The content is read by who needs it, since it may be large.
#[derive(Debug, Clone, Copy)]
pub struct Ed<'t> {
    /// the element
    pub node: Node<'t>,
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@mediaType`
    pub media_type: Option<&'t str>,
    /// `@language`
    pub language: Option<&'t str>,
    /// whether `@representation` is `B64`
    pub base64: bool,
    /// `@compression`: DF, GZ, ZL or Z
    pub compression: Option<&'t str>,
    /// `reference/@value`: `#id` of an element of the narrative, or a URL
    pub reference: Option<&'t str>,
}

impl<'t> Ed<'t> {
    /// Reads the attributes and the reference.
    pub fn new(node: Node<'t>) -> Ed<'t> {
        Ed {
            node,
            null_flavor: node.null_flavor(),
            media_type: node.attr_trimmed(name::MEDIA_TYPE),
            language: node.attr_trimmed(name::LANGUAGE),
            base64: node.attr_trimmed(name::REPRESENTATION).is_some_and(|r| r.eq_ignore_ascii_case("B64")),
            compression: node.attr_trimmed(name::COMPRESSION),
            reference: node.child(name::REFERENCE).and_then(|r| r.attr_trimmed(name::VALUE)),
        }
    }
}
