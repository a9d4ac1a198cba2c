//! Helpers for serde's field attributes.

use serde::{Deserialize, Deserializer, Serializer};

/// An optional field of an answer that counts as missing if it cannot be read, so that the other fields still can be.
///
/// # Errors
/// None.
#[allow(clippy::unnecessary_wraps, reason = "serde asks for a result")]
pub fn lenient_field<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(deserializer).ok())
}

/// An optional field of an answer that must be valid if it is there: with `null` for an id, nobody knows what the answer is
/// about.
///
/// # Errors
/// What is not a `T`.
pub fn strict_field<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Serializes text that never changes as serde does a unit variant: a host can cache it instead of copying it each time.
///
/// # Errors
/// The serializer's.
pub fn static_text<S: Serializer>(text: &'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_unit_variant("Static", 0, text)
}
