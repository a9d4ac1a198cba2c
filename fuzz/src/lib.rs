//! What the fuzz targets share: the JSON of a host, input from callers, and a host that always gives the same answer.

use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, FetchFailure, Host, Interrupt, Json, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[path = "../../tests/json_input/mod.rs"]
pub mod json_input;
pub use json_input::PlainJson;

/// Reads an answer.
pub fn read<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    PlainJson(answer.clone()).read()
}

/// Parses JSON; of duplicate keys the last counts. `None` where keys differ only in case: such an answer is not read, and
/// below the top level the last one in the text counts, which `Value` does not keep.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    (!has_case_duplicates(&value)).then_some(value)
}

/// Whether an error names a field, and its message begins with the path.
pub fn is_named(error: &Error) -> bool {
    let field = error.field.as_deref().expect("a field");
    let begins_with = |path: &str| error.message.starts_with(&format!("{path} "));
    begins_with(if field.is_empty() { "This" } else { field }) && !error.retryable
}

/// The cents of a JSON number, from its digits.
pub fn cents(number: &str) -> Option<u64> {
    let (dollars, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals = format!("{:0<2}", decimals.trim_end_matches('0'));
    if decimals.len() == 2 { format!("{dollars}{decimals}").parse().ok() } else { None }
}

/// Whether two values are the same JSON to JavaScript, whose numbers are doubles.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        _ => one == other,
    }
}

/// Whether an object has keys that differ only in case.
fn has_case_duplicates(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_case_duplicates),
        Value::Object(entries) => {
            let names: BTreeSet<_> = entries.keys().map(|name| name.to_ascii_lowercase()).collect();
            names.len() < entries.len() || entries.values().any(has_case_duplicates)
        }
        _ => false,
    }
}

/// The value of a key, in any case.
pub fn any_case<'value>(value: &'value Value, key: &str) -> Option<&'value Value> {
    value.as_object()?.iter().find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
}

/// The value of a key in one of the spellings on Flinks' pages: as it is, capitalised, in lower case, in upper case.
pub fn field<'value>(value: &'value Value, key: &str) -> Option<&'value Value> {
    let capital = format!("{}{}", key[..1].to_ascii_uppercase(), &key[1..]);
    let cases = [key.to_owned(), capital, key.to_ascii_lowercase(), key.to_ascii_uppercase()];
    cases.iter().find_map(|key| value.as_object()?.get(key))
}

/// Whether text is a valid id.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c == '-' || c.is_ascii_alphanumeric())
}

/// Whether text is an amount as the crate prints it: no leading zero, two decimals, above zero.
pub fn is_printed_amount(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((dollars, [b'.', ten, one])) = bytes.split_at_checked(bytes.len().wrapping_sub(3)) else { return false };
    let digits = dollars.iter().chain([ten, one]);
    (1..=13).contains(&dollars.len())
        && (dollars.len() == 1 || dollars[0] != b'0')
        && digits.clone().all(u8::is_ascii_digit)
        && digits.clone().any(|digit| *digit != b'0')
}

/// Answers each request with the same status and header in no time, and records the pauses.
pub struct SameHost {
    pub status: u16,
    pub retry_after: String,
    pub now: Cell<u64>,
    pub requests: Cell<u32>,
    pub waits: RefCell<Vec<u64>>,
}

impl Host for SameHost {
    type Json = PlainJson;

    async fn fetch(&self, _: Request<PlainJson>, limit_ms: u64, _: &Error) -> Result<Answer<PlainJson>, FetchFailure> {
        assert!(limit_ms > 0, "a request has time for its answer");
        self.requests.set(self.requests.get() + 1);
        Ok(Answer { status: self.status, retry_after: Some(self.retry_after.clone()), body: None })
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        self.waits.borrow_mut().push(ms);
        self.now.set(self.now.get().saturating_add(ms));
        Ok(())
    }

    fn random(&self) -> u32 {
        u32::MAX
    }

    fn report(&self, _: &Attempt) {}
}

/// Runs a future that never waits for anything but its host.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("this host never waits"),
    }
}
