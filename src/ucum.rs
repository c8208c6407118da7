//! Whether a unit is plausible UCUM (The Unified Code for Units of Measure, case sensitive, version 2.1).
//!
//! A unit that passes is sent as a code, so it must not mean something else: combinations that real documents use for
//! other things are refused although UCUM allows them. `MG` is a mega-gauss in UCUM and a milligram in capitals in every
//! document that holds it; `pH` a pico-henry; `K/uL` kelvins; `hs`, `pt` and `ft` are bedtime, pints and feet. A refused
//! unit loses nothing: it stays as text.

use std::collections::BTreeMap;

/// Atoms that take prefixes.
#[rustfmt::skip]
const METRIC: &[&str] = &[
    "m", "g", "l", "L", "mol", "s", "Pa", "N", "J", "W", "V", "Ohm", "Hz", "Bq", "Gy", "Sv", "kat", "U", "eq", "osm",
    "cal", "bar", "B", "eV", "Ci", "R", "rad", "REM", "P", "St", "dyn", "erg", "lm", "lx", "cd", "A", "S", "By",
    "bit", "t", "[iU]", "[IU]", "[CFU]", "m[Hg]", "m[H2O]", "Cel", "sr", "Wb", "u[Hg]",
];

/// Atoms that take none.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "%", "10*", "10^", "min", "h", "d", "wk", "mo", "a", "deg", "'", "''", "ar", "atm", "[pi]", "[ppth]", "[ppm]",
    "[ppb]", "[pptr]", "[pH]", "[degF]", "[degR]", "[HPF]", "[LPF]", "[drp]", "[gr]", "[lb_av]", "[lb_ap]", "[lb_tr]",
    "[oz_av]", "[oz_ap]", "[oz_tr]", "[oz_m]", "[dr_av]", "[dr_ap]", "[sc_ap]", "[stone_av]", "[lton_av]",
    "[ston_av]", "[in_i]", "[in_us]", "[ft_i]", "[ft_us]", "[yd_i]", "[yd_us]", "[mi_i]", "[mi_us]", "[nmi_i]",
    "[sin_i]", "[sft_i]", "[cin_i]", "[cft_i]", "[foz_us]", "[foz_br]", "[foz_m]", "[tsp_us]", "[tbs_us]", "[tsp_m]",
    "[tbs_m]", "[cup_us]", "[cup_m]", "[pt_us]", "[pt_br]", "[qt_us]", "[qt_br]", "[gal_us]", "[gal_br]", "[fdr_us]",
    "[min_us]", "[acr_us]", "[psi]", "[in_i'Hg]", "[in_i'H2O]", "[Cal]", "[Btu]", "[HP]", "[lbf_av]", "[kn_i]",
    "[diop]", "[p'diop]", "[Ch]", "[mesh_i]", "[MET]", "[PRU]", "[wood'U]", "[S]", "[hnsf'U]", "[arb'U]", "[USP'U]",
    "[GPL'U]", "[MPL'U]", "[APL'U]", "[beth'U]", "[anti'Xa'U]", "[todd'U]", "[dye'U]", "[smgy'U]", "[bdsk'U]",
    "[ka'U]", "[knk'U]", "[mclg'U]", "[tb'U]", "[D'ag'U]", "[Amb'a'1'U]", "[AU]", "[BAU]", "[EU]", "[ELU]", "[FEU]",
    "[PFU]", "[FFU]", "[PNU]", "[Lf]", "[IR]", "[CCID_50]", "[TCID_50]", "[EID_50]", "[cfu]", "[car_m]", "[BAU]",
    "[SAU]", "[PVU]",
];

/// Whether the text is a unit that may be sent as a UCUM code. `1` is; other bare numbers are not.
pub fn is_ucum(unit: &str) -> bool {
    if unit == "1" {
        return true;
    }
    if unit.is_empty() || unit.len() > 60 || !unit.bytes().all(|b| (33..=126).contains(&b)) {
        return false;
    }
    let mut p = Parser { rest: unit, atoms: 0 };
    let lead = p.eat('/');
    p.term(0) && p.rest.is_empty() && (p.atoms > 0 || (!lead && unit.starts_with('{')))
}

/// By which power of ten a number in one unit is multiplied to be the same quantity in the other: `Some(0)` where both say
/// the same (`1/min`, `{beats}/min`, `min-1` and `/min`), `Some(2)` from `m` to `cm`; `None` where they are of another kind
/// or no power of ten apart. Both must be UCUM ([`is_ucum`]).
pub fn power_between(from: &str, to: &str) -> Option<i32> {
    if !is_ucum(from) || !is_ucum(to) {
        return None;
    }
    let (from, to) = (Product::of(from)?, Product::of(to)?);
    (from.atoms == to.atoms).then(|| from.power - to.power)
}

/// A unit as a product: how often each atom stands in it, and the power of ten of its prefixes and numbers. Annotations
/// are no part of a unit (UCUM, section 2.2).
#[derive(Default)]
struct Product<'u> {
    atoms: BTreeMap<&'u str, i32>,
    power: i32,
}

