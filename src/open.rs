//! JSON whose fields no public page names all of: it is handed on as it is, from the caller to Flinks or from Flinks to the
//! caller.

use crate::amount::{Amount, digits};
use core::cell::Cell;
use core::fmt;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

/// How deep an answer is read; what lies deeper is `null`, so that no answer can exhaust the stack.
const MOST_LEVELS: u8 = 8;

/// How much of the caller's is handed on, in bytes of JSON.
const MOST_BYTES: usize = 16_384;
/// What a number counts for, as long as a double can be.
const LONGEST_NUMBER: usize = 24;

/// The names of what every object inherits. Writing to them would change the object's prototype, or throw where the host's
/// prototypes are frozen: they are refused in what is sent, and left out of what is answered.
pub const INHERITED: [&str; 12] = [
    "__proto__",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Whether every object has something of that name without being given it.
#[must_use]
pub fn is_inherited(name: &str) -> bool {
    INHERITED.contains(&name)
}

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
        // An answer is short enough already.
        let left = Cell::new(Some(usize::MAX));
        Levels { levels: MOST_LEVELS, left: &left }.deserialize(deserializer)
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
/// What is given and is no object, or too much.
pub fn an_object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Open>, D::Error> {
    let left = Cell::new(Some(MOST_BYTES));
    let given = deserializer.deserialize_option(Optional(Levels { levels: MOST_LEVELS, left: &left }))?;
    if left.get().is_none() {
        return Err(Error::custom("must be at most 16 KiB of JSON"));
    }
    match given {
        None | Some(Open::Object(_)) => Ok(given),
        Some(_) => Err(Error::custom("must be an object of plain JSON, at most 8 levels deep")),
    }
}

/// Reads a value, or nothing.
struct Optional<'left>(Levels<'left>);

impl<'de> Visitor<'de> for Optional<'_> {
    type Value = Option<Open>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_none<E: Error>(self) -> Result<Option<Open>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Open>, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

/// Reads a value that may hold this many further levels.
#[derive(Clone, Copy)]
struct Levels<'left> {
    levels: u8,
    /// How many bytes of JSON may still be read; nothing once there were more, and then the rest is not read.
    left: &'left Cell<Option<usize>>,
}

impl Levels<'_> {
    /// What lies in a list or in an object, if it may have anything in it.
    fn inside(self) -> Option<Self> {
        self.levels.checked_sub(1).map(|levels| Self { levels, ..self })
    }

    /// Counts a key or a value, with its quotes or brackets and what separates it from the next.
    fn take(self, bytes: usize) {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(bytes.saturating_add(3))));
    }
}

