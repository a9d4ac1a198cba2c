//! Answers from Flinks or anything in its place: none makes a reader panic, and what is read keeps the contract.
#![no_main]

use flinkspay_edge::funds::Funds;
use flinkspay_edge::ids::{RequestId, SessionId};
use flinkspay_edge::sessions::{Product, SessionAnswer};
use flinkspay_edge::{authorize, interac, sessions};
use flinkspay_edge_fuzz::{any_case, field, is_id, is_printed_amount, parse, read};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const ASKED_AT: u64 = 1_767_225_600_000;
const ID: &str = "6c376ebd-1670-49e3-9148-26c1360f98d3";

fuzz_target!(|bytes: &[u8]| {
    let Some(value) = parse(bytes) else { return };
    token(&value);
    if let Some(session_id) = read(&value).map(interac::read_session) {
        assert!(is_id(session_id.as_str()));
        assert_eq!(field(&value, "sessionId"), Some(&Value::from(session_id.as_str())));
    }
    if let Some(request_id) = read(&value).and_then(interac::read_payment_request) {
        assert!(is_id(request_id.as_str()));
    }
    payment_request(&value);
    for product in [None, Some(Product::ETransfer), Some(Product::Eft), Some(Product::Geft)] {
        session(&value, product);
    }
});

fn token(value: &Value) {
    let Some(token) = read(value).and_then(|answer| authorize::read(answer, ASKED_AT)) else { return };
    let bearer = token.bearer();
    let text = bearer.expose().strip_prefix("Bearer ").expect("the scheme");
    let body = text.trim_end_matches('=');
    assert!(!body.is_empty() && text.len() <= 8_192);
    assert!(body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c)), "{text:?}");
    // Shorter ones may appear by chance, as digits of a time.
    assert!(text.len() < 24 || !format!("{token:?}").contains(text), "a token was printed");

    let life =
        any_case(value, "expires_in").or(any_case(value, "expiresIn")).and_then(Value::as_u64).expect("a whole number");
    assert!(life >= 1);
    assert!(token.is_alive(ASKED_AT) && !token.is_alive(ASKED_AT - 1));
    // Dead half a minute before the end, or at half its life.
    let dead_at =
        ASKED_AT.saturating_add(life.saturating_mul(1_000).saturating_sub((life.saturating_mul(500)).min(30_000)));
    assert!(token.is_alive(dead_at - 1) && !token.is_alive(dead_at));
}

fn payment_request(value: &Value) {
    let asked = RequestId::parse(ID).expect("an id");
    let cancelled = interac::read_cancelled(read(value), &asked);
    assert_eq!(cancelled.request_id, ID);
    assert_eq!(cancelled.status.as_deref(), field(value, "status").and_then(Value::as_str), "kept word for word");
    let Some(read) = read(value).and_then(|answer| interac::read_status(answer, &asked)) else { return };
    assert_eq!(read.request_id, ID);
    let word = field(value, "status").and_then(Value::as_str).expect("a status");
    assert_eq!(read.status, word, "kept word for word");
    assert_eq!(read.paid, ["Accepted", "Processed", "Settled"].contains(&word));
    assert_eq!(read.paid, matches!(read.funds, Funds::Guaranteed | Funds::Settled));
    assert_eq!(read.is_final, ["Settled", "Cancelled", "Canceled", "Expired", "Declined", "Failed"].contains(&word));
    let known = |id: &&Value| !id.is_null();
    let id = field(value, "requestId").filter(known).or(field(value, "id").filter(known));
    assert!(id.is_none_or(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(ID))), "another's status");
}

fn session(value: &Value, product: Option<Product>) {
    let asked = SessionId::parse(ID).expect("an id");
    let answer = || read::<SessionAnswer>(value);
    let status = answer().and_then(|answer| sessions::read_status(answer, &asked, product));
    let details = answer().and_then(|answer| sessions::read_details(answer, &asked, product));
    assert_eq!(answer().and_then(|answer| sessions::read_cancelled(answer, &asked)).is_some(), status.is_some());
    assert_eq!(details.as_ref().map(|details| &details.session), status.as_ref());
    assert!(status.is_none() || answer().and_then(|answer| sessions::read_confirmed(answer, &asked)).is_some());
    let Some(read) = status else { return };

    assert_eq!(read.session_id, ID);
    let id = field(value, "sessionId").filter(|id| !id.is_null());
    assert!(id.is_none_or(|id| id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(ID))), "another's status");
    let word = field(value, "status").and_then(Value::as_str).expect("a status");
    assert_eq!(read.status, word, "kept word for word");
    assert_eq!(read.paid, matches!(read.funds, Funds::Guaranteed | Funds::Settled));
    if read.funds != Funds::None {
        assert_eq!(word, "Completed");
        let eft = product != Some(Product::ETransfer) && read.status_details.as_deref() == Some("EFT0301");
        assert!(!(eft && read.paid) || product == Some(Product::Geft), "a scheduled debit is not paid");
        let transactions = any_case(value, "schedule").and_then(|schedule| any_case(schedule, "transactions"));
        let paid = |one: &Value| {
            any_case(one, "status")
                .is_some_and(|status| ["Accepted", "Processed", "Settled"].iter().any(|word| status == word))
        };
        assert!(
            eft || transactions.and_then(Value::as_array).is_some_and(|all| all.iter().any(paid)),
            "paid without a transaction"
        );
    }
    if let Some(amount) = &read.amount {
        assert!(is_printed_amount(amount.as_str()), "{amount:?}");
    }
    // Money is decimal text at every level.
    has_no_number_as_money(&serde_json::to_value(details).expect("JSON"));
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
