//! The sequences over a scripted host with a virtual clock: no JavaScript, no network, no waiting.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod given;
mod scripted_host;
#[path = "sequence/sessions.rs"]
mod sessions;

use flinkspay_edge::config::Config;
use flinkspay_edge::error::{Code, Error, Outcome, Stage};
use flinkspay_edge::funds::Funds;
use flinkspay_edge::host::{Host, Interrupt, Lost, Misfit};
use flinkspay_edge::interac::{PaymentParams, PaymentRequestStatus};
use flinkspay_edge::open::Money;
use flinkspay_edge::sequence;
use flinkspay_edge::token::{RequestId, SessionId, TokenPool};
use given::{Plain, with, without};
use scripted_host::{Reply, ScriptedHost, run};
use serde_json::{Value, json};
use std::rc::Rc;

fn options() -> Value {
    json!({ "baseUrl": "https://pay.example.com", "username": "merchant", "password": "pässword" })
}

fn config() -> Config {
    config_of(options())
}

fn config_of(options: Value) -> Config {
    Config::new(Plain::from(options), &[]).expect("a config")
}

fn given() -> Value {
    json!({
        "referenceId": "User1234", "amount": "12.5", "customerName": "Zoë \"Z\" O'Neil",
        "customerEmail": "zoe@example.com",
    })
}

fn params() -> PaymentParams {
    PaymentParams::new(Plain::from(given())).expect("params")
}

fn token(name: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"access_token":"{name}","token_type":"bearer","expires_in":299}}"#))
}

fn session(id: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"sessionId":"{id}","referenceId":"User1234"}}"#))
}

fn request(id: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"requestId":"{id}"}}"#))
}

fn start(script: Vec<Reply>) -> (ScriptedHost, Result<sequence::StartedPayment, Box<Error>>) {
    let host = ScriptedHost::new(script);
    let result = run(sequence::start_payment(&host, &config(), &TokenPool::default(), &params()));
    (host, result)
}

fn ask(script: Vec<Reply>) -> (ScriptedHost, Result<PaymentRequestStatus, Box<Error>>) {
    let host = ScriptedHost::new(script);
    let result = run(sequence::get_payment_request(
        &host,
        &config(),
        &TokenPool::default(),
        &RequestId::parse("r-1").expect("an id"),
    ));
    (host, result)
}

#[test]
fn starts_a_payment_with_three_requests() {
    let (host, result) = start(vec![token("t1"), session("s-1"), request("r-1")]);
    let started = result.expect("a payment");
    assert_eq!(started.session_id, "s-1");
    assert_eq!(started.request_id, "r-1");
    assert_eq!(started.reference_id, "User1234");
    assert_eq!(started.app_url, "https://pay.example.com/app/?sessionId=s-1");

    let json = "application/json";
    assert_eq!(
        host.sent(),
        [
            (
                "POST https://pay.example.com/api/v1/authorize",
                vec![
                    ("accept", json),
                    ("authorization", "Basic bWVyY2hhbnQ6cMOkc3N3b3Jk"),
                    ("content-type", "application/x-www-form-urlencoded")
                ],
                "grant_type=client_credentials"
            ),
            (
                "POST https://pay.example.com/api/v1/sessions/initiate",
                vec![("accept", json), ("authorization", "Bearer t1"), ("content-type", json)],
                r#"{"referenceId":"User1234","amount":12.5,"customerName":"Zoë \"Z\" O'Neil","customerEmail":"zoe@example.com"}"#
            ),
            (
                "POST https://pay.example.com/api/v1/paymentrequests",
                vec![("accept", json), ("authorization", "Bearer t1"), ("content-type", json)],
                r#"{"sessionId":"s-1"}"#
            ),
        ]
        .map(scripted_host::sent)
    );
    assert_eq!(host.attempts(), ["authorize 1 ok", "initiate 1 ok", "payment_request 1 ok"]);
}