impl<'de> DeserializeSeed<'de> for Levels<'_> {
    type Value = Open;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Open, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels<'_> {
    type Value = Open;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("plain JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Open, E> {
        self.take(4);
        Ok(Open::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Open, E> {
        self.take(5);
        Ok(Open::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Open, E> {
        self.take(LONGEST_NUMBER);
        Ok(Open::Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Open, E> {
        // A host has no such number; other readers of JSON do.
        i64::try_from(number).map(Open::Whole).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Open, E> {
        self.take(LONGEST_NUMBER);
        Ok(Open::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Open, E> {
        self.take(text.len());
        Ok(Open::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Open, E> {
        self.take(text.len());
        Ok(Open::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Open, A::Error> {
        let Some(inside) = self.inside() else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Open::Null);
        };
        self.take(0);
        let mut list = Vec::new();
        while self.left.get().is_some()
            && let Some(item) = items.next_element_seed(inside)?
        {
            list.push(item);
        }
        Ok(Open::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Open, A::Error> {
        let Some(inside) = self.inside() else {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Open::Null);
        };
        self.take(0);
        let mut entries = Vec::new();
        while self.left.get().is_some()
            && let Some(key) = fields.next_key::<String>()?
        {
            self.take(key.len());
            let value = fields.next_value_seed(inside)?;
            if !is_inherited(&key) {
                entries.push((key, value));
            }
        }
        Ok(Open::Object(entries))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Open;
    use crate::given::Plain;
    use crate::input::{Given, Kind, read};
    use core::cell::Cell;
    use serde::de::IntoDeserializer;
    use serde::de::value::U32Deserializer;
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
        for name in super::INHERITED {
            let text = format!(r#"{{"{name}":{{"a":1}},"b":{{"{name}":2,"c":3}},"{name}s":4}}"#);
            let read: Open = serde_json::from_str(&text).expect("JSON");
            let left = json!({ "b": { "c": 3 }, format!("{name}s"): 4 });
            assert_eq!(serde_json::to_value(read).expect("JSON"), left);
        }
    }

    #[derive(Debug, serde::Deserialize)]
    struct Holder {
        #[serde(deserialize_with = "super::an_object")]
        open: Option<Open>,
    }

    #[allow(clippy::expect_used, reason = "a test")]
    fn held(open: &Value) -> Result<Option<Value>, String> {
        let read = read::<Holder>(Plain::from(json!({ "open": open })), &[]);
        read.map(|held| held.open.map(|open| serde_json::to_value(open).expect("JSON")))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_an_object() {
        let given = json!({ "a": [1, "b", null, false, 1.5], "c": {} });
        assert_eq!(held(&given), Ok(Some(given)));
        assert!(read::<Holder>(Plain::from(json!({})), &[]).expect("it is optional").open.is_none());
        for other in [json!(null), json!([]), json!("a"), json!(1), json!(true)] {
            let says = "open must be an object of plain JSON, at most 8 levels deep.";
            assert_eq!(held(&other), Err(says.to_owned()));
        }
        let number: U32Deserializer<serde::de::value::Error> = 5_u32.into_deserializer();
        assert!(super::an_object(number).expect_err("no object").to_string().ends_with("expected plain JSON"));
        let deep = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert!(held(&deep).expect_err("too deep").ends_with(" must be plain JSON, at most 8 levels deep."));
    }

    #[test]
    fn an_object_has_16_kib_at_most() {
        // What a value counts for, its comma with it, inside of {"a":…}.
        let beside = r#"{},"a":"#.len();
        for (one, counts) in [
            (json!("é".repeat(100)), 203),
            (json!({ "0123456789": "" }), 19),
            (json!([]), 3),
            (json!([[], {}]), 9),
            (json!(7), 27),
            (json!(-0.5), 27),
            (json!(null), 7),
            (json!(true), 8),
        ] {
            let most = (16_384 - beside - 3) / counts;
            let list = |length: usize| json!({ "a": vec![one.clone(); length] });
            // A list of more than a thousand is for the host to refuse.
            assert!(held(&list(most)).is_ok(), "{one}");
            assert_eq!(held(&list(most + 1)), Err("open must be at most 16 KiB of JSON.".to_owned()), "{one}");
        }
        for (length, is_taken) in [(16_374, true), (16_375, false)] {
            assert_eq!(held(&json!({ "a": "x".repeat(length) })).is_ok(), is_taken, "{length}");
        }
        let long = json!({ "k".repeat(20_000): 1 });
        assert_eq!(held(&long), Err("open must be at most 16 KiB of JSON.".to_owned()));
        assert!(serde_json::from_value::<Open>(json!(vec!["x".repeat(1_000); 100])).is_ok(), "an answer may be longer");
    }

    #[test]
    fn what_is_too_long_is_not_read_to_its_end() {
        /// A list whose items are lists of a thousand again, and count how often they are asked for.
        #[derive(Clone)]
        struct Endless<'count>(&'count Cell<u32>, bool);

        impl Given for Endless<'_> {
            fn kind(&self) -> Kind<Self> {
                self.0.set(self.0.get() + 1);
                if self.1 { Kind::Object } else { Kind::List(vec![self.clone(); 1_000]) }
            }

            fn field(&self, _: &str) -> Option<Self> {
                Some(Self(self.0, false))
            }

            fn names(&self) -> Option<Vec<String>> {
                Some(vec!["open".to_owned()])
            }

            fn as_json(&self) -> Option<Self> {
                None
            }
        }

        let count = Cell::new(0);
        let refused = read::<Holder>(Endless(&count, true), &[]).expect_err("it has no end");
        assert_eq!(refused.path, "open");
        assert!(count.get() < 20_000, "{count:?}");
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
