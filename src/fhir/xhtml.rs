//! XHTML as FHIR's narrative holds it.

/// Its words, without tags and entities. What a tag divides is divided by a blank.
pub fn words(xhtml: &str) -> String {
    let mut words = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(open) = rest.find('<') {
        words.push_str(&rest[..open]);
        words.push(' ');
        rest = rest[open..].find('>').map_or("", |close| &rest[open + close + 1..]);
    }
    words.push_str(rest);
    if !words.contains('&') {
        return words;
    }
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.into_iter().fold(words, |text, (name, is)| text.replace(name, is))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn tags_divide_and_entities_are_read() {
        assert_eq!(words("<div><p>1 tablet</p><p>&lt; 3 &amp; more</p></div>"), "  1 tablet  < 3 & more  ");
        assert_eq!(words("plain"), "plain");
    }
}
