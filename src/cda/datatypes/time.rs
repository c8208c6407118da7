//! TS: a point in time as `YYYY[MM[DD[HH[MM[SS[.f*]]]]]][±ZZzz]`, cut where the sender's knowledge ends.

/// How much of a time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `2023`
    Year,
    /// `202305`
    Month,
    /// `20230531`
    Day,
    /// `2023053122`
    Hour,
    /// `202305312205`
    Minute,
    /// `20230531220507`, with or without fraction
    Second,
}

/// An offset from UTC in minutes, as written (`-0500` is −300).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offset {
    /// minutes east of UTC
    pub minutes: i16,
    /// written `-0000` or `Z`; kept so that the text can be given back
    pub form: OffsetForm,
}

/// How an offset was written, where the number of minutes does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetForm {
    /// a signed number
    Signed,
    /// `-0000`
    NegativeZero,
    /// `Z`
    Zulu,
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TsError {
    /// not digits in a known arrangement
    Malformed,
    /// a part is out of its range: month 13, 30 February, hour 25
    OutOfRange,
    /// year 0000
    YearZero,
}

/// A point in time, with the precision and the offset that the sender gave.
///
/// Parts finer than `precision` hold their least value. `24:00:00` has become 00:00:00 of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ts<'t> {
    /// year, 1–9999
    pub year: u16,
    /// month, 1–12
    pub month: u8,
    /// day of the month
    pub day: u8,
    /// hour, 0–23
    pub hour: u8,
    /// minute, 0–59
    pub minute: u8,
    /// second, 0–60 (60 is a leap second)
    pub second: u8,
    /// digits after the decimal point of the second
    pub fraction: &'t str,
    /// how much is known
    pub precision: Precision,
    /// offset from UTC, where one was given and can be read
    pub offset: Option<Offset>,
    /// an offset was written that cannot be read, so that no other may be assumed either
    pub bad_offset: bool,
    /// the text is not in the form of the standard, but has only one meaning
    pub lenient: bool,
}

