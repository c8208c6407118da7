//! `granule docs`.
use anyhow::Result;
/// later
pub fn run(_: &super::DocsArgs) -> Result<u8> { Ok(super::DONE) }
