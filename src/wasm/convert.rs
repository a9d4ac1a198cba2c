//! Between JSON as a value of Rust and as a value of JavaScript. The host parses the text.
//!
//! What comes in is read by hand: serde-wasm-bindgen's reader brings the texts of errors that nobody here sees, and with
//! them the printing of floats, which together are as large as all of the client.

use super::bindings::{decimal_of, value_of};
use crate::json::{Json, MAX_DEPTH};
use js_sys::{Array, JSON, Number, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A result or an error as a plain object.
pub fn to_js<T: Serialize>(value: &T) -> JsValue {
    // Numbers stay numbers: none of ours reaches 2^53.
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
}

/// JSON as a value of the host.
pub fn json_to_js(json: &Json) -> JsValue {
    JSON::parse(&json.to_text()).unwrap_or(JsValue::UNDEFINED)
}

/// A property, or `undefined` where there is none, or where its getter throws.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    // Most calls have no options. An exception that the glue catches keeps a slot of its table for ever.
    if object.is_undefined() || object.is_null() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is text, a number or a word; what has properties of its own is not looked into.
pub fn scalar(object: &JsValue, name: &str) -> Json {
    scalar_of(&property(object, name))
}

/// Text, a number or a word.
pub fn scalar_of(value: &JsValue) -> Json {
    if value.is_object() { Json::Unreadable } else { from_js(value) }
}

/// What `JSON.stringify` makes of the caller's value, so that a `URL` is text and what JSON leaves out is left out.
pub fn plain(value: &JsValue) -> Json {
    if value.is_undefined() {
        return Json::Null;
    }
    let parsed = JSON::stringify(value).and_then(|text| match text.as_string() {
        Some(text) => JSON::parse(&text),
        None => Err(JsValue::UNDEFINED),
    });
    parsed.map_or(Json::Unreadable, |value| from_js(&value))
}

/// What `JSON.parse` made, or a scalar, as JSON; what is no JSON is `Unreadable`.
pub fn from_js(value: &JsValue) -> Json {
    read(value, MAX_DEPTH)
}

fn read(value: &JsValue, levels: u8) -> Json {
    if let Some(text) = value.as_string() {
        Json::Text(text)
    } else if let Some(number) = value.as_f64() {
        number_of(value, number)
    } else if let Some(word) = value.as_bool() {
        Json::Bool(word)
    } else if value.is_null() || value.is_undefined() {
        Json::Null
    } else if let (true, Some(inner)) = (value.is_object(), levels.checked_sub(1)) {
        compound_of(value, inner)
    } else {
        Json::Unreadable
    }
}

fn compound_of(value: &JsValue, levels: u8) -> Json {
    if Array::is_array(value) {
        return Json::List(value.unchecked_ref::<Array>().iter().map(|item| read(&item, levels)).collect());
    }
    let keys = Object::keys(value.unchecked_ref::<Object>());
    let entry = |key: JsValue| (key.as_string().unwrap_or_default().into(), read(&value_of(value, &key), levels));
    Json::Object(keys.iter().map(entry).collect())
}

/// Whole numbers up to 2^53 are exact; of others the host gives the text.
#[allow(clippy::cast_possible_truncation, reason = "a safe integer fits")]
fn number_of(value: &JsValue, number: f64) -> Json {
    if Number::is_safe_integer(value) {
        Json::Integer(number as i64)
    } else if number.is_finite() {
        Json::Decimal(decimal_of(number))
    } else {
        Json::Unreadable
    }
}
