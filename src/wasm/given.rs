//! Values of the caller's, read so that whatever their getters, proxies and `toJSON` throw is a field that cannot be read.
//!
//! What stands on `Object.prototype` is given by nobody, and must not become an option or a parameter: where a program was
//! made to write to it, every object would have it.

use super::bindings::{ROOT, apply, has_own, is_array, keys, own_names, prototype_of, set_prototype_of, tag_of};
use crate::input::{Given, Kind};
use crate::open::INHERITED;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::*;

/// Longer lists are no parameters.
const MOST_ITEMS: u32 = 1_000;
/// Further than any class is derived; a proxy can have no end.
const MOST_ANCESTORS: u32 = 100;

/// A value of the caller's.
pub struct Value(pub JsValue);

impl Given for Value {
    fn kind(&self) -> Kind<Self> {
        let Self(value) = self;
        // Most values are text, and each question is a call of the host.
        if let Some(text) = value.as_string() {
            Kind::Text(text)
        } else if value.is_undefined() {
            Kind::Nothing
        } else if value.is_null() {
            Kind::Null
        } else if let Some(flag) = value.as_bool() {
            Kind::Flag(flag)
        } else if let Some(number) = value.as_f64() {
            Kind::Number(number)
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
        Some(keys(&self.0).ok().flatten()?.iter().filter_map(|key| key.as_string()).collect())
    }

    fn as_json(&self) -> Option<Self> {
        // What throws stands for what JSON does not have, and is refused like it.
        let refused = || Self(JsValue::symbol(None));
        let Some(to_json) = property(&self.0, "toJSON") else { return Some(refused()) };
        if to_json.is_undefined() {
            // A map, a set or a boxed number has no fields that JSON would write.
            return (!is_plain(&self.0)).then(refused);
        }
        let to_json: Function = to_json.dyn_into().ok()?;
        let written = apply(&to_json, &self.0, &Array::new());
        Some(written.map_or_else(|_| refused(), |written| Self(written.unwrap_or(JsValue::NULL))))
    }

    fn is_plain(&self) -> bool {
        is_plain(&self.0)
    }

    fn is_promise(&self) -> bool {
        is_promise(&self.0)
    }
}

/// A property; `undefined` where there is none, and nothing where it cannot be read.
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    // What is no object has no fields, and the host throws.
    if !object.is_object() && !object.is_function() {
        return Some(JsValue::UNDEFINED);
    }
    let name = JsValue::from_str(name);
    if ROOT.with(|root| has_own(root, &name)).ok()? && !is_given(object, &name)? {
        return Some(JsValue::UNDEFINED);
    }
    Reflect::get(object, &name).ok()
}

/// Whether an object, or a class that it is of, has a property that every object has too.
fn is_given(object: &JsValue, name: &JsValue) -> Option<bool> {
    let mut holder = object.clone();
    for _ in 0..MOST_ANCESTORS {
        if has_own(&holder, name).ok()? {
            return Some(true);
        }
        match prototype_of(&holder).ok()? {
            Some(ancestor) if !ROOT.with(|root| Object::is(root, &ancestor)) => holder = ancestor,
            _ => return Some(false),
        }
    }
    None
}

/// What `JSON.parse` gave, with nothing but its own fields. Most hosts' objects inherit nothing that counts, and to take it
/// from them is slow.
pub fn bare(json: JsValue) -> JsValue {
    thread_local! {
        static EXPECTED: usize = ROOT.with(|root| {
            INHERITED.iter().filter(|name| has_own(root, &JsValue::from_str(name)).unwrap_or(false)).count()
        });
    }
    let found = ROOT.with(|root| own_names(root).length());
    let is_clean = EXPECTED.with(|expected| u32::try_from(*expected) == Ok(found));
    if is_clean || !json.is_object() { json } else { set_prototype_of(&json, &JsValue::NULL) }
}

/// Whether what it holds stands in its fields, by what the language calls it.
fn is_plain(object: &JsValue) -> bool {
    tag_of(object).is_ok_and(|tag| tag.as_deref() == Some("[object Object]"))
}

/// What can be awaited.
pub fn is_promise(value: &JsValue) -> bool {
    function(value, "then").is_ok_and(|then| then.is_some())
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
