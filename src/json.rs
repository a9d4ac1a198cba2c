//! JSON as a value, and its text (RFC 8259). What comes in is read by [`Json::parse`]; what goes out is written by
//! [`ObjectText`], so that a number which is kept as text goes out as it came in.

mod reader;

use crate::amount::Amount;
use crate::text::{hex, push_number};
use std::borrow::Cow;

/// How deep lists and objects may lie in each other to be kept; what is deeper is [`Json::Unreadable`].
pub const MAX_DEPTH: u8 = 8;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`, or nothing at all.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that is whole.
    Integer(i64),
    /// Any other number, as the text of JSON: carried through as it is, never calculated with.
    Decimal(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in the order of its text; of duplicate keys the last counts.
    Object(Entries),
    /// What is no JSON (a function, say) or lies more than eight levels deep.
    Unreadable,
}

/// The entries of an object.
pub type Entries = Vec<(Cow<'static, str>, Json)>;

impl Json {
    /// Reads JSON in UTF-8, with or without a byte order mark. `None` for what is no JSON.
    ///
    /// Text keeps everything but halves of surrogate pairs, which become U+FFFD, as hosts make them.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        reader::read(text)
    }

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

    /// A number as decimal text, or text as it is.
    #[must_use]
    pub fn decimal(&self) -> Option<String> {
        match self {
            Self::Integer(_) => Some(self.to_text()),
            // Writers use an exponent for what is very large or very small, and nobody pays that.
            Self::Decimal(text) if text.bytes().any(|byte| byte.is_ascii_alphabetic()) => None,
            Self::Decimal(text) | Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// An amount of money as text with two decimals, from a number or from text.
    #[must_use]
    pub fn amount(&self) -> Option<String> {
        Amount::parse(&self.decimal()?).map(Amount::to_text)
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

    /// The text of it. What is not readable is `null`.
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
            Self::Integer(value) => {
                text.push_str(if *value < 0 { "-" } else { "" });
                push_number(text, value.unsigned_abs());
            }
            Self::Decimal(decimal) => text.push_str(decimal),
            Self::Text(value) => write_text(value, text),
            Self::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Self::Object(entries) => {
                let mut object = ObjectText::default();
                for (name, value) in entries {
                    object.json(name, Some(value));
                }
                text.push_str(&object.end());
            }
        }
    }
}

/// RFC 8259, section 7: quotation marks, backslashes and control characters are escaped.
fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            '\0'..='\u{1f}' => {
                text.push_str("\\u00");
                text.extend(u8::try_from(character).map(hex).unwrap_or_default());
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// The text of an object, written field by field.
#[derive(Clone, Debug, Default)]
pub struct ObjectText(String);

impl ObjectText {
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        write_text(name, &mut self.0);
        self.0.push(':');
    }

    /// A field of text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        write_text(value, &mut self.0);
    }

    /// A field of text, where there is any.
    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A whole number, where there is any.
    pub fn number(&mut self, name: &str, value: Option<u32>) {
        if let Some(value) = value {
            self.name(name);
            push_number(&mut self.0, value.into());
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// A field of any kind, where there is one.
    pub fn json(&mut self, name: &str, value: Option<&Json>) {
        if let Some(value) = value {
            self.name(name);
            value.write(&mut self.0);
        }
    }

    /// A field whose text is JSON already.
    pub fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    /// The whole text.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Json, ObjectText};
    use serde_json::{Value, json};

    fn read(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap_or(Json::Unreadable)
    }

    fn texts(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn finds_keys_in_any_case_and_the_last_of_duplicates() {
        let answer = read(r#"{"ReferenceId":"User1234","other":[1,2.5,null,true],"a":1,"a":2}"#);
        assert_eq!(answer.get("referenceId").and_then(Json::text), Some("User1234"));
        assert_eq!(answer.get("reference"), None);
        assert_eq!(answer.get("a"), Some(&Json::Integer(2)));
        assert!(answer.is_readable());
    }

    #[test]
    fn what_lies_too_deep_hides_nothing_else() {
        let answer = read(&format!(r#"{{"deep":{},"sessionId":"a"}}"#, texts(100_000)));
        assert_eq!(answer.get("sessionId").and_then(Json::text), Some("a"));
        assert_eq!(answer.get("deep").map(Json::to_text), Some("[[[[[[[null]]]]]]]".to_owned()));
        assert!(!answer.is_readable());
    }

    #[test]
    fn eight_levels_are_kept() {
        assert!(read(&texts(8)).is_readable());
        assert_eq!(read(&texts(9)).get("a"), None);
        assert!(!read(&texts(9)).is_readable() && read(&texts(9)) != Json::Unreadable);
    }

    #[test]
    fn what_lies_too_deep_is_json_too() {
        let deep = |text: &str| Json::parse(format!("{0}{text}{1}", "[".repeat(8), "]".repeat(8)).as_bytes());
        for text in [
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[1]",
            "[1,2]",
            "[ 1 , [ ] , { } ]",
            r#"{"a":1}"#,
            r#"{"a":[],"b":{"c":"]"}}"#,
            r#"[{"a":[{"b":null}]},"}"]"#,
            r#" {"a" : 1 , "b" : [ true ] } "#,
        ] {
            assert_eq!(deep(text).map(|read| read.is_readable()), Some(false), "{text}");
        }
        for text in [
            "[",
            "[1",
            "[1,]",
            "[,]",
            "[1 2]",
            "[1}",
            "{]",
            "{1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1,2}"#,
            r#"{"a":[}"#,
            "[[]",
            "[]]",
            "[x]",
            r#"{"a":1 "b":2}"#,
            r#"["\x"]"#,
            "[01]",
            "[]1",
        ] {
            assert_eq!(deep(text), None, "{text}");
        }
        assert_eq!(Json::parse("[{\"a\":".repeat(32_768).as_bytes()), None);
    }

    #[test]
    fn reads_each_kind_of_value() {
        let list = " [ null , true,false,-7\t,7,9223372036854775807,9223372036854775808,0.5,12.0,1e2,-0 ,\r\n\"t\",{ \"a\" : [ ] } ] ";
        let decimal = |text: &str| Json::Decimal(text.to_owned());
        let values = [
            Json::Null,
            Json::Bool(true),
            Json::Bool(false),
            Json::Integer(-7),
            Json::Integer(7),
            Json::Integer(i64::MAX),
            // Too large for a whole number of ours: not rounded.
            decimal("9223372036854775808"),
            decimal("0.5"),
            Json::Integer(12),
            Json::Integer(100),
            Json::Integer(0),
            Json::Text("t".to_owned()),
            Json::Object(vec![("a".into(), Json::List(Vec::new()))]),
        ];
        assert_eq!(read(list), Json::List(values.into()));
        assert_eq!(read(&format!("\u{feff}{list}")), read(list));
        let written = r#"[null,true,false,-7,7,9223372036854775807,9223372036854775808,0.5,12,100,0,"t",{"a":[]}]"#;
        assert_eq!(read(list).to_text(), written);
        for word in ["null", "\"\"", "0", "-1.5E-7", "{}"] {
            assert_eq!(read(word).to_text(), word);
        }
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for (text, value) in [
            ("1e9", 1_000_000_000),
            ("-1.50E+1", -15),
            ("120e-1", 12),
            ("0e999999999999999999", 0),
            ("0.000e-9", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775807", -i64::MAX),
            ("9.223372036854775807e18", i64::MAX),
        ] {
            assert_eq!(read(text), Json::Integer(value), "{text}");
        }
        for text in ["1e19", "1e99999999999999999999", "-1e-1", "12e-1", "1.5", "1e-99999999999999999999"] {
            assert_eq!(read(text), Json::Decimal(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in [
            "",
            " ",
            "nul",
            "nullx",
            "True",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\ud800\\u12\"",
            "\"\n\"",
            "\"\u{0}\"",
            "01",
            "-",
            "-a",
            "+1",
            ".5",
            "1.",
            "1.e1",
            "1e",
            "1e+",
            "0x1",
            "1 2",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,]",
            "[1 2]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "{\"a\" 1}",
            "[1}",
            "{\"a\":1]",
            "]",
            "NaN",
            "Infinity",
            "\u{feff}\u{feff}1",
            "1\u{a0}",
            "/**/1",
        ] {
            assert_eq!(Json::parse(text.as_bytes()), None, "{text:?}");
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
        }
        for bytes in [&b"\"\xff\""[..], b"\"\xc3\"", b"\"\xed\xa0\x80\"", b"{\"\xff\":1}", b"\xff", b"\xef\xbb1"] {
            assert_eq!(Json::parse(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn reads_every_escape() {
        for (text, read_as) in [
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u0000\u00e9\u20AC\uffff""#, "\0é€\u{ffff}"),
            (r#""a\ud83d\ude00b""#, "a😀b"),
            (r#""é😀""#, "é😀"),
            // Halves of pairs, alone, in the wrong order, and before something else.
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\ud83d\u0041\ud83dA\ud83d\n""#, "\u{fffd}A\u{fffd}A\u{fffd}\n"),
        ] {
            assert_eq!(read(text), Json::Text(read_as.to_owned()), "{text}");
        }
    }

    #[test]
    fn numbers_and_text_become_decimal_text_and_nothing_else_does() {
        for (given, decimal, amount) in [
            ("12", Some("12"), Some("12.00")),
            ("12.5", Some("12.5"), Some("12.50")),
            ("12.50", Some("12.50"), Some("12.50")),
            ("\"12.5\"", Some("12.5"), Some("12.50")),
            ("-3", Some("-3"), None),
            ("0.001", Some("0.001"), None),
            ("9999999999999.99", Some("9999999999999.99"), Some("9999999999999.99")),
            ("\"x\"", Some("x"), None),
            ("1e+21", None, None),
            ("1E2", Some("100"), Some("100.00")),
            ("true", None, None),
            ("null", None, None),
            ("[1]", None, None),
        ] {
            let json = read(given);
            assert_eq!((json.decimal().as_deref(), json.amount().as_deref()), (decimal, amount), "{given}");
        }
    }

    #[test]
    fn is_written_as_other_writers_do() {
        let all: String =
            (0..=0x2ff).filter_map(char::from_u32).chain("\u{2028}\u{fffd}é😀\u{10ffff}".chars()).collect();
        let value = json!({ all.clone(): all, "": [null, true, false, i64::MIN], "empty": [[], {}] });
        assert_eq!(serde_json::from_str::<Value>(&read(&value.to_string()).to_text()).expect("JSON"), value);
        let odd = Json::List(vec![Json::Decimal("9999999999999.99".to_owned()), Json::Unreadable]);
        assert_eq!(odd.to_text(), "[9999999999999.99,null]");
    }

    #[test]
    fn an_object_is_written_field_by_field() {
        let mut object = ObjectText::default();
        object.text("a\"", "\n");
        object.optional("b", None);
        object.optional("c", Some(""));
        object.number("d", None);
        object.number("e", Some(u32::MAX));
        object.flag("f", true);
        object.json("g", None);
        object.json("h", Some(&Json::List(vec![Json::Null])));
        object.raw("i", "12.50");
        assert_eq!(object.end(), r#"{"a\"":"\u000A","c":"","e":4294967295,"f":true,"h":[null],"i":12.50}"#);
        assert_eq!(ObjectText::default().end(), "{}");
    }
}
