//! JSON that is passed through unchanged, from the caller to Flinks or from Flinks to the caller, where no public page
//! documents all of its fields.

use crate::amount::Money;
use crate::inherited_names::is_inherited_name;
use core::cell::Cell;
use core::fmt;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

/// How deep an answer is read. Anything deeper becomes `null`, so that no answer can exhaust the stack.
const MAX_DEPTH: u8 = 8;
/// The size of an object from the caller, in bytes of JSON.
const MAX_BYTES: usize = 16_384;
/// What each number counts for: the longest that a double can be.
const NUMBER_BYTES: usize = 24;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, exact.
    Integer(i64),
    /// Any other number: passed through, never calculated with.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<JsonValue>),
    /// An object, in the order of its keys.
    Object(Vec<(String, JsonValue)>),
}

impl JsonValue {
    /// The value of a key in any case, since Flinks writes `referenceId` and `ReferenceId` on the same page.
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
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same with the numbers under these keys as text, since money crosses every boundary as text.
    #[must_use]
    pub fn with_money_as_text(self, keys: &[&str]) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(|item| item.with_money_as_text(keys)).collect()),
            Self::Object(entries) => Self::Object(
                entries
                    .into_iter()
                    .map(|(name, value)| {
                        let is_money =
                            keys.contains(&name.as_str()) && matches!(value, Self::Integer(_) | Self::Number(_));
                        let text = || value.money().map_or(Self::Null, |money| Self::Text(money.as_str().to_owned()));
                        let value = if is_money { text() } else { value.with_money_as_text(keys) };
                        (name, value)
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    /// Money that is written as a number or as text.
    fn money(&self) -> Option<Money> {
        match self {
            Self::Integer(number) => Money::parse(&number.to_string()),
            Self::Number(number) => Money::parse(&number.to_string()),
            Self::Text(text) => Money::parse(text),
            _ => None,
        }
    }
}

/// Flinks writes money as a JSON number or as text.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JsonValue::deserialize(deserializer)?.money().ok_or_else(|| D::Error::custom("must be an amount of money"))
    }
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The size of an answer is limited while its body is received.
        let left = Cell::new(Some(usize::MAX));
        Reader { depth: MAX_DEPTH, left: &left }.deserialize(deserializer)
    }
}

impl Serialize for JsonValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Integer(number) => serializer.serialize_i64(*number),
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

/// An object from the caller, of limited size. Lists and text would tell Flinks nothing.
#[derive(Clone, Debug, Serialize)]
pub struct JsonObject(JsonValue);

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let left = Cell::new(Some(MAX_BYTES));
        let value = Reader { depth: MAX_DEPTH, left: &left }.deserialize(deserializer)?;
        if left.get().is_none() {
            return Err(Error::custom("must be at most 16 KiB of JSON"));
        }
        match value {
            JsonValue::Object(_) => Ok(Self(value)),
            _ => Err(Error::custom("must be an object of plain JSON, at most 8 levels deep")),
        }
    }
}

/// Reads a value.
#[derive(Clone, Copy)]
struct Reader<'left> {
    /// How many more levels of nesting it may have.
    depth: u8,
    /// How many bytes of JSON may still be read. `None` once there were more: then the rest is not read.
    left: &'left Cell<Option<usize>>,
}

