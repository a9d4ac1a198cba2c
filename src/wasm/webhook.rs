//! Webhooks at the door: bodies as bytes or text, headers as `Headers` or as a plain object.

use super::convert::{property, scalar_of};
use super::thrown;
use crate::error::{Error, Stage};
use crate::json::{Json, ObjectText};
use crate::secret::Secret;
use crate::webhook::{Scheme, check_time, read_event, verify};
use js_sys::{Array, ArrayBuffer, Date, Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;

/// More than any event, and little enough to copy.
const MAX_BODY_BYTES: f64 = 1_048_576.0;

/// Gives the event of a webhook that Flinks signed, in JSON. The parameters are the fields that the caller gave.
///
/// # Errors
/// `webhook_signature`, or `invalid_input` with the field.
#[wasm_bindgen(js_name = verifyWebhook)]
pub fn verify_webhook(
    scheme: &JsValue,
    body: &JsValue,
    headers: &JsValue,
    secrets: &JsValue,
    header: &JsValue,
    tolerance_seconds: &JsValue,
) -> Result<String, JsValue> {
    verified(scheme, body, headers, secrets, header, tolerance_seconds).map_err(at_webhook)
}

/// Gives the header that Flinks would send with a body, for tests, as an object in JSON.
///
/// # Errors
/// `invalid_input` with the field.
#[wasm_bindgen(js_name = signWebhook)]
pub fn sign_webhook(scheme: &JsValue, body: &JsValue, secret: &JsValue, header: &JsValue) -> Result<String, JsValue> {
    signed(scheme, body, secret, header).map_err(at_webhook)
}

fn verified(
    scheme: &JsValue,
    body: &JsValue,
    headers: &JsValue,
    secrets: &JsValue,
    header: &JsValue,
    tolerance_seconds: &JsValue,
) -> Result<String, Box<Error>> {
    let scheme = scheme_of(scheme)?;
    let body = bytes(body)?;
    let secrets = secrets_of(secrets)?;
    let tolerance_ms = tolerance_ms(tolerance_seconds)?;
    let signature = signature(headers, &header_name(header, scheme)?)?;
    verify(scheme, &body, signature.as_deref(), &secrets)?;
    let json =
        Json::parse(&body).ok_or_else(|| Error::webhook("The webhook is signed, but its body is no JSON in UTF-8."))?;
    if scheme == Scheme::Geft {
        let when = json.get("when").and_then(Json::text).and_then(milliseconds);
        check_time(when, milliseconds_now(), tolerance_ms)?;
    }
    Ok(read_event(&json))
}

fn signed(scheme: &JsValue, body: &JsValue, secret: &JsValue, header: &JsValue) -> Result<String, Box<Error>> {
    let scheme = scheme_of(scheme)?;
    let signature = scheme.sign(&bytes(body)?, &secret_of(secret)?);
    let mut headers = ObjectText::default();
    headers.text(&header_name(header, scheme)?, &signature);
    Ok(headers.end())
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn at_webhook(mut error: Box<Error>) -> JsValue {
    error.stage = Stage::Webhook;
    thrown(&error)
}

fn scheme_of(given: &JsValue) -> Result<Scheme, Box<Error>> {
    match given.as_string().as_deref() {
        Some("geft") => Ok(Scheme::Geft),
        Some("flinks") => Ok(Scheme::Flinks),
        _ => Err(Error::input("scheme", "scheme must be \"geft\" or \"flinks\", as Flinks set it up for you.")),
    }
}

fn header_name(given: &JsValue, scheme: Scheme) -> Result<String, Box<Error>> {
    match scalar_of(given) {
        Json::Null => Ok(scheme.header().to_owned()),
        Json::Text(name) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') => {
            Ok(name)
        }
        _ => Err(Error::input("header", "header must be the name of the header that carries the signature.")),
    }
}

fn bytes(body: &JsValue) -> Result<Vec<u8>, Box<Error>> {
    if let Some(text) = body.as_string() {
        return Ok(text.into_bytes());
    }
    // A view may be of part of a buffer.
    let view = ArrayBuffer::is_view(body).then(|| body.unchecked_ref::<Uint8Array>());
    let size = view.map_or_else(|| property(body, "byteLength").as_f64(), |view| Some(view.byte_length().into()));
    if size.is_none_or(|size| size > MAX_BODY_BYTES) {
        return Err(Error::input(
            "body",
            "body must be the body as received, bytes or text, of at most 1 MiB: JSON that was parsed and written again has \
             another signature.",
        ));
    }
    Ok(match view {
        Some(view) => {
            Uint8Array::new_with_byte_offset_and_length(&view.buffer(), view.byte_offset(), view.byte_length()).to_vec()
        }
        None => Uint8Array::new(body).to_vec(),
    })
}

fn secrets_of(given: &JsValue) -> Result<Vec<Secret>, Box<Error>> {
    let secrets: &Array = given.unchecked_ref();
    if !Array::is_array(given) || secrets.length() == 0 {
        return Err(Error::input(
            "secrets",
            "secrets must be a list: the secret, and while you rotate it the other one.",
        ));
    }
    secrets.iter().map(|value| secret_of(&value)).collect()
}

fn secret_of(value: &JsValue) -> Result<Secret, Box<Error>> {
    let text = value.as_string().filter(|text| !text.is_empty());
    text.map(Secret::new)
        .ok_or_else(|| Error::input("secrets", "A secret must be text, and not empty: is the binding set?"))
}

fn tolerance_ms(given: &JsValue) -> Result<u64, Box<Error>> {
    match scalar_of(given) {
        Json::Null => Ok(300_000),
        Json::Integer(seconds) if seconds >= 1 => Ok(seconds.unsigned_abs().saturating_mul(1_000)),
        _ => Err(Error::input("toleranceSeconds", "toleranceSeconds must be a whole number of seconds from 1.")),
    }
}

/// The value of a header, whatever its case. Node keeps headers in a plain object.
fn signature(headers: &JsValue, name: &str) -> Result<Option<String>, Box<Error>> {
    if !headers.is_object() {
        return Err(Error::input(
            "headers",
            "headers must be the request's Headers, or an object of names and values.",
        ));
    }
    if let Ok(get) = property(headers, "get").dyn_into::<Function>() {
        return Ok(get.call1(headers, &JsValue::from_str(name)).ok().and_then(|value| value.as_string()));
    }
    let keys = Object::keys(headers.unchecked_ref::<Object>());
    let key = keys.iter().find_map(|key| key.as_string().filter(|key| key.eq_ignore_ascii_case(name)));
    Ok(key.and_then(|key| property(headers, &key).as_string()))
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