impl<'u> Product<'u> {
    fn of(unit: &'u str) -> Option<Product<'u>> {
        let mut product = Product::default();
        let rest = product.term(unit, 1)?;
        product.atoms.retain(|_, n| *n != 0);
        rest.is_empty().then_some(product)
    }

    /// Reads a term whose sign is that of what it stands in; what follows it.
    fn term(&mut self, mut rest: &'u str, sign: i32) -> Option<&'u str> {
        let mut own = sign;
        if let Some(r) = rest.strip_prefix('/') {
            (rest, own) = (r, -sign);
        }
        loop {
            if let Some(inner) = rest.strip_prefix('(') {
                rest = self.term(inner, own)?.strip_prefix(')')?;
            } else {
                let end = rest.find(['.', '/', '(', ')', '{']).unwrap_or(rest.len());
                self.word(&rest[..end], own)?;
                rest = &rest[end..];
                if rest.starts_with('{') {
                    rest = &rest[rest.find('}')? + 1..];
                }
            }
            own = match rest.bytes().next() {
                Some(b'.') => sign,
                Some(b'/') => -sign,
                _ => return Some(rest),
            };
            rest = &rest[1..];
        }
    }

    fn word(&mut self, word: &'u str, sign: i32) -> Option<()> {
        let tens = || word.strip_prefix('1').filter(|zeros| zeros.bytes().all(|b| b == b'0'));
        if word.is_empty() {
            return Some(());
        }
        if let Some(zeros) = tens() {
            self.power += sign * zeros.len() as i32;
            return Some(());
        }
        let base = if atom(word) { word } else { word.trim_end_matches(|c: char| c.is_ascii_digit()) };
        let times = if base.len() == word.len() { 1 } else { word[base.len()..].parse::<i32>().ok()? };
        let (base, times) = match base.strip_suffix('-') {
            _ if atom(base) => (base, times),
            Some(base) => (base, -times),
            None => (base.strip_suffix('+').unwrap_or(base), times),
        };
        let times = times * sign;
        match (base, prefix(base)) {
            ("10*" | "10^", _) => self.power += times,
            (_, Some((power, atom))) => {
                self.power += power * times;
                *self.atoms.entry(one_name(atom)).or_default() += times;
            }
            _ => *self.atoms.entry(one_name(base)).or_default() += times,
        }
        Some(())
    }
}

/// Of atoms with two names one.
fn one_name(atom: &str) -> &str {
    match atom {
        "l" => "L",
        "[iU]" => "[IU]",
        _ => atom,
    }
}

/// A prefix as its power of ten, and the atom that it stands before.
fn prefix(word: &str) -> Option<(i32, &str)> {
    if PLAIN.contains(&word) || METRIC.contains(&word) {
        return None;
    }
    if let Some(atom) = word.strip_prefix("da") {
        return Some((1, atom));
    }
    let power = match word.bytes().next()? {
        b'T' => 12,
        b'G' => 9,
        b'M' => 6,
        b'k' => 3,
        b'h' => 2,
        b'd' => -1,
        b'c' => -2,
        b'm' => -3,
        b'u' => -6,
        b'n' => -9,
        b'p' => -12,
        b'f' => -15,
        _ => return None,
    };
    Some((power, &word[1..]))
}

struct Parser<'u> {
    rest: &'u str,
    /// unit atoms seen; a product of numbers is no unit
    atoms: usize,
}

impl Parser<'_> {
    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `component (('.' | '/') component)*`
    fn term(&mut self, depth: usize) -> bool {
        let mut after_number = false;
        loop {
            match self.component(depth) {
                None => return false,
                // `mg/2.5.ml` is not milligrams by two by five: two numbers in a row are a decimal
                Some(number) if number && after_number => return false,
                Some(number) => after_number = number,
            }
            if !(self.eat('.') || self.eat('/')) {
                return true;
            }
        }
    }

    /// One component; whether it is a bare number.
    fn component(&mut self, depth: usize) -> Option<bool> {
        if self.eat('(') {
            let fine = depth < 4 && self.term(depth + 1) && self.eat(')');
            return fine.then_some(false);
        }
        if self.rest.starts_with('{') {
            self.atoms += 1;
            return self.annotation().then_some(false);
        }
        let end = self.rest.find(['.', '/', '(', ')', '{']).unwrap_or(self.rest.len());
        // brackets may hold a full stop or slash in no atom that is listed, so the cut above is exact
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let number = !word.is_empty() && word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit());
        if number {
            return (!word.starts_with('0')).then_some(true);
        }
        if !simple(word) {
            return None;
        }
        self.atoms += 1;
        if self.rest.starts_with('{') && !self.annotation() {
            return None;
        }
        Some(false)
    }

    fn annotation(&mut self) -> bool {
        match self.rest[1..].find(['}', '{']) {
            Some(i) if i > 0 && self.rest.as_bytes()[i + 1] == b'}' => {
                self.rest = &self.rest[i + 2..];
                true
            }
            _ => false,
        }
    }
}

