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
}
