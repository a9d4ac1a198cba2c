//! What the fuzz targets share: JSON as a host hands it over, and a host that answers everything alike.

use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, Host, Interrupt, Lost, Request};
use flinkspay_edge::json::Json;
use serde::Deserialize;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Hosts parse the whole text first and keep the last of duplicate keys, so the text is never read by the core itself.
pub fn parse(bytes: &[u8]) -> Option<(Value, Json)> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let json = Json::deserialize(value.clone()).expect("a value can always be read");
    Some((value, overflowing(json)))
}

/// JavaScript makes Infinity of `1e999`, which serde_json refuses; here `1e300` stands for it.
fn overflowing(json: Json) -> Json {
    match json {
        Json::Decimal(text) if text.parse::<f64>().is_ok_and(|value| value.abs() >= 1e300) => Json::Unreadable,
        Json::List(items) => Json::List(items.into_iter().map(overflowing).collect()),
        Json::Object(entries) => {
            Json::Object(entries.into_iter().map(|(name, value)| (name, overflowing(value))).collect())
        }
        other => other,
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
