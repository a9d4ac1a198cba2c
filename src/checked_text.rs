//! Text that is checked while it is read: names, ids, addresses and the like. Each kind of text is a type, so that a struct
//! says what its fields hold.
//!
//! People do not see invisible characters or those that change the direction of text: with U+202E, "1001-redro not paid" is
//! displayed as another payment's. The Worker's schemas have the same rules:
//! - Lines (names, reference ids, street addresses) have no control character (Cc), no line or paragraph separator (U+2028,
//!   U+2029), no U+FFFD, and none of the twelve characters that change the direction (Unicode's `Bidi_Control`): U+061C,
//!   U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. At least one character is visible: neither white space nor in
//!   `INVISIBLE`. U+200C and U+200D are allowed, since some scripts need them.
//! - E-mail addresses have no character of `INVISIBLE`.

use core::fmt;
use core::marker::PhantomData;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The invisible characters: Unicode 16's `Cf` and `Default_Ignorable_Code_Point`, the Braille blank, and the null notehead.
const INVISIBLE: [(char, char); 27] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

fn is_invisible(character: char) -> bool {
    INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// Whether a character breaks a line, or changes its direction.
fn breaks_or_reverses(character: char) -> bool {
    let is_bidi_control = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_bidi_control || character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// What text of one kind must be.
pub trait TextRule {
    /// The requirement in words, as it follows "must be".
    fn requirement() -> String;
    /// Whether a text fulfils it.
    fn accepts(text: &str) -> bool;
}

/// Text that fulfils the rule `R`.
#[derive(PartialEq, Eq)]
pub struct CheckedText<R>(String, PhantomData<R>);

/// One line of visible text, of at most `MAX` characters.
pub struct Line<const MAX: usize>;

/// An e-mail address of at most `MAX` bytes.
pub struct Email<const MAX: usize>;

/// From `MIN` to `MAX` digits.
pub struct Digits<const MIN: usize, const MAX: usize>;

/// A province, as two letters.
pub struct Province;

/// A postal code, as six letters and digits without a space.
pub struct PostalCode;

/// A date such as `1985-03-15`.
pub struct IsoDate;

impl<R: TextRule> CheckedText<R> {
    /// `None` for text that does not fulfil the rule.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        R::accepts(text).then(|| Self(text.to_owned(), PhantomData))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<R> Clone for CheckedText<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<R> fmt::Debug for CheckedText<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may be about a person.
        formatter.write_str("[text]")
    }
}

impl<R> Serialize for CheckedText<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, R: TextRule> Deserialize<'de> for CheckedText<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer) {
            Ok(text) if R::accepts(&text) => Ok(Self(text, PhantomData)),
            // The message does not repeat the text, which may be about a person.
            _ => Err(D::Error::custom(format!("must be {}", R::requirement()))),
        }
    }
}

impl<const MAX: usize> TextRule for Line<MAX> {
    fn requirement() -> String {
        format!(
            "one line of visible text, 1 to {MAX} characters, without control characters or characters that change its \
             direction"
        )
    }

    fn accepts(text: &str) -> bool {
        let is_visible = text.chars().any(|character| !character.is_whitespace() && !is_invisible(character));
        // Hosts replace broken Unicode by U+FFFD, and what was meant is lost.
        let is_clean = !text.chars().any(|character| breaks_or_reverses(character) || character == '\u{fffd}');
        is_visible && is_clean && text.chars().nth(MAX).is_none()
    }
}

impl<const MAX: usize> TextRule for Email<MAX> {
    fn requirement() -> String {
        format!("an e-mail address of at most {MAX} characters, such as \"payor@example.com\"")
    }

    /// The part of RFC 5321 that mail to people needs: a mailbox, one @, and a domain of at least two labels.
    fn accepts(text: &str) -> bool {
        let is_plain = !text.chars().any(|character| {
            character.is_whitespace()
                || character.is_control()
                || is_invisible(character)
                || "\"(),:;<>[\\]\u{fffd}".contains(character)
        });
        let Some((mailbox, domain)) = text.split_once('@') else { return false };
        let mailbox_fits = mailbox.len() <= 64 && mailbox.split('.').all(|atom| !atom.is_empty());
        let domain_fits = domain.contains('.') && !domain.contains('@') && domain.split('.').all(is_domain_label);
        text.len() <= MAX && is_plain && mailbox_fits && domain_fits
    }
}