impl Reader<'_> {
    /// The reader of what is in a list or in an object, unless that is too deep.
    fn inside(self) -> Option<Self> {
        self.depth.checked_sub(1).map(|depth| Self { depth, ..self })
    }

    /// Counts a key or a value, with its quotes or brackets and its separator.
    fn count(self, bytes: usize) {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(bytes.saturating_add(3))));
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = JsonValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = JsonValue;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("plain JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<JsonValue, E> {
        self.count(4);
        Ok(JsonValue::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<JsonValue, E> {
        self.count(5);
        Ok(JsonValue::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<JsonValue, E> {
        self.count(NUMBER_BYTES);
        Ok(JsonValue::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<JsonValue, E> {
        // JavaScript has no such number, but other readers of JSON do.
        i64::try_from(number).map(JsonValue::Integer).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<JsonValue, E> {
        self.count(NUMBER_BYTES);
        Ok(JsonValue::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<JsonValue, E> {
        self.count(text.len());
        Ok(JsonValue::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<JsonValue, E> {
        self.count(text.len());
        Ok(JsonValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JsonValue, A::Error> {
        let Some(inside) = self.inside() else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(JsonValue::Null);
        };
        self.count(0);
        let mut list = Vec::new();
        while self.left.get().is_some()
            && let Some(item) = items.next_element_seed(inside)?
        {
            list.push(item);
        }
        Ok(JsonValue::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<JsonValue, A::Error> {
        let Some(inside) = self.inside() else {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(JsonValue::Null);
        };
        self.count(0);
        let mut entries = Vec::new();
        while self.left.get().is_some()
            && let Some(key) = fields.next_key::<String>()?
        {
            self.count(key.len());
            let value = fields.next_value_seed(inside)?;
            if !is_inherited_name(&key) {
                entries.push((key, value));
            }
        }
        Ok(JsonValue::Object(entries))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::JsonValue;
    use crate::amount::Money;
    use crate::inherited_names::INHERITED_NAMES;
    use serde_json::{Value, json};

    #[allow(clippy::expect_used, reason = "a test")]
    fn json_value(value: &Value) -> JsonValue {
        serde_json::from_value(value.clone()).expect("JSON")
    }

    /// A value after it was passed through.
    #[allow(clippy::expect_used, reason = "a test")]
    fn passed_on(value: &Value) -> Value {
        serde_json::to_value(json_value(value)).expect("JSON")
    }

    #[test]
    fn passes_json_through_unchanged() {
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
            assert_eq!(passed_on(&value), value);
        }
        let kept = serde_json::to_string(&serde_json::from_str::<JsonValue>(r#"{"b":1,"a":2}"#).expect("JSON"));
        assert_eq!(kept.expect("JSON"), r#"{"b":1,"a":2}"#, "in the order of its keys");
    }

    #[test]
    fn values_deeper_than_eight_levels_become_null() {
        let nested =
            |levels, innermost: Value| {
                (0..levels).fold(innermost, |inner, level| {
                    if level % 2 == 0 { json!({ "a": inner, "b": 2 }) } else { json!([inner, 1]) }
                })
            };
        for levels in 0..8 {
            assert_eq!(passed_on(&nested(levels, json!(1))), nested(levels, json!(1)));
        }
        assert_eq!(passed_on(&nested(8, json!(1))), nested(8, json!(1)));
        for deeper in [json!({ "c": { "d": 1 } }), json!([1, [2]]), json!({}), json!([])] {
            assert_eq!(passed_on(&nested(8, deeper)), nested(8, json!(null)));
        }
    }

    #[test]
    fn inherited_names_are_dropped_from_answers() {
        for name in INHERITED_NAMES {
            let text = format!(r#"{{"{name}":{{"a":1}},"b":{{"{name}":2,"c":3}},"{name}s":4}}"#);
            let read: JsonValue = serde_json::from_str(&text).expect("JSON");
            let left = json!({ "b": { "c": 3 }, format!("{name}s"): 4 });
            assert_eq!(serde_json::to_value(read).expect("JSON"), left);
        }
    }

    #[test]
    fn get_ignores_case_and_takes_the_last_key() {
        let read: JsonValue = serde_json::from_str(r#"{"Status":"a","STATUS":"b","other":1}"#).expect("JSON");
        assert_eq!(read.get("status").and_then(JsonValue::as_str), Some("b"));
        assert_eq!(read.get("other").and_then(JsonValue::as_str), None);
        assert_eq!(read.get("statu"), None);
        assert_eq!(json_value(&json!(["status"])).get("status"), None);
    }

    #[test]
    fn money_becomes_text_at_every_level() {
        let given = json!({ "amount": 12.5, "a": [{ "amount": 3, "x": 1.5 }], "limits": { "amount": "7", "b": { "amount": -1 } } });
        let read = serde_json::to_value(json_value(&given).with_money_as_text(&["amount"])).expect("JSON");
        assert_eq!(
            read,
            json!({
                "amount": "12.50", "a": [{ "amount": "3.00", "x": 1.5 }],
                "limits": { "amount": "7", "b": { "amount": "-1" } },
            })
        );
        let inside = json!({ "amount": { "amount": 1, "currency": "CAD" } });
        let read = serde_json::to_value(json_value(&inside).with_money_as_text(&["amount"])).expect("JSON");
        assert_eq!(read, json!({ "amount": { "amount": "1.00", "currency": "CAD" } }));
    }

    #[test]
    fn money_in_an_answer_is_read_as_text() {
        let money = |value: Value| serde_json::from_value::<Money>(value).ok().map(|money| money.as_str().to_owned());
        for (value, text) in [
            (json!(12.5), "12.50"),
            (json!(12), "12.00"),
            (json!("12.5"), "12.50"),
            (json!(0), "0"),
            (json!(-5.25), "-5.25"),
            (json!(0.125), "0.125"),
            (json!(9_999_999_999_999.99), "9999999999999.99"),
            (json!(9_007_199_254_740_993_u64), "9007199254740993"),
            (json!("-0.5"), "-0.5"),
        ] {
            assert_eq!(money(value.clone()).as_deref(), Some(text), "{value}");
        }
        for value in
            [json!(null), json!(true), json!(""), json!("1e3"), json!("1-"), json!("12,5"), json!([1]), json!({})]
        {
            assert_eq!(money(value.clone()), None, "{value}");
        }
        assert!(Money::parse("0.01").is_some_and(|money| money.is_amount()));
        assert!(Money::parse("0").is_some_and(|money| !money.is_amount()));
    }
}