#[test]
fn sends_what_the_options_say() {
    let initiate = |changes: &[(&str, &str)]| {
        let options = changes.iter().fold(options(), |options, (name, value)| with(&options, name, json!(value)));
        let host = ScriptedHost::new(vec![token("t1"), session("s-1")]);
        let given = with(&given(), "clientUris", json!({ "Success": "https://shop.example/ok" }));
        let params = PaymentParams::new(Plain::from(given)).expect("params");
        run(sequence::initiate_session(&host, &config_of(options), &TokenPool::default(), &params)).expect("a session");
        host
    };
    let host = initiate(&[
        ("username", "a:b c"),
        ("basicEncoding", "rfc6749"),
        ("instance", "toronto"),
        ("amountAs", "string"),
    ]);
    // base64 of "a%3Ab+c:p%C3%A4ssword"
    assert_eq!(host.header(0, "authorization"), Some("Basic YSUzQWIrYzpwJUMzJUE0c3N3b3Jk"));
    assert_eq!(host.header(0, "baseuri"), None);
    assert_eq!(host.header(1, "baseuri"), Some("toronto"));
    assert!(host.body(1).contains(r#""amount":"12.50""#), "{}", host.body(1));
    assert!(host.body(1).ends_with(r#","clientURIs":{"Success":"https://shop.example/ok"}}"#), "{}", host.body(1));

    let host = initiate(&[("credentialsIn", "form"), ("tokenHeader", "bearertoken")]);
    assert_eq!(host.header(0, "authorization"), None);
    assert_eq!(host.body(0), "grant_type=client_credentials&Username=merchant&Password=p%C3%A4ssword");
    assert_eq!(host.header(1, "authorization"), None);
    assert_eq!(host.header(1, "bearertoken"), Some("Bearer t1"));
}

#[test]
fn a_session_is_created_once_more_after_a_401_and_with_another_token() {
    let (host, result) = start(vec![token("t1"), Reply::status(401), token("t2"), session("s-2"), request("r-2")]);
    assert_eq!(result.expect("a payment").session_id, "s-2");
    assert_eq!(host.header(1, "authorization"), Some("Bearer t1"));
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));
    assert_eq!(host.header(4, "authorization"), Some("Bearer t2"));

    let (host, result) = start(vec![token("t1"), Reply::status(401), token("t2"), Reply::status(401)]);
    let error = result.expect_err("two refusals");
    assert_eq!((error.code, error.stage, error.outcome), (Code::TokenRejected, Stage::Initiate, Outcome::Rejected));
    assert_eq!(host.count("/initiate"), 2);
}

#[test]
fn what_may_have_created_something_is_never_repeated() {
    let ambiguous: [(Reply, Code); 13] = [
        (Reply::lost(Lost::Network), Code::Network),
        (Reply::lost(Lost::BadFetch(Misfit::Nothing)), Code::Network),
        (Reply::lost(Lost::TimedOut), Code::Timeout),
        (Reply::lost(Lost::During(Interrupt::Aborted)), Code::Aborted),
        (Reply::lost(Lost::During(Interrupt::Closed)), Code::Closed),
        (Reply::status(408), Code::UpstreamUnavailable),
        (Reply::status(425), Code::UpstreamUnavailable),
        (Reply::status(500), Code::UpstreamUnavailable),
        (Reply::status(503), Code::UpstreamUnavailable),
        (Reply::status(307), Code::UnexpectedRedirect),
        (Reply::status(0), Code::UnexpectedRedirect),
        (Reply::status(204), Code::UpstreamProtocol),
        (Reply::json(200, r#"{"sessionId":"../x","requestId":7}"#), Code::UpstreamProtocol),
    ];
    for (reply, code) in ambiguous {
        let (host, result) = start(vec![token("t1"), reply.clone()]);
        let error = result.expect_err("no answer");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Initiate, Outcome::Unknown));
        assert!(!error.retryable);
        assert_eq!((error.reference_id.as_deref(), error.session_id.as_deref()), (Some("User1234"), None));
        assert_eq!(host.requests(), 2);

        let (host, result) = start(vec![token("t1"), session("s-1"), reply]);
        let error = result.expect_err("no answer");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::PaymentRequest, Outcome::Unknown));
        assert_eq!((error.reference_id.as_deref(), error.session_id.as_deref()), (Some("User1234"), Some("s-1")));
        assert_eq!(host.requests(), 3);
    }
}

#[test]
fn a_refusal_is_told_apart_by_its_status_and_not_repeated() {
    for (status, code, retryable) in [
        (400, Code::Rejected, false),
        (403, Code::Forbidden, false),
        (404, Code::NotFound, false),
        (409, Code::Conflict, false),
        (422, Code::Rejected, false),
        (429, Code::RateLimited, true),
    ] {
        for script in [vec![token("t1")], vec![token("t1"), session("s-1")]] {
            let sent = script.len() + 1;
            let (host, result) = start([script, vec![Reply::status(status)]].concat());
            let error = result.expect_err("refused");
            assert_eq!((error.code, error.outcome, error.retryable), (code, Outcome::Rejected, retryable));
            assert_eq!(error.status, Some(status));
            assert_eq!(host.requests(), sent);
        }
    }
    let (host, result) = start(vec![token("t1"), session("s-1"), Reply::status(401)]);
    assert_eq!(result.expect_err("refused").code, Code::TokenRejected);
    assert_eq!(host.requests(), 3);
}

