//! Credentials and tokens: text that cannot be printed, compared, cloned or serialised, and is overwritten when dropped.
//!
//! This holds for the memory of the module only: the strings of the JavaScript host cannot be overwritten.

use core::fmt;
use serde::de::{Deserialize, Deserializer, Error};
use zeroize::Zeroize;

/// Text for a request and nothing else.
pub struct Secret(String);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Joins secrets and the text between them, for headers and forms. The buffer is allocated once, so that no part of it
    /// is left behind in memory.
    #[must_use]
    pub fn concat(parts: &[&str]) -> Self {
        Self(parts.concat())
    }

    /// The text, for the request that sends it and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A caller gives a secret as text, neither empty nor with control characters.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Wrapped first, so that a refused one is overwritten too.
        let secret = String::deserialize(deserializer).map(Self::new).ok();
        // Hosts replace broken Unicode by U+FFFD, which makes it another secret.
        let is_allowed = |character: char| !character.is_control() && character != '\u{fffd}';
        let fits = |secret: &Self| !secret.expose().is_empty() && secret.expose().chars().all(is_allowed);
        secret.filter(fits).ok_or_else(|| {
            D::Error::custom(
                "must be text, neither empty nor with control characters: check that the binding or secret is set",
            )
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Secret;

    #[test]
    fn debug_prints_no_text_of_it() {
        let secret = || Secret::concat(&["can", "", "ary"]);
        assert_eq!(secret().expose(), "canary");
        assert_eq!(format!("{:?}", secret()), "[secret]");
        assert_eq!(format!("{:>20?} {:#?}", secret(), Some(secret())), "[secret] Some(\n    [secret],\n)");
    }
}
