//! `Retry-After` from a server that always refuses. The lines are a status, the clock in milliseconds, and the header: the
//! waits stay within the deadline, the tries are counted, and no more than a day is reported.
#![no_main]

use flinkspay_edge::config::Config;
use flinkspay_edge::ids::RequestId;
use flinkspay_edge::sequence::Calls;
use flinkspay_edge::token_pool::TokenPool;
use flinkspay_edge_fuzz::{SameHost, json_input, run};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

const DEADLINE_MS: u64 = 25_000;
const DAY_MS: u64 = 86_400_000;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let options = json!({ "baseUrl": "https://pay.example.com", "username": "u", "password": "p" });
    Config::new(json_input::JsonInput::from(options), &[]).expect("a config")
});

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (Some(status), Some(now), Some(header)) = (lines.next(), lines.next(), lines.next()) else { return };
    let (Ok(status), Ok(now)) = (status.parse(), now.parse()) else { return };
    // The last time of JavaScript (ECMA-262, time values); the host's clock would saturate beyond it.
    if now > 8_640_000_000_000_000 {
        return;
    }
    let host = SameHost {
        status,
        retry_after: header.to_owned(),
        now: Cell::new(now),
        requests: Cell::new(0),
        waits: RefCell::default(),
    };
    let request_id = RequestId::parse("r-1").expect("an id");
    let error =
        run(Calls::new(&host, &CONFIG, &TokenPool::default()).get_payment_request(&request_id)).expect_err("it always refuses");

    let waits = host.waits.borrow();
    assert!((1..=3).contains(&host.requests.get()), "{} tries", host.requests.get());
    assert_eq!(waits.len() as u32 + 1, host.requests.get(), "one wait before each repetition");
    assert!(waits.iter().sum::<u64>() < DEADLINE_MS, "{waits:?}");
    assert!(error.retry_after_ms.is_none_or(|ms| u64::from(ms) <= DAY_MS), "{:?}", error.retry_after_ms);
    let is_transient = matches!(status, 408 | 425 | 429 | 500..=599);
    assert!(is_transient || waits.is_empty(), "{status} is not repeated");

    let trimmed = header.trim();
    if trimmed.starts_with(|c: char| c.is_ascii_digit()) && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        // The seconds, read without overflow.
        let seconds = trimmed.bytes().fold(0_u64, |sum, byte| (sum * 10 + u64::from(byte - b'0')).min(DAY_MS));
        let said = (seconds * 1_000).min(DAY_MS);
        assert_eq!(error.retry_after_ms.map(u64::from), Some(said), "{header:?}");
        assert!(waits.iter().all(|wait| *wait >= said), "{waits:?} is sooner than {said}");
        assert!(
            !is_transient || said == 0 || waits.len() as u64 == 2.min((DEADLINE_MS - 1) / said.max(500)),
            "{waits:?}"
        );
    }
});
