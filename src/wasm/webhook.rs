//! The exports for webhooks: bodies as bytes or text, and headers in any form.

use super::bindings::{Bytes, parse_json, tag_of};
use super::headers::Headers;
use super::js_value::{JsInput, is_promise, property, to_js, without_inherited};
use crate::checked_text::{CheckedText, TextRule};
use crate::error::{Error, Stage};
use crate::inherited_names::is_inherited_name;
use crate::input::{Integer, InvalidValue, MAX_SAFE_INTEGER, read};
use crate::secret::Secret;
use crate::webhook::{Scheme, check_time, read_event, verify};
use js_sys::{ArrayBuffer, Date, JsString};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use wasm_bindgen::prelude::*;

/// Larger than any event, and small enough to copy.
const MAX_BODY_BYTES: f64 = 1_048_576.0;

/// The options of `verifyWebhook`, without body and headers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerifyOptions {
    scheme: Scheme,
    #[serde(deserialize_with = "at_least_one_secret")]
    secrets: Vec<Secret>,
    header: Option<CheckedText<HeaderName>>,
    tolerance_seconds: Option<Integer<1, MAX_SAFE_INTEGER>>,
}

/// The options of `signWebhook`, without body.
#[derive(Deserialize)]
struct SignOptions {
    scheme: Scheme,
    secret: Secret,
    header: Option<CheckedText<HeaderName>>,
}

/// The name of a header (RFC 9110, section 5.1).
struct HeaderName;

impl TextRule for HeaderName {
    fn requirement() -> String {
        "the name of the header that has the signature".to_owned()
    }

    fn accepts(text: &str) -> bool {
        // signWebhook returns an object that has it as a key.
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        is_token && !is_inherited_name(text)
    }
}

/// Verifies a webhook from Flinks, and returns its event.
///
/// # Errors
/// `webhook_signature`, or `invalid_input` with the field.
#[wasm_bindgen(js_name = verifyWebhook)]
#[allow(clippy::needless_pass_by_value, reason = "the host passes it by value")]
pub fn verify_webhook(given: JsValue) -> Result<JsValue, JsValue> {
    verify_given(&given).map_err(at_webhook)
}

/// Signs a body as Flinks would, and returns the header, for tests.
///
/// # Errors
/// `invalid_input` with the field.
#[wasm_bindgen(js_name = signWebhook)]
#[allow(clippy::needless_pass_by_value, reason = "the host passes it by value")]
pub fn sign_webhook(given: JsValue) -> Result<JsValue, JsValue> {
    sign_given(&given).map_err(at_webhook)
}

fn verify_given(given: &JsValue) -> Result<JsValue, Box<Error>> {
    let VerifyOptions { scheme, secrets, header, tolerance_seconds } =
        read(JsInput(given.clone()), &["body", "headers"]).map_err(InvalidValue::into_input_error)?;
    let body = bytes(given)?;
    let configured = header.as_ref().map(|name| [name.as_str()]);
    let names = configured.as_ref().map_or(scheme.headers(), <[_; 1]>::as_slice);
    let headers = Headers::read(given)?;
    let sent = names.iter().filter_map(|name| headers.value(name).transpose()).collect::<Result<Vec<_>, _>>()?;
    verify(scheme, &body, &sent.iter().map(String::as_str).collect::<Vec<_>>(), &secrets)?;
    let not_json = || Error::webhook("The webhook is signed, but its body is not JSON in UTF-8.");
    let json = core::str::from_utf8(&body).ok().and_then(|text| parse_json(&JsString::from(text)).ok());
    let json = without_inherited(json.ok_or_else(not_json)?.unwrap_or(JsValue::NULL));
    let body = serde_wasm_bindgen::from_value(json.clone()).map_err(|_| not_json())?;
    if scheme == Scheme::Geft {
        let when = property(&json, "when").and_then(|when| when.as_string()).and_then(|when| milliseconds(&when));
        let tolerance_ms = tolerance_seconds.map_or(300, |Integer(seconds)| seconds).saturating_mul(1_000);
        check_time(when, milliseconds_now(), tolerance_ms)?;
    }
    Ok(to_js(&read_event(serde_wasm_bindgen::from_value(json).ok(), body)))
}

fn sign_given(given: &JsValue) -> Result<JsValue, Box<Error>> {
    let SignOptions { scheme, secret, header } =
        read(JsInput(given.clone()), &["body"]).map_err(InvalidValue::into_input_error)?;
    let signature = scheme.sign(&bytes(given)?, &secret);
    let name = header.as_ref().map_or(scheme.header(), CheckedText::as_str);
    Ok(to_js(&std::collections::BTreeMap::from([(name, signature)])))
}

#[allow(clippy::needless_pass_by_value, reason = "map_err passes it by value")]
fn at_webhook(mut error: Box<Error>) -> JsValue {
    error.stage = Stage::Webhook;
    to_js(&error)
}

fn at_least_one_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret>, D::Error> {
    match Vec::deserialize(deserializer) {
        Ok(secrets) if !secrets.is_empty() => Ok(secrets),
        _ => Err(D::Error::custom(
            "must be a list of texts, with the secret and, while you change it, the other one: check that the binding is set and \
             awaited",
        )),
    }
}

fn bytes(given: &JsValue) -> Result<Vec<u8>, Box<Error>> {
    let invalid = || {
        Error::input(
            "body",
            "body must be the body as received, bytes or text of at most 1 MiB: JSON that was parsed and written again has \
             another signature.",
        )
    };
    let body = property(given, "body").ok_or_else(invalid)?;
    if is_promise(&body) {
        return Err(Error::input("body", "body is a promise: await it."));
    }
    if let Some(text) = body.as_string() {
        return Ok(text.into_bytes());
    }
    let field = |name| property(&body, name).ok_or_else(invalid);
    // A view may be of a part of its buffer.
    let (buffer, from) = if ArrayBuffer::is_view(&body) {
        (field("buffer")?, field("byteOffset")?)
    } else if is_buffer(&body) {
        (body.clone(), JsValue::from(0))
    } else {
        return Err(invalid());
    };
    let size = field("byteLength")?;
    if size.as_f64().is_none_or(|size| size > MAX_BODY_BYTES) {
        return Err(invalid());
    }
    Bytes::new(&buffer, &from, &size).map(|bytes| bytes.to_vec()).map_err(|_| invalid())
}

/// By its tag: its class may be of another realm, and a forged body of JSON could have any field.
fn is_buffer(body: &JsValue) -> bool {
    let tag = tag_of(body).ok().flatten();
    matches!(tag.as_deref(), Some("[object ArrayBuffer]" | "[object SharedArrayBuffer]"))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; NaN is no date")]
fn milliseconds(text: &str) -> Option<u64> {
    let ms = Date::parse(text);
    (ms >= 0.0).then_some(ms as u64)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
fn milliseconds_now() -> u64 {
    Date::now() as u64
}
