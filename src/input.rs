//! One reading for all that a caller gives: options, parameters, webhooks. Each field is read by its name, once, whatever
//! object it is on; what is not what it must be is refused with its path, and nothing is left out in silence.

use crate::open::is_inherited;
use core::fmt;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

/// How deep lists and objects may lie in what is handed on as it is: no input can exhaust the stack, or be endless.
const MOST_LEVELS: u8 = 8;
/// How much of a name that nobody knows is told.
const LONGEST_NAME: usize = 64;

/// A value of the caller's, in whatever form the host has it.
pub trait Given: Sized {
    /// What it is.
    fn kind(&self) -> Kind<Self>;
    /// Whether nothing was given, which is asked first.
    fn is_nothing(&self) -> bool {
        matches!(self.kind(), Kind::Nothing)
    }
    /// The value of a field, perhaps an inherited one; `None` where it cannot be read.
    fn field(&self, name: &str) -> Option<Self>;
    /// The names of its own fields that JSON would write; `None` where they cannot be read.
    fn names(&self) -> Option<Vec<String>>;
    /// What stands for it in JSON, if it says so itself, as dates and URLs do.
    fn as_json(&self) -> Option<Self>;
    /// Whether what it holds stands in its fields, unlike what a map, a date or a promise holds.
    fn is_plain(&self) -> bool {
        true
    }
    /// Whether it must be awaited before it has anything.
    fn is_promise(&self) -> bool {
        false
    }
}

/// What a value is.
pub enum Kind<G> {
    /// Nothing was given.
    Nothing,
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number, perhaps one that JSON does not have.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<G>),
    /// What has fields.
    Object,
    /// What JSON does not have, such as a function.
    Other,
}

/// What is wrong with a value, and where it stands.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {fault}.", if .path.is_empty() { "This" } else { .path })]
pub struct Refused {
    /// The names that lead to it, such as `payor.email`.
    pub path: String,
    fault: String,
}

/// Reads a value. The `others` are names that it may have too, for a reader of their own.
///
/// # Errors
/// The first field that is not what it must be.
pub fn read<T: DeserializeOwned>(given: impl Given, others: &'static [&'static str]) -> Result<T, Refused> {
    T::deserialize(Reader { given, others: Some(others), is_root: true, levels: MOST_LEVELS })
}

/// Reads of a value what is known of it, whatever else it has.
///
/// # Errors
/// As [`read`].
pub fn read_part<T: DeserializeOwned>(given: impl Given) -> Result<T, Refused> {
    T::deserialize(Reader { given, others: None, is_root: true, levels: MOST_LEVELS })
}

/// A whole number between two others.
#[derive(Clone, Copy, Debug)]
pub struct Whole<const LEAST: u64, const MOST: u64>(pub u64);

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer).ok().and_then(|number| u64::try_from(number).ok());
        let fits = |number: &u64| (LEAST..=MOST).contains(number);
        let refused = || de::Error::custom(format!("must be a whole number from {LEAST} to {MOST}"));
        number.filter(fits).map(Whole).ok_or_else(refused)
    }
}

/// The largest whole number that every smaller one can be told from in JavaScript.
pub const MOST_WHOLE: u64 = 9_007_199_254_740_991;

struct Reader<G> {
    given: G,
    /// What else its fields may be called; anything, if nothing is said.
    others: Option<&'static [&'static str]>,
    is_root: bool,
    levels: u8,
}

impl<G: Given> Reader<G> {
    fn within(given: G, levels: u8) -> Self {
        Self { given, others: Some(&[]), is_root: false, levels }
    }
}

impl Refused {
    fn here(fault: impl Into<String>) -> Self {
        Self { path: String::new(), fault: fault.into() }
    }

    fn at(name: &str, fault: impl Into<String>) -> Self {
        Self { path: name.chars().take(LONGEST_NAME).collect(), fault: fault.into() }
    }

    fn inside(self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{name}.{}", self.path) };
        Self { path, ..self }
    }
}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(fault: T) -> Self {
        Self::here(fault.to_string())
    }

    /// What was given is not named: it may be a secret, or about a person.
    fn invalid_type(_: de::Unexpected, expected: &dyn de::Expected) -> Self {
        Self::here(format!("must be {expected}"))
    }

    fn invalid_value(_: de::Unexpected, expected: &dyn de::Expected) -> Self {
        Self::here(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self::here(format!("must be {}", one_of(words)))
    }
}

/// `"eft" or "geft"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

