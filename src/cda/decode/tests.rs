//! Encodings as they are, as they are declared, and as they should not be.

use std::borrow::Cow;

use super::*;

fn decoded(bytes: &[u8]) -> Decoded<'_> {
    decode(bytes, &Limits::default()).expect("decodable")
}

fn codes(decoded: &Decoded<'_>) -> Vec<&'static str> {
    decoded.notes.iter().map(|n| n.code.as_str()).collect()
}

/// Checks text, encoding and codes, and that an XML parser accepts the text.
#[track_caller]
fn check(bytes: &[u8], text: &str, encoding: &str, expected: &[&str]) {
    let found = decoded(bytes);
    assert_eq!(found.text, text);
    assert_eq!(found.encoding, encoding);
    assert_eq!(codes(&found), expected);
    roxmltree::Document::parse(&found.text).expect("well-formed");
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect()
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let to_bytes = if big { u16::to_be_bytes } else { u16::to_le_bytes };
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn utf8_is_borrowed() {
    for text in [
        "<a/>",
        "<a>é€\u{1F600}\u{85}</a>",
        "<?xml version='1.0' encoding='utf-8'?><a>é</a>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>ascii &#233; &#x10FFFF;</a>",
        "<?xml version='1.0' encoding='US-ASCII'?><a/>",
    ] {
        check(text.as_bytes(), text, "UTF-8", &[]);
        assert!(matches!(decoded(text.as_bytes()).text, Cow::Borrowed(_)));
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        check(&marked, text, "UTF-8", &[]);
        assert!(matches!(decoded(&marked).text, Cow::Borrowed(_)));
    }
}

#[test]
fn utf16_with_and_without_mark() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><a>é€\u{1F600}</a>";
    for (big, name) in [(false, "UTF-16LE"), (true, "UTF-16BE")] {
        check(&utf16(text, big), text, name, &[]);
        check(&utf16(&format!("\u{FEFF}{text}"), big), text, name, &[]);
        check(&utf16("<a/>", big), "<a/>", name, &[]);
        check(&utf16("\n <a/>", big), "\n <a/>", name, &[]);
        let lying = "<?xml version='1.0' encoding='utf-8'?><a>é</a>";
        check(&utf16(lying, big), lying, name, &["encoding-mismatch"]);
    }
}

#[test]
fn broken_utf16_is_reported() {
    let mut bytes = utf16("<a>x</a>", false);
    bytes.splice(6..8, [0x00, 0xD8]);
    let found = decoded(&bytes);
    assert_eq!(found.text, "<a>\u{FFFD}</a>");
    assert_eq!(codes(&found), ["undecodable-bytes"]);
    assert_eq!(found.notes[0].offset, 3);
}

#[test]
fn declared_single_byte_encodings() {
    let text = "<?xml version=\"1.0\" encoding = \"ISO-8859-1\"?><a>Müller</a>";
    check(&latin1(text), text, "ISO-8859-1", &[]);
    check(
        b"<?xml version='1.0' encoding='windows-1252'?><a>\x80 \xFC</a>",
        "<?xml version='1.0' encoding='windows-1252'?><a>€ ü</a>",
        "windows-1252",
        &[],
    );
    check(
        b"<?xml version='1.0' encoding='ISO-8859-15'?><a>\xA4</a>",
        "<?xml version='1.0' encoding='ISO-8859-15'?><a>€</a>",
        "ISO-8859-15",
        &[],
    );
    check(
        b"<?xml version='1.0' encoding='iso-8859-1'?><a>\x80 \xFC</a>",
        "<?xml version='1.0' encoding='iso-8859-1'?><a>€ ü</a>",
        "windows-1252",
        &["encoding-mismatch"],
    );
}

#[test]
fn declarations_that_lie() {
    for label in ["ISO-8859-1", "windows-1252", "UTF-16", "us-ascii"] {
        let text = format!("<?xml version='1.0' encoding='{label}'?><a>Müller, 5 µg</a>");
        check(text.as_bytes(), &text, "UTF-8", &["encoding-mismatch"]);
    }
    let text = "<?xml version='1.0' encoding='UTF-16'?><a>ascii</a>";
    check(text.as_bytes(), text, "UTF-8", &["encoding-mismatch"]);
    let text = "<?xml version='1.0' encoding='UTF-8'?><a>Müller, 5 µg</a>";
    check(&latin1(text), text, "windows-1252", &["encoding-mismatch"]);
    let text = "<a>Müller, 5 µg</a>";
    check(&latin1(text), text, "windows-1252", &["encoding-undeclared"]);
    let text = "<?xml version='1.0' encoding='klingon'?><a>é</a>";
    check(text.as_bytes(), text, "UTF-8", &["encoding-unknown"]);
    let note = &decoded(text.as_bytes()).notes[0];
    assert!(note.detail.contains("klingon"));
    let bytes = latin1(text);
    let refused = decode(&bytes, &Limits::default());
    let encoding = "klingon".to_owned();
    assert_eq!(refused, Err(DecodeError::Unsupported { encoding }));
}

#[test]
fn damaged_utf8_stays_utf8() {
    let bytes = b"<?xml version='1.0' encoding='UTF-8'?><a>\xC3\xA9\xC3\xA8 \xE2\x82</a>";
    let text = "<?xml version='1.0' encoding='UTF-8'?><a>éè \u{FFFD}</a>";
    check(bytes, text, "UTF-8", &["undecodable-bytes"]);
    assert_eq!(decoded(bytes).notes[0].offset, 46);
}

#[test]
fn multi_byte_encodings_are_believed() {
    let text = "<?xml version='1.0' encoding='Shift_JIS'?><a>日本</a>";
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    check(&bytes, text, "Shift_JIS", &[]);
    let text = "<?xml version='1.0' encoding='ISO-2022-JP'?><a>日本</a>";
    let (bytes, _, _) = encoding_rs::ISO_2022_JP.encode(text);
    check(&bytes, text, "ISO-2022-JP", &[]);
    let text = "<?xml version='1.0' encoding='GBK'?><a>日本日本語</a>";
    check(text.as_bytes(), text, "UTF-8", &["encoding-mismatch"]);
}

#[test]
fn forbidden_characters_keep_their_length() {
    check(
        b"<a b='\x01'>x\x00y\x1F\xEF\xBF\xBFz</a>\0\x1A",
        "<a b=' '>x y \u{FFFD}z</a>  ",
        "UTF-8",
        &["forbidden-character"],
    );
    let found = decoded(b"<a>\t\x0B\x0C</a>");
    assert_eq!((found.notes[0].offset, found.notes[0].count), (4, 2));
    let long = [b"<a>", [b'x'; 700].as_slice(), b"\x02</a>"].concat();
    assert_eq!(decoded(&long).notes[0].offset, 703);
}

#[test]
fn forbidden_references_keep_their_length() {
    check(
        b"<a b='&#0;'>&#1;&#x1;&#31;&#x1F;&#xB;&#x0001F;&#xFFFE;&#xD800;&#99999999;</a>",
        "<a b='&#9;'>&#9;&#32;&#32;&#032;&#32;&#x0FFFD;&#xFFFD;&#xFFFD;&#x000FFFD;</a>",
        "UTF-8",
        &["forbidden-reference"],
    );
    check(b"<a>&#9;&#xA;&#13;&#32;&#xFFFD;&#x10000;</a>", "<a>&#9;&#xA;&#13;&#32;&#xFFFD;&#x10000;</a>", "UTF-8", &[]);
    // In CDATA it is text.
    check(
        b"<a>&#1;<![CDATA[&#1;]]>&#2;<![CDATA[&#1;]]><![CDATA[]]>&#3;</a>",
        "<a>&#9;<![CDATA[&#1;]]>&#9;<![CDATA[&#1;]]><![CDATA[]]>&#9;</a>",
        "UTF-8",
        &["forbidden-reference"],
    );
}

#[test]
fn a_late_declaration_is_blanked() {
    check(
        b"\r\n <?xml version='1.0'\nencoding='ISO-8859-1'?>\n<a>\xE9</a>",
        "\r\n                    \n                       \n<a>é</a>",
        "ISO-8859-1",
        &["declaration-not-first"],
    );
}

#[test]
fn what_is_refused() {
    let limits = Limits { max_bytes: 8, ..Limits::default() };
    assert_eq!(decode(b"", &limits), Err(DecodeError::Empty));
    assert_eq!(decode(b"<a></a>  ", &limits), Err(DecodeError::TooLarge { bytes: 9, limit: 8 }));
    // Grows beyond the limit as UTF-8.
    assert_eq!(decode(b"<a>\xE9</a>", &limits), Err(DecodeError::TooLarge { bytes: 9, limit: 8 }));
    for bytes in [&b"\xFF\xFE\0\0<\0\0\0"[..], b"\0\0\0<\0\0\0a"] {
        let encoding = "UTF-32".to_owned();
        assert_eq!(decode(bytes, &limits), Err(DecodeError::Unsupported { encoding }));
    }
    for bytes in [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"<", b"<?xml ", b"\0", b"\xFF"] {
        let _ = decode(bytes, &limits);
    }
}
