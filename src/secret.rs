//! Credentials and tokens: text that cannot be printed, compared, cloned or serialised, and is overwritten when dropped.
//!
//! What is promised ends at the host: the strings that JavaScript holds cannot be overwritten.

use core::fmt;
use serde::de::{Deserialize, Deserializer, Error};
use zeroize::Zeroize;

/// Text that only a request may see.
pub struct Secret(String);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secrets and the text between them as one secret, for headers and forms. The buffer is made in one piece, so
    /// that no half of it stays behind in memory.
    #[must_use]
    pub fn concat(parts: &[&str]) -> Self {
        Self(parts.concat())
    }

    /// The text itself, for the request that carries it and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What a caller gives: text that says something, without control characters.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Wrapped first, so that what is refused is overwritten too.
        let secret = String::deserialize(deserializer).map(Self::new).ok();
        // U+FFFD is what hosts make of broken Unicode: the secret would be another one.
        let is_allowed = |character: char| !character.is_control() && character != '\u{fffd}';
        let fits = |secret: &Self| !secret.expose().is_empty() && secret.expose().chars().all(is_allowed);
        secret.filter(fits).ok_or_else(|| {
            D::Error::custom(
                "must be text from a secret, neither empty nor with control characters (is the binding set?)",
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
    fn prints_nothing_of_itself_in_whatever_holds_it() {
        let secret = || Secret::concat(&["can", "", "ary"]);
        assert_eq!(secret().expose(), "canary");
        assert_eq!(format!("{:?}", secret()), "[secret]");
        assert_eq!(format!("{:>20?} {:#?}", secret(), Some(secret())), "[secret] Some(\n    [secret],\n)");
    }
}
