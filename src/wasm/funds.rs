//! What a kept answer means for the money, at the door.

use super::given::Value;
use super::{has_fields, to_js};
use crate::error::Error;
use crate::funds::{Kept, Known};
use crate::input::{read, read_part};
use crate::interac::invalid;
use wasm_bindgen::prelude::*;

/// Gives what an answer means, which may have more fields than are asked for, and what is known beside it.
///
/// # Errors
/// `invalid_input` with the field.
#[wasm_bindgen(js_name = fundsOf)]
pub fn funds_of(answer: JsValue, known: JsValue) -> Result<JsValue, JsValue> {
    meaning(answer, known).map_err(|error| to_js(&error))
}

fn meaning(answer: JsValue, known: JsValue) -> Result<JsValue, Box<Error>> {
    let answer: Kept = read_part(Value(answer)).map_err(invalid)?;
    Ok(to_js(&answer.meaning(&read_known(known)?)))
}

fn read_known(given: JsValue) -> Result<Known, Box<Error>> {
    if given.is_undefined() {
        return Ok(Known::default());
    }
    if !has_fields(&given, &["product", "before"]) {
        return Err(Error::input("options", "options must be an object of product and before."));
    }
    read(Value(given), &[]).map_err(invalid)
}
