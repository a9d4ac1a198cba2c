//! Reads JSON (RFC 8259) from bytes, all of it or nothing.
//!
//! It is here, and not a parser of the host's or a library's, since bodies are in this memory already or come into it as
//! one piece, and since numbers must keep their text: an amount that went through a float may be another.

use super::{Json, MAX_DEPTH};
use crate::text;
use std::borrow::Cow;

pub fn read(text: &[u8]) -> Option<Json> {
    let mut reader = Reader(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let value = reader.value(MAX_DEPTH)?;
    reader.skip_space();
    reader.0.is_empty().then_some(value)
}

/// What is left of the text.
struct Reader<'text>(&'text [u8]);

impl<'text> Reader<'text> {
    /// A value that may hold so many levels.
    fn value(&mut self, levels: u8) -> Option<Json> {
        self.skip_space();
        match (self.0.first()?, levels.checked_sub(1)) {
            (b'{', Some(inner)) => self.object(inner),
            (b'[', Some(inner)) => self.list(inner),
            (b'{' | b'[', None) => self.pass(),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Option<Json> {
        match self.0.first()? {
            b'"' => self.text().map(Json::Text),
            b't' => self.word(b"true", Json::Bool(true)),
            b'f' => self.word(b"false", Json::Bool(false)),
            b'n' => self.word(b"null", Json::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, levels: u8) -> Option<Json> {
        let mut entries = Vec::new();
        self.mark(b'{')?;
        let mut has_more = self.mark(b'}').is_none();
        while has_more {
            entries.push((Cow::Owned(self.name()?), self.value(levels)?));
            has_more = self.goes_on(b'}')?;
        }
        Some(Json::Object(entries))
    }

    fn list(&mut self, levels: u8) -> Option<Json> {
        let mut items = Vec::new();
        self.mark(b'[')?;
        let mut has_more = self.mark(b']').is_none();
        while has_more {
            items.push(self.value(levels)?);
            has_more = self.goes_on(b']')?;
        }
        Some(Json::List(items))
    }

    /// Goes over what lies too deep, however deep it is itself, with a byte for each level and no stack.
    fn pass(&mut self) -> Option<Json> {
        let mut due = Vec::new();
        loop {
            self.skip_space();
            let close = match self.0.first()? {
                b'{' => Some(b'}'),
                b'[' => Some(b']'),
                _ => None,
            };
            let mut is_over = true;
            if let Some(close) = close {
                self.byte()?;
                is_over = self.mark(close).is_some();
                due.extend((!is_over).then_some(close));
            } else {
                self.scalar()?;
            }
            while is_over {
                let Some(close) = due.last().copied() else { return Some(Json::Unreadable) };
                is_over = !self.goes_on(close)?;
                if is_over {
                    due.pop();
                }
            }
            if due.last() == Some(&b'}') {
                self.name()?;
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        self.skip_space();
        let name = self.text()?;
        self.mark(b':')?;
        Some(name)
    }

    /// Whether there is a comma and not the closing bracket.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        if self.mark(b',').is_some() { Some(true) } else { self.mark(close).map(|()| false) }
    }

    fn text(&mut self) -> Option<String> {
        let mut text = Vec::new();
        self.0 = self.0.strip_prefix(b"\"")?;
        loop {
            let plain = self.0.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))?;
            text.extend_from_slice(self.take(plain)?);
            match self.byte()? {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => text.extend_from_slice(self.escaped()?.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => return None,
            }
        }
    }

    /// What a backslash stands before.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.byte()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unit_or_pair()?,
            _ => return None,
        })
    }

    fn unit_or_pair(&mut self) -> Option<char> {
        let unit = self.unit()?;
        if let Some(character) = char::from_u32(unit.into()) {
            return Some(character);
        }
        let after_unit = self.0;
        if let Some(rest) = after_unit.strip_prefix(b"\\u") {
            self.0 = rest;
            if let Some(Ok(character)) = char::decode_utf16([unit, self.unit()?]).next() {
                return Some(character);
            }
            self.0 = after_unit;
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn unit(&mut self) -> Option<u16> {
        self.take(4)?.iter().try_fold(0, |unit: u16, digit| {
            let digit = char::from(*digit).to_digit(16).and_then(|digit| u16::try_from(digit).ok())?;
            Some(unit << 4 | digit)
        })
    }

    /// `12.0` and `12e1` are whole too.
    fn number(&mut self) -> Option<Json> {
        let text = self.0;
        let is_negative = self.any(b"-");
        let whole = self.digits()?;
        if whole.starts_with(b"0") && whole != b"0" {
            return None;
        }
        let fraction = if self.any(b".") { self.digits()? } else { &[] };
        let exponent = if self.any(b"eE") { self.exponent()? } else { 0 };
        let written = text.get(..text.len().checked_sub(self.0.len())?)?;
        Some(match value_of(whole, fraction, exponent) {
            Some(value) => Json::Integer(signed(is_negative, value)),
            None => Json::Decimal(str::from_utf8(written).ok()?.to_owned()),
        })
    }

    /// The places that the point moves by.
    fn exponent(&mut self) -> Option<i64> {
        let is_negative = self.any(b"-");
        if !is_negative {
            self.any(b"+");
        }
        Some(signed(is_negative, integer(self.digits()?).unwrap_or(i64::MAX)))
    }

    /// Takes one of these, if it is next.
    fn any(&mut self, bytes: &[u8]) -> bool {
        let is_next = bytes.iter().any(|byte| self.0.first() == Some(byte));
        is_next && self.byte().is_some()
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<&'text [u8]> {
        let end = self.0.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.0.len());
        self.take(end).filter(|digits| !digits.is_empty())
    }

    fn word(&mut self, word: &[u8], value: Json) -> Option<Json> {
        self.0 = self.0.strip_prefix(word)?;
        Some(value)
    }

    /// A mark of punctuation, with the white space before it.
    fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_space();
        self.0 = self.0.strip_prefix(&[mark])?;
        Some(())
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&'text [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

/// What the parts of a number stand for, if that is whole.
fn value_of(whole: &[u8], fraction: &[u8], exponent: i64) -> Option<i64> {
    let places = i64::try_from(fraction.len()).ok()?;
    let fraction = if fraction.is_empty() { 0 } else { integer(fraction)? };
    let value = shifted(integer(whole)?, places)?.checked_add(fraction)?;
    shifted(value, exponent.saturating_sub(places))
}

/// The number that digits stand for.
fn integer(digits: &[u8]) -> Option<i64> {
    text::digits(digits).and_then(|value| i64::try_from(value).ok())
}

const fn signed(is_negative: bool, value: i64) -> i64 {
    if is_negative { value.saturating_neg() } else { value }
}

/// `value` times ten to the power of `places`, if that is whole.
fn shifted(mut value: i64, mut places: i64) -> Option<i64> {
    while value != 0 && places > 0 {
        value = value.checked_mul(10)?;
        places = places.saturating_sub(1);
    }
    while value != 0 && places < 0 {
        value = Some(value / 10).filter(|_| value % 10 == 0)?;
        places = places.saturating_add(1);
    }
    Some(value)
}
