//! Values of the caller's, read so that whatever their getters, proxies and `toJSON` throw is a field that cannot be read.

use super::bindings::{is_array, keys, tag_of};
use crate::input::{Given, Kind};
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;

/// Longer lists are no parameters.
const MOST_ITEMS: u32 = 1_000;

/// A value of the caller's.
pub struct Value(pub JsValue);

impl Given for Value {
    fn kind(&self) -> Kind<Self> {
        let Self(value) = self;
        if value.is_undefined() {
            Kind::Nothing
        } else if value.is_null() {
            Kind::Null
        } else if let Some(flag) = value.as_bool() {
            Kind::Flag(flag)
        } else if let Some(number) = value.as_f64() {
            Kind::Number(number)
        } else if let Some(text) = value.as_string() {
            Kind::Text(text)
        } else if value.is_object() {
            match is_array(value) {
                Ok(true) => items(value).map_or(Kind::Other, Kind::List),
                Ok(false) => Kind::Object,
                Err(_) => Kind::Other,
            }
        } else {
            Kind::Other
        }
    }

    fn is_nothing(&self) -> bool {
        self.0.is_undefined()
    }

    fn field(&self, name: &str) -> Option<Self> {
        property(&self.0, name).map(Self)
    }

    fn names(&self) -> Option<Vec<String>> {
        if !self.0.is_object() {
            return Some(Vec::new());
        }
        Some(keys(&self.0).ok()?.iter().filter_map(|key| key.as_string()).collect())
    }

    fn as_json(&self) -> Option<Self> {
        // What throws stands for what JSON does not have, and is refused like it.
        let refused = || Self(JsValue::symbol(None));
        let Some(to_json) = property(&self.0, "toJSON") else { return Some(refused()) };
        if to_json.is_undefined() {
            // A map, a set or a boxed number has no fields that JSON would write.
            return (!has_fields(&self.0)).then(refused);
        }
        let to_json: Function = to_json.dyn_into().ok()?;
        Some(to_json.call0(&self.0).map_or_else(|_| refused(), Self))
    }
}

/// A property; `undefined` where there is none, and nothing where it cannot be read.
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    if object.is_undefined() || object.is_null() {
        return Some(JsValue::UNDEFINED);
    }
    // What is no object has no fields, and the host throws.
    if !object.is_object() && !object.is_function() {
        return Some(JsValue::UNDEFINED);
    }
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

/// Whether what it holds stands in its fields, by what the language calls it.
fn has_fields(object: &JsValue) -> bool {
    tag_of(object).is_ok_and(|tag| tag.as_deref() == Some("[object Object]"))
}

/// A property that is a function, if there is one; as an error what is something else.
pub fn function(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    let value = property(object, name).ok_or(JsValue::NULL)?;
    if value.is_undefined() { Ok(None) } else { value.dyn_into().map(Some) }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is compared first")]
fn items(list: &JsValue) -> Option<Vec<Value>> {
    let length = property(list, "length")?.as_f64().filter(|length| *length <= f64::from(MOST_ITEMS))?;
    (0..length as u32).map(|index| Reflect::get_u32(list, index).ok().map(Value)).collect()
}
