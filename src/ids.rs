//! Flinks' ids. They go into URLs and bodies, so they are 1 to 64 ASCII letters, digits and hyphens.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// Flinks' id of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(String);

/// Flinks' id of a payment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl SessionId {
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RequestId {
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| Error::custom("must be the id of a session, with ASCII letters, digits and hyphens only"))
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            Error::custom("must be the id of a payment request, with ASCII letters, digits and hyphens only")
        })
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::SessionId;

    #[test]
    fn ids_have_no_character_with_a_meaning_in_urls() {
        for text in ["6c376ebd-1670-49e3-9148-26c1360f98d3", "A1", &"a".repeat(64)] {
            assert!(SessionId::parse(text).is_some(), "{text}");
        }
        for text in ["", "../x", "a/b", "a?b", "a#b", "a%2e", "a.b", "a b", "é", &"a".repeat(65)] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }
}
