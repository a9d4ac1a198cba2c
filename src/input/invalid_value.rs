//! The error of the reader: the path of a field, and what is wrong with its value.

use crate::error::Error;
use core::fmt;
use serde::de;

/// Only the beginning of an unknown name is repeated in a message.
const MAX_NAME_LENGTH: usize = 64;

/// What is wrong with a value, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {problem}.", if .path.is_empty() { "This" } else { .path })]
pub struct InvalidValue {
    /// The names of the fields that lead to it, such as `payor.email`.
    pub path: String,
    problem: String,
}

impl InvalidValue {
    /// The error for an option of the client.
    #[must_use]
    pub fn into_config_error(self) -> Box<Error> {
        let message = self.to_string();
        Error::config(self.path, message)
    }

    /// The error for a parameter of a call.
    #[must_use]
    pub fn into_input_error(self) -> Box<Error> {
        let message = self.to_string();
        Error::input(self.path, message)
    }

    /// Something is wrong with the value that is read now.
    pub(super) fn here(problem: impl Into<String>) -> Self {
        Self { path: String::new(), problem: problem.into() }
    }

    /// Something is wrong with its field of this name.
    pub(super) fn at(name: &str, problem: impl Into<String>) -> Self {
        Self { path: name.chars().take(MAX_NAME_LENGTH).collect(), problem: problem.into() }
    }

    /// The same, seen from the object that has the value as its field.
    pub(super) fn inside(self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{name}.{}", self.path) };
        Self { path, ..self }
    }
}

/// No message repeats the value: it may be a secret, or about a person.
impl de::Error for InvalidValue {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self::here(problem.to_string())
    }

    fn invalid_type(_: de::Unexpected, expected: &dyn de::Expected) -> Self {
        Self::here(format!("must be {expected}"))
    }

    fn invalid_value(_: de::Unexpected, expected: &dyn de::Expected) -> Self {
        Self::here(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        Self::here(format!("must be {}", one_of(variants)))
    }
}

/// `"eft" or "geft"`.
fn one_of(variants: &[&str]) -> String {
    let quoted: Vec<_> = variants.iter().map(|variant| format!("\"{variant}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}
