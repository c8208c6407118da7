//! Which of two documents is the newer: by version number where both are versions of one document, else by their time.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;

/// The time of a document as FHIR writes it: `2024`, `2024-11`, `2024-11-11` or an instant with its offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    text: String,
    instant: Option<Timestamp>,
}

impl Time {
    /// Reads a time; `None` when it is none.
    pub fn parse(text: &str) -> Option<Time> {
        let digits = |from: usize, to: usize| text.get(from..to).is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit()));
        let instant = if text.len() > 10 { Some(text.parse::<Timestamp>().ok()?) } else { None };
        let date = match text.len() {
            4 => digits(0, 4),
            7 => digits(0, 4) && digits(5, 7),
            10 => text.parse::<Date>().is_ok(),
            _ => instant.is_some(),
        };
        date.then(|| Time { text: text.to_owned(), instant })
    }

    /// Earlier or later, or equal when their precision does not tell. Instants are compared as such; where one is only a
    /// date, the dates are, as they are written: both are local, and where they are no reader knows.
    fn compare(&self, other: &Time) -> Ordering {
        if let (Some(a), Some(b)) = (self.instant, other.instant) {
            return a.cmp(&b);
        }
        let common = self.text.len().min(other.text.len()).min(10);
        self.text[..common].cmp(&other.text[..common])
    }

    /// A day before it, or its year or month: nothing that is later by [`Time::compare`] is before this date.
    pub fn floor(&self) -> String {
        let day = self.text.get(..10).and_then(|d| d.parse::<Date>().ok()).and_then(|d| d.yesterday().ok());
        day.map_or_else(|| self.text.clone(), |d| d.to_string())
    }
}

/// What is known of the place of a document among others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// number of the version
    pub version: Option<u64>,
    /// when it was made
    pub time: Option<Time>,
}

impl Standing {
    /// Whether another version of the same document is newer than this. Numbers of versions decide, where both have one and
    /// they differ; else the time. What nothing tells apart is not newer.
    pub fn outdated_by(&self, other: &Standing) -> bool {
        self.against(other) == Ordering::Less
    }

    /// Whether this is a newer version than another one of the same document.
    pub fn replaces(&self, other: &Standing) -> bool {
        self.against(other) == Ordering::Greater
    }

    fn against(&self, other: &Standing) -> Ordering {
        let number = match (self.version, other.version) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => Ordering::Equal,
        };
        number.then_with(|| match (&self.time, &other.time) {
            (Some(a), Some(b)) => a.compare(b),
            _ => Ordering::Equal,
        })
    }
}

/// Whether another document was made later. One without time is taken to be the older: it must not overwrite what may be
/// newer.
pub fn later(ours: Option<&Time>, theirs: &Time) -> bool {
    ours.is_none_or(|t| t.compare(theirs) == Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn standing(version: Option<u64>, text: &str) -> Standing {
        Standing { version, time: Some(time(text)) }
    }

    #[test]
    fn instants_are_compared_across_offsets() {
        assert!(later(Some(&time("2024-11-11T23:00:00-05:00")), &time("2024-11-12T05:00:00Z")));
        assert!(!later(Some(&time("2024-11-12T01:00:00+02:00")), &time("2024-11-11T22:00:00Z")));
    }

    #[test]
    fn of_dates_only_what_both_say_is_compared() {
        assert!(later(Some(&time("2024-11-11")), &time("2024-11-12")));
        assert!(later(Some(&time("2024-11-11")), &time("2024-11-12T00:00:00Z")));
        assert!(!later(Some(&time("2024-11-11")), &time("2024-11-11T23:00:00Z")));
        assert!(!later(Some(&time("2024")), &time("2024-11-12")));
        assert!(!later(Some(&time("2024-11-12")), &time("2024-11-11")));
    }

    #[test]
    fn a_document_without_time_is_the_older() {
        assert!(later(None, &time("1999")));
    }

    #[test]
    fn the_number_of_the_version_comes_first_and_the_time_where_it_does_not_tell() {
        let one = standing(Some(1), "2024-11-12");
        let two = standing(Some(2), "2024-11-11");
        assert!(one.outdated_by(&two) && two.replaces(&one) && !two.outdated_by(&one));
        assert!(standing(Some(1), "2024-11-11").outdated_by(&standing(Some(1), "2024-11-12")));
        assert!(standing(None, "2024-11-11").outdated_by(&standing(Some(3), "2024-11-12")));
        let same = standing(Some(1), "2024-11-11");
        assert!(!same.outdated_by(&same) && !same.replaces(&same));
        assert!(!Standing::default().outdated_by(&same) && !same.outdated_by(&Standing::default()));
    }

    #[test]
    fn the_floor_is_a_day_before_or_as_coarse_as_the_time() {
        assert_eq!(time("2024-03-01T01:00:00+14:00").floor(), "2024-02-29");
        assert_eq!(time("2024-03").floor(), "2024-03");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for bad in ["", "24", "2024-13-45", "2024-11-11T10", "yesterday", "2024-11-11T10:00:00"] {
            assert_eq!(Time::parse(bad), None, "{bad}");
        }
    }
}
