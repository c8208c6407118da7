//! How large a document may be before it is refused.

/// The limits that hold while a document is read.
///
/// Every document is untrusted. The defaults leave room for the largest real
/// documents (a chart export with embedded PDF files), and bound what a hostile
/// one can cost in memory and time. All bounds are inclusive: a document that
/// just reaches a limit is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the whole document in bytes, as received and again as UTF-8.
    /// Default 128 MiB.
    pub max_bytes: usize,
    /// Elements open at once, the root being 1. Default 200; the deepest
    /// of 2,137 real documents is 28.
    pub max_depth: u32,
    /// Elements in the whole document. Default 5,000,000, over three times what
    /// 100 MB of ordinary CDA holds.
    pub max_elements: u64,
    /// Attributes of one element, namespace declarations included. Default 256.
    pub max_attributes_per_element: u32,
    /// Bytes of one attribute value as written. Default 1 MiB.
    pub max_attribute_bytes: usize,
    /// Bytes of one tag, from its `<` to its `>`. Default 4 MiB.
    pub max_tag_bytes: usize,
    /// Bytes of one run of text, CDATA section, comment or processing
    /// instruction as written. Default 64 MiB: an embedded PDF of 48 MiB as
    /// base64.
    pub max_text_bytes: usize,
    /// Top-level sections in one document. Default 10,000.
    pub max_sections: usize,
    /// What may be looked at over and over: elements with many siblings, lists that are searched, counted in looks. A
    /// document whose parts refer to each other in ever more ways would otherwise take hours. Default 400,000,000;
    /// ordinary documents of any size stay far below.
    pub max_work: u64,
    /// Bytes that repetition may add to what the document holds: narrative that many entries refer to, images that are
    /// shown again, places of what is reported. Default 256 MiB.
    pub max_repeated_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 128 << 20,
            max_depth: 200,
            max_elements: 5_000_000,
            max_attributes_per_element: 256,
            max_attribute_bytes: 1 << 20,
            max_tag_bytes: 4 << 20,
            max_text_bytes: 64 << 20,
            max_sections: 10_000,
            max_work: 400_000_000,
            max_repeated_bytes: 256 << 20,
        }
    }
}
