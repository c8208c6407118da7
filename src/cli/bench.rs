//! `granule bench`: how fast a user's own documents are converted.

use anyhow::{Result, bail};

use super::{BenchArgs, DONE, FAULT, mappings, print};
use crate::bench::Bench;
use crate::bulk::discover::{Document, Source, discover};
use crate::convert::{Converter, Options};

/// Measures what was named.
pub fn run(args: &BenchArgs) -> Result<u8> {
    let documents = sample(discover(&args.inputs)?, args.sample.map(|n| n as usize));
    if documents.is_empty() {
        bail!("there is no document below what was given");
    }
    if documents.iter().any(|d| d.source == Source::Stdin) {
        bail!("standard input can be read once only, and documents are converted several times: give files or folders");
    }
    let converter = Converter::new(mappings::plan(&args.mappings)?);
    let options = Options::default();
    let threads = args.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    let bench = Bench { converter: &converter, options: &options, documents: &documents, runs: usize::from(args.runs) };
    let total = documents.len();
    let report = pool.install(|| bench.run(&|pass| say!("{total} documents {pass} …")));
    if args.json {
        let mut json = serde_json::to_value(&report)?;
        json["granule"] = env!("CARGO_PKG_VERSION").into();
        json["estimate"] = serde_json::json!({
            "documents": args.estimate,
            "seconds": report.estimate(args.estimate).map(|t| t.as_secs_f64()),
            "documents_per_hour": report.all_threads.documents_per_second * 3600.0,
        });
        print(format!("{json:#}\n").as_bytes())?;
    } else {
        print(format!("{report}\n{}\n", report.estimate_line(args.estimate)).as_bytes())?;
    }
    Ok(if report.converted > 0 { DONE } else { FAULT })
}

/// So many of the documents, evenly spread over all.
fn sample(documents: Vec<Document>, most: Option<usize>) -> Vec<Document> {
    let all = documents.len();
    let Some(most) = most.filter(|m| *m < all) else { return documents };
    // the document at which the share of those taken steps up
    let taken = |i: usize| i * most / all;
    documents.into_iter().enumerate().filter(|(i, _)| taken(*i) < taken(i + 1)).map(|(_, d)| d).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all() {
        let documents: Vec<Document> =
            (0..10).map(|i| Document { source: Source::Stdin, name: i.to_string().into() }).collect();
        let names = |most| -> Vec<String> {
            sample(documents.clone(), most).iter().map(|d| d.name.display().to_string()).collect()
        };
        assert_eq!(names(Some(2)), ["4", "9"]);
        assert_eq!(names(Some(3)).len(), 3);
        assert_eq!(names(Some(20)).len(), 10);
        assert_eq!(names(None).len(), 10);
    }
}
