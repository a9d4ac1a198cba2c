//! E-mailed requests, cancellations, guarantees, and waiting for a payment.

use super::sessions::{config, e_transfer, params, session_id, token};
use crate::json_input::JsonInput;
use crate::scripted_host::{Reply, ScriptedHost, run};
use flinkspay_edge::error::{Code, Outcome, Stage, Step};
use flinkspay_edge::host::FetchFailure;
use flinkspay_edge::ids::RequestId;
use flinkspay_edge::sequence::Calls;
use flinkspay_edge::token_pool::TokenPool;
use serde_json::json;

#[test]
fn create_session_is_retried_after_a_401_and_not_after_a_lost_answer() {
    let create = |script| {
        let host = ScriptedHost::new(script);
        let result =
            run(Calls::new(&host, &config(), &TokenPool::default())
                .create_session(&params(&e_transfer()).expect("params")));
        (host, result)
    };
    let (host, result) =
        create(vec![token("t1"), Reply::status(401), token("t2"), Reply::json(200, r#"{"sessionId":"s-2"}"#)]);
    assert_eq!(result.expect("a session").session_id, "s-2");
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));

    let (host, result) = create(vec![token("t1"), Reply::lost(FetchFailure::Network)]);
    let error = result.expect_err("lost");
    assert_eq!((error.stage, error.outcome), (Stage::Step(Step::Session), Outcome::Unknown));
    assert_eq!((error.reference_id.as_deref(), host.requests()), (Some("USER12345"), 2));
}

#[test]
fn send_request_is_never_retried() {
    for (reply, code, outcome) in [
        (Reply::status(401), Code::TokenRejected, Outcome::Rejected),
        (Reply::status(503), Code::UpstreamUnavailable, Outcome::Unknown),
        (Reply::lost(FetchFailure::TimedOut), Code::Timeout, Outcome::Unknown),
        (Reply::status(429), Code::RateLimited, Outcome::Rejected),
    ] {
        let host = ScriptedHost::new(vec![token("t1"), reply]);
        let error =
            run(Calls::new(&host, &config(), &TokenPool::default()).send_request(&payment())).expect_err("failed");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Step(Step::SendRequest), outcome));
        assert_eq!(host.requests(), 2);
    }
    let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, r#"{"sessionId":"s-1","referenceId":"R"}"#)]);
    let sent = run(Calls::new(&host, &config(), &TokenPool::default()).send_request(&payment())).expect("a session");
    assert_eq!((sent.session_id.as_str(), sent.reference_id.as_str()), ("s-1", "R"));
    assert_eq!(host.sent()[1].0, "POST https://pay.example.com/api/v1/sessions/sendrequest");
    assert!(host.body(1).ends_with(r#","clientUrls":{"a":"b"}}"#), "{}", host.body(1));
}

fn payment() -> flinkspay_edge::interac::PaymentParams {
    let given = json!({
        "referenceId": "R", "amount": "1", "customerName": "Zoë", "customerEmail": "z@example.com",
        "clientUris": { "a": "b" },
    });
    flinkspay_edge::interac::PaymentParams::new(JsonInput::from(given)).expect("params")
}

#[test]
fn an_answer_about_another_session_does_not_confirm_a_guarantee() {
    for answer in [r#"{"sessionId":"s-2","referenceId":"R"}"#, r#"{"sessionId":1}"#, "[]", "null"] {
        let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, answer)]);
        let error = run(Calls::new(&host, &config(), &TokenPool::default()).confirm_guarantee(&session_id(), true))
            .expect_err(answer);
        assert_eq!((error.code, error.outcome), (Code::UpstreamProtocol, Outcome::Unknown), "{answer}");
    }
}