#[test]
fn authorize_is_tried_three_times_but_not_after_a_refusal() {
    let (host, result) =
        start(vec![Reply::lost(Lost::Network), Reply::status(503), token("t1"), session("s-1"), request("r-1")]);
    assert!(result.is_ok());
    assert_eq!(host.attempts()[..3], ["authorize 1 not_sent", "authorize 2 not_sent", "authorize 3 ok"]);

    let (host, result) = start(vec![Reply::status(500), Reply::lost(Lost::TimedOut), Reply::status(429)]);
    let error = result.expect_err("three failures");
    assert_eq!((error.code, error.stage, error.outcome), (Code::RateLimited, Stage::Authorize, Outcome::Rejected));
    assert!(error.retryable);
    assert_eq!(host.requests(), 3);

    for (status, code) in [(400, Code::Rejected), (401, Code::CredentialsRejected), (403, Code::Forbidden)] {
        let (host, result) = start(vec![Reply::status(status)]);
        let error = result.expect_err("refused");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Authorize, Outcome::Rejected));
        assert_eq!(host.requests(), 1);
    }
}

#[test]
fn waits_as_long_as_the_server_says_while_the_deadline_allows() {
    let (host, result) = ask(vec![
        Reply::status(429).retry_after("3"),
        token("t1"),
        Reply::status(503).retry_after("Thu, 01 Jan 2026 00:00:05 GMT"),
        Reply::json(200, r#"{"status":"Initiated"}"#),
    ]);
    assert_eq!(result.expect("a status").status, "Initiated");
    // The clock starts at midnight of that day; the second wait ends at the date.
    assert_eq!(host.waits(), [3_000, 2_000]);

    for (said, reported) in [
        ("60", Some(60_000)),
        ("99999999999999999999999", Some(86_400_000)),
        ("Fri, 02 Jan 2026 00:00:01 GMT", Some(86_400_000)),
        ("Wed, 31 Dec 2025 23:59:59 GMT", Some(0)),
        ("soon", None),
        ("-1", None),
        ("", None),
    ] {
        let (host, result) = start(vec![token("t1"), Reply::status(429).retry_after(said)]);
        let error = result.expect_err("limited");
        assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, reported), "{said:?}");
        assert_eq!(host.requests(), 2);
    }
    // It is told of an answer that cannot be read too.
    let (_, result) = start(vec![token("t1"), Reply::status(200).retry_after("7")]);
    let error = result.expect_err("no session");
    assert_eq!((error.code, error.retry_after_ms), (Code::UpstreamProtocol, Some(7_000)));

    let (host, result) = start(vec![Reply::status(429).retry_after("26")]);
    let error = result.expect_err("limited");
    assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, Some(26_000)));
    assert_eq!((host.requests(), host.waits().len()), (1, 0));
}

#[test]
fn pauses_grow_with_the_tries_and_are_spread_over_their_length() {
    for (random, waits) in [(0, [0, 0]), (u32::MAX / 2 + 1, [125, 250]), (u32::MAX, [249, 499])] {
        let host =
            ScriptedHost::new(vec![Reply::status(503), Reply::status(503), Reply::status(503)]).with_random(random);
        let error = run(sequence::start_payment(&host, &config(), &TokenPool::default(), &params()))
            .expect_err("three failures");
        assert_eq!((error.code, error.stage), (Code::UpstreamUnavailable, Stage::Authorize));
        assert_eq!(host.waits(), waits);
    }
}

#[test]
fn nothing_is_sent_after_the_deadline() {
    let (host, result) = start(vec![token("t1").after(24_000), session("s-1").after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::DeadlineExceeded, Stage::PaymentRequest, Outcome::NotSent)
    );
    assert_eq!(error.session_id.as_deref(), Some("s-1"));
    assert_eq!(host.requests(), 2);
    assert_eq!(host.limits(), [8_000, 1_000]);

    let (_, result) = start(vec![token("t1").after(24_000), Reply::lost(Lost::TimedOut).after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::Unknown));
}

#[test]
fn a_token_that_died_meanwhile_is_replaced_and_never_sent() {
    // 20 seconds of life, dead after 10.
    let short = Reply::json(200, r#"{"access_token":"t1","token_type":"Bearer","expires_in":20}"#);
    let (host, result) = start(vec![short.clone(), session("s-1").after(10_000), token("t2"), request("r-1")]);
    assert_eq!(result.expect("a payment").session_id, "s-1");
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));
    assert_eq!(host.body(3), r#"{"sessionId":"s-1"}"#);

    let (host, result) = start(vec![short.after(10_000)]);
    let error = result.expect_err("dead on arrival");
    assert_eq!((error.code, error.stage, error.outcome), (Code::UpstreamProtocol, Stage::Authorize, Outcome::NotSent));
    assert_eq!(host.requests(), 1);
}

