//! Values of JavaScript as values of Rust.

use crate::json::Json;
use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::*;

/// A property, or `undefined` where there is none; an error where its getter throws.
pub fn given(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    // Most calls have no options. An exception that the glue catches keeps a slot of its table for ever.
    if object.is_undefined() || object.is_null() {
        return Ok(JsValue::UNDEFINED);
    }
    Reflect::get(object, &JsValue::from_str(name))
}

/// The same, and `undefined` where its getter throws.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    given(object, name).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is text, a number or a word; what has properties of its own is not looked into.
pub fn scalar(object: &JsValue, name: &str) -> Json {
    scalar_of(&property(object, name))
}

/// Text, a number or a word.
pub fn scalar_of(value: &JsValue) -> Json {
    // JSON would make null of them.
    let is_no_number = value.as_f64().is_some_and(|number| !number.is_finite());
    match value.as_string() {
        Some(text) => Json::Text(text),
        None if is_no_number || value.is_object() => Json::Unreadable,
        None => plain(value),
    }
}

/// What `JSON.stringify` makes of the caller's value, so that a `URL` is text and what JSON leaves out is left out.
pub fn plain(value: &JsValue) -> Json {
    if value.is_undefined() {
        return Json::Null;
    }
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    text.and_then(|text| Json::parse(text.as_bytes())).unwrap_or(Json::Unreadable)
}
