//! What TOML 1.1 added and 1.0 does not know. The parser reads both; many editors, and the tools of analysts, read 1.0 alone,
//! so tables keep to it (<https://toml.io/en/v1.0.0>).

use std::ops::Range;

use toml_parser::decoder::Encoding;
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, Source, Span};

/// Where a file goes beyond TOML 1.0, each with what is new there.
pub fn than_1_0(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let tokens = Source::new(text).lex().into_vec();
    let mut seen = Seen { text, open: Vec::new(), separator: None, newer: Vec::new() };
    // faults of any TOML are told by who reads it
    parse_document(&tokens, &mut seen, &mut ());
    seen.newer
}

enum Open {
    Array,
    /// an inline table, and whether its first line break was told
    Table(bool),
}

struct Seen<'t> {
    text: &'t str,
    /// what is read stands in
    open: Vec<Open>,
    /// a comma that nothing but blanks followed so far
    separator: Option<Range<usize>>,
    newer: Vec<(Range<usize>, &'static str)>,
}

impl Seen<'_> {
    fn text(&mut self, span: Span, encoding: Option<Encoding>) {
        self.separator = None;
        if !matches!(encoding, Some(Encoding::BasicString | Encoding::MlBasicString)) {
            return;
        }
        let bytes = self.text.as_bytes().get(span.start()..span.end()).unwrap_or_default();
        let mut at = 0;
        while let Some(escape) = memchr::memchr(b'\\', &bytes[at..]) {
            at += escape;
            if matches!(bytes.get(at + 1), Some(b'e' | b'x')) {
                let start = span.start() + at;
                self.newer.push((start..start + 2, "this escape is of TOML 1.1"));
            }
            // what is escaped may be a backslash itself
            at = bytes.len().min(at + 2);
        }
    }

    fn opened(&mut self, what: Open) -> bool {
        self.separator = None;
        self.open.push(what);
        true
    }
}

impl EventReceiver for Seen<'_> {
    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.opened(Open::Table(false))
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.open.pop();
        if let Some(comma) = self.separator.take() {
            self.newer.push((comma, "a comma after the last pair of an inline table is of TOML 1.1"));
        }
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.opened(Open::Array)
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.open.pop();
        self.separator = None;
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.text(span, encoding);
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        self.text(span, encoding);
    }

    fn value_sep(&mut self, span: Span, _: &mut dyn ErrorSink) {
        self.separator = Some(span.start()..span.end());
    }

    fn newline(&mut self, span: Span, _: &mut dyn ErrorSink) {
        // all that follow in the same table are of the same fault
        if let Some(Open::Table(told @ false)) = self.open.last_mut() {
            *told = true;
            self.newer.push((span.start()..span.end(), "an inline table of several lines is of TOML 1.1"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::packs;

    fn newer(text: &str) -> Vec<&str> {
        than_1_0(text).into_iter().map(|(at, _)| &text[at]).collect()
    }

    /// They are not looked at when the program starts.
    #[test]
    fn the_built_in_tables_keep_to_1_0() {
        let tables: Vec<_> = packs::builtin().into_iter().filter(|f| f.name.ends_with(".toml")).collect();
        assert!(tables.len() > 30);
        for file in tables {
            assert!(file.is_embedded());
            assert!(newer(&file.text).is_empty(), "{}: {:?}", file.name, newer(&file.text));
        }
    }

    #[test]
    fn what_1_0_knows_passes() {
        let text =
            "a = { b = [\n 1, # one\n 2,\n], c = '\\e' }\n\"k\\\\e\" = \"\\\\x41 \\u0041 \\\"\"\nt = [ { a = 1 }, ]\n";
        assert!(newer(text).is_empty(), "{:?}", newer(text));
        assert!(newer("a = { b = [ { c = [\n] } ] }").is_empty());
    }

    #[test]
    fn what_1_1_added_is_told() {
        assert_eq!(newer("a = {\n b = 1\n}"), ["\n"]);
        // each table, not the first alone
        assert_eq!(newer("a = {\n b = 1\n\n}\nc = {\n}"), ["\n", "\n"]);
        assert_eq!(newer("a = { b = 1, }"), [","]);
        assert_eq!(newer(r#"a = "\e[0m""#), [r"\e"]);
        assert_eq!(newer(r#""\x41" = 1"#), [r"\x"]);
        assert_eq!(newer("a = \"\"\"\n\\x41\"\"\""), [r"\x"]);
    }
}
