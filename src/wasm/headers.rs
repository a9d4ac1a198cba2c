//! The headers of a request, in whatever the host or a framework keeps them. What cannot be read is refused with what it is,
//! since a header that is "missing" has people look in the wrong place.

use super::bindings::{apply, flat, get_by, keys, list_of, tag_of};
use super::given::{Value, function, is_promise, property};
use crate::error::Error;
use crate::input::{Given, Kind};
use crate::webhook::one_of_lines;
use js_sys::{Array, Function, Symbol};
use wasm_bindgen::prelude::*;

/// Headers by how they are looked through.
pub enum Headers {
    /// What has `get(name)`: `Headers` of any kind, and what frameworks put in its place.
    Asked(JsValue, Function),
    /// Names and values in turn, as Node's `rawHeaders`.
    Listed(Array),
    /// An object that has them as fields, as Node's `headers`.
    Named(JsValue),
}

impl Headers {
    /// Those of what was given.
    ///
    /// # Errors
    /// What was given in their place.
    pub fn read(given: &JsValue) -> Result<Self, Box<Error>> {
        let headers = property(given, "headers").ok_or_else(unreadable)?;
        if let Some(fault) = fault_of(&headers) {
            return Err(Error::input("headers", fault));
        }
        // A map finds a name in its own spelling alone.
        if !is_map(&headers)
            && let Ok(Some(get)) = function(&headers, "get")
        {
            return Ok(Self::Asked(headers, get));
        }
        Ok(match listed(&headers)? {
            Some(list) => Self::Listed(list),
            None => Self::Named(headers),
        })
    }

    /// The one value of a header, whatever its case.
    ///
    /// # Errors
    /// The header is there with several values, or is no text.
    pub fn value(&self, name: &str) -> Result<Option<String>, Box<Error>> {
        let mut lines = Vec::new();
        for value in self.values(name)? {
            match Value(value).kind() {
                Kind::Nothing | Kind::Null => {}
                Kind::Text(text) => lines.push(text),
                Kind::List(texts) => {
                    for Value(text) in texts {
                        lines.push(text.as_string().ok_or_else(|| no_text(name))?);
                    }
                }
                _ => return Err(no_text(name)),
            }
        }
        one_of_lines(&lines)
    }

    fn values(&self, name: &str) -> Result<Vec<JsValue>, Box<Error>> {
        let is_name = |key: &JsValue| key.as_string().is_some_and(|key| key.eq_ignore_ascii_case(name));
        let mut values = Vec::new();
        match self {
            Self::Asked(..) => {}
            Self::Listed(list) => {
                for index in (0..list.length()).step_by(2).filter(|index| is_name(&list.get(*index))) {
                    values.push(list.get(index.saturating_add(1)));
                }
            }
            Self::Named(headers) => {
                for key in keys(headers).ok().flatten().ok_or_else(unreadable)?.iter().filter(is_name) {
                    values.extend(property(headers, &key.as_string().unwrap_or_default()));
                }
            }
        }
        // What does not tell its names is asked for the spelling that HTTP/2 has, too.
        if values.is_empty() {
            values.extend(self.ask(name).or_else(|| self.ask(&name.to_ascii_lowercase())));
        }
        Ok(values)
    }

    fn ask(&self, name: &str) -> Option<JsValue> {
        match self {
            Self::Asked(headers, get) => apply(get, headers, &Array::of1(&JsValue::from_str(name))).ok().flatten(),
            Self::Listed(_) => None,
            Self::Named(headers) => property(headers, name).filter(|value| !value.is_undefined()),
        }
    }
}

/// What was given in place of headers, where that is known.
fn fault_of(headers: &JsValue) -> Option<&'static str> {
    if headers.is_function() {
        Some("headers is a function: call it, and await what it gives.")
    } else if !headers.is_object() {
        Some("headers must be the request's Headers, or an object or a list of names and values.")
    } else if is_promise(headers) {
        Some("headers is a promise: await it.")
    } else if property(headers, "headers").is_some_and(|inner| inner.is_object()) {
        Some("headers has headers itself: was the request given in their place?")
    } else {
        None
    }
}

fn is_map(headers: &JsValue) -> bool {
    tag_of(headers).is_ok_and(|tag| tag.as_deref() == Some("[object Map]"))
}

/// Of what can be gone through, names and values in turn: it has those, or pairs of them. All at once, since an iterator
/// gives its items but once.
fn listed(headers: &JsValue) -> Result<Option<Array>, Box<Error>> {
    let iterator = get_by(headers, &Symbol::iterator()).map_err(|_| unreadable())?;
    if !iterator.is_some_and(|iterator| iterator.is_function()) {
        return Ok(None);
    }
    let list = list_of(headers).ok().flatten().and_then(|items| flat(&items).ok().flatten()).ok_or_else(unreadable)?;
    let are_names = (0..list.length()).step_by(2).all(|index| list.get(index).is_string());
    if !are_names || list.length() % 2 != 0 {
        return Err(Error::input(
            "headers",
            "headers is a list of neither names and values in turn, nor pairs of a name and its value.",
        ));
    }
    Ok(Some(list))
}

fn unreadable() -> Box<Error> {
    Error::input("headers", "headers cannot be read.")
}

fn no_text(name: &str) -> Box<Error> {
    let field = format!("headers.{}", name.to_ascii_lowercase());
    Error::input(field.clone(), format!("{field} must be text, or a list of texts."))
}
