//! Multipart messages (ebXML over HTTP): the part that is the envelope.

use memchr::memmem;

use super::unbase64;

/// The text of the first part that holds an ITK envelope, else of one that holds a document. HTTP headers before the first
/// boundary are passed over.
pub(super) fn envelope_of(bytes: &[u8]) -> Option<String> {
    let boundary = boundary(bytes)?;
    let mut parts: Vec<String> = Vec::new();
    let mut rest = bytes;
    while let Some(at) = line_start(rest, &boundary) {
        let after = &rest[at + boundary.len()..];
        if after.starts_with(b"--") {
            break;
        }
        let end = line_start(after, &boundary).unwrap_or(after.len());
        parts.extend(part(&after[..end]));
        rest = &after[end..];
    }
    let holds = |word: &str| parts.iter().position(|p| p.contains(word));
    let chosen = holds("DistributionEnvelope").or_else(|| holds("ClinicalDocument"))?;
    Some(parts.swap_remove(chosen))
}

/// `--` and the boundary: as the header says it, else the first line that begins with two dashes.
fn boundary(bytes: &[u8]) -> Option<Vec<u8>> {
    if let Some(at) = memmem::find(bytes, b"boundary=") {
        let value = &bytes[at + 9..];
        let value = match value.strip_prefix(b"\"") {
            Some(quoted) => &quoted[..quoted.iter().position(|b| *b == b'"')?],
            None => &value[..value.iter().position(|b| b.is_ascii_whitespace() || *b == b';').unwrap_or(value.len())],
        };
        return Some([b"--", value].concat()).filter(|b| b.len() > 2);
    }
    let line =
        bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).find(|l| l.starts_with(b"--") && l.len() > 2)?;
    Some(line.to_vec())
}

/// Where a line begins with the boundary.
fn line_start(bytes: &[u8], boundary: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, boundary).find(|at| *at == 0 || bytes[at - 1] == b'\n')
}

/// The content of a part, decoded.
fn part(part: &[u8]) -> Option<String> {
    let (head, body) = [&b"\r\n\r\n"[..], b"\n\n"]
        .iter()
        .filter_map(|gap| memmem::find(part, gap).map(|at| (at, gap.len())))
        .min()
        .map(|(at, gap)| (&part[..at], &part[at + gap..]))?;
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let base64 = head.lines().any(|l| l.starts_with("content-transfer-encoding:") && l.contains("base64"));
    let body = if base64 { unbase64(body.iter().copied())? } else { body.to_vec() };
    String::from_utf8(body).ok()
}