/// An atom, with prefix and exponent.
fn simple(word: &str) -> bool {
    if atom(word) {
        return true;
    }
    let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if base.len() == word.len() {
        return false;
    }
    atom(base) || base.strip_suffix(['+', '-']).is_some_and(atom)
}

fn atom(word: &str) -> bool {
    if PLAIN.contains(&word) || METRIC.contains(&word) {
        return true;
    }
    if let Some(rest) = word.strip_prefix("da") {
        return matches!(rest, "m" | "g" | "l" | "L" | "Pa");
    }
    let Some(first) = word.chars().next().filter(char::is_ascii) else {
        return false;
    };
    let rest = &word[1..];
    METRIC.contains(&rest)
        && match first {
            't' => false,
            // femto-, pico- and nano-tonnes are feet and pints; kilo- and milli-tonnes are nothing
            'k' | 'm' | 'u' | 'n' | 'p' | 'f' => rest != "t" && !(first == 'p' && matches!(rest, "A" | "P")),
            'c' | 'd' => {
                matches!(
                    rest,
                    "m" | "g" | "l" | "L" | "mol" | "B" | "Gy" | "Sv" | "eq" | "P" | "St" | "m[H2O]" | "m[Hg]"
                )
            }
            'h' => matches!(rest, "m" | "g" | "l" | "L" | "Pa"),
            'M' | 'G' | 'T' => {
                matches!(
                    rest,
                    "Hz" | "Pa" | "J" | "Bq" | "eV" | "V" | "W" | "Ohm" | "By" | "bit" | "t" | "[iU]" | "[IU]"
                )
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn units_of_real_documents() {
        for unit in [
            "mm[Hg]", "mg/dL", "%", "kg/m2", "/min", "h", "10*3/uL", "10*9/L", "mmol/L", "1", "[pH]", "fL", "{score}",
            "[lb_av]", "{INR}", "[iU]/mL", "[IU]", "m[IU]/L", "10*12/L", "mL/min/{1.73_m2}", "[degF]", "Cel", "{tbl}",
            "ug/kg/min", "U{PIECE(S)}", "{pack}/d", "meq/l", "mosm/kg", "cm[H2O]", "kat", "ukat/L", "a", "m2",
            "10*-3", "dB", "L/min", "mL/h", "{dose(s)}", "mg/(kg.d)", "kcal", "um3", "/[HPF]", "g/(24.h)", "h/d",
        ] {
            assert!(is_ucum(unit), "{unit}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn the_same_unit_in_other_forms() {
        for (from, to, power) in [
            ("/min", "/min", 0), ("1/min", "/min", 0), ("min-1", "/min", 0), ("{beats}/min", "/min", 0),
            ("/min{breath}", "/min", 0), ("%{saturation}", "%", 0), ("kg.m-2", "kg/m2", 0), ("kg/(m2)", "kg/m2", 0),
            ("kg/m2{BMI}", "kg/m2", 0), ("kg/(m.m)", "kg/m2", 0), ("m", "cm", 2), ("mm", "cm", -1), ("dam", "cm", 3),
            ("mg", "g", -3), ("g/dm2", "kg/m2", -1), ("g/cm2", "kg/m2", 1), ("10*3/uL", "10*9/L", 0),
            ("mmol/l", "mol/L", -3), ("m[Hg]", "mm[Hg]", 3), ("100.mg", "g", -1), ("/(10.min)", "/min", -1),
            ("l/min", "L/min", 0),
        ] {
            assert_eq!(power_between(from, to), Some(power), "{from} {to}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn units_of_another_kind() {
        for (from, to) in [
            ("min", "/min"), ("/h", "/min"), ("kPa", "mm[Hg]"), ("K", "Cel"), ("[degF]", "Cel"), ("{BPM}", "/min"),
            ("1", "%"), ("kg/ar", "kg/m2"), ("m2/kg", "kg/m2"), ("kg", "[lb_av]"), ("mm", "mm[Hg]"), ("", "%"),
            ("pounds", "kg"), ("kg/m2.m", "kg/m2"), ("/(24.min)", "/min"),
        ] {
            assert_eq!(power_between(from, to), None, "{from} {to}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn what_only_looks_like_ucum() {
        for unit in [
            "mg/actuat", "MG", "PG", "pH", "K/uL", "C", "MG/DL", "EU/dL", "732936001", "0", "3", "100", "100 100",
            "mg/2.5.ml", "mg/3ml", "10+3/ul", "x10e3/mcL", "Tabs", "tablet", "mmHg", "lbs", "in", "mcg", "u", "units",
            "ft", "pt", "hs", "kg/m²", "cm H2O", "", "/", "mg/", "{}", "{a", "mg}", "IU/L", "mL/min/1.73m2", "NA",
            "null", "mm[hg]", "[h]", "QD",
        ] {
            assert!(!is_ucum(unit), "{unit}");
        }
    }
}
