//! What text may be in parameters that people's names, addresses and ids come in by, and digits in text.
//!
//! Where only ASCII counts, this goes through bytes: searching for characters takes code for all of Unicode.

/// One line of text that says something. U+FFFD is what hosts make of broken Unicode, which must not be sent on.
#[must_use]
pub fn is_line(text: &str, most: usize) -> bool {
    let fits = text.chars().any(|character| !character.is_whitespace()) && text.chars().nth(most).is_none();
    let clean = !text.chars().any(|character| character.is_control() || character == '\u{fffd}');
    fits && clean
}

/// The part of RFC 5321 that mail to people needs: a mailbox, one @, and a domain of at least two labels.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let is_plain = !text.chars().any(|character| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '"' | '(' | ')' | ',' | ':'..='<' | '>' | '['..=']' | '\u{fffd}')
    });
    let mut parts = text.as_bytes().split(|byte| *byte == b'@');
    let (Some(mailbox), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let mailbox_fits = mailbox.len() <= 64 && labels(mailbox).all(|atom| !atom.is_empty());
    let domain_fits = labels(domain).all(is_label) && labels(domain).nth(1).is_some();
    text.len() <= 254 && is_plain && mailbox_fits && domain_fits
}

/// What stands between dots.
#[must_use]
pub fn labels(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|byte| *byte == b'.')
}

/// Whether a label of a host name has something in it, and no hyphen at its ends.
#[must_use]
pub fn is_label(text: &[u8]) -> bool {
    !text.is_empty() && !text.starts_with(b"-") && !text.ends_with(b"-")
}

/// The number that one or more ASCII digits stand for; `u64::MAX` for what is larger.
#[must_use]
pub fn digits(text: &[u8]) -> Option<u64> {
    let number = |number: u64, digit: &u8| {
        digit.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u64::from(digit & 15)))
    };
    if text.is_empty() { None } else { text.iter().try_fold(0, number) }
}

/// Writes a number in decimal digits.
pub fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    let digit = u8::try_from(number % 10).unwrap_or_default();
    text.push(char::from(b'0' | digit));
}

/// The two hexadecimal digits of a byte, in upper case. There is no branch in it, since signatures are written so.
#[must_use]
pub fn hex(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|digit| {
        let is_letter = 9_u8.wrapping_sub(digit) >> 7;
        char::from(digit.wrapping_add(b'0').wrapping_add(is_letter.wrapping_mul(7)))
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{digits, hex, push_number};

    #[test]
    fn each_byte_has_its_two_digits() {
        for byte in 0..=u8::MAX {
            assert_eq!(String::from_iter(hex(byte)), format!("{byte:02X}"));
        }
    }

    #[test]
    fn numbers_are_written_as_others_write_them() {
        for number in [0, 7, 9, 10, 99, 100, 1_234_567_890, u64::MAX] {
            let mut text = "n".to_owned();
            push_number(&mut text, number);
            assert_eq!(text, format!("n{number}"));
        }
    }

    #[test]
    fn only_digits_are_a_number() {
        for (text, number) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", Some(u64::MAX)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("+1", None),
            ("-1", None),
            ("1 ", None),
            ("1:", None),
            ("/", None),
            ("\u{661}", None),
        ] {
            assert_eq!(digits(text.as_bytes()), number, "{text:?}");
        }
    }
}
