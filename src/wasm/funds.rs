//! The export for what a kept answer means for the money.

use super::js_value::{JsInput, has_fields, to_js};
use crate::error::Error;
use crate::funds::{KeptAnswer, KnownFunds};
use crate::input::{InvalidValue, read, read_ignoring_unknown};
use wasm_bindgen::prelude::*;

/// Returns what an answer means for the money. It may have more fields than are read; `known` is what the caller knows.
///
/// # Errors
/// `invalid_input` with the field.
#[wasm_bindgen(js_name = fundsOf)]
pub fn funds_of(answer: JsValue, known: JsValue) -> Result<JsValue, JsValue> {
    meaning(answer, known).map_err(|error| to_js(&error))
}

fn meaning(answer: JsValue, known: JsValue) -> Result<JsValue, Box<Error>> {
    let answer: KeptAnswer = read_ignoring_unknown(JsInput(answer)).map_err(InvalidValue::into_input_error)?;
    if !known.is_undefined() && !has_fields(&known, &["product", "before"]) {
        return Err(Error::input("options", "options must be an object with product or before."));
    }
    let known: KnownFunds = read(JsInput(known), &[]).map_err(InvalidValue::into_input_error)?;
    Ok(to_js(&answer.meaning(&known)))
}