/// Whether a label of a host name is not empty and has no hyphen at either end.
#[must_use]
pub fn is_domain_label(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

impl<const MIN: usize, const MAX: usize> TextRule for Digits<MIN, MAX> {
    fn requirement() -> String {
        if MIN == MAX {
            format!("text of {MAX} digits")
        } else {
            format!("text of {MIN} to {MAX} digits, without spaces or other characters")
        }
    }

    fn accepts(text: &str) -> bool {
        (MIN..=MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl TextRule for Province {
    fn requirement() -> String {
        "a province as two letters, such as \"QC\"".to_owned()
    }

    fn accepts(text: &str) -> bool {
        text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    }
}

impl TextRule for PostalCode {
    fn requirement() -> String {
        "a postal code of 6 letters and digits without a space, such as \"H2Y1C6\"".to_owned()
    }

    fn accepts(text: &str) -> bool {
        text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

impl TextRule for IsoDate {
    fn requirement() -> String {
        "a date such as \"1985-03-15\"".to_owned()
    }

    fn accepts(text: &str) -> bool {
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
    use super::{CheckedText, Email, Line, TextRule};

    /// Names and ids in many scripts.
    const LINES: [&str; 14] = [
        "order-1001",
        "Zoë O’Neil-St. John",
        "김철수",
        "山田　太郎",
        "محمد بن سلمان",
        "دانش\u{200c}نامه",
        "ක්\u{200d}රිෂ්ණ",
        "නි\u{200d}",
        "משה כהן",
        "नरेंद्र",
        "👩\u{200d}🔬 ❤\u{fe0f}",
        "e\u{301}",
        "\u{301}",
        "a\u{ad}b\u{200b}c\u{2060}d\u{feff}",
    ];

    fn is_line(text: &str) -> bool {
        Line::<255>::accepts(text)
    }

    fn is_email(text: &str) -> bool {
        Email::<254>::accepts(text)
    }

    #[test]
    fn a_line_needs_a_visible_character() {
        for text in LINES {
            assert!(is_line(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "\u{a0}\u{3000}\u{2003}",
            "\u{200b}",
            "\u{200c}\u{200d}",
            "\u{ad}\u{2060}\u{feff}",
            "\u{2800}",
            "\u{3164}",
            "\u{ffa0}\u{115f}\u{1160}",
            "\u{180e}\u{34f}\u{17b4}",
            "\u{e0041}\u{e007f}",
            "\u{fe0f} \u{e0100}",
            "\u{1d159}\u{1d173}",
        ] {
            assert!(!is_line(text), "{text:?}");
            assert!(is_line(&format!("{text}a")) || text.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_line_has_no_control_and_no_direction_character() {
        let directions = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter();
        let directions = directions.chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        let breaks = ['\n', '\r', '\t', '\0', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{fffd}'];
        for character in directions.chain(breaks) {
            for text in [format!("order-1001{character}"), format!("{character}a"), format!("a{character}b")] {
                assert!(!is_line(&text), "{text:?}");
            }
        }
        for character in ['\u{61b}', '\u{200d}', '\u{2027}', '\u{202f}', '\u{2065}', '\u{206a}', '\u{a0}'] {
            assert!(is_line(&format!("a{character}b")), "{character:?}");
        }
    }

    #[test]
    fn an_email_address_has_no_invisible_character() {
        for text in ["zoe@example.com", "zoë@exämple.com", "김@예.한국", "a+b_c!#$%&'*/=?^`{|}~-@x-y.example"] {
            assert!(is_email(text), "{text:?}");
        }
        for (first, last) in super::INVISIBLE {
            for character in [first, last] {
                for text in [
                    format!("zoe{character}@example.com"),
                    format!("{character}zoe@example.com"),
                    format!("zoe@exam{character}ple.com"),
                    format!("zoe@example.com{character}"),
                ] {
                    assert!(!is_email(&text), "{text:?}");
                }
            }
        }
        for character in ['\u{2028}', '\u{2029}', '\u{a0}', '\u{3000}', '\u{85}', '\0'] {
            assert!(!is_email(&format!("a{character}b@example.com")), "{character:?}");
        }
    }

    #[test]
    fn debug_prints_no_text() {
        let name: CheckedText<Line<100>> = serde_json::from_str("\"Canary\"").expect("a name");
        assert_eq!((name.as_str(), format!("{name:?}").as_str()), ("Canary", "[text]"));
    }
}
