//! The report for a terminal.

use std::fmt;
use std::time::Duration;

use super::report::{Refused, Report, Speed};

/// Rules that are listed; JSON has all.
const RULES: usize = 20;
/// Refused documents that are listed by name.
const REFUSED: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} of {} documents converted, {}; {} rounds, {} threads",
            self.converted,
            self.documents,
            size(self.bytes),
            self.runs,
            self.threads
        )?;
        refused(f, &self.refused)?;
        if self.converted == 0 {
            return Ok(());
        }
        writeln!(f, "\n{:<16} {:>9} {:>11} {:>10}", "throughput", "MB/s", "documents/s", "ms")?;
        let read = format!("files read already, which took {:.1} ms", self.reading_ms);
        speed(f, "one thread", &self.one_thread, &read)?;
        speed(f, "all threads", &self.all_threads, "files read within the time; results not written")?;
        self.latencies(f)?;
        self.costs(f)?;
        self.memory(f)
    }
}

impl Report {
    fn latencies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<16} {:>9} {:>11} {:>10} {:>10} {:>10} {:>10}",
            "latency, ms", "documents", "conversions", "p50", "p90", "p99", "max"
        )?;
        for l in &self.latency {
            writeln!(
                f,
                "{:<16} {:>9} {:>11} {:>10.3} {:>10.3} {:>10.3} {:>10.3}",
                l.class, l.documents, l.measured, l.p50_ms, l.p90_ms, l.p99_ms, l.max_ms
            )?;
        }
        Ok(())
    }

    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<16} {:>7} {:>10} {:>10}", "stage", "share", "ms", "ns/byte")?;
        for s in &self.stages {
            writeln!(f, "{:<16} {:>6.1}% {:>10.3} {:>10.2}", s.stage, s.share * 100.0, s.ms, s.ns_per_byte)?;
        }
        writeln!(f, "\n{:<34} {:>7} {:>10} {:>8} {:>8}  makes", "rule", "share", "ms", "times", "µs each")?;
        let (rules, rest) = self.rules.split_at(self.rules.len().min(RULES));
        for r in rules {
            write!(f, "{:<34} {:>6.1}% {:>10.3}", r.rule, r.share * 100.0, r.ms)?;
            if r.times > 0.0 {
                write!(f, " {:>8.0} {:>8.1}  {}", r.times, r.us_each, r.to)?;
            }
            writeln!(f)?;
        }
        if !rest.is_empty() {
            let (share, ms) = rest.iter().fold((0.0, 0.0), |(s, m), r| (s + r.share, m + r.ms));
            writeln!(f, "{:<34} {:>6.1}% {:>10.3}", format!("{} more (--json)", rest.len()), share * 100.0, ms)?;
        }
        writeln!(
            f,
            "Stages and rules were timed by a clock inside, which made conversions {:.2} × as long: read their shares.",
            self.clock_slowdown
        )
    }

    fn memory(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.memory {
            None => writeln!(f, "\nmemory: not known on this system"),
            Some(m) => writeln!(
                f,
                "\nmemory: {} with the tables alone, at most {} on one thread, {} on {} threads",
                size(m.tables),
                size(m.peak_one_thread),
                size(m.peak_all_threads),
                self.threads
            ),
        }
    }

    /// How long this many documents would take, in a sentence.
    pub fn estimate_line(&self, documents: u64) -> String {
        let Some(time) = self.estimate(documents) else {
            return "nothing was converted, so nothing is estimated".into();
        };
        format!(
            "estimate: {} documents an hour on {} threads; {} documents like these in {}, writing the results not counted",
            grouped((self.all_threads.documents_per_second * 3600.0) as u64),
            self.threads,
            grouped(documents),
            span(time)
        )
    }
}

fn refused(f: &mut fmt::Formatter<'_>, refused: &[Refused]) -> fmt::Result {
    for r in refused.iter().take(REFUSED) {
        let place = r.at.map_or_else(String::new, |(line, column)| format!("{line}:{column}: "));
        writeln!(f, "{}: {place}refused ({}): {}", r.document, r.code, r.message)?;
    }
    if refused.len() > REFUSED {
        writeln!(f, "and {} more refused (--json)", refused.len() - REFUSED)?;
    }
    Ok(())
}

fn speed(f: &mut fmt::Formatter<'_>, name: &str, s: &Speed, what: &str) -> fmt::Result {
    writeln!(f, "{name:<16} {:>9.1} {:>11.1} {:>10.1}  {what}", s.mb_per_second, s.documents_per_second, s.ms)
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b >= 1e9 => format!("{:.2} GB", b / 1e9),
        b if b >= 1e6 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} KB", b / 1e3),
    }
}

/// `4,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time for people: two units are enough.
fn span(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..172_800 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} days {} h", s / 86_400, s % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([999, 1000, 4_000_000].map(grouped), ["999", "1,000", "4,000,000"]);
        assert_eq!([4_500, 1_200_000, 2_500_000_000].map(size), ["4.5 KB", "1.2 MB", "2.50 GB"]);
        assert_eq!(
            [1, 61, 7_260, 180_000].map(|s| span(Duration::from_secs(s))),
            ["1.0 s", "1 min 1 s", "2 h 1 min", "2 days 2 h"]
        );
    }
}