#[test]
fn a_clock_that_jumps_sends_no_dead_token() {
    // Set back to before the token was asked for, the clock proves nothing, so another token is taken.
    let (host, result) = start(vec![token("t1"), session("s-1").then_jump(-600_000), token("t2"), request("r-1")]);
    assert_eq!(result.expect("a payment").session_id, "s-1");
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));

    // Set forward, it has used the deadline up.
    let (host, result) = start(vec![token("t1"), session("s-1").then_jump(600_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::NotSent));
    assert_eq!(host.requests(), 2);
}

#[test]
fn unreadable_tokens_are_no_tokens() {
    for answer in [
        "{}",
        "[]",
        "null",
        r#"{"access_token":"t","token_type":"bearer"}"#,
        r#"{"access_token":"t","token_type":"bearer","expires_in":0}"#,
        r#"{"access_token":"t","token_type":"bearer","expires_in":-1}"#,
        r#"{"access_token":"t","token_type":"bearer","expires_in":1.5}"#,
        r#"{"access_token":"t","token_type":"bearer","expires_in":"299"}"#,
        r#"{"access_token":"t","token_type":"mac","expires_in":299}"#,
        r#"{"access_token":"t","expires_in":299}"#,
        r#"{"access_token":"a\r\nb","token_type":"bearer","expires_in":299}"#,
        r#"{"access_token":"","token_type":"bearer","expires_in":299}"#,
        r#"{"access_token":7,"token_type":"bearer","expires_in":299}"#,
    ] {
        let (host, result) = start(vec![Reply::json(200, answer)]);
        let error = result.expect_err(answer);
        assert_eq!((error.code, error.outcome), (Code::UpstreamProtocol, Outcome::NotSent), "{answer}");
        assert_eq!(host.requests(), 1, "{answer}");
    }
}

