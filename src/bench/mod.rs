//! How fast a user's own documents are converted, and what the time goes to.
//!
//! Passes over the same documents: one to warm up and to learn which are refused; rounds on one thread, by turns without
//! and with a clock inside the conversion, the former for latencies, the latter for stages and rules; rounds on all
//! threads, as `granule convert` works. The clock costs something itself: how much slower it made the conversions is told.
//! What is refused is named and left out of every figure.

pub mod clock;
pub mod latency;
pub mod memory;
pub mod report;
mod text;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::bulk::discover::Document;
use crate::bulk::read;
use crate::convert::guard::guarded;
use crate::convert::watch::{Stage, Watch as _};
use crate::convert::{ConvertError, Converter, Options};
use clock::Clock;
use latency::median;
use memory::Memory;
use report::{Refused, Report, RuleCost, Speed, StageCost, Timed};

/// What is measured, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'b> {
    /// the converter
    pub converter: &'b Converter,
    /// how each document is converted
    pub options: &'b Options,
    /// the documents
    pub documents: &'b [Document],
    /// rounds of each pass, from 1
    pub runs: usize,
}

/// A document that can be converted, and how long that took in each round.
struct Good<'b> {
    document: &'b Document,
    bytes: usize,
    times: Vec<Duration>,
    /// the same with the clock inside
    watched: Vec<Duration>,
}

