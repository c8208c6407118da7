//! Ids of resources: UUID version 5 (RFC 4122), so that the same source gives the same id at every run, on every machine.
//!
//! The recipe, for whoever wants to compute an id again:
//!
//! 1. The name space is the v5 UUID of the name `urn:granule:identity:1` in RFC 4122's URL name space.
//! 2. The name is the concatenation of five parts, each written as its length in bytes (decimal), a colon, and its UTF-8
//!    bytes: tenant, patient key, resource type, discriminator, business key. No part can run into the next.
//! 3. The patient key is `system|value` of the patient's first identifier of a trusted register, else of the first that is
//!    neither on `[never-match]`, nor of a register whose root is not trusted, nor a [placeholder](is_placeholder), or `document|` and the key of the document. It is empty for the patient itself and for
//!    practitioners, organisations, places, devices and products.
//! 4. The business key is `system|value` of the first identifier, with `|code` where who assigned it has one (of people and things the first that is no placeholder; of what is known by a
//!    placeholder alone, that with `|content|` and the SHA-1 of the content where it has a name, else with `|document|` and the key of the document); without one, rule name, document key (setId, else id),
//!    section number and XPath joined by `|`; for what is known by its content, `content|` and the SHA-1 of that content; for
//!    an activity `document|`, the document key, `|content|` and the SHA-1 of its content without what it is about.

use std::sync::LazyLock;

use compact_str::{CompactString, ToCompactString};
use sha1::{Digest, Sha1};
use uuid::{Builder, Uuid};

static NAMESPACE: LazyLock<Uuid> = LazyLock::new(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:granule:identity:1"));

/// The id of a resource; see the recipe above.
pub fn resource_id(
    tenant: &str,
    patient_key: &str,
    resource_type: &str,
    discriminator: &str,
    business_key: &str,
) -> Uuid {
    let parts = [tenant, patient_key, resource_type, discriminator, business_key];
    let length = parts.iter().map(|p| p.len() + 8).sum::<usize>() + 16;
    let mut name = Vec::with_capacity(length);
    name.extend_from_slice(NAMESPACE.as_bytes());
    for part in parts {
        name.extend_from_slice(part.len().to_compact_string().as_bytes());
        name.push(b':');
        name.extend_from_slice(part.as_bytes());
    }
    // the digest of `Uuid::new_v5`, by a SHA-1 that uses what the processor has for it
    let digest: [u8; 20] = Sha1::digest(&name).into();
    Builder::from_sha1_bytes(*digest.first_chunk().expect("20 bytes")).into_uuid()
}

/// Whether a number is one that senders write where they have none: zeros alone, six or more of one digit, `123456789`. Many
/// people share it, so nobody is known by it beyond a document. A real number of that form is rare; what it names is then
/// made for each document, which is the lesser evil than two people in one.
pub fn is_placeholder(value: &str) -> bool {
    let digits: CompactString = value.chars().filter(|c| !matches!(c, '-' | ' ' | '.' | '/')).collect();
    let all = |digit: u8| digits.bytes().all(|d| d == digit);
    match digits.as_bytes().first() {
        Some(b'0') => all(b'0'),
        Some(first @ b'1'..=b'9') => {
            digits.len() >= 6 && all(*first) || digits.len() >= 8 && "123456789012345".starts_with(&*digits)
        }
        _ => false,
    }
}

/// An id as text.
pub fn text(id: Uuid) -> CompactString {
    CompactString::new(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// The address of the resource of an id within its bundle: `urn:uuid:…`.
pub fn urn(id: Uuid) -> CompactString {
    CompactString::new(id.urn().encode_lower(&mut Uuid::encode_buffer()))
}

/// The SHA-1 of some bytes in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(40);
    for byte in Sha1::digest(bytes) {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_many_share() {
        for placeholder in [
            "0",
            "000-00-0000",
            "0000000000",
            "999999999",
            "9999999999",
            "999-99-9999",
            "111111",
            "123456789",
            "123-45-6789",
        ] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for number in [
            "",
            "1",
            "7",
            "99999",
            "10",
            "0001",
            "1234567",
            "123456788",
            "A00000",
            "00000A",
            "-",
            "9434765919",
            "1234567890123456",
        ] {
            assert!(!is_placeholder(number), "{number}");
        }
    }

    #[test]
    fn the_recipe_is_fixed() {
        // recomputed outside: uuid5(uuid5(NAMESPACE_URL, "urn:granule:identity:1"), "0:0:7:Patient0:3:a|b")
        let id = resource_id("", "", "Patient", "", "a|b");
        assert_eq!(id, Uuid::new_v5(&NAMESPACE, b"0:0:7:Patient0:3:a|b"));
        assert_eq!(id.to_string(), "a4c3f6c2-eeec-519f-9754-66be92a423f9");
        assert_eq!(text(id), "a4c3f6c2-eeec-519f-9754-66be92a423f9");
        assert_eq!(urn(id), "urn:uuid:a4c3f6c2-eeec-519f-9754-66be92a423f9");
        assert_eq!(NAMESPACE.to_string(), "3e1ae005-3e42-574d-9251-1d639012f3f8");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(resource_id("ab", "c", "", "", ""), resource_id("a", "bc", "", "", ""));
    }
}
