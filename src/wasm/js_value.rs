//! JavaScript values: those of the caller, and the results. If a getter, a proxy or a `toJSON` of the caller's throws, the
//! field counts as unreadable.
//!
//! Properties of `Object.prototype` are ignored. They must not become options or parameters: after a prototype pollution every
//! object would have them.

use super::bindings::{
    OBJECT_PROTOTYPE, apply, has_own, is_array, keys, own_names, prototype_of, set_prototype_of, tag_of,
};
use crate::inherited_names::INHERITED_NAMES;
use crate::input::{InputValue, ValueKind};
use js_sys::{Array, Function, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Longer lists are refused.
const MAX_ITEMS: u32 = 1_000;
/// Longer than any prototype chain of classes; that of a proxy can be endless.
const MAX_ANCESTORS: u32 = 100;

/// A value from the caller.
pub struct JsInput(pub JsValue);

impl InputValue for JsInput {
    fn kind(&self) -> ValueKind<Self> {
        let Self(value) = self;
        // Text first: most values are text, and each check is a call of the host.
        if let Some(text) = value.as_string() {
            ValueKind::Text(text)
        } else if value.is_undefined() {
            ValueKind::Missing
        } else if value.is_null() {
            ValueKind::Null
        } else if let Some(flag) = value.as_bool() {
            ValueKind::Bool(flag)
        } else if let Some(number) = value.as_f64() {
            ValueKind::Number(number)
        } else if value.is_object() {
            match is_array(value) {
                Ok(true) => items(value).map_or(ValueKind::Other, ValueKind::List),
                Ok(false) => ValueKind::Object,
                Err(_) => ValueKind::Other,
            }
        } else {
            ValueKind::Other
        }
    }

    fn is_missing(&self) -> bool {
        self.0.is_undefined()
    }

    fn field(&self, name: &str) -> Option<Self> {
        property(&self.0, name).map(Self)
    }

    fn field_names(&self) -> Option<Vec<String>> {
        if !self.0.is_object() {
            return Some(Vec::new());
        }
        Some(keys(&self.0).ok().flatten()?.iter().filter_map(|key| key.as_string()).collect())
    }

    fn to_json(&self) -> Option<Self> {
        // A symbol, which is refused as something that JSON does not have.
        let refused = || Self(JsValue::symbol(None));
        let Some(to_json) = property(&self.0, "toJSON") else { return Some(refused()) };
        if to_json.is_undefined() {
            // JSON would write no fields of a map, a set or a boxed number.
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

/// A property; `undefined` where there is none, and `None` where reading it throws.
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    // The host throws for other values, which have no fields.
    if !object.is_object() && !object.is_function() {
        return Some(JsValue::UNDEFINED);
    }
    let name = JsValue::from_str(name);
    if OBJECT_PROTOTYPE.with(|prototype| has_own(prototype, &name)).ok()? && !is_own_or_of_class(object, &name)? {
        return Some(JsValue::UNDEFINED);
    }
    Reflect::get(object, &name).ok()
}

/// Whether an object or one of its classes has a property that `Object.prototype` has too.
fn is_own_or_of_class(object: &JsValue, name: &JsValue) -> Option<bool> {
    let mut holder = object.clone();
    for _ in 0..MAX_ANCESTORS {
        if has_own(&holder, name).ok()? {
            return Some(true);
        }
        match prototype_of(&holder).ok()? {
            Some(ancestor) if !OBJECT_PROTOTYPE.with(|prototype| Object::is(prototype, &ancestor)) => holder = ancestor,
            _ => return Some(false),
        }
    }
    None
}

/// The result of `JSON.parse` with nothing but its own fields. Its prototype is removed only where the host's was polluted,
/// since that is slow.
pub fn without_inherited(json: JsValue) -> JsValue {
    thread_local! {
        static EXPECTED: usize = OBJECT_PROTOTYPE.with(|prototype| {
            INHERITED_NAMES.iter().filter(|name| has_own(prototype, &JsValue::from_str(name)).unwrap_or(false)).count()
        });
    }
    let found = OBJECT_PROTOTYPE.with(|prototype| own_names(prototype).length());
    let is_clean = EXPECTED.with(|expected| u32::try_from(*expected) == Ok(found));
    if is_clean || !json.is_object() { json } else { set_prototype_of(&json, &JsValue::NULL) }
}

/// Whether its content is in its fields, by its `Object.prototype.toString` tag.
fn is_plain(object: &JsValue) -> bool {
    tag_of(object).is_ok_and(|tag| tag.as_deref() == Some("[object Object]"))
}

/// Whether it can be awaited.
pub fn is_promise(value: &JsValue) -> bool {
    function(value, "then").is_ok_and(|then| then.is_some())
}

/// A property that is a function, if there is one; an error if it is something else.
pub fn function(object: &JsValue, name: &str) -> Result<Option<Function>, JsValue> {
    let value = property(object, name).ok_or(JsValue::NULL)?;
    if value.is_undefined() { Ok(None) } else { value.dyn_into().map(Some) }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is compared first")]
fn items(list: &JsValue) -> Option<Vec<JsInput>> {
    let length = property(list, "length")?.as_f64().filter(|length| *length <= f64::from(MAX_ITEMS))?;
    (0..length as u32).map(|index| Reflect::get_u32(list, index).ok().map(JsInput)).collect()
}

/// Whether it is an object whose content is in its fields, or at least has one of these: a map or a promise has none.
pub fn has_fields(value: &JsValue, names: &[&str]) -> bool {
    let has = |name: &&str| property(value, name).is_none_or(|field| !field.is_undefined());
    value.is_object() && (is_plain(value) || names.iter().any(has))
}

/// A result, an error, an event or a body as a plain object.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}