#[test]
fn a_payment_request_by_session_id_uses_a_fresh_token() {
    let host = ScriptedHost::new(vec![token("t1"), request("r-1")]);
    let session_id = SessionId::parse("s-1").expect("an id");
    let created =
        run(sequence::create_payment_request(&host, &config(), &TokenPool::default(), &session_id)).expect("a request");
    assert_eq!(created.request_id, "r-1");
    assert_eq!((host.requests(), host.body(1)), (2, r#"{"sessionId":"s-1"}"#));

    let host = ScriptedHost::new(vec![token("t1"), Reply::status(503)]);
    let error = run(sequence::create_payment_request(&host, &config(), &TokenPool::default(), &session_id))
        .expect_err("no answer");
    assert_eq!((error.outcome, error.session_id.as_deref()), (Outcome::Unknown, Some("s-1")));
    assert_eq!(host.requests(), 2);
}

#[test]
fn reads_the_status_in_both_published_shapes() {
    let (host, result) = ask(vec![
        token("t1"),
        Reply::json(
            200,
            r#"{"requestId":"r-1","status":"Accepted","ReferenceId":"User1234","PaymentLink":"https://x/","Amount":12.5}"#,
        ),
    ]);
    let status = result.expect("a status");
    assert_eq!((status.status.as_str(), status.paid, status.is_final), ("Accepted", true, false));
    assert_eq!(
        (status.reference_id.as_deref(), status.payment_link.as_deref()),
        (Some("User1234"), Some("https://x/"))
    );
    assert_eq!(status.amount.as_ref().map(Money::as_str), Some("12.50"));
    assert_eq!(host.sent()[1].0, "GET https://pay.example.com/api/v1/paymentrequests/r-1");

    let (_, result) = ask(vec![
        token("t1"),
        Reply::json(200, r#"{"id":"R-1","status":"Processing","paymentReferenceNumber":"FLK-20260415-001"}"#),
    ]);
    assert_eq!(result.expect("a status").status, "Processing");
}

#[test]
fn counts_as_paid_or_final_what_the_contract_says_and_nothing_else() {
    for (word, funds, is_final) in [
        ("Initiated", Funds::None, false),
        ("Processing", Funds::None, false),
        ("Accepted", Funds::Guaranteed, false),
        ("Processed", Funds::Guaranteed, false),
        ("Settled", Funds::Settled, true),
        ("Cancelled", Funds::None, true),
        ("Canceled", Funds::None, true),
        ("Expired", Funds::None, true),
        ("Declined", Funds::None, true),
        ("Failed", Funds::None, true),
        ("accepted", Funds::None, false),
        ("Accepted ", Funds::None, false),
        ("Completed", Funds::None, false),
        ("Paid", Funds::None, false),
    ] {
        let (_, result) = ask(vec![token("t1"), Reply::json(200, &format!(r#"{{"status":"{word}"}}"#))]);
        let status = result.expect(word);
        assert_eq!((status.status.as_str(), status.funds, status.is_final), (word, funds, is_final));
        assert_eq!(status.paid, funds != Funds::None, "{word}");
    }
}

#[test]
fn a_status_is_asked_again_after_faults_and_once_with_a_new_token() {
    let accepted = || Reply::json(200, r#"{"status":"Accepted"}"#);
    let (host, result) = ask(vec![token("t1"), Reply::status(401), token("t2"), accepted()]);
    assert!(result.expect("a status").paid);
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));

    let (host, result) = ask(vec![token("t1"), Reply::status(401), token("t2"), Reply::status(401)]);
    assert_eq!(result.expect_err("refused twice").code, Code::TokenRejected);
    assert_eq!(host.requests(), 4);

    let (host, result) = ask(vec![token("t1"), Reply::status(503), Reply::lost(Lost::Network), accepted()]);
    assert!(result.is_ok());
    assert_eq!((host.requests(), host.waits().len()), (4, 2));

    let (_, result) = ask(vec![token("t1"), Reply::status(404)]);
    let error = result.expect_err("unknown");
    assert_eq!((error.code, error.stage, error.outcome), (Code::NotFound, Stage::Status, Outcome::Rejected));

    for foreign in [
        r#"{"requestId":"r-2","status":"Settled"}"#,
        r#"{"requestId":null,"status":"Settled"}"#,
        r#"{"requestId":"r-1"}"#,
        r#"{"requestId":"r-1","status":""}"#,
    ] {
        let (_, result) = ask(vec![token("t1"), Reply::json(200, foreign)]);
        assert_eq!(result.expect_err(foreign).code, Code::UpstreamProtocol);
    }
}

#[test]
fn an_ended_call_sends_nothing_more() {
    for (interrupt, code) in [(Interrupt::Aborted, Code::Aborted), (Interrupt::Closed, Code::Closed)] {
        let (host, result) = start(vec![token("t1"), Reply::lost(Lost::Before(interrupt))]);
        let error = result.expect_err("ended");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Initiate, Outcome::NotSent));
        assert_eq!(host.attempts(), ["authorize 1 ok"]);
    }
}

#[test]
fn a_before_send_that_takes_too_long_sends_nothing() {
    let (host, result) = start(vec![token("t1"), Reply::lost(Lost::BeforeInTime).after(8_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.stage, error.outcome), (Code::Timeout, Stage::Initiate, Outcome::NotSent));
    assert!(error.retryable);
    assert_eq!((host.requests(), host.attempts()), (1, vec!["authorize 1 ok".to_owned()]));

    // It is the deadline's word where that leaves less than a step may take.
    let (_, result) = start(vec![token("t1").after(24_000), Reply::lost(Lost::BeforeInTime).after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::NotSent));

    let late = || Reply::lost(Lost::BeforeInTime);
    let (host, result) = start(vec![late(), late(), late()]);
    let error = result.expect_err("three times late");
    assert_eq!((error.code, error.stage, error.outcome), (Code::Timeout, Stage::Authorize, Outcome::NotSent));
    assert_eq!((host.requests(), host.waits().len()), (0, 2));
}

#[test]
fn a_fetch_that_throws_is_a_bad_option_until_it_may_have_sent_what_counts() {
    let (host, result) = start(vec![Reply::lost(Lost::BadFetch(Misfit::Nothing))]);
    let error = result.expect_err("no fetch");
    assert_eq!((error.code, error.stage, error.outcome), (Code::InvalidConfig, Stage::Authorize, Outcome::NotSent));
    assert_eq!((error.field.as_deref(), error.retryable, host.requests()), (Some("fetch"), false, 1));
    let says =
        "fetch must send the request and give a Response: it gave nothing, so look whether it returns what it awaits.";
    assert_eq!(error.message, says);

    let (_, result) = ask(vec![token("t1"), Reply::lost(Lost::BadFetch(Misfit::Nothing))]);
    assert_eq!(result.expect_err("no fetch").code, Code::InvalidConfig);

    let (_, result) = start(vec![token("t1"), Reply::lost(Lost::BadFetch(Misfit::Nothing))]);
    let error = result.expect_err("no fetch");
    assert_eq!((error.code, error.field, error.outcome), (Code::Network, None, Outcome::Unknown));
}

#[test]
fn a_lost_instance_leaves_the_outcome_unknown_once_a_session_may_exist() {
    let (host, _) = start(vec![token("t1"), session("s-1"), request("r-1")]);
    let told = host.if_lost().into_iter().map(|error| {
        assert_eq!((error.code, error.retryable), (Code::InstanceLost, false));
        assert_eq!(error.reference_id.as_deref(), Some("User1234"));
        (error.stage, error.outcome, error.session_id.is_some())
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (Stage::Authorize, Outcome::NotSent, false),
            (Stage::Initiate, Outcome::Unknown, false),
            (Stage::PaymentRequest, Outcome::Unknown, true),
        ]
    );
}

fn refused(given: &Value) -> Option<String> {
    PaymentParams::new(Plain::from(given.clone())).err().map(|error| {
        let field = error.field.expect("a field");
        assert!(field.is_empty() || error.message.starts_with(&format!("{field} ")), "{field}: {}", error.message);
        field.into_owned()
    })
}

/// Objects within each other.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }))
}

#[test]
fn bad_parameters_are_named() {
    let long = || json!("é".repeat(256));
    let nothing = || json!({});
    for bad in [json!(null), json!(""), json!("  "), json!("a\nb"), json!("\u{fffd}"), long(), json!(1), nothing()] {
        for name in ["referenceId", "customerName", "customerEmail", "amount"] {
            assert_eq!(refused(&with(&given(), name, bad.clone())).as_deref(), Some(name), "{bad:?}");
        }
    }
    for email in [
        "a",
        "a@",
        "@b.ca",
        "a@b",
        "a@b..ca",
        "a@.ca",
        "a b@c.ca",
        "a@b@c.ca",
        "a@b.ca,c@d.ca",
        "<a@b.ca>",
        "a..b@c.ca",
        "a@-b.ca",
    ] {
        let given = with(&given(), "customerEmail", json!(email));
        assert_eq!(refused(&given).as_deref(), Some("customerEmail"), "{email}");
    }
    for email in ["a@b.ca", "a.b+c@d-e.example", "zoë@exämple.ca"] {
        assert_eq!(refused(&with(&given(), "customerEmail", json!(email))), None, "{email}");
    }
    for uris in [json!("https://x/"), json!([]), json!(null), nested(9)] {
        assert_eq!(
            refused(&with(&given(), "clientUris", uris.clone())).map(|field| field.starts_with("clientUris")),
            Some(true),
            "{uris}"
        );
    }
    assert_eq!(refused(&with(&given(), "clientUris", nested(8))), None);
    for name in ["referenceID", "reference_id", "clientURIs", "product", ""] {
        assert_eq!(refused(&with(&given(), name, json!("x"))).as_deref(), Some(name));
    }
    for name in ["referenceId", "customerName", "customerEmail", "amount"] {
        assert_eq!(refused(&without(&given(), name)).as_deref(), Some(name));
    }
    // Writing it would change the prototype of what is sent.
    let changed = with(&given(), "clientUris", json!({ "a": [{ "__proto__": 1 }] }));
    assert_eq!(refused(&changed).as_deref(), Some("clientUris.a.__proto__"));
    assert_eq!(refused(&with(&given(), "referenceId", json!("é".repeat(255)))), None);
}

/// What a payment sends when the pool was warmed with these answers first.
fn start_warm(
    warm: Vec<Reply>,
    count: u64,
    script: Vec<Reply>,
) -> (ScriptedHost, Result<sequence::StartedPayment, Box<Error>>) {
    let pool = TokenPool::default();
    let host = ScriptedHost::new([warm, script].concat());
    run(sequence::warm(&host, &config(), &pool, count)).expect("warm");
    let result = run(sequence::start_payment(&host, &config(), &pool, &params()));
    (host, result)
}

#[test]
fn a_payment_takes_a_warm_token_and_saves_a_request() {
    let (host, result) = start_warm(vec![token("w1"), token("w2")], 2, vec![session("s-1"), request("r-1")]);
    assert_eq!(result.expect("a payment").request_id, "r-1");
    assert_eq!(host.requests(), 4);
    for step in [2, 3] {
        assert_eq!(host.header(step, "authorization"), Some("Bearer w1"), "the oldest, for its session alone");
    }
}

#[test]
fn a_pool_is_filled_up_to_its_count() {
    let pool = TokenPool::default();
    let warm = |script, count| {
        let host = ScriptedHost::new(script);
        let result = run(sequence::warm(&host, &config(), &pool, count));
        (result.map(|warm| warm.ready), host.requests())
    };
    assert_eq!(warm(Vec::new(), 0), (Ok(0), 0));
    assert_eq!(warm(vec![token("a"), token("b")], 2), (Ok(2), 2));
    assert_eq!(warm(Vec::new(), 2), (Ok(2), 0));
    assert_eq!(warm(vec![token("c")], 3), (Ok(3), 1));
    assert_eq!(warm(Vec::new(), 1), (Ok(3), 0), "nothing is taken out");
    // What came before the failure is kept.
    let (result, requests) = warm(vec![token("d"), Reply::status(401)], 9);
    let error = result.expect_err("refused");
    assert_eq!((error.code, error.stage, requests), (Code::CredentialsRejected, Stage::Authorize, 2));
    assert_eq!(warm(Vec::new(), 4), (Ok(4), 0));
}

#[test]
fn tokens_that_are_dead_on_arrival_do_not_warm() {
    let pool = TokenPool::default();
    let late = |name: &str| token(name).after(269_000);
    let slow = config_of(with(&options(), "deadlineMs", json!(900_000)));
    let host = ScriptedHost::new(vec![late("a"), token("b"), late("c")]);
    let warm = run(sequence::warm(&host, &slow, &pool, 3)).expect("no error");
    // The clock went on past the life of the second.
    assert_eq!((warm.ready, host.requests()), (0, 3));
    assert_eq!(host.attempts(), ["authorize 1 ok"; 3]);
}

#[test]
fn a_refused_warm_token_empties_the_pool_and_is_replaced_by_a_new_one() {
    let warm = || vec![token("w1"), token("w2")];
    let (host, result) = start_warm(warm(), 2, vec![Reply::status(401), token("new"), session("s-1"), request("r-1")]);
    assert!(result.is_ok());
    let used: Vec<_> = (2..6).filter_map(|step| host.header(step, "authorization")).skip(2).collect();
    assert_eq!(used, ["Bearer new", "Bearer new"]);

    // A payment request is not repeated; the next call has a new token all the same.
    let pool = TokenPool::default();
    let host = ScriptedHost::new([warm(), vec![Reply::status(401), token("new"), request("r-1")]].concat());
    run(sequence::warm(&host, &config(), &pool, 2)).expect("warm");
    let session_id = SessionId::parse("s-1").expect("an id");
    let ask = || run(sequence::create_payment_request(&host, &config(), &pool, &session_id));
    assert_eq!(ask().expect_err("refused").code, Code::TokenRejected);
    assert!(ask().is_ok());
    assert_eq!(host.header(4, "authorization"), Some("Bearer new"));
}

#[test]
fn a_refused_token_is_replaced_by_a_new_one_although_others_are_ready() {
    // The pool is filled while the first token of this call is on its way to be refused.
    let pool = Rc::new(TokenPool::default());
    let filled = Rc::clone(&pool);
    let fill = move || {
        let host = ScriptedHost::new(vec![token("w1")]);
        run(sequence::warm(&host, &config(), &filled, 1)).expect("warm");
    };
    let script = |last| vec![token("t1"), Reply::status(401).meanwhile(fill.clone()), token("t2"), last];
    let host = ScriptedHost::new(script(session("s-1")));
    assert!(run(sequence::initiate_session(&host, &config(), &pool, &params())).is_ok());
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));
    assert_eq!(pool.take(host.now()).map(|token| token.bearer().expose().to_owned()).as_deref(), Some("Bearer w1"));
    assert_eq!(pool.ready(host.now()), 0, "a fresh token says nothing about those that wait");

    // The same of a read.
    let asked = RequestId::parse("r-1").expect("an id");
    let host = ScriptedHost::new(script(settled()));
    assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked)).is_ok());
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));

    // And a read takes one that waits, as other calls do, once there is none that reads share.
    let host = ScriptedHost::new(vec![settled().then_jump(300_000), token("w2"), settled(), settled()]);
    let read = || assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked)).is_ok());
    read();
    assert_eq!(pool.ready(host.now() - 300_000), 1);
    run(sequence::warm(&host, &config(), &pool, 1)).expect("warm");
    read();
    read();
    let carried: Vec<_> = [0, 2, 3].into_iter().filter_map(|request| host.header(request, "authorization")).collect();
    assert_eq!((host.requests(), carried), (4, vec!["Bearer t2", "Bearer w2", "Bearer w2"]));
}