/// The number of days of a month.
pub fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl<'t> Ts<'t> {
    /// Reads a time.
    ///
    /// Beside the form of the standard it takes what has only one meaning and is met in real documents, and says so in
    /// `lenient`: ISO 8601 (`2012-08-06T10:00:00-05:00`), a blank between date and time, zeros for what is unknown
    /// (`20120000`, `201208000000`), and eleven or more digits after a valid date that are no valid time (the date is kept).
    ///
    /// # Errors
    /// [`TsError`] when the text has no or more than one meaning.
    pub fn parse(text: &'t str) -> Result<Ts<'t>, TsError> {
        let text = text.trim();
        if text.is_empty() || !text.is_ascii() {
            return Err(TsError::Malformed);
        }
        let mut digits = [0u8; 14];
        let mut n = 0;
        let mut lenient = false;
        let mut rest = text;
        // the digits up to a point, an offset or the end, whatever separates them in ISO 8601
        let bytes = text.as_bytes();
        let mut i = 0;
        let mut overflow = 0;
        while i < bytes.len() {
            match bytes[i] {
                b @ b'0'..=b'9' if n < 14 => {
                    digits[n] = b - b'0';
                    n += 1;
                }
                b'0'..=b'9' => overflow += 1,
                // `2012-08`, `2012-08-06`: a hyphen after four or six digits with two digits behind is no offset
                b'-' if (n == 4 && two_digits(bytes, i + 1) && i == 4 && is_iso_tail(bytes, i + 3))
                    || (n == 6 && i == 7 && two_digits(bytes, i + 1)) =>
                {
                    lenient = true;
                }
                b'T' | b't' | b' ' if n == 8 && i + 1 < bytes.len() && bytes[i + 1].is_ascii_digit() => lenient = true,
                b':' if (n == 10 || n == 12) && two_digits(bytes, i + 1) => lenient = true,
                _ => break,
            }
            i += 1;
            rest = &text[i..];
        }
        let fraction = match rest.strip_prefix(['.', ',']) {
            Some(f) if n == 14 && overflow == 0 => {
                let end = f.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(f.len());
                lenient |= rest.starts_with(',');
                rest = &f[end..];
                &f[..end]
            }
            // a fraction of a minute or an hour: the part it belongs to is kept
            Some(f) if matches!(n, 10 | 12) && overflow == 0 => {
                let end = f.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(f.len());
                lenient |= f[..end].bytes().any(|b| b != b'0');
                rest = &f[end..];
                ""
            }
            Some(_) => return Err(TsError::Malformed),
            None => "",
        };
        let two = |at: usize| digits[at] * 10 + digits[at + 1];
        // nine or thirteen digits: a digit was lost or added; from the eleventh on the date before them stands
        let whole = match n {
            4 | 6 | 8 | 10 | 12 | 14 if overflow == 0 => n,
            11 | 13 | 14 => {
                lenient = true;
                8
            }
            _ => return Err(TsError::Malformed),
        };
        let mut ts = Ts {
            year: u16::from(two(0)) * 100 + u16::from(two(2)),
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            fraction,
            precision: match whole {
                4 => Precision::Year,
                6 => Precision::Month,
                8 => Precision::Day,
                10 => Precision::Hour,
                12 => Precision::Minute,
                _ => Precision::Second,
            },
            offset: None,
            bad_offset: false,
            lenient,
        };
        if ts.year == 0 {
            return Err(TsError::YearZero);
        }
        if whole >= 6 {
            ts.month = two(4);
        }
        if whole >= 8 {
            ts.day = two(6);
        }
        // zeros that stand for what is not known
        let zeros = |from: usize| digits[from..whole].iter().all(|d| *d == 0) && whole == n;
        if whole >= 6 && ts.month == 0 && zeros(4) {
            return Ok(Ts { month: 1, day: 1, precision: Precision::Year, lenient: true, fraction: "", ..ts });
        }
        if whole >= 8 && ts.day == 0 && zeros(6) && (1..=12).contains(&ts.month) {
            return Ok(Ts { day: 1, precision: Precision::Month, lenient: true, fraction: "", ..ts });
        }
        if !(1..=12).contains(&ts.month) || ts.day == 0 || ts.day > days_in_month(ts.year, ts.month) {
            return Err(TsError::OutOfRange);
        }
        if whole >= 10 {
            ts.hour = two(8);
        }
        if whole >= 12 {
            ts.minute = two(10);
        }
        if whole == 14 {
            ts.second = two(12);
        }
        if ts.hour == 24 && ts.minute == 0 && ts.second == 0 && fraction.bytes().all(|b| b == b'0') {
            ts.next_day()?;
        }
        if ts.hour > 23 || ts.minute > 59 || ts.second > 60 {
            return Err(TsError::OutOfRange);
        }
        match offset(rest.trim()) {
            Ok((o, form)) => {
                ts.offset = o;
                ts.lenient |= form;
            }
            Err(()) => ts.bad_offset = true,
        }
        Ok(ts)
    }

    /// `24:00` is the first moment of the following day.
    fn next_day(&mut self) -> Result<(), TsError> {
        self.hour = 0;
        self.day += 1;
        if self.day > days_in_month(self.year, self.month) {
            self.day = 1;
            self.month += 1;
        }
        if self.month > 12 {
            self.month = 1;
            self.year += 1;
        }
        if self.year > 9999 { Err(TsError::OutOfRange) } else { Ok(()) }
    }
}

fn two_digits(bytes: &[u8], at: usize) -> bool {
    bytes.len() >= at + 2 && bytes[at].is_ascii_digit() && bytes[at + 1].is_ascii_digit()
}

/// After `YYYY-MM`: the end or another hyphen; `2012-0500` is a year with an offset.
fn is_iso_tail(bytes: &[u8], at: usize) -> bool {
    bytes.len() == at || bytes[at] == b'-'
}

/// An offset and whether its form is not the standard's; nothing when the text is empty.
fn offset(text: &str) -> Result<(Option<Offset>, bool), ()> {
    if text.is_empty() {
        return Ok((None, false));
    }
    if text.eq_ignore_ascii_case("z") {
        return Ok((Some(Offset { minutes: 0, form: OffsetForm::Zulu }), false));
    }
    let negative = text.starts_with('-');
    let Some(body) = text.strip_prefix(['+', '-']) else {
        return Err(());
    };
    let b = body.as_bytes();
    let (hours, minutes, colon) = match b.len() {
        2 if two_digits(b, 0) => (&body[..2], "0", false),
        4 if two_digits(b, 0) && two_digits(b, 2) => (&body[..2], &body[2..], false),
        5 if two_digits(b, 0) && b[2] == b':' && two_digits(b, 3) => (&body[..2], &body[3..], true),
        _ => return Err(()),
    };
    let (h, m): (i16, i16) = (hours.parse().map_err(drop)?, minutes.parse().map_err(drop)?);
    if h > 14 || m > 59 || (h == 14 && m > 0) {
        return Err(());
    }
    let total = h * 60 + m;
    Ok(match (negative, total) {
        (true, 0) => (Some(Offset { minutes: 0, form: OffsetForm::NegativeZero }), colon),
        (true, _) => (Some(Offset { minutes: -total, form: OffsetForm::Signed }), colon),
        (false, _) => (Some(Offset { minutes: total, form: OffsetForm::Signed }), colon),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(text: &str) -> Ts<'_> {
        Ts::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"))
    }

    #[test]
    fn precision_is_what_is_written() {
        for (text, precision) in [
            ("2023", Precision::Year),
            ("202305", Precision::Month),
            ("20230531", Precision::Day),
            ("2023053122", Precision::Hour),
            ("202305312205", Precision::Minute),
            ("20230531220507", Precision::Second),
            ("20230531220507.1234-0500", Precision::Second),
        ] {
            assert_eq!(p(text).precision, precision, "{text}");
            assert!(!p(text).lenient, "{text}");
        }
        assert_eq!(p("20230531220507.120-0500").fraction, "120");
    }

    #[test]
    fn offsets() {
        let minutes = |t: &str| p(t).offset.map(|o| o.minutes);
        assert_eq!(minutes("202305312205-0500"), Some(-300));
        assert_eq!(minutes("202305312205+01"), Some(60));
        assert_eq!(minutes("202305312205+0530"), Some(330));
        assert_eq!(minutes("202305312205Z"), Some(0));
        assert_eq!(minutes("202305312205"), None);
        assert_eq!(p("202305312205-0000").offset.unwrap().form, OffsetForm::NegativeZero);
        assert!(p("20000407010101+1").bad_offset);
        assert!(p("200004070101-05AB").bad_offset);
        assert!(p("200004070101-1500").bad_offset);
        assert_eq!(minutes("2012-0500"), Some(-300));
    }

    #[test]
    fn twenty_four_hours_is_the_next_day() {
        let t = p("20231231240000-0500");
        assert_eq!((t.year, t.month, t.day, t.hour), (2024, 1, 1, 0));
        assert_eq!(Ts::parse("202312312401"), Err(TsError::OutOfRange));
    }

    #[test]
    fn lenient_forms_have_one_meaning() {
        for (text, precision) in [
            ("2023-02-14", Precision::Day),
            ("2023-02", Precision::Month),
            ("2012-08-06T10:00:00-05:00", Precision::Second),
            ("2012-08-06T10:00", Precision::Minute),
            ("20120806 1000", Precision::Minute),
            ("20120000", Precision::Year),
            ("201208000000", Precision::Month),
            ("2017080881158-0600", Precision::Day),
        ] {
            assert_eq!(p(text).precision, precision, "{text}");
            assert!(p(text).lenient, "{text}");
        }
        assert_eq!(p("2012-08-06T10:00:00-05:00").offset.unwrap().minutes, -300);
    }

    #[test]
    fn what_is_no_time() {
        for text in
            ["", "abc", "200130311", "20231301", "20230230", "0000", "2023053125", "08/06/2012", "1347275600049", "201"]
        {
            assert!(Ts::parse(text).is_err(), "{text}");
        }
        assert_eq!(p("20240229").day, 29);
        assert_eq!(p("20161231235960Z").second, 60);
    }
}
