//! The host's JSON: what `JSON.parse` has given, or what `JSON.stringify` will be given.

use super::js_value::{to_js, without_inherited};
use crate::host::Json;
use js_sys::Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// A value of the host's JSON.
pub struct HostJson(pub JsValue);

impl Json for HostJson {
    fn write<B: Serialize>(body: &B) -> Self {
        Self(to_js(body))
    }

    fn read<T: DeserializeOwned>(self) -> Option<T> {
        // serde would read a list as an object without fields.
        let is_list = Array::is_array(&self.0);
        (!is_list).then(|| serde_wasm_bindgen::from_value(without_inherited(self.0)).ok()).flatten()
    }
}
