//! What text may be in parameters that people's names, addresses and ids come in by. Each kind of text is a type, so that a
//! field says what it holds and refuses the rest while it is read.

use core::fmt;
use core::marker::PhantomData;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A kind of text.
pub trait Rule {
    /// What it must be, after the words "must be".
    fn remedy() -> String;
    /// Whether a text is of this kind.
    fn takes(text: &str) -> bool;
}

/// Text of one kind, checked.
pub struct Text<R>(String, PhantomData<R>);

/// One line of text that says something, of at most so many characters.
pub struct Line<const MOST: usize>;

/// An e-mail address of at most so many characters.
pub struct Email<const MOST: usize>;

/// So many digits at least and at most.
pub struct Digits<const LEAST: usize, const MOST: usize>;

/// A province, as two letters.
pub struct Province;

/// A postal code, as six letters and digits without a space.
pub struct PostalCode;

/// A day, as `1985-03-15`.
pub struct Day;

impl<R> Text<R> {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<R> Clone for Text<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<R> fmt::Debug for Text<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Most of it is about a person.
        formatter.write_str("[text]")
    }
}

impl<R> Serialize for Text<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, R: Rule> Deserialize<'de> for Text<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer) {
            Ok(text) if R::takes(&text) => Ok(Self(text, PhantomData)),
            // What was given is not named: it may be about a person.
            _ => Err(D::Error::custom(format!("must be {}", R::remedy()))),
        }
    }
}

impl<const MOST: usize> Rule for Line<MOST> {
    fn remedy() -> String {
        format!("one line of text: 1 to {MOST} characters, none of them a control character")
    }

    fn takes(text: &str) -> bool {
        let says_something = text.chars().any(|character| !character.is_whitespace());
        // U+FFFD is what hosts make of broken Unicode, which must not be sent on.
        let is_clean = !text.chars().any(|character| character.is_control() || character == '\u{fffd}');
        says_something && is_clean && text.chars().nth(MOST).is_none()
    }
}

impl<const MOST: usize> Rule for Email<MOST> {
    fn remedy() -> String {
        format!("an e-mail address of at most {MOST} characters, such as \"payor@example.com\"")
    }

    /// The part of RFC 5321 that mail to people needs: a mailbox, one @, and a domain of at least two labels.
    fn takes(text: &str) -> bool {
        let is_plain = !text.chars().any(|character| {
            character.is_whitespace() || character.is_control() || "\"(),:;<>[\\]\u{fffd}".contains(character)
        });
        let Some((mailbox, domain)) = text.split_once('@') else { return false };
        let mailbox_fits = mailbox.len() <= 64 && mailbox.split('.').all(|atom| !atom.is_empty());
        let domain_fits = domain.contains('.') && !domain.contains('@') && domain.split('.').all(is_label);
        text.len() <= MOST && is_plain && mailbox_fits && domain_fits
    }
}

/// Whether a label of a host name has something in it, and no hyphen at its ends.
#[must_use]
pub fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

impl<const LEAST: usize, const MOST: usize> Rule for Digits<LEAST, MOST> {
    fn remedy() -> String {
        if LEAST == MOST {
            format!("text of {MOST} digits")
        } else {
            format!("text of {LEAST} to {MOST} digits, nothing between them")
        }
    }

    fn takes(text: &str) -> bool {
        (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl Rule for Province {
    fn remedy() -> String {
        "a province as two letters, such as \"QC\"".to_owned()
    }

    fn takes(text: &str) -> bool {
        text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    }
}

impl Rule for PostalCode {
    fn remedy() -> String {
        "a postal code of 6 letters and digits without a space, such as \"H2Y1C6\"".to_owned()
    }

    fn takes(text: &str) -> bool {
        text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

impl Rule for Day {
    fn remedy() -> String {
        "a day, such as \"1985-03-15\"".to_owned()
    }

    fn takes(text: &str) -> bool {
        let number = |part: &str, length: usize| {
            let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse::<u16>().ok() } else { None }
        };
        let mut parts = text.split('-');
        let [year, month, day] = [4, 2, 2].map(|length| parts.next().and_then(|part| number(part, length)));
        parts.next().is_none()
            && matches!(year, Some(1000..))
            && matches!(month, Some(1..=12))
            && matches!(day, Some(1..=31))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Line, Text};

    #[test]
    fn prints_nothing_of_a_person() {
        let name: Text<Line<100>> = serde_json::from_str("\"Canary\"").expect("a name");
        assert_eq!((name.as_str(), format!("{name:?}").as_str()), ("Canary", "[text]"));
    }
}
