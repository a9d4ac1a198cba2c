//! serde's deserializer over the values of a caller.

use super::integer::MAX_SAFE_INTEGER;
use super::invalid_value::InvalidValue;
use super::value::{InputValue, ValueKind};
use crate::inherited_names::is_inherited_name;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// How deep lists and objects may be nested in JSON that is passed through: no input can exhaust the stack or be endless.
const MAX_DEPTH: u8 = 8;

/// Reads a value. `other_names` are names of fields that it may have too, since the caller of this reads them itself.
///
/// # Errors
/// The first field that is wrong.
pub fn read<T: DeserializeOwned>(
    value: impl InputValue,
    other_names: &'static [&'static str],
) -> Result<T, InvalidValue> {
    T::deserialize(Reader { value, other_names: Some(other_names), is_root: true, depth: MAX_DEPTH })
}

/// Reads the fields that are known, and ignores others.
///
/// # Errors
/// As [`read`].
pub fn read_ignoring_unknown<T: DeserializeOwned>(value: impl InputValue) -> Result<T, InvalidValue> {
    T::deserialize(Reader { value, other_names: None, is_root: true, depth: MAX_DEPTH })
}

struct Reader<In> {
    value: In,
    /// Other names that its fields may have; any, if `None`.
    other_names: Option<&'static [&'static str]>,
    is_root: bool,
    /// How many more levels of nesting it may have.
    depth: u8,
}

impl<In: InputValue> Reader<In> {
    fn nested(value: In, depth: u8) -> Self {
        Self { value, other_names: Some(&[]), is_root: false, depth }
    }
}