impl Bench<'_> {
    /// Measures, on the threads of the rayon pool that this is called in. `step` is told before each pass what begins.
    pub fn run(&self, step: &dyn Fn(&str)) -> Report {
        let tables = memory::resident();
        step("warming up");
        let (mut good, refused) = self.warm_up();
        step("on one thread");
        let clock = Clock::new(self.converter.plan().rules.len());
        let mut reading = Vec::new();
        for _ in 0..self.runs {
            // by turns, so that what else the machine does hits both
            reading.push(self.one_thread(&mut good));
            self.watched(&mut good, &clock);
        }
        let peak_one_thread = memory::peak();
        step("on all threads");
        let all: Vec<Duration> = (0..self.runs).map(|_| self.all_threads(&good)).collect();
        let peak_all_threads = memory::peak();

        let bytes: u64 = good.iter().map(|g| g.bytes as u64).sum();
        let speed = |time: Duration| Speed::new(time, good.len(), bytes);
        let alone: Duration = good.iter().map(|g| median(&g.times)).sum();
        let watched: Duration = good.iter().map(|g| median(&g.watched)).sum();
        Report {
            documents: self.documents.len(),
            converted: good.len(),
            bytes,
            runs: self.runs,
            threads: rayon::current_num_threads(),
            mappings: self.converter.plan().digest.clone(),
            latency: latency::latencies(good.iter().map(|g| (g.bytes, g.times.as_slice()))),
            one_thread: speed(alone),
            reading_ms: median(&reading).as_secs_f64() * 1000.0,
            all_threads: speed(median(&all)),
            stages: self.stages(&clock, bytes),
            rules: self.rules(&clock),
            clock_slowdown: if alone.is_zero() { 1.0 } else { watched.as_secs_f64() / alone.as_secs_f64() },
            memory: tables.zip(peak_one_thread).zip(peak_all_threads).map(
                |((tables, peak_one_thread), peak_all_threads)| Memory { tables, peak_one_thread, peak_all_threads },
            ),
            refused,
            each: good.iter().map(|g| Timed::new(g.document, g.bytes, median(&g.times))).collect(),
        }
    }

    /// On one thread each document is converted whole, whatever its size.
    fn sequential(&self) -> Options {
        Options { parallel_from: usize::MAX, ..self.options.clone() }
    }

    fn warm_up(&self) -> (Vec<Good<'_>>, Vec<Refused>) {
        let (mut good, mut refused) = (Vec::new(), Vec::new());
        let options = self.sequential();
        for document in self.documents {
            match self.bytes(document).and_then(|b| self.convert(&b, &options).map(|()| b.len())) {
                Ok(bytes) => good.push(Good { document, bytes, times: Vec::new(), watched: Vec::new() }),
                Err(e) => refused.push(Refused::new(document, &e)),
            }
        }
        (good, refused)
    }

    fn bytes(&self, document: &Document) -> Result<Vec<u8>, ConvertError> {
        read(&document.source, self.options.limits.max_bytes)
    }

    /// From bytes to bytes: the bundle is taken down again within the time, as whoever converts has to.
    fn convert(&self, bytes: &[u8], options: &Options) -> Result<(), ConvertError> {
        guarded(|| {
            let done = self.converter.convert(bytes, options)?;
            std::hint::black_box(done.bundle.to_json(false));
            Ok(())
        })
    }

    /// One round, one document after the other; gives the time that reading them took, which is not theirs.
    fn one_thread(&self, good: &mut [Good<'_>]) -> Duration {
        let options = self.sequential();
        let mut reading = Duration::ZERO;
        for g in good {
            let start = Instant::now();
            // a file that has gone away between two rounds has no time in this one
            let Ok(bytes) = self.bytes(g.document) else { continue };
            let read = Instant::now();
            let converted = self.convert(&bytes, &options);
            if converted.is_ok() {
                g.times.push(read.elapsed());
            }
            reading += read - start;
        }
        reading
    }

    /// One round on all threads, from the first to the last document, reading included.
    fn all_threads(&self, good: &[Good<'_>]) -> Duration {
        // as `granule convert`: with fewer documents than threads the sections of a large one are spread
        let spread = good.len() <= rayon::current_num_threads();
        let options = if spread { self.options.clone() } else { self.sequential() };
        let next = AtomicUsize::new(0);
        let start = Instant::now();
        rayon::broadcast(|_| {
            while let Some(g) = good.get(next.fetch_add(1, Ordering::Relaxed)) {
                let _ = self.bytes(g.document).and_then(|b| self.convert(&b, &options));
            }
        });
        start.elapsed()
    }

    /// One round with the clock inside.
    fn watched(&self, good: &mut [Good<'_>], clock: &Clock) {
        let options = self.sequential();
        for g in good {
            let Ok(bytes) = self.bytes(g.document) else { continue };
            let start = Instant::now();
            let done = guarded(|| {
                let done = self.converter.convert_watched(&bytes, &options, clock)?;
                clock.stage(Stage::Serialise);
                let json = done.bundle.to_json(false);
                clock.stage(Stage::Release);
                drop(done);
                Ok(json)
            });
            clock.stop();
            g.watched.push(start.elapsed());
            drop(done);
        }
    }

    fn stages(&self, clock: &Clock, bytes: u64) -> Vec<StageCost> {
        let times = clock.stages();
        let sum: Duration = times.iter().sum();
        let cost = |(stage, time): (&Stage, &Duration)| StageCost {
            stage: stage.name(),
            ms: time.as_secs_f64() * 1000.0 / self.runs as f64,
            share: share(*time, sum),
            ns_per_byte: time.as_secs_f64() * 1e9 / (bytes.max(1) as f64 * self.runs as f64),
        };
        Stage::ALL.iter().zip(&times).map(cost).collect()
    }

    /// The rules that worked, and what the stage of rows did outside of any; the dearest first.
    fn rules(&self, clock: &Clock) -> Vec<RuleCost> {
        let plan = self.converter.plan();
        let all: Duration = clock.stages().iter().sum();
        let rows = clock.stages()[Stage::Rows as usize];
        let runs = self.runs as f64;
        let cost = |name: &str, to: &'static str, times: u64, own: Duration| RuleCost {
            rule: name.to_owned(),
            to,
            times: times as f64 / runs,
            ms: own.as_secs_f64() * 1000.0 / runs,
            share: share(own, all),
            us_each: if times == 0 { 0.0 } else { own.as_secs_f64() * 1e6 / times as f64 },
        };
        let rules = clock.rules();
        let outside = rows.saturating_sub(rules.iter().map(|r| r.own).sum());
        let mut out: Vec<RuleCost> = plan
            .rules
            .iter()
            .zip(&rules)
            .filter(|(_, time)| time.times > 0)
            .map(|(rule, time)| cost(&rule.name, rule.to_name, time.times, time.own))
            .collect();
        out.push(cost("(choosing rules)", "", 0, outside));
        out.sort_by(|a, b| b.ms.total_cmp(&a.ms));
        out
    }
}

fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}
