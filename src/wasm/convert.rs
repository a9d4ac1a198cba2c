//! Between JSON as a value of Rust and as a value of JavaScript. The host parses and writes the text.

use crate::json::Json;
use js_sys::{Array, Function, JSON, Number, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A result or an error as a plain object.
pub fn to_js<T: Serialize>(value: &T) -> JsValue {
    // Numbers stay numbers: none of ours reaches 2^53.
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
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
    let value = property(object, name);
    if value.is_object() || value.is_function() { Json::Unreadable } else { from_js(value) }
}

/// A property that is a function, or is not there; as an error what is something else.
pub fn function(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    let value = property(object, name);
    if value.is_null() || value.is_undefined() { Ok(None) } else { value.dyn_into().map(Some) }
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
    parsed.map_or(Json::Unreadable, from_js)
}

/// A JavaScript value as JSON; what is no JSON is `Unreadable`.
pub fn from_js(value: JsValue) -> Json {
    serde_wasm_bindgen::from_value(value).unwrap_or(Json::Unreadable)
}

/// The text of a request's body.
pub fn write(json: &Json) -> Result<JsValue, JsValue> {
    JSON::stringify(&value(json)?).map(JsValue::from)
}

fn value(json: &Json) -> Result<JsValue, JsValue> {
    Ok(match json {
        Json::Null | Json::Unreadable => JsValue::NULL,
        Json::Bool(value) => JsValue::from_bool(*value),
        // Hosts give an integer only where a double holds it exactly.
        #[allow(clippy::cast_precision_loss)]
        Json::Integer(value) => JsValue::from_f64(*value as f64),
        Json::Number(value) => JsValue::from_f64(*value),
        Json::Decimal(text) => JsValue::from_f64(Number::parse_float(text)),
        Json::Text(text) => JsValue::from_str(text),
        Json::List(items) => items.iter().map(value).collect::<Result<Array, _>>()?.into(),
        Json::Object(entries) => {
            // Without a prototype, so that a key named __proto__ is a key.
            let object: Object = Object::create(JsValue::NULL.unchecked_ref());
            for (name, entry) in entries {
                Reflect::set(&object, &JsValue::from_str(name), &value(entry)?)?;
            }
            object.into()
        }
    })
}