impl<'de, In: InputValue> Deserializer<'de> for Reader<In> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.value.kind() {
            ValueKind::Missing | ValueKind::Null => visitor.visit_unit(),
            ValueKind::Bool(flag) => visitor.visit_bool(flag),
            ValueKind::Number(number) => match safe_integer(number) {
                Some(number) => visitor.visit_i64(number),
                None if number.is_finite() => visitor.visit_f64(number),
                None => Err(must_be(&visitor)),
            },
            ValueKind::Text(text) => visitor.visit_string(text),
            ValueKind::Other => Err(must_be(&visitor)),
            ValueKind::List(_) | ValueKind::Object if self.depth == 0 => {
                Err(InvalidValue::here(format!("must be plain JSON, at most {MAX_DEPTH} levels deep")))
            }
            ValueKind::List(items) => {
                visitor.visit_seq(Items { items: items.into_iter(), depth: self.depth.saturating_sub(1) })
            }
            ValueKind::Object => match self.value.to_json() {
                Some(json) => Self::nested(json, self.depth.saturating_sub(1)).deserialize_any(visitor),
                None => visitor.visit_map(Fields::of_any_object(self.value, self.depth.saturating_sub(1))?),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        if self.value.is_missing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        if !self.is_root && !matches!(self.value.kind(), ValueKind::Object) {
            return Err(InvalidValue::here(format!("must be an object of {}", fields.join(", "))));
        }
        if self.is_root && self.value.is_promise() {
            let first = fields.first().copied().unwrap_or_default();
            return Err(InvalidValue::at(first, "is missing, since a promise was given: await it"));
        }
        if let Some(other_names) = self.other_names {
            refuse_unknown_fields(&self.value, fields, other_names)?;
        }
        // At the root, the error names the required field that is missing.
        let may_be_empty = self.is_root || self.value.is_plain();
        visitor.visit_map(Fields {
            names: fields.iter().copied(),
            value: self.value,
            next: None,
            skips_missing: false,
            may_be_empty,
            depth: self.depth,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        match self.value.kind() {
            ValueKind::Text(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            _ => Err(de::Error::unknown_variant("", variants)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match scalar(&self.value) {
            ValueKind::Text(text) => visitor.visit_string(text),
            _ => Err(must_be(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        self.deserialize_string(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match scalar(&self.value) {
            ValueKind::Number(number) => match safe_integer(number) {
                Some(number) => visitor.visit_i64(number),
                None => Err(must_be(&visitor)),
            },
            _ => Err(must_be(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.value.kind() {
            ValueKind::Bool(flag) => visitor.visit_bool(flag),
            _ => Err(InvalidValue::here("must be true or false")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

fn refuse_unknown_fields(value: &impl InputValue, fields: &[&str], other_names: &[&str]) -> Result<(), InvalidValue> {
    let names = field_names(value)?;
    let is_known = |name: &str| fields.contains(&name) || other_names.contains(&name);
    match names.iter().find(|name| !is_known(name) && (is_broken(name) || has_field(value, name))) {
        Some(name) => {
            let known: Vec<_> = fields.iter().chain(other_names).copied().collect();
            Err(InvalidValue::at(name, format!("is not known here: use one of {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

fn field_names(value: &impl InputValue) -> Result<Vec<String>, InvalidValue> {
    value.field_names().ok_or_else(|| InvalidValue::here("must be an object whose fields can be read"))
}

/// The kind of a value that is no list. Text may be given as an object whose `toJSON` gives text, such as a URL or a decimal.
fn scalar<In: InputValue>(value: &In) -> ValueKind<In> {
    match value.kind() {
        ValueKind::Object => value.to_json().map_or(ValueKind::Object, |json| json.kind()),
        kind => kind,
    }
}

fn must_be(expected: &dyn de::Expected) -> InvalidValue {
    InvalidValue::here(format!("must be {expected}"))
}

/// Hosts replace a lone surrogate by U+FFFD, so no field can be found under such a name.
fn is_broken(name: &str) -> bool {
    name.contains('\u{fffd}')
}

/// Whether a field has a value, or cannot be read.
fn has_field(value: &impl InputValue, name: &str) -> bool {
    value.field(name).is_none_or(|value| !value.is_missing())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "safe integers are exact")]
fn safe_integer(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER as f64).then_some(number as i64)
}

/// The fields of an object: those that a struct asks for, or all that the object has.
struct Fields<In, N> {
    names: N,
    value: In,
    next: Option<(String, In)>,
    /// Whether fields without a value are left out, as JSON does.
    skips_missing: bool,
    /// Whether it may be an object in which no field has a value.
    may_be_empty: bool,
    depth: u8,
}

impl<In: InputValue> Fields<In, std::vec::IntoIter<String>> {
    fn of_any_object(value: In, depth: u8) -> Result<Self, InvalidValue> {
        let names = field_names(&value)?;
        if let Some(name) = names.iter().find(|name| is_inherited_name(name)) {
            let problem = "cannot be sent, since every JavaScript object inherits this name: use another name";
            return Err(InvalidValue::at(name, problem));
        }
        if names.iter().any(|name| is_broken(name)) {
            return Err(InvalidValue::here("must have field names of valid Unicode"));
        }
        Ok(Self { names: names.into_iter(), value, next: None, skips_missing: true, may_be_empty: true, depth })
    }
}

impl<'de, In: InputValue, N: Iterator<Item: AsRef<str>>> MapAccess<'de> for Fields<In, N> {
    type Error = InvalidValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, InvalidValue> {
        for name in self.names.by_ref() {
            let name = name.as_ref();
            let value = self.value.field(name).ok_or_else(|| InvalidValue::at(name, "cannot be read"))?;
            if self.skips_missing && value.is_missing() {
                continue;
            }
            self.may_be_empty = self.may_be_empty || !value.is_missing();
            self.next = Some((name.to_owned(), value));
            let name: StrDeserializer<InvalidValue> = name.into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        if self.may_be_empty { Ok(None) } else { Err(InvalidValue::here("must be an object with fields of its own")) }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, InvalidValue> {
        let (name, value) = self.next.take().ok_or_else(|| InvalidValue::here("must be an object"))?;
        seed.deserialize(Reader::nested(value, self.depth)).map_err(|invalid| invalid.inside(&name))
    }
}

struct Items<I> {
    items: I,
    depth: u8,
}

impl<'de, In: InputValue, I: Iterator<Item = In>> SeqAccess<'de> for Items<I> {
    type Error = InvalidValue;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, InvalidValue> {
        self.items.next().map(|item| seed.deserialize(Reader::nested(item, self.depth))).transpose()
    }
}
