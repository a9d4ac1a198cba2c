//! v1 payments: what is sent, what is retried, what an error says, and which parameters are refused.

use crate::json_input::{JsonInput, with, without};
use crate::scripted_host::{self, Reply, ScriptedHost, run};
use crate::support::{config, config_of, get_status, given, options, request, session, start_payment, token};
use flinkspay_edge::amount::Money;
use flinkspay_edge::error::{Code, Outcome};
use flinkspay_edge::funds::Funds;
use flinkspay_edge::ids::SessionId;
use flinkspay_edge::interac::PaymentParams;
use flinkspay_edge::sequence::Calls;
use flinkspay_edge::token_pool::TokenPool;
use serde_json::{Value, json};

#[test]
fn starts_a_payment_with_three_requests() {
    let (host, result) = start_payment(vec![token("t1"), session("s-1"), request("r-1")]);
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
        let params = PaymentParams::new(JsonInput::from(given)).expect("params");
        run(Calls::new(&host, &config_of(options), &TokenPool::default()).initiate_session(&params))
            .expect("a session");
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
fn invalid_answers_to_authorize_are_upstream_protocol() {
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
        let (host, result) = start_payment(vec![Reply::json(200, answer)]);
        let error = result.expect_err(answer);
        assert_eq!((error.code, error.outcome), (Code::UpstreamProtocol, Outcome::NotSent), "{answer}");
        assert_eq!(host.requests(), 1, "{answer}");
    }
}

#[test]
fn a_payment_request_by_session_id_uses_a_fresh_token() {
    let host = ScriptedHost::new(vec![token("t1"), request("r-1")]);
    let session_id = SessionId::parse("s-1").expect("an id");
    let created = run(Calls::new(&host, &config(), &TokenPool::default()).create_payment_request(&session_id))
        .expect("a request");
    assert_eq!(created.request_id, "r-1");
    assert_eq!((host.requests(), host.body(1)), (2, r#"{"sessionId":"s-1"}"#));

    let host = ScriptedHost::new(vec![token("t1"), Reply::status(503)]);
    let error = run(Calls::new(&host, &config(), &TokenPool::default()).create_payment_request(&session_id))
        .expect_err("no answer");
    assert_eq!((error.outcome, error.session_id.as_deref()), (Outcome::Unknown, Some("s-1")));
    assert_eq!(host.requests(), 2);
}

#[test]
fn reads_the_status_in_both_published_shapes() {
    let (host, result) = get_status(vec![
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

    let (_, result) = get_status(vec![
        token("t1"),
        Reply::json(200, r#"{"id":"R-1","status":"Processing","paymentReferenceNumber":"FLK-20260415-001"}"#),
    ]);
    assert_eq!(result.expect("a status").status, "Processing");
}

#[test]
fn statuses_are_paid_or_final_as_the_contract_says() {
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
        let (_, result) = get_status(vec![token("t1"), Reply::json(200, &format!(r#"{{"status":"{word}"}}"#))]);
        let status = result.expect(word);
        assert_eq!((status.status.as_str(), status.funds, status.is_final), (word, funds, is_final));
        assert_eq!(status.paid, funds != Funds::None, "{word}");
    }
}

fn refused(given: &Value) -> Option<String> {
    PaymentParams::new(JsonInput::from(given.clone())).err().map(|error| {
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
fn invalid_parameters_are_named() {
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
