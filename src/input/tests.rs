//! What the reader takes and refuses, over values that JSON does not have either.

use super::{InputValue, Integer, InvalidValue, MAX_SAFE_INTEGER, ValueKind, read};
use crate::checked_text::{CheckedText, Line};
use crate::json_input::{JsonInput, with, without};
use crate::json_value::{JsonObject, JsonValue};
use core::cell::Cell;
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
    text: Option<CheckedText<Line<5>>>,
    count: Option<Integer<1, 10>>,
    flag: Option<bool>,
    inner: Option<Inner>,
    open: Option<JsonValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    first_name: CheckedText<Line<5>>,
    deep: Option<Box<Inner>>,
}

/// A value as JavaScript may have it.
#[derive(Clone)]
enum HostValue {
    Json(Value),
    Undefined,
    Number(f64),
    Function,
    /// An object with these fields; one without a value cannot be read.
    Object(Vec<(&'static str, Option<HostValue>)>),
    List(Vec<HostValue>),
    /// An object whose `toJSON` gives this.
    WithToJson(Box<HostValue>),
    /// An object whose field names cannot be listed.
    Unlistable,
    /// An object that is not plain, such as a map, with these fields.
    NotPlain(Vec<(&'static str, Option<HostValue>)>),
}

impl InputValue for HostValue {
    fn kind(&self) -> ValueKind<Self> {
        match self {
            Self::Json(value) => match JsonInput::from(value.clone()).kind() {
                ValueKind::Text(text) => ValueKind::Text(text),
                ValueKind::Null => ValueKind::Null,
                ValueKind::Bool(flag) => ValueKind::Bool(flag),
                ValueKind::Number(number) => ValueKind::Number(number),
                ValueKind::Missing | ValueKind::List(_) | ValueKind::Object | ValueKind::Other => ValueKind::Other,
            },
            Self::Undefined => ValueKind::Missing,
            Self::Number(number) => ValueKind::Number(*number),
            Self::Function => ValueKind::Other,
            Self::List(items) => ValueKind::List(items.clone()),
            Self::Object(_) | Self::WithToJson(_) | Self::Unlistable | Self::NotPlain(_) => ValueKind::Object,
        }
    }

    fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Object(fields) | Self::NotPlain(fields) => match fields.iter().find(|(other, _)| *other == name) {
                Some((_, value)) => value.clone(),
                None => Some(Self::Undefined),
            },
            _ => Some(Self::Undefined),
        }
    }

    fn field_names(&self) -> Option<Vec<String>> {
        match self {
            Self::Object(fields) | Self::NotPlain(fields) => {
                Some(fields.iter().map(|(name, _)| (*name).to_owned()).collect())
            }
            Self::Unlistable => None,
            _ => Some(Vec::new()),
        }
    }

    fn to_json(&self) -> Option<Self> {
        match self {
            Self::WithToJson(value) => Some((**value).clone()),
            _ => None,
        }
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::NotPlain(_))
    }
}

fn valid() -> Value {
    json!({
        "word": "one", "only": "WORD", "text": "a", "count": 1, "flag": false, "open": [1, "a", null],
        "inner": { "firstName": "a", "deep": { "firstName": "b" } },
    })
}

#[allow(clippy::expect_used, reason = "a test")]
fn message(given: impl InputValue) -> String {
    read::<Outer>(given, &["other"]).expect_err("refused").to_string()
}

/// The message about an object that has a valid word and this field.
fn message_for(name: &'static str, value: HostValue) -> Option<String> {
    let fields = vec![("word", Some(HostValue::Json(json!("one")))), (name, Some(value))];
    read::<Outer>(HostValue::Object(fields), &[]).err().map(|refused| refused.to_string())
}

#[test]
fn reads_each_field_by_name() {
    let read = read::<Outer>(JsonInput::from(valid()), &[]).expect("valid");
    assert!(matches!((read.word, read.only), (Word::One, Some(Only::Word))));
    assert_eq!((read.text.expect("text").as_str(), read.count.map(|Integer(count)| count)), ("a", Some(1)));
    assert_eq!(read.flag, Some(false));
    let inner = read.inner.expect("an object");
    let deep = inner.deep.expect("an object");
    assert_eq!((inner.first_name.as_str(), deep.first_name.as_str(), deep.deep.is_none()), ("a", "b", true));
    assert_eq!(
        read.open,
        Some(JsonValue::List(vec![JsonValue::Integer(1), JsonValue::Text("a".to_owned()), JsonValue::Null]))
    );

    let least =
        super::read::<Outer>(JsonInput::from(json!({ "word": "three" })), &[]).expect("the others are optional");
    assert!(matches!(least.word, Word::Three));
    assert!(least.only.is_none() && least.text.is_none() && least.count.is_none() && least.flag.is_none());
    assert!(least.inner.is_none() && least.open.is_none());
}

#[test]
fn the_message_has_the_path_and_what_the_value_must_be() {
    let without = "without control characters or characters that change its direction";
    let line = |path| format!("{path} must be one line of visible text, 1 to 5 characters, {without}.");
    for (path, value, says) in [
        ("word", json!("four"), r#"word must be "one", "two" or "three"."#),
        ("word", json!("One"), r#"word must be "one", "two" or "three"."#),
        ("word", json!(1), r#"word must be "one", "two" or "three"."#),
        ("only", json!("word"), r#"only must be "WORD"."#),
        ("text", json!(""), &line("text")),
        ("text", json!(["a"]), &line("text")),
        ("text", json!({}), &line("text")),
        ("count", json!(0), "count must be a whole number from 1 to 10."),
        ("count", json!(11), "count must be a whole number from 1 to 10."),
        ("count", json!(-1), "count must be a whole number from 1 to 10."),
        ("count", json!(1.5), "count must be a whole number from 1 to 10."),
        ("count", json!("1"), "count must be a whole number from 1 to 10."),
        ("flag", json!(0), "flag must be true or false."),
        ("flag", json!("true"), "flag must be true or false."),
        ("inner", json!("a"), "inner must be an object of firstName, deep."),
        ("inner", json!([]), "inner must be an object of firstName, deep."),
        ("inner.firstName", json!("abcdef"), &line("inner.firstName")),
        ("inner.deep", json!(7), "inner.deep must be an object of firstName, deep."),
        ("inner.deep.firstName", json!(7), &line("inner.deep.firstName")),
        ("inner.firstname", json!(7), "inner.firstname is not known here: use one of firstName, deep."),
        ("inner.deep.word", json!(7), "inner.deep.word is not known here: use one of firstName, deep."),
        ("texts", json!(7), "texts is not known here: use one of word, only, text, count, flag, inner, open, other."),
    ] {
        assert_eq!(message(JsonInput::from(with(&valid(), path, value))), says);
    }
}

#[test]
fn null_is_refused_by_typed_fields_and_passed_through_in_json() {
    for path in ["word", "only", "text", "count", "flag", "inner", "inner.firstName", "inner.deep"] {
        let message = message(JsonInput::from(with(&valid(), path, json!(null))));
        assert!(message.starts_with(&format!("{path} must be ")), "{message}");
    }
    // In JSON that is passed through, null is a value.
    assert!(read::<Outer>(JsonInput::from(with(&valid(), "open", json!(null))), &[]).is_ok());
}

#[test]
fn a_missing_required_field_is_named() {
    for path in ["word", "inner.firstName", "inner.deep.firstName"] {
        let message = message(JsonInput::from(without(&valid(), path)));
        assert!(message.starts_with(&format!("{path} must be ")), "{message}");
    }
    for nothing in
        [JsonInput(None), JsonInput::from(json!(null)), JsonInput::from(json!("one")), JsonInput::from(json!([]))]
    {
        assert_eq!(message(nothing), r#"word must be "one", "two" or "three"."#);
    }
}

#[test]
fn other_names_are_known_at_the_root_only() {
    assert!(read::<Outer>(JsonInput::from(with(&valid(), "other", json!([]))), &["other"]).is_ok());
    assert!(read::<Outer>(JsonInput::from(with(&valid(), "other", json!([]))), &[]).is_err());
    assert_eq!(
        message(JsonInput::from(with(&valid(), "inner.other", json!(1)))),
        "inner.other is not known here: use one of firstName, deep."
    );
}

#[test]
fn undefined_counts_as_a_missing_field_and_as_null_in_a_list() {
    assert_eq!(message_for("mistyped", HostValue::Undefined), None);
    assert_eq!(message_for("text", HostValue::Undefined), None);
    let open = HostValue::Object(vec![("a", Some(HostValue::Undefined)), ("b", Some(HostValue::Json(json!(1))))]);
    let list = HostValue::List(vec![HostValue::Undefined]);
    let read = |open: HostValue| {
        let fields = vec![("word", Some(HostValue::Json(json!("two")))), ("open", Some(open))];
        read::<Outer>(HostValue::Object(fields), &[]).expect("valid").open
    };
    assert_eq!(read(open), Some(JsonValue::Object(vec![("b".to_owned(), JsonValue::Integer(1))])));
    assert_eq!(read(list), Some(JsonValue::List(vec![JsonValue::Null])), "as in JSON, a list keeps its length");
}

#[test]
fn unreadable_fields_are_refused_by_path() {
    let unreadable = |name| vec![("word", Some(HostValue::Json(json!("one")))), (name, None)];
    assert_eq!(message(HostValue::Object(unreadable("text"))), "text cannot be read.");
    let open = HostValue::Object(vec![("a", Some(HostValue::Object(vec![("b", None)])))]);
    assert_eq!(message_for("open", open).as_deref(), Some("open.a.b cannot be read."));
    assert!(message(HostValue::Object(unreadable("texts"))).starts_with("texts is not known here"));
    assert_eq!(
        message_for("inner", HostValue::Unlistable).as_deref(),
        Some("inner must be an object whose fields can be read.")
    );
    assert_eq!(
        message_for("open", HostValue::Unlistable).as_deref(),
        Some("open must be an object whose fields can be read.")
    );
    assert_eq!(message(HostValue::Unlistable), "This must be an object whose fields can be read.");
}

#[test]
fn functions_and_non_finite_numbers_are_refused() {
    for value in [HostValue::Function, HostValue::Number(f64::NAN), HostValue::Number(f64::INFINITY)] {
        for name in ["only", "text", "count", "flag", "inner", "open"] {
            let refused = message_for(name, value.clone()).expect("it is refused");
            assert!(refused.starts_with(&format!("{name} must be ")), "{refused}");
        }
        let inside = HostValue::Object(vec![("a", Some(HostValue::List(vec![HostValue::List(vec![value])])))]);
        assert_eq!(message_for("open", inside).as_deref(), Some("open.a must be plain JSON."));
    }
}

#[test]
fn objects_that_are_not_plain_need_a_field_of_their_own() {
    #[derive(Debug, Deserialize)]
    struct WithJsonObject {
        chosen: Option<Chosen>,
    }

    #[derive(Debug, Deserialize)]
    struct Chosen {
        flag: Option<bool>,
        count: Option<Integer<1, 10>>,
    }

    let chosen = |chosen: HostValue| {
        let read = read::<WithJsonObject>(HostValue::Object(vec![("chosen", Some(chosen))]), &[]);
        read.map(|read| read.chosen.map(|chosen| (chosen.flag, chosen.count.map(|Integer(count)| count))))
    };
    let flag = || vec![("flag", Some(HostValue::Json(json!(true))))];
    assert_eq!(chosen(HostValue::Object(Vec::new())), Ok(Some((None, None))));
    assert_eq!(chosen(HostValue::Object(flag())), Ok(Some((Some(true), None))));
    assert_eq!(chosen(HostValue::NotPlain(flag())), Ok(Some((Some(true), None))), "a class with a tag of its own");
    assert_eq!(chosen(HostValue::Undefined), Ok(None));
    for nothing in [HostValue::NotPlain(Vec::new()), HostValue::NotPlain(vec![("flag", Some(HostValue::Undefined))])] {
        let refused = chosen(nothing).expect_err("refused");
        assert_eq!(refused.to_string(), "chosen must be an object with fields of its own.");
    }
    // At the root, optional fields just count as missing.
    assert!(
        read::<WithJsonObject>(HostValue::NotPlain(Vec::new()), &[]).expect("nothing is required").chosen.is_none()
    );
}

#[test]
fn an_object_with_to_json_counts_as_what_it_gives() {
    let written = |value: Value| HostValue::WithToJson(Box::new(HostValue::Json(value)));
    assert_eq!(message_for("text", written(json!("a"))), None);
    assert_eq!(message_for("open", written(json!("a"))), None);
    assert_eq!(message_for("count", written(json!(3))), None);
    for (name, value) in [("text", json!(null)), ("text", json!("abcdef")), ("count", json!("3"))] {
        assert!(message_for(name, written(value)).is_some(), "{name}");
    }
    let again = HostValue::WithToJson(Box::new(written(json!("a"))));
    assert!(message_for("text", again.clone()).is_some(), "toJSON is called once");
    assert_eq!(message_for("open", again), None);
}

#[test]
fn integers_are_taken_up_to_the_largest_safe_one() {
    #[derive(Debug, Deserialize)]
    struct Count {
        count: Integer<0, MAX_SAFE_INTEGER>,
    }
    let count = |number: f64| {
        let given = HostValue::Object(vec![("count", Some(HostValue::Number(number)))]);
        read::<Count>(given, &[]).ok().map(|Count { count: Integer(count) }| count)
    };
    for (number, whole) in [(0.0, 0), (-0.0, 0), (1.0, 1), (9_007_199_254_740_991.0, MAX_SAFE_INTEGER)] {
        assert_eq!(count(number), Some(whole));
    }
    for number in [-1.0, 0.5, 9_007_199_254_740_992.0, 1e300, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(count(number), None, "{number}");
    }
}

/// Nested lists or objects.
fn nested(levels: usize, in_objects: bool) -> Value {
    (0..levels).fold(json!(1), |inner, _| if in_objects { json!({ "a": inner }) } else { json!([inner]) })
}

#[test]
fn json_is_refused_below_eight_levels() {
    for in_objects in [true, false] {
        for levels in 0..30 {
            let given = with(&valid(), "open", nested(levels, in_objects));
            let path = if in_objects { ".a".repeat(8) } else { String::new() };
            match read::<Outer>(JsonInput::from(given), &[]) {
                Ok(_) => assert!(levels <= 8, "{levels}"),
                Err(refused) => {
                    assert!(levels > 8, "{levels}");
                    assert_eq!(refused.path, format!("open{path}"));
                    assert_eq!(refused.to_string(), format!("open{path} must be plain JSON, at most 8 levels deep."));
                }
            }
        }
    }
}

#[test]
fn an_object_whose_to_json_gives_itself_is_refused() {
    /// An object whose `toJSON` gives itself.
    #[derive(Clone)]
    struct Endless;

    impl InputValue for Endless {
        fn kind(&self) -> ValueKind<Self> {
            ValueKind::Object
        }

        fn field(&self, _: &str) -> Option<Self> {
            Some(Self)
        }

        fn field_names(&self) -> Option<Vec<String>> {
            Some(vec!["open".to_owned()])
        }

        fn to_json(&self) -> Option<Self> {
            Some(Self)
        }
    }

    #[derive(Debug, Deserialize)]
    struct Within {
        #[allow(dead_code, reason = "never read to its end")]
        open: JsonValue,
    }

    let refused = read::<Within>(Endless, &[]).expect_err("endless");
    assert_eq!(refused.path, "open");
}

#[test]
fn names_with_lone_surrogates_are_refused() {
    let broken = || vec![("word", Some(HostValue::Json(json!("one")))), ("\u{fffd}", Some(HostValue::Undefined))];
    assert!(message(HostValue::Object(broken())).starts_with("\u{fffd} is not known here: use one of word, "));
    let refused = message_for("open", HostValue::Object(broken())).expect("refused");
    assert_eq!(refused, "open must have field names of valid Unicode.");
}

#[test]
fn inherited_names_are_refused_in_json() {
    let problem = "cannot be sent, since every JavaScript object inherits this name: use another name";
    for name in ["__proto__", "constructor", "toString"] {
        for open in [json!({ name: 1 }), json!([{ name: { "a": 1 } }])] {
            let refused = read::<Outer>(JsonInput::from(with(&valid(), "open", open)), &[]).expect_err("refused");
            assert_eq!(refused, InvalidValue::at(name, problem).inside("open"));
            assert_eq!(refused.to_string(), format!("open.{name} {problem}."));
        }
    }
    assert!(
        message(JsonInput::from(with(&valid(), "__proto__", json!({})))).starts_with("__proto__ is not known here")
    );
}

#[derive(Debug, serde::Deserialize)]
struct WithJsonObject {
    open: Option<JsonObject>,
}

#[allow(clippy::expect_used, reason = "a test")]
fn json_object_of(open: &Value) -> Result<Option<Value>, String> {
    let read = read::<WithJsonObject>(JsonInput::from(json!({ "open": open })), &[]);
    read.map(|held| held.open.map(|open| serde_json::to_value(open).expect("JSON"))).map_err(|error| error.to_string())
}

#[test]
fn a_json_object_must_be_an_object() {
    let given = json!({ "a": [1, "b", null, false, 1.5], "c": {} });
    assert_eq!(json_object_of(&given), Ok(Some(given)));
    assert!(read::<WithJsonObject>(JsonInput::from(json!({})), &[]).expect("optional").open.is_none());
    for other in [json!(null), json!([]), json!("a"), json!(1), json!(true)] {
        let says = "open must be an object of plain JSON, at most 8 levels deep.";
        assert_eq!(json_object_of(&other), Err(says.to_owned()));
    }
    let deep = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
    assert!(json_object_of(&deep).expect_err("too deep").ends_with(" must be plain JSON, at most 8 levels deep."));
}

#[test]
fn a_json_object_has_at_most_16_kib() {
    // The bytes that a value counts for, with its comma, inside of {"a":…}.
    let overhead = r#"{},"a":"#.len();
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
        let most = (16_384 - overhead - 3) / counts;
        let list = |length: usize| json!({ "a": vec![one.clone(); length] });
        // The host refuses lists of more than a thousand items.
        assert!(json_object_of(&list(most)).is_ok(), "{one}");
        assert_eq!(json_object_of(&list(most + 1)), Err("open must be at most 16 KiB of JSON.".to_owned()), "{one}");
    }
    for (length, is_taken) in [(16_374, true), (16_375, false)] {
        assert_eq!(json_object_of(&json!({ "a": "x".repeat(length) })).is_ok(), is_taken, "{length}");
    }
    let long = json!({ "k".repeat(20_000): 1 });
    assert_eq!(json_object_of(&long), Err("open must be at most 16 KiB of JSON.".to_owned()));
    assert!(serde_json::from_value::<JsonValue>(json!(vec!["x".repeat(1_000); 100])).is_ok(), "only input is limited");
}

#[test]
fn a_json_object_over_16_kib_is_not_read_to_its_end() {
    /// A list whose items are lists of a thousand again, and count how often they are asked for.
    #[derive(Clone)]
    struct Endless<'count>(&'count Cell<u32>, bool);

    impl InputValue for Endless<'_> {
        fn kind(&self) -> ValueKind<Self> {
            self.0.set(self.0.get() + 1);
            if self.1 { ValueKind::Object } else { ValueKind::List(vec![self.clone(); 1_000]) }
        }

        fn field(&self, _: &str) -> Option<Self> {
            Some(Self(self.0, false))
        }

        fn field_names(&self) -> Option<Vec<String>> {
            Some(vec!["open".to_owned()])
        }

        fn to_json(&self) -> Option<Self> {
            None
        }
    }

    let count = Cell::new(0);
    let refused = read::<WithJsonObject>(Endless(&count, true), &[]).expect_err("endless");
    assert_eq!(refused.path, "open");
    assert!(count.get() < 20_000, "{count:?}");
}