fn settled() -> Reply {
    Reply::json(200, r#"{"status":"Settled"}"#)
}

#[test]
fn reads_share_a_token_and_nothing_else_has_it() {
    let pool = TokenPool::default();
    let asked = RequestId::parse("r-1").expect("an id");
    let session_id = SessionId::parse("s-1").expect("an id");
    let completed = || Reply::json(200, r#"{"sessionId":"s-1","status":"Completed"}"#);
    let host = ScriptedHost::new(vec![
        token("t1"),
        settled(),
        completed(),
        completed(),
        settled(),
        token("t2"),
        session("s-2"),
        token("t3"),
        Reply::status(204),
        token("t4"),
        completed(),
        settled(),
    ]);
    assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked)).is_ok());
    assert!(run(sequence::get_session_status(&host, &config(), &pool, &session_id, None)).is_ok());
    assert!(run(sequence::get_session_details(&host, &config(), &pool, &session_id, None)).is_ok());
    assert!(run(sequence::wait_for_payment(&host, &config(), &pool, &asked, 30_000)).is_ok());
    // What starts or changes something asks for a token of its own.
    assert!(run(sequence::initiate_session(&host, &config(), &pool, &params())).is_ok());
    assert!(run(sequence::cancel_payment_request(&host, &config(), &pool, &asked)).is_ok());
    assert!(run(sequence::confirm_guarantee(&host, &config(), &pool, &session_id, true)).is_ok());
    assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked)).is_ok());
    assert_eq!(host.requests(), 12);
    let carried: Vec<_> = (0..12).filter_map(|request| host.header(request, "authorization")).collect();
    let tokens: Vec<_> = carried.iter().filter_map(|carried| carried.strip_prefix("Bearer ")).collect();
    assert_eq!(tokens, ["t1", "t1", "t1", "t1", "t2", "t3", "t4", "t1"]);
    assert_eq!(host.attempts().iter().filter(|attempt| attempt.starts_with("authorize")).count(), 4);
}

