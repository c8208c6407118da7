//! Dates and times: whether they are ones, and which is earlier.

use std::cmp::Ordering;

/// A date or dateTime as far as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Year, month, day, hour, minute, second
    fields: [u16; 6],
    /// How many of them are given: 1, 2, 3 or 6
    given: usize,
    /// Where the fraction of the second stands in the text
    fraction: (usize, usize),
    /// Minutes east of Greenwich
    offset: i32,
}

impl Moment {
    /// Reads the form of a R4 dateTime: a time has seconds and an offset.
    pub(super) fn read(text: &str) -> Option<Moment> {
        let b = text.as_bytes();
        let mut m = Moment { fields: [0; 6], given: 1, fraction: (0, 0), offset: 0 };
        m.fields[0] = digits(b, 0, 4)?;
        if m.fields[0] == 0 {
            return None;
        }
        if b.len() == 4 {
            return Some(m);
        }
        m.fields[1] = after(b, 4, b'-')?;
        if !(1..=12).contains(&m.fields[1]) {
            return None;
        }
        m.given = 2;
        if b.len() == 7 {
            return Some(m);
        }
        m.fields[2] = after(b, 7, b'-')?;
        if m.fields[2] == 0 || m.fields[2] > days(m.fields[0], m.fields[1]) {
            return None;
        }
        m.given = 3;
        if b.len() == 10 {
            return Some(m);
        }
        if *b.get(10)? != b'T' {
            return None;
        }
        m.given = 6;
        let clock = Clock::read(b.get(11..)?)?;
        m.fields[3..].copy_from_slice(&clock.fields);
        m.fraction = (11 + 8, 11 + clock.length);
        m.offset = offset(&b[11 + clock.length..])?;
        Some(m)
    }

    /// How precise it is: number of fields given.
    pub(super) fn precision(&self) -> usize {
        self.given
    }

    /// Minutes since the start of the era at Greenwich, and seconds.
    fn instant(&self) -> (i64, u16) {
        let [year, month, day, hour, minute, second] = self.fields.map(i64::from);
        // days since 0000-03-01, so that the leap day is the last of its year
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day;
        ((days * 24 + hour) * 60 + minute - i64::from(self.offset), second as u16)
    }
}

/// Which of two is earlier; `None` when the less precise one leaves it open, or one is not a date.
pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (x, y) = (Moment::read(a)?, Moment::read(b)?);
    if x.given == 6 && y.given == 6 {
        let fraction =
            |m: &Moment, text: &str| text[m.fraction.0..m.fraction.1].trim_end_matches(['0', '.']).to_owned();
        return Some(x.instant().cmp(&y.instant()).then_with(|| fraction(&x, a).cmp(&fraction(&y, b))));
    }
    let common = x.given.min(y.given);
    match x.fields[..common].cmp(&y.fields[..common]) {
        Ordering::Equal if x.given != y.given => None,
        order => Some(order),
    }
}

/// The text of a dateTime with no more than the given number of fields (1 to 3).
pub(super) fn shorten(text: &str, precision: usize) -> &str {
    let length = [4, 7, 10][precision.clamp(1, 3) - 1];
    text.get(..length).unwrap_or(text)
}

/// Whether the text is a R4 date.
pub(super) fn is_date(text: &str) -> bool {
    text.len() <= 10 && Moment::read(text).is_some()
}

/// Whether the text is a R4 dateTime.
pub(super) fn is_date_time(text: &str) -> bool {
    Moment::read(text).is_some()
}

/// Whether the text is a R4 instant.
pub(super) fn is_instant(text: &str) -> bool {
    Moment::read(text).is_some_and(|m| m.given == 6)
}

/// Whether the text is a R4 time.
pub(super) fn is_time(text: &str) -> bool {
    Clock::read(text.as_bytes()).is_some_and(|c| c.length == text.len())
}

struct Clock {
    fields: [u16; 3],
    length: usize,
}

