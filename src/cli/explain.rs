//! `granule explain`.
use anyhow::Result;
/// later
pub fn run(_: &super::ExplainArgs) -> Result<u8> { Ok(super::DONE) }
