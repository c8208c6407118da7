//! What was measured, as it is written in JSON.

use std::time::Duration;

use serde::Serialize;

use super::latency::Latency;
use super::memory::Memory;
use crate::bulk::discover::Document;
use crate::convert::ConvertError;

/// The result of a bench. Times are in milliseconds where the name says `ms`; a MB is 1,000,000 bytes of documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// documents found
    pub documents: usize,
    /// those that can be converted; every figure below is theirs
    pub converted: usize,
    /// their bytes
    pub bytes: u64,
    /// rounds of each pass
    pub runs: usize,
    /// threads of the pass on all threads
    pub threads: usize,
    /// digest of the tables
    pub mappings: String,
    /// latencies by size of document, on one thread
    pub latency: Vec<Latency>,
    /// one document after the other: the median of each document's times, summed; files read already
    pub one_thread: Speed,
    /// what reading the files took in one round, not part of `one_thread`
    pub reading_ms: f64,
    /// all threads, files read within the time: the median of the rounds
    pub all_threads: Speed,
    /// what the time goes to, by stage of the conversion
    pub stages: Vec<StageCost>,
    /// what the time goes to, by rule of the tables
    pub rules: Vec<RuleCost>,
    /// how many times longer conversions took with the clock inside that measured stages and rules
    pub clock_slowdown: f64,
    /// `null` where the system does not tell
    pub memory: Option<Memory>,
    /// documents that were refused, and why
    pub refused: Vec<Refused>,
    /// every converted document
    pub each: Vec<Timed>,
}

impl Report {
    /// How long this many documents of the same kind would take on all threads; `None` when nothing was converted.
    pub fn estimate(&self, documents: u64) -> Option<Duration> {
        let seconds = documents as f64 / self.all_threads.documents_per_second;
        (self.converted > 0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
    }
}

/// How fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Speed {
    /// one round
    pub ms: f64,
    /// bytes of documents
    pub mb_per_second: f64,
    /// documents
    pub documents_per_second: f64,
}

impl Speed {
    /// This many documents with this many bytes in a time.
    pub fn new(time: Duration, documents: usize, bytes: u64) -> Speed {
        let seconds = time.as_secs_f64().max(1e-9);
        Speed {
            ms: time.as_secs_f64() * 1000.0,
            mb_per_second: bytes as f64 / 1e6 / seconds,
            documents_per_second: documents as f64 / seconds,
        }
    }
}

/// What a stage costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageCost {
    /// name of the stage
    pub stage: &'static str,
    /// in one round
    pub ms: f64,
    /// of all stages, 0 to 1
    pub share: f64,
    /// nanoseconds for a byte of document
    pub ns_per_byte: f64,
}

/// What a rule costs, without the rules that it calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleCost {
    /// name of the rule; `(choosing rules)` is what the stage of rows does outside of any
    pub rule: String,
    /// what it makes
    pub to: &'static str,
    /// how often its rows ran in one round
    pub times: f64,
    /// in one round
    pub ms: f64,
    /// of all stages, 0 to 1
    pub share: f64,
    /// microseconds each time
    pub us_each: f64,
}

/// A document that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// where it is
    pub document: String,
    /// stable code of the refusal
    pub code: &'static str,
    /// what is wrong and what to do; never content of the document
    pub message: String,
    /// line and column, where known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<(u32, u32)>,
}

impl Refused {
    /// The refusal of a document.
    pub fn new(document: &Document, e: &ConvertError) -> Refused {
        Refused { document: document.source.to_string(), code: e.kind.code(), message: e.message.clone(), at: e.at }
    }
}

/// A document and its time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timed {
    /// where it is
    pub document: String,
    /// its size
    pub bytes: usize,
    /// the median of its times on one thread
    pub ms: f64,
}

impl Timed {
    /// The time of a document.
    pub fn new(document: &Document, bytes: usize, time: Duration) -> Timed {
        Timed { document: document.source.to_string(), bytes, ms: time.as_secs_f64() * 1000.0 }
    }
}
