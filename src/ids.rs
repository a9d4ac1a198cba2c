//! Flinks' ids. They go into URLs and bodies, so they are 1 to 64 ASCII letters, digits and hyphens.

use crate::checked_text::{CheckedText, TextRule};

/// Flinks' id of a session.
pub type SessionId = CheckedText<OfSession>;

/// Flinks' id of a payment request.
pub type RequestId = CheckedText<OfPaymentRequest>;

/// The rule of a session's id.
#[derive(Debug, PartialEq, Eq)]
pub struct OfSession;

/// The rule of a payment request's id.
#[derive(Debug, PartialEq, Eq)]
pub struct OfPaymentRequest;

impl TextRule for OfSession {
    fn requirement() -> String {
        "the id of a session as Flinks gave it: ASCII letters, digits and hyphens".to_owned()
    }

    fn accepts(text: &str) -> bool {
        is_id(text)
    }
}

impl TextRule for OfPaymentRequest {
    fn requirement() -> String {
        "the id of a payment request as Flinks gave it: ASCII letters, digits and hyphens".to_owned()
    }

    fn accepts(text: &str) -> bool {
        is_id(text)
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{OfPaymentRequest, OfSession, SessionId};
    use crate::checked_text::TextRule;

    #[test]
    fn ids_have_no_character_with_a_meaning_in_urls() {
        for text in ["6c376ebd-1670-49e3-9148-26c1360f98d3", "A1", &"a".repeat(64)] {
            assert!(SessionId::parse(text).is_some(), "{text}");
        }
        for text in ["", "../x", "a/b", "a?b", "a#b", "a%2e", "a.b", "a b", "é", &"a".repeat(65)] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_message_says_whose_id_it_must_be() {
        for (says, of) in
            [(OfSession::requirement(), "a session"), (OfPaymentRequest::requirement(), "a payment request")]
        {
            assert_eq!(says, format!("the id of {of} as Flinks gave it: ASCII letters, digits and hyphens"));
        }
    }
}
