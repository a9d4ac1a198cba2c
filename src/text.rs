//! What text may be in parameters that people's names, addresses and ids come in by.

use crate::json::Json;

/// One line of text that says something. U+FFFD is what hosts make of broken Unicode, which must not be sent on.
#[must_use]
pub fn line(given: Json, most: usize) -> Option<String> {
    let Json::Text(text) = given else { return None };
    let fits = !text.trim().is_empty() && text.chars().nth(most).is_none();
    let clean = !text.chars().any(|character| character.is_control() || character == '\u{fffd}');
    (fits && clean).then_some(text)
}

/// The part of RFC 5321 that mail to people needs: a mailbox, one @, and a domain of at least two labels.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((mailbox, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |part: &str| {
        !part.chars().any(|character| {
            character.is_whitespace()
                || character.is_control()
                || matches!(character, '"' | '(' | ')' | ',' | ':'..='<' | '>' | '@' | '['..=']' | '\u{fffd}')
        })
    };
    let mailbox_fits = (1..=64).contains(&mailbox.len()) && mailbox.split('.').all(|atom| !atom.is_empty());
    let domain_fits = domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    text.len() <= 254 && is_plain(mailbox) && is_plain(domain) && mailbox_fits && domain_fits
}
