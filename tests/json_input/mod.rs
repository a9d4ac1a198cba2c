//! Input from a caller, and the JSON of a host, as `serde_json` has them, for the tests.
#![allow(dead_code, clippy::expect_used, reason = "each test uses its part, and may fail")]

use flinkspay_edge::host::Json;
use flinkspay_edge::input::{InputValue, ValueKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A JSON value, or a missing one.
#[derive(Clone, Debug)]
pub struct JsonInput(pub Option<Value>);

impl From<Value> for JsonInput {
    fn from(value: Value) -> Self {
        Self(Some(value))
    }
}

impl InputValue for JsonInput {
    fn kind(&self) -> ValueKind<Self> {
        match &self.0 {
            None => ValueKind::Missing,
            Some(Value::Null) => ValueKind::Null,
            Some(Value::Bool(flag)) => ValueKind::Bool(*flag),
            Some(Value::Number(number)) => number.as_f64().map_or(ValueKind::Other, ValueKind::Number),
            Some(Value::String(text)) => ValueKind::Text(text.clone()),
            Some(Value::Array(items)) => ValueKind::List(items.iter().cloned().map(Self::from).collect()),
            Some(Value::Object(_)) => ValueKind::Object,
        }
    }

    fn field(&self, name: &str) -> Option<Self> {
        Some(Self(self.0.as_ref().and_then(|value| value.get(name)).cloned()))
    }

    fn field_names(&self) -> Option<Vec<String>> {
        let entries = self.0.as_ref().and_then(Value::as_object);
        Some(entries.map(|entries| entries.keys().cloned().collect()).unwrap_or_default())
    }

    fn to_json(&self) -> Option<Self> {
        None
    }
}

/// The JSON of a host.
#[derive(Clone, Debug)]
pub struct PlainJson(pub Value);

impl Json for PlainJson {
    fn write<B: Serialize>(body: &B) -> Self {
        Self(serde_json::to_value(body).expect("a body is JSON"))
    }

    fn read<T: DeserializeOwned>(self) -> Option<T> {
        // serde would read a list as the fields of a struct in order.
        self.0.is_object().then(|| serde_json::from_value(self.0).ok()).flatten()
    }
}

/// The value with the one at a path replaced.
pub fn with(base: &Value, path: &str, value: Value) -> Value {
    let mut given = base.clone();
    let mut place = &mut given;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
    given
}

/// The value without the one at a path.
pub fn without(base: &Value, path: &str) -> Value {
    let mut given = base.clone();
    let (inside, name) = path.rsplit_once('.').map_or((None, path), |(inside, name)| (Some(inside), name));
    let place =
        inside.into_iter().flat_map(|inside| inside.split('.')).fold(&mut given, |place, name| &mut place[name]);
    if let Value::Object(entries) = place {
        entries.remove(name);
    }
    given
}
