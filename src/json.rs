//! JSON as a value. The host parses what comes in, since it has a parser; what goes out is written here, since a number
//! that is kept as text goes out as it came in, and one text crosses to the host more cheaply than many values.

use crate::amount::Amount;
use core::fmt;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use std::borrow::Cow;

/// How deep lists and objects may lie in each other; what is deeper is not read, so that no input can exhaust the stack.
pub const MAX_DEPTH: u8 = 8;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`, or nothing at all.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that is whole and exact.
    Integer(i64),
    /// Any other number, as the text of JSON: carried through as it is, never calculated with.
    Decimal(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in the order of its keys; of duplicate keys the host keeps the last.
    Object(Vec<(Cow<'static, str>, Json)>),
    /// What is no JSON (a function, say) or lies more than eight levels deep.
    Unreadable,
}

impl Json {
    /// The value of a key whatever its case, since Flinks writes `referenceId` and `ReferenceId` on the same page.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => {
                entries.iter().find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
            }
            _ => None,
        }
    }

    /// Takes a value out of an object, by its exact key.
    pub fn take(&mut self, key: &str) -> Option<Self> {
        let Self::Object(entries) = self else { return None };
        let index = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(index).1)
    }

    /// The text, if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number as decimal text, or text as it is.
    #[must_use]
    pub fn decimal(&self) -> Option<String> {
        match self {
            Self::Integer(value) => Some(itoa::Buffer::new().format(*value).to_owned()),
            // Hosts write what is very large or very small with an exponent, and nobody pays that.
            Self::Decimal(text) if text.contains('e') => None,
            Self::Decimal(text) | Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// An amount of money as text with two decimals, from a number or from text.
    #[must_use]
    pub fn amount(&self) -> Option<String> {
        Amount::parse(&self.decimal()?).map(|amount| amount.to_string())
    }

    /// Whether all of it was read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        match self {
            Self::List(items) => items.iter().all(Self::is_readable),
            Self::Object(entries) => entries.iter().all(|(_, value)| value.is_readable()),
            Self::Unreadable => false,
            _ => true,
        }
    }

    /// The text of it (RFC 8259). What is not readable is `null`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Null | Self::Unreadable => text.push_str("null"),
            Self::Bool(true) => text.push_str("true"),
            Self::Bool(false) => text.push_str("false"),
            Self::Integer(value) => text.push_str(itoa::Buffer::new().format(*value)),
            Self::Decimal(decimal) => text.push_str(decimal),
            Self::Text(value) => write_text(value, text),
            Self::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    separate(index, text);
                    item.write(text);
                }
                text.push(']');
            }
            Self::Object(entries) => {
                text.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    separate(index, text);
                    write_text(key, text);
                    text.push(':');
                    value.write(text);
                }
                text.push('}');
            }
        }
    }
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

/// RFC 8259, section 7: quotation marks, backslashes and control characters are escaped.
fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\0'..='\u{1f}' => {
                let digit = |value: u32| char::from_digit(value, 16).unwrap_or_default();
                text.push_str("\\u00");
                text.extend([digit(u32::from(character) >> 4), digit(u32::from(character) & 15)]);
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

impl From<f64> for Json {
    /// What is infinite, as hosts make it of `1e999`, is no JSON.
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Decimal(value.to_string()) } else { Self::Unreadable }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AtDepth(MAX_DEPTH).deserialize(deserializer)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::Unreadable => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Decimal(text) => {
                text.parse().map_err(S::Error::custom).and_then(|value| serializer.serialize_f64(value))
            }
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// Reads a value that may hold this many further levels.
#[derive(Clone, Copy)]
struct AtDepth(u8);

impl<'de> DeserializeSeed<'de> for AtDepth {
    type Value = Json;

    /// Never fails: one field that cannot be read must not hide the others, nor its own name.
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Ok(deserializer.deserialize_any(self).unwrap_or(Json::Unreadable))
    }
}

impl<'de> Visitor<'de> for AtDepth {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(Json::Integer).map_err(|_| E::custom("too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let Some(inner) = self.0.checked_sub(1).map(AtDepth) else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Json::Unreadable);
        };
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let Some(inner) = self.0.checked_sub(1).map(AtDepth) else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Json::Unreadable);
        };
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((Cow::Owned(key), map.next_value_seed(inner)?));
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Json;

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap_or_default()
    }

    #[test]
    fn finds_keys_in_any_case() {
        let answer = read(r#"{"ReferenceId":"User1234","other":[1,2.5,null,true]}"#);
        assert_eq!(answer.get("referenceId").and_then(Json::text), Some("User1234"));
        assert_eq!(answer.get("reference"), None);
        assert!(answer.is_readable());
    }

    #[test]
    fn what_lies_too_deep_hides_nothing_else() {
        let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let answer = read(&format!(r#"{{"deep":{nested},"sessionId":"a"}}"#));
        assert_eq!(answer.get("sessionId").and_then(Json::text), Some("a"));
        assert!(!answer.is_readable());
    }

    #[test]
    fn eight_levels_are_read_and_nine_are_not() {
        let nested = |levels| read(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        assert!(nested(8).is_readable());
        assert!(!nested(9).is_readable());
    }

    #[test]
    fn reads_each_kind_of_value() {
        let list = read(r#"[null,true,-7,7,9223372036854775807,9223372036854775808,0.5,"t",{"a":[]}]"#);
        let values = [
            Json::Null,
            Json::Bool(true),
            Json::Integer(-7),
            Json::Integer(7),
            Json::Integer(i64::MAX),
            // Too large for a whole number of ours: not rounded.
            Json::Unreadable,
            Json::Decimal("0.5".to_owned()),
            Json::Text("t".to_owned()),
            Json::Object(vec![("a".into(), Json::List(Vec::new()))]),
        ];
        assert_eq!(list, Json::List(values.into()));
        assert_eq!(
            serde_json::to_string(&list).expect("JSON"),
            r#"[null,true,-7,7,9223372036854775807,null,0.5,"t",{"a":[]}]"#
        );
    }

    #[test]
    fn numbers_and_text_become_decimal_text_and_nothing_else_does() {
        for (given, decimal, amount) in [
            ("12", Some("12"), Some("12.00")),
            ("12.5", Some("12.5"), Some("12.50")),
            ("\"12.5\"", Some("12.5"), Some("12.50")),
            ("-3", Some("-3"), None),
            ("0.001", Some("0.001"), None),
            ("9999999999999.99", Some("9999999999999.99"), Some("9999999999999.99")),
            ("\"x\"", Some("x"), None),
            ("true", None, None),
            ("null", None, None),
            ("[1]", None, None),
        ] {
            let json = read(given);
            assert_eq!((json.decimal().as_deref(), json.amount().as_deref()), (decimal, amount), "{given}");
        }
        assert_eq!(Json::Decimal("1e+21".to_owned()).decimal(), None);
        assert_eq!([f64::INFINITY, f64::NAN].map(Json::from), [Json::Unreadable, Json::Unreadable]);
    }

    #[test]
    fn is_written_as_other_writers_do() {
        let all: String =
            (0..=0x2ff).filter_map(char::from_u32).chain("\u{2028}\u{fffd}é😀\u{10ffff}".chars()).collect();
        let json = Json::Object(vec![
            (all.clone().into(), Json::Text(all)),
            ("".into(), Json::List(vec![Json::Null, Json::Bool(true), Json::Bool(false), Json::Integer(i64::MIN)])),
            ("amount".into(), Json::Decimal("9999999999999.99".to_owned())),
            ("empty".into(), Json::List(vec![Json::List(Vec::new()), Json::Object(Vec::new()), Json::Unreadable])),
        ]);
        let value: serde_json::Value = serde_json::from_str(&json.to_text()).expect("JSON");
        assert_eq!(value, serde_json::to_value(&json).expect("JSON"));
        assert!(json.to_text().contains(r#""amount":9999999999999.99,"#));
    }

    #[test]
    fn takes_by_the_exact_key_once() {
        let mut json = read(r#"{"a":1,"A":2}"#);
        assert_eq!(json.take("A"), Some(Json::Integer(2)));
        assert_eq!(json.take("A"), None);
        assert_eq!(json, read(r#"{"a":1}"#));
        assert_eq!(read("[1]").take("a"), None);
    }
}
