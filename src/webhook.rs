//! Webhooks: is this from Flinks, and what does it say. Synchronous, on every runtime.
//!
//! Two schemes are documented, and which one an account has must be configured, since guessing would let a forger choose:
//! GEFT's `X-Webhook-Signature: sha256=<HEX>` (docs.flinks.com/guides/pay/geft/webhooks/client-setup), and the general one,
//! base64 in `X-Flinks-Signature` (docs.flinks.com/guides/webhooks/hmac-validation). Both are HMAC-SHA256 (RFC 2104) over
//! the body's bytes as received. Inferred: the JSON of an event, from "the same fields as the status".

use crate::error::Error;
use crate::json::Json;
use crate::request::key;
use crate::secret::Secret;
use crate::sessions::{SessionStatus, read_status};
use crate::token::{Millis, SessionId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The one event that is documented.
const SESSION_EVENT: &str = "SessionSetupStatusChanged";

/// How a webhook is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sha256=` and upper-case hexadecimal digits; the body tells when it was sent.
    Geft,
    /// Base64; the body tells no time.
    Flinks,
}

impl Scheme {
    /// The header that carries the signature, unless it is configured.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Geft => "X-Webhook-Signature",
            Self::Flinks => "X-Flinks-Signature",
        }
    }

    /// What the header says of a body.
    #[must_use]
    pub fn sign(self, body: &[u8], secret: &Secret) -> String {
        let mac = mac(body, secret);
        match self {
            Self::Geft => ["sha256=", &hex::encode_upper(mac)].concat(),
            Self::Flinks => STANDARD.encode(mac),
        }
    }

    /// The MAC that a header holds.
    fn read(self, header: &str) -> Option<[u8; 32]> {
        let mut mac = [0; 32];
        match self {
            Self::Geft => hex::decode_to_slice(header.strip_prefix("sha256=")?, &mut mac).ok()?,
            Self::Flinks => mac = STANDARD.decode(header).ok()?.try_into().ok()?,
        }
        Some(mac)
    }
}

fn mac(body: &[u8], secret: &Secret) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) {
        Ok(mac) => mac.chain_update(body).finalize().into_bytes().into(),
        // HMAC takes keys of any length.
        Err(_) => [0; 32],
    }
}

/// Whether one of the secrets made this signature of this body. Every secret is tried, in the same time.
///
/// # Errors
/// `webhook_signature`, with the likely mistake in the message.
pub fn verify(scheme: Scheme, body: &[u8], header: Option<&str>, secrets: &[Secret]) -> Result<(), Error> {
    let Some(header) = header else {
        return Err(Error::webhook(
            "The signature's header is missing: is the scheme the one that Flinks set up for you?",
        ));
    };
    let Some(given) = scheme.read(header) else {
        return Err(Error::webhook(match scheme {
            Scheme::Geft => "The signature is not \"sha256=\" and 64 hexadecimal digits: is the scheme the right one?",
            Scheme::Flinks => "The signature is not 32 bytes in base64: is the scheme the right one?",
        }));
    };
    let fits = |secret: &Secret| mac(body, secret).ct_eq(&given);
    if secrets.iter().map(fits).fold(Choice::from(0), |any, fits| any | fits).into() {
        return Ok(());
    }
    let has_edges = secrets.iter().any(|secret| secret.expose().trim() != secret.expose());
    Err(Error::webhook(if has_edges {
        "No secret made this signature, and one of them begins or ends with white space: was it pasted with a line break?"
    } else {
        "No secret made this signature: is the body the bytes as received and not JSON written again, and is the secret \
         that of this environment?"
    }))
}

/// Whether a webhook was sent now, by its own word: a copy of an old one has a good signature too.
///
/// # Errors
/// `webhook_signature`.
pub fn check_time(when: Option<Millis>, now: Millis, tolerance_ms: u64) -> Result<(), Error> {
    match when {
        None => Err(Error::webhook("The webhook does not say when it was sent, so it may be a copy of an old one.")),
        Some(when) if when.abs_diff(now) <= tolerance_ms => Ok(()),
        Some(when) if when < now => {
            Err(Error::webhook("The webhook is too old: it may be a copy, or this clock is ahead."))
        }
        Some(_) => Err(Error::webhook("The webhook is from the future: this clock may be behind.")),
    }
}

/// The event of a body: the documented one with the fields of the status, or any other, handed on as it is.
#[must_use]
pub fn read_event(body: &Json) -> Json {
    let text = |name| body.get(name).and_then(Json::text);
    let name = ["type", "event", "eventType"].into_iter().find_map(text);
    let session_id = text("sessionId").and_then(SessionId::parse);
    let status = session_id.and_then(|session_id| read_status(body, &session_id));
    let mut event = match status.filter(|_| name.is_none_or(|name| name == SESSION_EVENT)) {
        Some(status) => session_event(status),
        None => unknown_event(name, body),
    };
    event.extend(text("when").map(|when| key("when", Json::Text(when.to_owned()))));
    Json::Object(event)
}

fn session_event(status: SessionStatus) -> crate::request::Entries {
    let SessionStatus { session_id, status, paid, is_final, reference_id, amount, status_details } = status;
    let mut event = vec![
        key("type", Json::Text(SESSION_EVENT.to_owned())),
        key("sessionId", Json::Text(session_id)),
        key("status", Json::Text(status)),
        key("paid", Json::Bool(paid)),
        key("final", Json::Bool(is_final)),
    ];
    for (name, text) in [("referenceId", reference_id), ("amount", amount), ("statusDetails", status_details)] {
        event.extend(text.map(|text| key(name, Json::Text(text))));
    }
    event
}

fn unknown_event(name: Option<&str>, body: &Json) -> crate::request::Entries {
    let mut event = vec![key("type", Json::Text("unknown".to_owned())), key("body", body.clone())];
    event.extend(name.map(|name| key("name", Json::Text(name.to_owned()))));
    event
}
