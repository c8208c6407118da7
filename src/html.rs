//! What HTML pages of reports share: no script, nothing loaded from elsewhere, fit to be printed.

use std::fmt::Write;

const STYLE: &str = "\
:root{--line:#c9ced6;--soft:#f4f6f8;--red:#9b1c1c;--ink:#1b1f24}\
body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:var(--ink);max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-bottom:2px solid var(--line)}h3{font-size:1.05rem;margin:1.4rem 0 .4rem}h4{font-size:1rem;margin:1.1rem 0 .2rem}\
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}th,td{border:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:var(--soft);font-weight:600}\
td.n,th.n{text-align:right;white-space:nowrap}.examples td,.examples th{width:25%}\
.sum{background:var(--soft);border-left:6px solid var(--line);padding:.6rem 1rem;font-size:1.1rem}.sum.bad{border-color:var(--red)}\
.clinical h3,.clinical h4{color:var(--red)}.by{color:#57606a;font-size:.87rem;margin:.1rem 0 .3rem}.none{color:#57606a}\
del,ins{text-decoration:none}del{background:#fde8e8}ins{background:#e3f4e7}\
@media print{body{margin:0;max-width:none;font-size:10.5pt}h2,h3,h4{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}}";

/// A page up to its body.
pub fn open(title: &str) -> String {
    let mut out = String::with_capacity(64 << 10);
    out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    // whatever a document holds: nothing on this page may run or load anything
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = write!(out, "<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n", escaped(title));
    out
}

/// The end of a page; `note` says what it holds.
pub fn close(out: &mut String, note: &str) {
    let _ = write!(
        out,
        "<p class=\"by\">{} It was written by granule, which is no medical device.</p>\n</body>\n</html>\n",
        escaped(note)
    );
}

/// Text that stands in HTML, in an element or an attribute.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // marks that turn the direction of text could make a value read as another
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() && !c.is_whitespace() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
