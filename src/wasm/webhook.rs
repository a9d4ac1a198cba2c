//! Webhooks at the door: bodies as bytes or text, headers in whatever they are kept.

use super::bindings::{Bytes, parse_json, tag_of};
use super::given::{Value, bare, is_promise, property};
use super::headers::Headers;
use super::to_js;
use crate::error::{Error, Stage};
use crate::input::{MOST_WHOLE, Whole, read};
use crate::interac::invalid;
use crate::open::is_inherited;
use crate::secret::Secret;
use crate::text::{Rule, Text};
use crate::webhook::{Scheme, check_time, read_event, verify};
use js_sys::{ArrayBuffer, Date, JsString};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use wasm_bindgen::prelude::*;

/// More than any event, and little enough to copy.
const MAX_BODY_BYTES: f64 = 1_048_576.0;

/// What a received webhook is verified with, besides its body and its headers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    scheme: Scheme,
    #[serde(deserialize_with = "some_secrets")]
    secrets: Vec<Secret>,
    header: Option<Text<HeaderName>>,
    tolerance_seconds: Option<Whole<1, MOST_WHOLE>>,
}

/// What a webhook of the tests' is signed with, besides its body.
#[derive(Deserialize)]
struct Unsigned {
    scheme: Scheme,
    secret: Secret,
    header: Option<Text<HeaderName>>,
}

/// The name of a header (RFC 9110, section 5.1).
struct HeaderName;

impl Rule for HeaderName {
    fn remedy() -> String {
        "the name of the header that carries the signature".to_owned()
    }

    fn takes(text: &str) -> bool {
        // signWebhook gives an object that has it as a key.
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        is_token && !is_inherited(text)
    }
}

/// Gives the event of a webhook that Flinks signed.
///
/// # Errors
/// `webhook_signature`, or `invalid_input` with the field.
#[wasm_bindgen(js_name = verifyWebhook)]
#[allow(clippy::needless_pass_by_value, reason = "the host hands it over")]
pub fn verify_webhook(given: JsValue) -> Result<JsValue, JsValue> {
    verified(&given).map_err(at_webhook)
}

/// Gives the header that Flinks would send with a body, for tests.
///
/// # Errors
/// `invalid_input` with the field.
#[wasm_bindgen(js_name = signWebhook)]
#[allow(clippy::needless_pass_by_value, reason = "the host hands it over")]
pub fn sign_webhook(given: JsValue) -> Result<JsValue, JsValue> {
    signed(&given).map_err(at_webhook)
}

fn verified(given: &JsValue) -> Result<JsValue, Box<Error>> {
    let Received { scheme, secrets, header, tolerance_seconds } =
        read(Value(given.clone()), &["body", "headers"]).map_err(invalid)?;
    let body = bytes(given)?;
    let configured = header.as_ref().map(|name| [name.as_str()]);
    let names = configured.as_ref().map_or(scheme.headers(), <[_; 1]>::as_slice);
    let headers = Headers::read(given)?;
    let sent = names.iter().filter_map(|name| headers.value(name).transpose()).collect::<Result<Vec<_>, _>>()?;
    verify(scheme, &body, &sent.iter().map(String::as_str).collect::<Vec<_>>(), &secrets)?;
    let json = core::str::from_utf8(&body).ok().and_then(|text| parse_json(&JsString::from(text)).ok());
    let json = json.map(|json| bare(json.unwrap_or(JsValue::NULL)));
    let json = json.ok_or_else(|| Error::webhook("The webhook is signed, but its body is no JSON in UTF-8."))?;
    let body = serde_wasm_bindgen::from_value(json.clone());
    let body = body.map_err(|_| Error::webhook("The webhook is signed, but its body is no JSON in UTF-8."))?;
    if scheme == Scheme::Geft {
        let when = property(&json, "when").and_then(|when| when.as_string()).and_then(|when| milliseconds(&when));
        let tolerance_ms = tolerance_seconds.map_or(300, |Whole(seconds)| seconds).saturating_mul(1_000);
        check_time(when, milliseconds_now(), tolerance_ms)?;
    }
    Ok(to_js(&read_event(serde_wasm_bindgen::from_value(json).ok(), body)))
}

fn signed(given: &JsValue) -> Result<JsValue, Box<Error>> {
    let Unsigned { scheme, secret, header } = read(Value(given.clone()), &["body"]).map_err(invalid)?;
    let signature = scheme.sign(&bytes(given)?, &secret);
    let name = header.as_ref().map_or(scheme.header(), Text::as_str);
    Ok(to_js(&std::collections::BTreeMap::from([(name, signature)])))
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn at_webhook(mut error: Box<Error>) -> JsValue {
    error.stage = Stage::Webhook;
    to_js(&error)
}

fn some_secrets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret>, D::Error> {
    match Vec::deserialize(deserializer) {
        Ok(secrets) if !secrets.is_empty() => Ok(secrets),
        _ => Err(D::Error::custom(
            "must be a list of texts: the secret, and while you rotate it the other one (is the binding set, and what it \
             gives awaited?)",
        )),
    }
}

fn bytes(given: &JsValue) -> Result<Vec<u8>, Box<Error>> {
    let refused = || {
        Error::input(
            "body",
            "body must be the body as received, bytes or text, of at most 1 MiB: JSON that was parsed and written again has \
             another signature.",
        )
    };
    let body = property(given, "body").ok_or_else(refused)?;
    if is_promise(&body) {
        return Err(Error::input("body", "body is a promise: await it."));
    }
    if let Some(text) = body.as_string() {
        return Ok(text.into_bytes());
    }
    let field = |name| property(&body, name).ok_or_else(refused);
    // A view may be of part of a buffer.
    let (buffer, from) = if ArrayBuffer::is_view(&body) {
        (field("buffer")?, field("byteOffset")?)
    } else if is_buffer(&body) {
        (body.clone(), JsValue::from(0))
    } else {
        return Err(refused());
    };
    let size = field("byteLength")?;
    if size.as_f64().is_none_or(|size| size > MAX_BODY_BYTES) {
        return Err(refused());
    }
    Bytes::new(&buffer, &from, &size).map(|bytes| bytes.to_vec()).map_err(|_| refused())
}

/// Not by its class, which may be of another realm. Nor by a field that JSON can have: whoever sends a webhook writes it.
fn is_buffer(body: &JsValue) -> bool {
    let tag = tag_of(body).ok().flatten();
    matches!(tag.as_deref(), Some("[object ArrayBuffer]" | "[object SharedArrayBuffer]"))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and what is no date is none")]
fn milliseconds(text: &str) -> Option<u64> {
    let ms = Date::parse(text);
    (ms >= 0.0).then_some(ms as u64)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
fn milliseconds_now() -> u64 {
    Date::now() as u64
}
