//! What the envelope around a document says: who sent it to whom, as what, under which number.

/// The facts of an envelope, as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// the number under which the message is tracked
    pub tracking: Option<String>,
    /// the service that was asked for
    pub service: Option<String>,
    /// the interaction that the sender names
    pub interaction: Option<String>,
    /// addresses of the receivers, in order
    pub receivers: Vec<String>,
    /// address of the sender
    pub sender: Option<String>,
    /// who is answerable for sending it
    pub audit: Vec<String>,
    /// what the manifest says this document is
    pub profile: Option<String>,
    /// the HL7 v3 message that the document is a payload of
    pub act: Option<Act>,
}

/// What an HL7 v3 message says of itself: a notice, say, that carries a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Act {
    /// code system (an OID) of what it is
    pub system: String,
    /// what it is
    pub code: String,
    /// the sender's words for that
    pub display: Option<String>,
    /// root and extension of its first number
    pub id: Option<(String, Option<String>)>,
}
