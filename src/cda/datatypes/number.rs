//! REAL and INT: the digits of the source as a JSON number.

use compact_str::CompactString;

/// The number in the digits of the source, changed only where JSON asks for it: `.5` → `0.5`, `5.` → `5`, `+5` → `5`,
/// `007` → `7`. Trailing zeros stay. `None` when the text is no number (`1,5` may; see [`decimal_comma`]).
pub fn decimal(text: &str) -> Option<CompactString> {
    let text = text.trim();
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(i) => (&body[..i], Some(&body[i..])),
        None => (body, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    if let Some(e) = exponent {
        let e = e[1..].strip_prefix(['+', '-']).unwrap_or(&e[1..]);
        if e.is_empty() || e.len() > 4 || !digits(e) {
            return None;
        }
    }
    let trimmed = whole.trim_start_matches('0');
    let mut out = CompactString::with_capacity(text.len() + 1);
    if negative {
        out.push('-');
    }
    out.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out.push_str(exponent.unwrap_or(""));
    Some(out)
}

/// A number with a decimal comma, as much of Europe and South America writes it; `None` where the comma may part thousands
/// (`1,234`), and where the text has a point as well.
pub fn decimal_comma(text: &str) -> Option<CompactString> {
    let (whole, fraction) = text.trim().split_once(',')?;
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let thousands = fraction.len() == 3 && !unsigned.trim_start_matches('0').is_empty();
    (digits(unsigned) && digits(fraction) && !thousands).then(|| decimal(&format!("{whole}.{fraction}"))).flatten()
}

/// Whether a number as [`decimal`] gives it is zero.
pub fn is_zero(number: &str) -> bool {
    number.split(['e', 'E']).next().unwrap_or("").bytes().all(|b| matches!(b, b'0' | b'.' | b'-'))
}

/// A whole number, also when written as `2.0`; `None` when it has a fraction or does not fit.
pub fn whole(text: &str) -> Option<i64> {
    let number = decimal(text)?;
    let (digits, fraction) = number.split_once('.').unwrap_or((&number, ""));
    fraction.bytes().all(|b| b == b'0').then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma() {
        for (text, number) in
            [("1,5", "1.5"), ("23,50", "23.50"), ("0,125", "0.125"), ("-2,5", "-2.5"), ("0,0005", "0.0005")]
        {
            assert_eq!(decimal_comma(text).as_deref(), Some(number), "{text}");
        }
        for text in ["1,234", "1.234,5", "1,5,6", "1,", ",5", "5", "1,5 mg", "12,345", "a,b"] {
            assert_eq!(decimal_comma(text), None, "{text}");
        }
    }

    #[test]
    fn digits_are_kept() {
        for (text, number) in [
            ("1.50", "1.50"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("0", "0"),
            ("000", "0"),
            ("-.5", "-0.5"),
            ("1e5", "1e5"),
            ("0.00", "0.00"),
            (" 12 ", "12"),
            ("1E-3", "1E-3"),
        ] {
            assert_eq!(decimal(text).as_deref(), Some(number), "{text}");
        }
        for text in ["", "1,5", "<5", "negative", ".", "1e", "--1", "1.2.3", "0x1", "NaN", "INF"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(whole("2.0"), Some(2));
        assert_eq!(whole("2.5"), None);
        assert_eq!(whole("99999999999999999999"), None);
        assert!(is_zero("0.00") && !is_zero("0.01") && is_zero("-0"));
    }
}
