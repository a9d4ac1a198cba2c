//! What the fuzz targets share: JSON as the crate reads it and as another reader does, and a host that answers everything
//! alike.

use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, Host, Interrupt, Lost, Request};
use flinkspay_edge::json::Json;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The same text as another reader has it, which keeps the last of duplicate keys too. What that one reads must be read; it
/// refuses halves of surrogate pairs, numbers that no float holds, and what lies more than 128 levels deep.
pub fn parse(bytes: &[u8]) -> Option<(Value, Json)> {
    let json = Json::parse(bytes);
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let json = json.expect("what is JSON is read");
    (!has_twins(&value)).then_some((value, json))
}

/// Whether an object has keys that differ in their case alone: of those the last in the text counts, which the other reader
/// does not tell.
fn has_twins(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_twins),
        Value::Object(entries) => {
            let names: BTreeSet<_> = entries.keys().map(|name| name.to_ascii_lowercase()).collect();
            names.len() < entries.len() || entries.values().any(has_twins)
        }
        _ => false,
    }
}

/// The value of a key whatever its case.
pub fn field<'value>(value: &'value Value, key: &str) -> Option<&'value Value> {
    value.as_object()?.iter().find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
}

/// Whether ids, which go into URLs and bodies, have what they may have.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c == '-' || c.is_ascii_alphanumeric())
}

/// Whether text is an amount as it leaves the crate: no leading zero, always two decimals, above zero.
pub fn is_printed_amount(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((dollars, [b'.', ten, one])) = bytes.split_at_checked(bytes.len().wrapping_sub(3)) else { return false };
    let digits = dollars.iter().chain([ten, one]);
    (1..=13).contains(&dollars.len())
        && (dollars.len() == 1 || dollars[0] != b'0')
        && digits.clone().all(u8::is_ascii_digit)
        && digits.clone().any(|digit| *digit != b'0')
}

/// Answers each request with the same status and header, takes no time for it, and keeps what was waited for.
pub struct SameHost {
    pub status: u16,
    pub retry_after: String,
    pub now: Cell<u64>,
    pub requests: Cell<u32>,
    pub waits: RefCell<Vec<u64>>,
}

impl Host for SameHost {
    async fn fetch(&self, _: Request, limit_ms: u64, _: &Error) -> Result<Answer, Lost> {
        assert!(limit_ms > 0, "nothing is sent without time for its answer");
        self.requests.set(self.requests.get() + 1);
        Ok(Answer { status: self.status, retry_after: Some(self.retry_after.clone()), body: Json::Unreadable })
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    fn date(&self, text: &str) -> Option<u64> {
        let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok()
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