#[test]
fn cancel_and_confirm_are_sent_once_with_an_unspent_token() {
    let answer = r#"{"sessionId":"S-1","referenceId":"R","status":"Canceled","statusDetails":"EFT0501"}"#;
    let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, answer)]);
    let cancelled =
        run(Calls::new(&host, &config(), &TokenPool::default()).cancel_session(&session_id())).expect("cancelled");
    assert_eq!((cancelled.status.as_str(), cancelled.status_details.as_deref()), ("Canceled", Some("EFT0501")));
    assert_eq!(
        (host.sent()[1].0.as_str(), host.body(1)),
        ("POST https://pay.example.com/api/v2/sessions/s-1/cancel", "")
    );

    let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, r#"{"sessionId":"s-1","referenceId":"R"}"#)]);
    let confirmed = run(Calls::new(&host, &config(), &TokenPool::default()).confirm_guarantee(&session_id(), true))
        .expect("confirmed");
    assert_eq!(confirmed.reference_id.as_deref(), Some("R"));
    assert_eq!(host.sent()[1].0, "POST https://pay.example.com/api/v2/sessions/s-1/guarantees/confirm");
    assert_eq!(host.body(1), r#"{"guaranteeAccepted":true}"#);

    for reply in [Reply::status(503), Reply::json(200, r#"{"sessionId":"s-2","status":"Canceled"}"#)] {
        let host = ScriptedHost::new(vec![token("t1"), reply]);
        let error =
            run(Calls::new(&host, &config(), &TokenPool::default()).cancel_session(&session_id())).expect_err("failed");
        assert_eq!(
            (error.stage, error.outcome, error.session_id.as_deref()),
            (Stage::Step(Step::Cancel), Outcome::Unknown, Some("s-1"))
        );
        assert_eq!(host.requests(), 2);
    }
}

#[test]
fn cancel_payment_request_takes_any_2xx_and_is_never_retried() {
    let request_id = RequestId::parse("r-1").expect("an id");
    for (reply, status) in
        [(Reply::status(204), None), (Reply::json(200, r#"{"status":"Cancelled"}"#), Some("Cancelled"))]
    {
        let host = ScriptedHost::new(vec![token("t1"), reply]);
        let cancelled = run(Calls::new(&host, &config(), &TokenPool::default()).cancel_payment_request(&request_id))
            .expect("cancelled");
        assert_eq!((cancelled.request_id.as_str(), cancelled.status.as_deref()), ("r-1", status));
        assert_eq!(host.sent()[1].0, "POST https://pay.example.com/api/v1/paymentrequests/r-1/cancel");
    }
    let host = ScriptedHost::new(vec![token("t1"), Reply::lost(FetchFailure::Network)]);
    let error =
        run(Calls::new(&host, &config(), &TokenPool::default()).cancel_payment_request(&request_id)).expect_err("lost");
    assert_eq!((error.stage, error.outcome, host.requests()), (Stage::Step(Step::Cancel), Outcome::Unknown, 2));
}

#[test]
fn wait_for_payment_polls_until_the_status_is_final_and_renews_its_token() {
    let status = |word: &str| Reply::json(200, &format!(r#"{{"status":"{word}"}}"#));
    let host = ScriptedHost::new(vec![
        token("t1"),
        status("Initiated"),
        status("Processing"),
        // Three tries of one question, none of them answered; the wait goes on.
        Reply::status(503).retry_after("1"),
        Reply::status(503).retry_after("1"),
        Reply::status(503).retry_after("60"),
        token("t2").after(1),
        status("Settled"),
    ]);
    let request_id = RequestId::parse("r-1").expect("an id");
    let settled = run(Calls::new(&host, &config(), &TokenPool::default()).wait_for_payment(&request_id, 280_000))
        .expect("settled");
    assert_eq!((settled.status.as_str(), settled.paid), ("Settled", true));
    assert_eq!(host.waits(), [280_000, 280_000, 1_000, 1_000, 280_000]);
    assert_eq!(host.header(2, "authorization"), Some("Bearer t1"));
    assert_eq!(host.header(7, "authorization"), Some("Bearer t2"));

    let script = vec![token("t1"), status("Initiated"), status("Settled")];
    let host = ScriptedHost::new(script).with_random(u32::MAX / 2 + 1);
    assert!(run(Calls::new(&host, &config(), &TokenPool::default()).wait_for_payment(&request_id, 30_000)).is_ok());
    assert_eq!(host.waits(), [31_500], "up to a tenth more");

    let host = ScriptedHost::new(vec![token("t1"), status("Initiated"), Reply::status(404)]);
    let error = run(Calls::new(&host, &config(), &TokenPool::default()).wait_for_payment(&request_id, 30_000))
        .expect_err("gone");
    assert_eq!((error.code, error.stage), (Code::NotFound, Stage::Step(Step::Status)));
}
