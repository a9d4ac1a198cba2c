//! What Flinks, or whoever answers in its place, may send: no answer makes a reader panic, and what a reader takes keeps
//! the contract.
#![no_main]

use flinkspay_edge::json::{Json, ObjectText};
use flinkspay_edge::token::{RequestId, SessionId};
use flinkspay_edge::{authorize, interac, sessions};
use flinkspay_edge_fuzz::{field, is_id, is_printed_amount, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const ASKED_AT: u64 = 1_767_225_600_000;
const ASKED: &str = "6c376ebd-1670-49e3-9148-26c1360f98d3";

fuzz_target!(|bytes: &[u8]| {
    let Some((value, json)) = parse(bytes) else { return };
    token(&value, &json);
    if let Some(session_id) = interac::read_session(&json) {
        assert!(is_id(session_id.as_str()));
        assert_eq!(field(&value, "sessionId"), Some(&Value::from(session_id.as_str())));
    }
    if let Some(request_id) = interac::read_payment_request(&json) {
        assert!(is_id(request_id.as_str()));
    }
    payment_request(&value, &json);
    session(&value, &json);
});

fn token(value: &Value, json: &Json) {
    let Some(token) = authorize::read(json, ASKED_AT) else { return };
    let bearer = token.bearer();
    let text = bearer.expose().strip_prefix("Bearer ").expect("the scheme");
    let body = text.trim_end_matches('=');
    assert!(!body.is_empty() && text.len() <= 8_192);
    assert!(body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c)), "{text:?}");
    // Shorter ones may stand there by chance, as digits of a time.
    assert!(text.len() < 24 || !format!("{token:?}").contains(text), "a token was printed");

    let life = field(value, "expires_in").and_then(Value::as_u64).expect("a whole number");
    assert!(life >= 1);
    assert!(token.is_alive(ASKED_AT) && !token.is_alive(ASKED_AT - 1));
    // Dead half a minute before the end, or at half its life.
    let dead_at =
        ASKED_AT.saturating_add(life.saturating_mul(1_000).saturating_sub((life.saturating_mul(500)).min(30_000)));
    assert!(token.is_alive(dead_at - 1) && !token.is_alive(dead_at));
}

fn payment_request(value: &Value, json: &Json) {
    let asked = RequestId::parse(ASKED).expect("an id");
    let cancelled: Value = serde_json::from_str(&interac::read_cancelled(json, &asked)).expect("JSON");
    assert_eq!(cancelled["requestId"], ASKED);
    assert_eq!(cancelled["status"].as_str(), field(value, "status").and_then(Value::as_str), "kept word for word");
    let Some(read) = interac::read_status(json, &asked) else { return };
    assert_eq!(read.request_id, ASKED);
    let word = field(value, "status").and_then(Value::as_str).expect("a status");
    assert_eq!(read.status, word, "kept word for word");
    assert_eq!(read.paid, ["Accepted", "Processed", "Settled"].contains(&word));
    assert_eq!(read.is_final, ["Settled", "Cancelled", "Canceled", "Expired", "Declined", "Failed"].contains(&word));
    let id = field(value, "requestId").or(field(value, "id"));
    assert!(id.is_none_or(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(ASKED))), "another's status");
}

fn session(value: &Value, json: &Json) {
    let asked = SessionId::parse(ASKED).expect("an id");
    let read = sessions::read_status(json, &asked);
    assert_eq!(sessions::read_cancelled(json, &asked).is_some(), read.is_some());
    let mut details = ObjectText::default();
    let is_read = sessions::read_details(json, &asked, &mut details);
    assert_eq!(is_read.is_some(), read.is_some());
    assert!(read.is_none() || sessions::read_confirmed(json, &asked).is_some());
    let Some(read) = read else { return };

    assert_eq!(read.session_id, ASKED);
    let id = field(value, "sessionId");
    assert!(id.is_none_or(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(ASKED))), "another's status");
    let word = field(value, "status").and_then(Value::as_str).expect("a status");
    assert_eq!(read.status, word, "kept word for word");
    if read.paid {
        assert_eq!(word, "Completed");
        let eft = read.status_details.as_deref() == Some("EFT0301");
        let transactions = field(value, "schedule").and_then(|schedule| field(schedule, "transactions"));
        let paid = |one: &Value| {
            field(one, "status")
                .is_some_and(|status| ["Accepted", "Processed", "Settled"].iter().any(|word| status == word))
        };
        assert!(
            eft || transactions.and_then(Value::as_array).is_some_and(|all| all.iter().any(paid)),
            "paid by nothing"
        );
    }
    if let Some(amount) = &read.amount {
        assert!(is_printed_amount(amount), "{amount}");
    }
    // Money is decimal text wherever it stands.
    has_no_number_as_money(&serde_json::from_str(&details.end()).expect("JSON"));
}

fn has_no_number_as_money(value: &Value) {
    const MONEY: [&str; 5] =
        ["amount", "minimumAmount", "maximumAmount", "availableBalance", "highestDebitAmountToGuarantee"];
    match value {
        Value::Array(items) => items.iter().for_each(has_no_number_as_money),
        Value::Object(entries) => {
            for (name, value) in entries {
                assert!(!(value.is_number() && MONEY.contains(&name.as_str())), "{name}: {value}");
                has_no_number_as_money(value);
            }
        }
        _ => {}
    }
}