impl<'de, G: Given> Deserializer<'de> for Reader<G> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.given.kind() {
            Kind::Nothing | Kind::Null => visitor.visit_unit(),
            Kind::Flag(flag) => visitor.visit_bool(flag),
            Kind::Number(number) => match whole(number) {
                Some(number) => visitor.visit_i64(number),
                None if number.is_finite() => visitor.visit_f64(number),
                None => Err(refused(&visitor)),
            },
            Kind::Text(text) => visitor.visit_string(text),
            Kind::Other => Err(refused(&visitor)),
            Kind::List(_) | Kind::Object if self.levels == 0 => {
                Err(Refused::here(format!("must be plain JSON, at most {MOST_LEVELS} levels deep")))
            }
            Kind::List(items) => {
                visitor.visit_seq(Items { items: items.into_iter(), levels: self.levels.saturating_sub(1) })
            }
            Kind::Object => match self.given.as_json() {
                Some(written) => Self::within(written, self.levels.saturating_sub(1)).deserialize_any(visitor),
                None => visitor.visit_map(Fields::open(self.given, self.levels.saturating_sub(1))?),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.given.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if !self.is_root && !matches!(self.given.kind(), Kind::Object) {
            return Err(Refused::here(format!("must be an object of {}", fields.join(", "))));
        }
        if self.is_root && self.given.is_promise() {
            let missing = fields.first().copied().unwrap_or_default();
            return Err(Refused::at(missing, "is not there, since what was given is a promise: await it"));
        }
        if let Some(others) = self.others {
            refuse_what_is_not_known(&self.given, fields, others)?;
        }
        let names = fields.iter().copied();
        // What is missing at the root is told by name.
        let has_some = self.is_root || self.given.is_plain();
        visitor.visit_map(Fields {
            names,
            given: self.given,
            next: None,
            are_all: false,
            has_some,
            levels: self.levels,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        match self.given.kind() {
            Kind::Text(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            _ => Err(de::Error::unknown_variant("", words)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match scalar(&self.given) {
            Kind::Text(text) => visitor.visit_string(text),
            _ => Err(refused(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_string(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match scalar(&self.given) {
            Kind::Number(number) => match whole(number) {
                Some(number) => visitor.visit_i64(number),
                None => Err(refused(&visitor)),
            },
            _ => Err(refused(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.given.kind() {
            Kind::Flag(flag) => visitor.visit_bool(flag),
            _ => Err(Refused::here("must be true or false")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

fn refuse_what_is_not_known(given: &impl Given, fields: &[&str], others: &[&str]) -> Result<(), Refused> {
    let names = given.names().ok_or_else(|| Refused::here("must be an object whose fields can be read"))?;
    let is_known = |name: &str| fields.contains(&name) || others.contains(&name);
    match names.iter().find(|name| !is_known(name) && (is_broken(name) || is_given(given, name))) {
        Some(name) => {
            let known: Vec<_> = fields.iter().chain(others).copied().collect();
            Err(Refused::at(name, format!("is not known here: there are {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

/// What a value is that is no list: text may be given as an object that writes itself as such, a URL or a decimal.
fn scalar<G: Given>(given: &G) -> Kind<G> {
    match given.kind() {
        Kind::Object => given.as_json().map_or(Kind::Object, |written| written.kind()),
        kind => kind,
    }
}

fn refused(expected: &dyn de::Expected) -> Refused {
    Refused::here(format!("must be {expected}"))
}

/// U+FFFD is what hosts make of half a character: nothing can be found under such a name.
fn is_broken(name: &str) -> bool {
    name.contains('\u{fffd}')
}

/// Whether there is a value under a name, or something that cannot be read.
fn is_given(given: &impl Given, name: &str) -> bool {
    given.field(name).is_none_or(|value| !value.is_nothing())
}

#[allow(clippy::cast_possible_truncation, reason = "no number that is whole and exact is cut")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0).then_some(number as i64)
}

/// The fields of an object, those that are asked for or all that it has.
struct Fields<G, N> {
    names: N,
    given: G,
    next: Option<(String, G)>,
    /// Whether it has no schema: as in JSON, a field that is not given is no field then.
    are_all: bool,
    /// Whether it may be one that has nothing.
    has_some: bool,
    levels: u8,
}

impl<G: Given> Fields<G, std::vec::IntoIter<String>> {
    fn open(given: G, levels: u8) -> Result<Self, Refused> {
        let names = given.names().ok_or_else(|| Refused::here("must be an object whose fields can be read"))?;
        if let Some(name) = names.iter().find(|name| is_inherited(name)) {
            return Err(Refused::at(name, "is no name that can be sent"));
        }
        if names.iter().any(|name| is_broken(name)) {
            return Err(Refused::here("must have names of whole characters"));
        }
        Ok(Self { names: names.into_iter(), given, next: None, are_all: true, has_some: true, levels })
    }
}

impl<'de, G: Given, N: Iterator<Item: AsRef<str>>> MapAccess<'de> for Fields<G, N> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        for name in self.names.by_ref() {
            let name = name.as_ref();
            let value = self.given.field(name).ok_or_else(|| Refused::at(name, "cannot be read"))?;
            // JSON would leave it out too.
            if self.are_all && value.is_nothing() {
                continue;
            }
            self.has_some = self.has_some || !value.is_nothing();
            self.next = Some((name.to_owned(), value));
            let name: StrDeserializer<Refused> = name.into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        if self.has_some { Ok(None) } else { Err(Refused::here("must be an object with fields of its own")) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let (name, value) = self.next.take().ok_or_else(|| Refused::here("must be an object"))?;
        seed.deserialize(Reader::within(value, self.levels)).map_err(|refused| refused.inside(&name))
    }
}

struct Items<I> {
    items: I,
    levels: u8,
}

impl<'de, G: Given, I: Iterator<Item = G>> SeqAccess<'de> for Items<I> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        self.items.next().map(|item| seed.deserialize(Reader::within(item, self.levels))).transpose()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Given, Kind, MOST_WHOLE, Refused, Whole, read};
    use crate::given::{Plain, with, without};
    use crate::open::Open;
    use crate::text::{Line, Text};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        One,
        Two,
        Three,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Only {
        Word,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Outer {
        word: Word,
        only: Option<Only>,
        text: Option<Text<Line<5>>>,
        count: Option<Whole<1, 10>>,
        flag: Option<bool>,
        inner: Option<Inner>,
        open: Option<Open>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        first_name: Text<Line<5>>,
        deep: Option<Box<Inner>>,
    }

    /// Values that JSON does not have.
    #[derive(Clone)]
    enum Odd {
        Json(Value),
        Nothing,
        Number(f64),
        Function,
        /// An object with these fields; one without a value cannot be read.
        Object(Vec<(&'static str, Option<Odd>)>),
        List(Vec<Odd>),
        /// An object that stands for something else in JSON.
        Written(Box<Odd>),
        /// An object that hides its names.
        Closed,
        /// A map, or a list that says it is an object: what it holds is not in its fields, but some may be set.
        Other(Vec<(&'static str, Option<Odd>)>),
    }

    impl Given for Odd {
        fn kind(&self) -> Kind<Self> {
            match self {
                Self::Json(value) => match Plain::from(value.clone()).kind() {
                    Kind::Text(text) => Kind::Text(text),
                    Kind::Null => Kind::Null,
                    Kind::Flag(flag) => Kind::Flag(flag),
                    Kind::Number(number) => Kind::Number(number),
                    Kind::Nothing | Kind::List(_) | Kind::Object | Kind::Other => Kind::Other,
                },
                Self::Nothing => Kind::Nothing,
                Self::Number(number) => Kind::Number(*number),
                Self::Function => Kind::Other,
                Self::List(items) => Kind::List(items.clone()),
                Self::Object(_) | Self::Written(_) | Self::Closed | Self::Other(_) => Kind::Object,
            }
        }

        fn field(&self, name: &str) -> Option<Self> {
            match self {
                Self::Object(fields) | Self::Other(fields) => match fields.iter().find(|(other, _)| *other == name) {
                    Some((_, value)) => value.clone(),
                    None => Some(Self::Nothing),
                },
                _ => Some(Self::Nothing),
            }
        }

        fn names(&self) -> Option<Vec<String>> {
            match self {
                Self::Object(fields) | Self::Other(fields) => {
                    Some(fields.iter().map(|(name, _)| (*name).to_owned()).collect())
                }
                Self::Closed => None,
                _ => Some(Vec::new()),
            }
        }

        fn as_json(&self) -> Option<Self> {
            match self {
                Self::Written(value) => Some((**value).clone()),
                _ => None,
            }
        }

        fn is_plain(&self) -> bool {
            !matches!(self, Self::Other(_))
        }
    }

    fn good() -> Value {
        json!({
            "word": "one", "only": "WORD", "text": "a", "count": 1, "flag": false, "open": [1, "a", null],
            "inner": { "firstName": "a", "deep": { "firstName": "b" } },
        })
    }

    #[allow(clippy::expect_used, reason = "a test")]
    fn message(given: impl Given) -> String {
        read::<Outer>(given, &["other"]).expect_err("refused").to_string()
    }

    /// What is refused of an object with a word and this field.
    fn odd(name: &'static str, value: Odd) -> Option<String> {
        let fields = vec![("word", Some(Odd::Json(json!("one")))), (name, Some(value))];
        read::<Outer>(Odd::Object(fields), &[]).err().map(|refused| refused.to_string())
    }

    #[test]
    fn reads_each_field_by_its_name() {
        let read = read::<Outer>(Plain::from(good()), &[]).expect("it is good");
        assert!(matches!((read.word, read.only), (Word::One, Some(Only::Word))));
        assert_eq!((read.text.expect("text").as_str(), read.count.map(|Whole(count)| count)), ("a", Some(1)));
        assert_eq!(read.flag, Some(false));
        let inner = read.inner.expect("an object");
        let deep = inner.deep.expect("an object");
        assert_eq!((inner.first_name.as_str(), deep.first_name.as_str(), deep.deep.is_none()), ("a", "b", true));
        assert_eq!(read.open, Some(Open::List(vec![Open::Whole(1), Open::Text("a".to_owned()), Open::Null])));

        let least =
            super::read::<Outer>(Plain::from(json!({ "word": "three" })), &[]).expect("the others are optional");
        assert!(matches!(least.word, Word::Three));
        assert!(least.only.is_none() && least.text.is_none() && least.count.is_none() && least.flag.is_none());
        assert!(least.inner.is_none() && least.open.is_none());
    }

    #[test]
    fn says_where_and_what_it_must_be() {
        for (path, value, says) in [
            ("word", json!("four"), r#"word must be "one", "two" or "three"."#),
            ("word", json!("One"), r#"word must be "one", "two" or "three"."#),
            ("word", json!(1), r#"word must be "one", "two" or "three"."#),
            ("only", json!("word"), r#"only must be "WORD"."#),
            (
                "text",
                json!(""),
                "text must be one line of visible text: 1 to 5 characters, none of which controls it or turns its direction.",
            ),
            (
                "text",
                json!(["a"]),
                "text must be one line of visible text: 1 to 5 characters, none of which controls it or turns its direction.",
            ),
            (
                "text",
                json!({}),
                "text must be one line of visible text: 1 to 5 characters, none of which controls it or turns its direction.",
            ),
            ("count", json!(0), "count must be a whole number from 1 to 10."),
            ("count", json!(11), "count must be a whole number from 1 to 10."),
            ("count", json!(-1), "count must be a whole number from 1 to 10."),
            ("count", json!(1.5), "count must be a whole number from 1 to 10."),
            ("count", json!("1"), "count must be a whole number from 1 to 10."),
            ("flag", json!(0), "flag must be true or false."),
            ("flag", json!("true"), "flag must be true or false."),
            ("inner", json!("a"), "inner must be an object of firstName, deep."),
            ("inner", json!([]), "inner must be an object of firstName, deep."),
            (
                "inner.firstName",
                json!("abcdef"),
                "inner.firstName must be one line of visible text: 1 to 5 characters, none of which controls it or turns its direction.",
            ),
            ("inner.deep", json!(7), "inner.deep must be an object of firstName, deep."),
            (
                "inner.deep.firstName",
                json!(7),
                "inner.deep.firstName must be one line of visible text: 1 to 5 characters, none of which controls it or turns its direction.",
            ),
            ("inner.firstname", json!(7), "inner.firstname is not known here: there are firstName, deep."),
            ("inner.deep.word", json!(7), "inner.deep.word is not known here: there are firstName, deep."),
            (
                "texts",
                json!(7),
                "texts is not known here: there are word, only, text, count, flag, inner, open, other.",
            ),
        ] {
            assert_eq!(message(Plain::from(with(&good(), path, value))), says);
        }
    }

    #[test]
    fn null_is_a_value_and_no_field_takes_it() {
        for path in ["word", "only", "text", "count", "flag", "inner", "inner.firstName", "inner.deep"] {
            let message = message(Plain::from(with(&good(), path, json!(null))));
            assert!(message.starts_with(&format!("{path} must be ")), "{message}");
        }
        // What is handed on may be null.
        assert!(read::<Outer>(Plain::from(with(&good(), "open", json!(null))), &[]).is_ok());
    }

    #[test]
    fn names_what_is_missing() {
        for path in ["word", "inner.firstName", "inner.deep.firstName"] {
            let message = message(Plain::from(without(&good(), path)));
            assert!(message.starts_with(&format!("{path} must be ")), "{message}");
        }
        for nothing in [Plain(None), Plain::from(json!(null)), Plain::from(json!("one")), Plain::from(json!([]))] {
            assert_eq!(message(nothing), r#"word must be "one", "two" or "three"."#);
        }
    }

    #[test]
    fn names_that_somebody_else_reads_are_known_at_the_top_alone() {
        assert!(read::<Outer>(Plain::from(with(&good(), "other", json!([]))), &["other"]).is_ok());
        assert!(read::<Outer>(Plain::from(with(&good(), "other", json!([]))), &[]).is_err());
        assert_eq!(
            message(Plain::from(with(&good(), "inner.other", json!(1)))),
            "inner.other is not known here: there are firstName, deep."
        );
    }

    #[test]
    fn a_field_that_is_not_given_is_no_field() {
        assert_eq!(odd("mistyped", Odd::Nothing), None);
        assert_eq!(odd("text", Odd::Nothing), None);
        let open = Odd::Object(vec![("a", Some(Odd::Nothing)), ("b", Some(Odd::Json(json!(1))))]);
        let list = Odd::List(vec![Odd::Nothing]);
        let read = |open: Odd| {
            let fields = vec![("word", Some(Odd::Json(json!("two")))), ("open", Some(open))];
            read::<Outer>(Odd::Object(fields), &[]).expect("it is good").open
        };
        assert_eq!(read(open), Some(Open::Object(vec![("b".to_owned(), Open::Whole(1))])));
        assert_eq!(read(list), Some(Open::List(vec![Open::Null])), "as in JSON, it keeps its place in a list");
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let unreadable = |name| vec![("word", Some(Odd::Json(json!("one")))), (name, None)];
        assert_eq!(message(Odd::Object(unreadable("text"))), "text cannot be read.");
        let open = Odd::Object(vec![("a", Some(Odd::Object(vec![("b", None)])))]);
        assert_eq!(odd("open", open).as_deref(), Some("open.a.b cannot be read."));
        assert!(message(Odd::Object(unreadable("texts"))).starts_with("texts is not known here"));
        assert_eq!(odd("inner", Odd::Closed).as_deref(), Some("inner must be an object whose fields can be read."));
        assert_eq!(odd("open", Odd::Closed).as_deref(), Some("open must be an object whose fields can be read."));
        assert_eq!(message(Odd::Closed), "This must be an object whose fields can be read.");
    }

    #[test]
    fn what_json_does_not_have_is_refused_and_not_left_out() {
        for value in [Odd::Function, Odd::Number(f64::NAN), Odd::Number(f64::INFINITY)] {
            for name in ["only", "text", "count", "flag", "inner", "open"] {
                let refused = odd(name, value.clone()).expect("it is refused");
                assert!(refused.starts_with(&format!("{name} must be ")), "{refused}");
            }
            let inside = Odd::Object(vec![("a", Some(Odd::List(vec![Odd::List(vec![value])])))]);
            assert_eq!(odd("open", inside).as_deref(), Some("open.a must be plain JSON."));
        }
    }

    #[test]
    fn what_holds_nothing_in_fields_is_no_object_of_them() {
        #[derive(Debug, Deserialize)]
        struct Holder {
            chosen: Option<Chosen>,
        }

        #[derive(Debug, Deserialize)]
        struct Chosen {
            flag: Option<bool>,
            count: Option<Whole<1, 10>>,
        }

        let chosen = |chosen: Odd| {
            let read = read::<Holder>(Odd::Object(vec![("chosen", Some(chosen))]), &[]);
            read.map(|read| read.chosen.map(|chosen| (chosen.flag, chosen.count.map(|Whole(count)| count))))
        };
        let flag = || vec![("flag", Some(Odd::Json(json!(true))))];
        assert_eq!(chosen(Odd::Object(Vec::new())), Ok(Some((None, None))));
        assert_eq!(chosen(Odd::Object(flag())), Ok(Some((Some(true), None))));
        assert_eq!(chosen(Odd::Other(flag())), Ok(Some((Some(true), None))), "a class that calls itself something");
        assert_eq!(chosen(Odd::Nothing), Ok(None));
        for nothing in [Odd::Other(Vec::new()), Odd::Other(vec![("flag", Some(Odd::Nothing))])] {
            let refused = chosen(nothing).expect_err("refused");
            assert_eq!(refused.to_string(), "chosen must be an object with fields of its own.");
        }
        // At the root what is missing is named, or counts as not given.
        assert!(read::<Holder>(Odd::Other(Vec::new()), &[]).expect("nothing is required").chosen.is_none());
    }

    #[test]
    fn an_object_may_stand_for_text() {
        let written = |value: Value| Odd::Written(Box::new(Odd::Json(value)));
        assert_eq!(odd("text", written(json!("a"))), None);
        assert_eq!(odd("open", written(json!("a"))), None);
        assert_eq!(odd("count", written(json!(3))), None);
        for (name, value) in [("text", json!(null)), ("text", json!("abcdef")), ("count", json!("3"))] {
            assert!(odd(name, written(value)).is_some(), "{name}");
        }
        let again = Odd::Written(Box::new(written(json!("a"))));
        assert!(odd("text", again.clone()).is_some(), "once");
        assert_eq!(odd("open", again), None);
    }

    #[test]
    fn numbers_are_whole_up_to_where_they_can_be_told_apart() {
        #[derive(Debug, Deserialize)]
        struct Count {
            count: Whole<0, MOST_WHOLE>,
        }
        let count = |number: f64| {
            let given = Odd::Object(vec![("count", Some(Odd::Number(number)))]);
            read::<Count>(given, &[]).ok().map(|Count { count: Whole(count) }| count)
        };
        for (number, whole) in [(0.0, 0), (-0.0, 0), (1.0, 1), (9_007_199_254_740_991.0, MOST_WHOLE)] {
            assert_eq!(count(number), Some(whole));
        }
        for number in [-1.0, 0.5, 9_007_199_254_740_992.0, 1e300, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(count(number), None, "{number}");
        }
    }

    /// Lists or objects within each other.
    fn nested(levels: usize, in_objects: bool) -> Value {
        (0..levels).fold(json!(1), |inner, _| if in_objects { json!({ "a": inner }) } else { json!([inner]) })
    }

    #[test]
    fn what_is_handed_on_has_eight_levels_at_most() {
        for in_objects in [true, false] {
            for levels in 0..30 {
                let given = with(&good(), "open", nested(levels, in_objects));
                let path = if in_objects { ".a".repeat(8) } else { String::new() };
                match read::<Outer>(Plain::from(given), &[]) {
                    Ok(_) => assert!(levels <= 8, "{levels}"),
                    Err(refused) => {
                        assert!(levels > 8, "{levels}");
                        assert_eq!(refused.path, format!("open{path}"));
                        assert_eq!(
                            refused.to_string(),
                            format!("open{path} must be plain JSON, at most 8 levels deep.")
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn no_object_is_read_without_end() {
        /// One that stands for itself.
        #[derive(Clone)]
        struct Endless;

        impl Given for Endless {
            fn kind(&self) -> Kind<Self> {
                Kind::Object
            }

            fn field(&self, _: &str) -> Option<Self> {
                Some(Self)
            }

            fn names(&self) -> Option<Vec<String>> {
                Some(vec!["open".to_owned()])
            }

            fn as_json(&self) -> Option<Self> {
                Some(Self)
            }
        }

        #[derive(Debug, Deserialize)]
        struct Within {
            #[allow(dead_code, reason = "it is never read to its end")]
            open: Open,
        }

        let refused = read::<Within>(Endless, &[]).expect_err("it has no end");
        assert_eq!(refused.path, "open");
    }

    #[test]
    fn nothing_is_looked_for_under_half_a_character() {
        let broken = || vec![("word", Some(Odd::Json(json!("one")))), ("\u{fffd}", Some(Odd::Nothing))];
        assert!(message(Odd::Object(broken())).starts_with("\u{fffd} is not known here: there are word, "));
        let refused = odd("open", Odd::Object(broken())).expect("refused");
        assert_eq!(refused, "open must have names of whole characters.");
    }

    #[test]
    fn no_name_changes_a_prototype() {
        for name in ["__proto__", "constructor", "toString"] {
            for open in [json!({ name: 1 }), json!([{ name: { "a": 1 } }])] {
                let refused = read::<Outer>(Plain::from(with(&good(), "open", open)), &[]).expect_err("refused");
                assert_eq!(refused, Refused::at(name, "is no name that can be sent").inside("open"));
                assert_eq!(refused.to_string(), format!("open.{name} is no name that can be sent."));
            }
        }
        assert!(message(Plain::from(with(&good(), "__proto__", json!({})))).starts_with("__proto__ is not known here"));
    }
}