impl Clock {
    fn read(b: &[u8]) -> Option<Clock> {
        let fields = [digits(b, 0, 2)?, after(b, 2, b':')?, after(b, 5, b':')?];
        if fields[0] > 23 || fields[1] > 59 || fields[2] > 60 {
            return None;
        }
        let mut length = 8;
        if b.get(8) == Some(&b'.') {
            length += 1 + b[9..].iter().take_while(|c| c.is_ascii_digit()).count();
            if length == 9 {
                return None;
            }
        }
        Some(Clock { fields, length })
    }
}

fn offset(b: &[u8]) -> Option<i32> {
    let sign = match b.first()? {
        b'Z' if b.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(b, 1, 2)?, after(b, 3, b':')?);
    let within = hours < 14 && minutes < 60 || hours == 14 && minutes == 0;
    (within && b.len() == 6).then(|| sign * (i32::from(hours) * 60 + i32::from(minutes)))
}

fn after(b: &[u8], at: usize, separator: u8) -> Option<u16> {
    if *b.get(at)? != separator { None } else { digits(b, at + 1, 2) }
}

#[inline]
fn digits(b: &[u8], at: usize, count: usize) -> Option<u16> {
    b.get(at..at + count)?.iter().try_fold(0u16, |n, c| c.is_ascii_digit().then(|| n * 10 + u16::from(c - b'0')))
}

fn days(year: u16, month: u16) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for good in
            ["2020", "2020-02", "2020-02-29", "2020-02-29T00:00:00Z", "1999-12-31T23:59:60.123-05:00", "0001-01-01"]
        {
            assert!(is_date_time(good), "{good}");
        }
        let bad = [
            "",
            "20",
            "0000",
            "2020-13",
            "2020-00",
            "2021-02-29",
            "1900-02-29",
            "2020-04-31",
            "2020-2-1",
            "20200201",
            "2020-",
            "2020-02-",
            "2020-02-01T",
            "2020-02-01T10:00",
            "2020-02-01T10:00:00",
            "2020-02-01T24:00:00Z",
            "2020-02-01T10:60:00Z",
            "2020-02-01T10:00:00+15:00",
            "2020-02-01T10:00:00.Z",
            "2020-02-01T10:00:00Zx",
            "2020-02-01 10:00:00Z",
            "2020-02-0é",
        ];
        for bad in bad {
            assert!(!is_date_time(bad), "{bad}");
        }
        assert!(is_date("2020-02-29") && !is_date("2020-02-29T00:00:00Z"));
        assert!(is_instant("2020-02-29T00:00:00Z") && !is_instant("2020-02-29"));
        assert!(is_time("08:00:00") && is_time("08:00:00.5") && !is_time("08:00") && !is_time("08:00:00Z"));
    }

    #[test]
    fn order() {
        use Ordering::*;
        assert_eq!(compare("2020", "2021"), Some(Less));
        assert_eq!(compare("2020", "2020"), Some(Equal));
        assert_eq!(compare("2020", "2020-05"), None);
        assert_eq!(compare("2020-06", "2020-05-31"), Some(Greater));
        assert_eq!(compare("2020-05-01T10:00:00+02:00", "2020-05-01T09:00:00Z"), Some(Less));
        assert_eq!(compare("2020-05-01T23:00:00-05:00", "2020-05-02T04:00:00.000Z"), Some(Equal));
        assert_eq!(compare("2020-03-01T00:00:00Z", "2020-02-29T23:59:59Z"), Some(Greater));
        assert_eq!(compare("2020-05-01T10:00:00.5Z", "2020-05-01T10:00:00.45Z"), Some(Greater));
        assert_eq!(compare("2020-05-01", "2020-05-01T10:00:00Z"), None);
        assert_eq!(compare("never", "2020"), None);
        assert_eq!(shorten("2020-05-01T10:00:00Z", 2), "2020-05");
    }
}
