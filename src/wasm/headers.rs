//! The headers of a request, in any object that hosts and frameworks keep them in. The error for other values says what was
//! given, since "the header is missing" would mislead.

use super::bindings::{apply, flat, get_by, keys, list_of, tag_of};
use super::js_value::{JsInput, function, is_promise, property};
use crate::error::Error;
use crate::input::{InputValue, ValueKind};
use crate::webhook::single_value;
use js_sys::{Array, Function, Symbol};
use wasm_bindgen::prelude::*;

/// Headers, by how a name is looked up.
pub enum Headers {
    /// An object with `get(name)`: `Headers` of any kind, and what frameworks use instead.
    WithGet(JsValue, Function),
    /// Names and values in turn, as Node's `rawHeaders`.
    List(Array),
    /// An object with a field for each header, as Node's `headers`.
    Object(JsValue),
}

impl Headers {
    /// Reads the field `headers`.
    ///
    /// # Errors
    /// `invalid_input` that says what was given instead.
    pub fn read(given: &JsValue) -> Result<Self, Box<Error>> {
        let headers = property(given, "headers").ok_or_else(unreadable)?;
        if let Some(problem) = problem_with(&headers) {
            return Err(Error::input("headers", problem));
        }
        // The get of a map is case-sensitive.
        if !is_map(&headers)
            && let Ok(Some(get)) = function(&headers, "get")
        {
            return Ok(Self::WithGet(headers, get));
        }
        Ok(match read_iterable(&headers)? {
            Some(list) => Self::List(list),
            None => Self::Object(headers),
        })
    }

    /// The single value of a header, in any case.
    ///
    /// # Errors
    /// The header has several values, or is no text.
    pub fn value(&self, name: &str) -> Result<Option<String>, Box<Error>> {
        let mut lines = Vec::new();
        for value in self.values(name)? {
            match JsInput(value).kind() {
                ValueKind::Missing | ValueKind::Null => {}
                ValueKind::Text(text) => lines.push(text),
                ValueKind::List(texts) => {
                    for JsInput(text) in texts {
                        lines.push(text.as_string().ok_or_else(|| no_text(name))?);
                    }
                }
                _ => return Err(no_text(name)),
            }
        }
        single_value(&lines)
    }

    fn values(&self, name: &str) -> Result<Vec<JsValue>, Box<Error>> {
        let is_name = |key: &JsValue| key.as_string().is_some_and(|key| key.eq_ignore_ascii_case(name));
        let mut values = Vec::new();
        match self {
            Self::WithGet(..) => {}
            Self::List(list) => {
                for index in (0..list.length()).step_by(2).filter(|index| is_name(&list.get(*index))) {
                    values.push(list.get(index.saturating_add(1)));
                }
            }
            Self::Object(headers) => {
                for key in keys(headers).ok().flatten().ok_or_else(unreadable)?.iter().filter(is_name) {
                    values.extend(property(headers, &key.as_string().unwrap_or_default()));
                }
            }
        }
        // Without a list of names, the lower case of HTTP/2 is tried too.
        if values.is_empty() {
            values.extend(self.get(name).or_else(|| self.get(&name.to_ascii_lowercase())));
        }
        Ok(values)
    }

    fn get(&self, name: &str) -> Option<JsValue> {
        match self {
            Self::WithGet(headers, get) => apply(get, headers, &Array::of1(&JsValue::from_str(name))).ok().flatten(),
            Self::List(_) => None,
            Self::Object(headers) => property(headers, name).filter(|value| !value.is_undefined()),
        }
    }
}

/// Recognises common mistakes.
fn problem_with(headers: &JsValue) -> Option<&'static str> {
    if headers.is_function() {
        Some("headers is a function: call it, and await what it gives.")
    } else if !headers.is_object() {
        Some("headers must be the request's Headers, or an object or a list of names and values.")
    } else if is_promise(headers) {
        Some("headers is a promise: await it.")
    } else if property(headers, "headers").is_some_and(|inner| inner.is_object()) {
        Some("headers has a field headers itself: give the request's headers, not the request.")
    } else {
        None
    }
}

fn is_map(headers: &JsValue) -> bool {
    tag_of(headers).is_ok_and(|tag| tag.as_deref() == Some("[object Map]"))
}

/// Reads an iterable of names and values in turn, or of pairs of them. All at once, since an iterator gives its items only
/// once.
fn read_iterable(headers: &JsValue) -> Result<Option<Array>, Box<Error>> {
    let iterator = get_by(headers, &Symbol::iterator()).map_err(|_| unreadable())?;
    if !iterator.is_some_and(|iterator| iterator.is_function()) {
        return Ok(None);
    }
    let list = list_of(headers).ok().flatten().and_then(|items| flat(&items).ok().flatten()).ok_or_else(unreadable)?;
    let are_names = (0..list.length()).step_by(2).all(|index| list.get(index).is_string());
    if !are_names || list.length() % 2 != 0 {
        return Err(Error::input(
            "headers",
            "headers is a list, but neither of names and values in turn nor of pairs of a name and its value.",
        ));
    }
    Ok(Some(list))
}

fn unreadable() -> Box<Error> {
    Error::input("headers", "headers cannot be read: reading it threw an error.")
}

fn no_text(name: &str) -> Box<Error> {
    let field = format!("headers.{}", name.to_ascii_lowercase());
    Error::input(field.clone(), format!("{field} must be text, or a list of texts."))
}
