//! `granule serve`: conversions over HTTP.

use std::time::Duration;

use anyhow::Result;

use super::{DONE, ServeArgs, mappings};
use crate::convert::Converter;
use crate::serve::{self, Settings};

/// Serves until it is told to stop. Everything that can be wrong is found before a port is bound.
pub fn run(args: ServeArgs) -> Result<u8> {
    let converter = Converter::new(mappings::plan(&args.mappings)?);
    let default = Settings::default();
    let concurrent = args.max_concurrent.map_or(default.max_concurrent, usize::from);
    let settings = Settings {
        listen: args.listen,
        metrics_listen: args.metrics_listen,
        max_body: usize::try_from(args.max_body)?,
        timeout: Duration::from_secs(args.timeout),
        max_concurrent: concurrent,
        queue: args.queue.map_or(concurrent * 8, usize::from),
        drain: Duration::from_secs(args.drain),
        tenant: args.tenant,
        confidential: args.caution.confidential,
        min_review: args.caution.min_review,
    };
    serve::run(converter, settings)?;
    Ok(DONE)
}