#[test]
fn a_shared_token_that_is_dead_is_replaced() {
    for jump_ms in [269_000, -1] {
        let pool = TokenPool::default();
        let asked = RequestId::parse("r-1").expect("an id");
        let host =
            ScriptedHost::new(vec![token("t1"), settled().then_jump(jump_ms), token("t2"), settled(), settled()]);
        for _ in 0..3 {
            assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked)).is_ok());
        }
        let carried: Vec<_> =
            [1, 3, 4].into_iter().filter_map(|request| host.header(request, "authorization")).collect();
        assert_eq!((host.requests(), carried), (5, vec!["Bearer t1", "Bearer t2", "Bearer t2"]), "{jump_ms}");
    }
}

#[test]
fn two_reads_whose_token_is_refused_replace_it_each() {
    let pool = Rc::new(TokenPool::default());
    let asked = || RequestId::parse("r-1").expect("an id");
    let other = Rc::clone(&pool);
    // While the first read waits, the other one is refused too, and shares the token that it gets.
    let meanwhile = move || {
        let host = ScriptedHost::new(vec![Reply::status(401), token("t2"), settled()]);
        assert!(run(sequence::get_payment_request(&host, &config(), &other, &asked())).is_ok());
        assert_eq!((host.requests(), host.header(0, "authorization")), (3, Some("Bearer t1")));
    };
    let refused = || Reply::status(401).meanwhile(meanwhile.clone());
    let failing = ScriptedHost::new(vec![token("t1"), settled(), refused(), Reply::status(400)]);
    assert!(run(sequence::get_payment_request(&failing, &config(), &pool, &asked())).is_ok());
    let error = run(sequence::get_payment_request(&failing, &config(), &pool, &asked())).expect_err("no token");
    assert_eq!((error.stage, failing.requests()), (Stage::Authorize, 4));
    let shared = || pool.reading(failing.now()).map(|token| token.bearer().expose().to_owned());
    assert_eq!(shared().as_deref(), Some("Bearer t2"), "it is the other's, and was not refused");

    // A read that is refused twice leaves no token behind.
    let host = ScriptedHost::new(vec![Reply::status(401), token("t3"), Reply::status(401), token("t4"), settled()]);
    let error = run(sequence::get_payment_request(&host, &config(), &pool, &asked())).expect_err("refused twice");
    assert_eq!((error.code, shared()), (Code::TokenRejected, None));
    assert!(run(sequence::get_payment_request(&host, &config(), &pool, &asked())).is_ok());
    assert_eq!((host.requests(), host.header(4, "authorization")), (5, Some("Bearer t4")));
}
