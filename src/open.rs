//! JSON whose fields no public page names all of: it is handed on as it is, from the caller to Flinks or from Flinks to the
//! caller.

use crate::amount::{Amount, digits};
use core::fmt;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

/// How deep an answer is read; what lies deeper is `null`, so that no answer can exhaust the stack.
const MOST_LEVELS: u8 = 8;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Open {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number that is whole and exact.
    Whole(i64),
    /// Any other number: carried through, never calculated with.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Open>),
    /// An object, in the order of its keys.
    Object(Vec<(String, Open)>),
}

impl Open {
    /// The value of a key whatever its case, since Flinks writes `referenceId` and `ReferenceId` on the same page.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => {
                entries.iter().rev().find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
            }
            _ => None,
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same with the numbers under these keys as text, since money is text.
    #[must_use]
    pub fn with_money_as_text(self, keys: &[&str]) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(|item| item.with_money_as_text(keys)).collect()),
            Self::Object(entries) => Self::Object(
                entries
                    .into_iter()
                    .map(|(name, value)| {
                        let is_money =
                            keys.contains(&name.as_str()) && matches!(value, Self::Whole(_) | Self::Number(_));
                        let text = || value.money().map_or(Self::Null, |Money(text)| Self::Text(text));
                        let value = if is_money { text() } else { value.with_money_as_text(keys) };
                        (name, value)
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    /// Money, from a number or from text.
    fn money(&self) -> Option<Money> {
        match self {
            Self::Whole(number) => Money::parse(&number.to_string()),
            Self::Number(number) => Money::parse(&number.to_string()),
            Self::Text(text) => Money::parse(text),
            _ => None,
        }
    }
}

/// Money in an answer of Flinks', as text: the two decimals of an [`Amount`] where it is one, and else the number as it is,
/// since a balance may be zero or below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Money(String);

impl Money {
    /// Whether somebody can be asked for it.
    #[must_use]
    pub fn is_amount(&self) -> bool {
        Amount::parse(&self.0).is_some()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of text or of a number's shortest digits; `None` for what is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(amount) = Amount::parse(text) {
            return Some(Self(amount.to_string()));
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        (digits(whole).is_some() && digits(decimals).is_some()).then(|| Self(text.to_owned()))
    }
}

/// What Flinks writes: a JSON number, or text.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Open::deserialize(deserializer)?.money().ok_or_else(|| D::Error::custom("no amount of money"))
    }
}

impl<'de> Deserialize<'de> for Open {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Levels(MOST_LEVELS).deserialize(deserializer)
    }
}

impl Serialize for Open {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
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

/// An object of the caller's, or nothing: a list or a text could be handed on too, and would tell Flinks nothing.
///
/// # Errors
/// What is given and is no object.
pub fn an_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Open>, D::Error> {
    match Option::<Open>::deserialize(deserializer)? {
        given @ (None | Some(Open::Object(_))) => Ok(given),
        Some(_) => Err(Error::custom("must be an object of plain JSON, at most 8 levels deep")),
    }
}

/// Reads a value that may hold this many further levels.
#[derive(Clone, Copy)]
struct Levels(u8);

impl<'de> DeserializeSeed<'de> for Levels {
    type Value = Open;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Open, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels {
    type Value = Open;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("plain JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Open, E> {
        Ok(Open::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Open, E> {
        Ok(Open::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Open, E> {
        Ok(Open::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Open, E> {
        // A host has no such number; other readers of JSON do.
        i64::try_from(number).map(Open::Whole).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Open, E> {
        Ok(Open::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Open, E> {
        Ok(Open::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Open, E> {
        Ok(Open::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Open, A::Error> {
        let Some(levels) = self.0.checked_sub(1) else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Open::Null);
        };
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Levels(levels))? {
            list.push(item);
        }
        Ok(Open::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Open, A::Error> {
        let Some(levels) = self.0.checked_sub(1) else {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Open::Null);
        };
        let mut entries = Vec::new();
        while let Some(key) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(Levels(levels))?;
            // Writing it would change the object's prototype.
            if key != "__proto__" {
                entries.push((key, value));
            }
        }
        Ok(Open::Object(entries))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Open;
    use serde_json::{Value, json};

    #[allow(clippy::expect_used, reason = "a test")]
    fn open(value: &Value) -> Open {
        serde_json::from_value(value.clone()).expect("JSON")
    }

    /// What is handed on of a value.
    #[allow(clippy::expect_used, reason = "a test")]
    fn handed_on(value: &Value) -> Value {
        serde_json::to_value(open(value)).expect("JSON")
    }

    #[test]
    fn hands_json_on_as_it_is() {
        for value in [
            json!(null),
            json!(true),
            json!(-5),
            json!(9_007_199_254_740_991_i64),
            json!(1.5),
            json!("é\u{0}"),
            json!([]),
            json!({}),
            json!({ "b": 1, "a": [{ "": null }, [[]], "x"] }),
        ] {
            assert_eq!(handed_on(&value), value);
        }
        let kept = serde_json::to_string(&serde_json::from_str::<Open>(r#"{"b":1,"a":2}"#).expect("JSON"));
        assert_eq!(kept.expect("JSON"), r#"{"b":1,"a":2}"#, "in the order of its keys");
    }

    #[test]
    fn what_lies_deeper_than_eight_levels_is_null() {
        let nested =
            |levels, innermost: Value| {
                (0..levels).fold(innermost, |inner, level| {
                    if level % 2 == 0 { json!({ "a": inner, "b": 2 }) } else { json!([inner, 1]) }
                })
            };
        for levels in 0..8 {
            assert_eq!(handed_on(&nested(levels, json!(1))), nested(levels, json!(1)));
        }
        assert_eq!(handed_on(&nested(8, json!(1))), nested(8, json!(1)));
        for deeper in [json!({ "c": { "d": 1 } }), json!([1, [2]]), json!({}), json!([])] {
            assert_eq!(handed_on(&nested(8, deeper)), nested(8, json!(null)));
        }
    }

    #[test]
    fn no_key_changes_a_prototype() {
        let read: Open = serde_json::from_str(r#"{"__proto__":{"a":1},"b":{"__proto__":2,"c":3}}"#).expect("JSON");
        assert_eq!(serde_json::to_value(read).expect("JSON"), json!({ "b": { "c": 3 } }));
    }

    #[test]
    fn finds_keys_in_any_case_and_takes_the_last() {
        let read: Open = serde_json::from_str(r#"{"Status":"a","STATUS":"b","other":1}"#).expect("JSON");
        assert_eq!(read.get("status").and_then(Open::text), Some("b"));
        assert_eq!(read.get("other").and_then(Open::text), None);
        assert_eq!(read.get("statu"), None);
        assert_eq!(open(&json!(["status"])).get("status"), None);
    }

    #[test]
    fn money_is_text_wherever_it_stands() {
        let given = json!({ "amount": 12.5, "a": [{ "amount": 3, "x": 1.5 }], "limits": { "amount": "7", "b": { "amount": -1 } } });
        let read = serde_json::to_value(open(&given).with_money_as_text(&["amount"])).expect("JSON");
        assert_eq!(
            read,
            json!({
                "amount": "12.50", "a": [{ "amount": "3.00", "x": 1.5 }],
                "limits": { "amount": "7", "b": { "amount": "-1" } },
            })
        );
        let inside = json!({ "amount": { "amount": 1, "currency": "CAD" } });
        let read = serde_json::to_value(open(&inside).with_money_as_text(&["amount"])).expect("JSON");
        assert_eq!(read, json!({ "amount": { "amount": "1.00", "currency": "CAD" } }));
    }
}
