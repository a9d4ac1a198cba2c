//! How answers are read, whatever the endpoint.

use serde::{Deserialize, Deserializer};

/// A field that may be missing or unreadable: it must not hide the others.
///
/// # Errors
/// None.
#[allow(clippy::unnecessary_wraps, reason = "serde asks for a result")]
pub fn if_readable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

/// A field that may be missing, but is what it must be where it is there: an answer with `null` for an id is about nobody
/// knows what.
///
/// # Errors
/// What is not a `T`.
pub fn if_there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
