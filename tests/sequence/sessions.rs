//! v2 sessions over a scripted host: what is sent, what is refused before anything is sent, and what is read.

use crate::json_input::{JsonInput, with, without};
use crate::scripted_host::{Reply, ScriptedHost, run};
use flinkspay_edge::amount::Amount;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::{Code, Outcome, Stage};
use flinkspay_edge::funds::Funds;
use flinkspay_edge::ids::SessionId;
use flinkspay_edge::sequence::Calls;
use flinkspay_edge::sessions::{Product, SessionParams};
use flinkspay_edge::token_pool::TokenPool;
use proptest::prelude::*;
use serde_json::{Value, json};

pub fn config() -> Config {
    let options = json!({
        "baseUrl": "https://pay.example.com", "username": "u", "password": "p", "clientId": "merchant-7",
    });
    Config::new(JsonInput::from(options), &[]).expect("a config")
}

pub fn token(name: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"access_token":"{name}","token_type":"bearer","expires_in":599}}"#))
}

pub fn params(given: &Value) -> Result<SessionParams, Box<flinkspay_edge::error::Error>> {
    SessionParams::new(JsonInput::from(given.clone()), config().largest_geft_amount)
}

pub fn session_id() -> SessionId {
    SessionId::parse("s-1").expect("an id")
}

fn account() -> Value {
    json!({ "account": { "institutionCode": "999", "transitNumber": "30265", "accountNumber": "9876541" } })
}

pub fn e_transfer() -> Value {
    json!({
        "product": "e-transfer", "referenceId": "USER12345", "amount": "250.00",
        "options": { "notificationPreferences": { "sendInteracLink": true } },
        "payor": { "firstName": "John", "lastName": "Smith", "email": "john.smith@example.com" },
        "payee": account(),
    })
}

fn geft() -> Value {
    json!({
        "product": "geft", "referenceId": "Happy1", "amount": "100",
        "payor": {
            "firstName": "John", "middleName": "Q", "lastName": "Doe", "email": "john@example.com", "phone": "5145550100",
            "occupation": "Baker", "dateOfBirth": "1985-03-15",
            "address": {
                "addressLine1": "1 Main St", "city": "Montréal", "province": "QC", "country": "Canada",
                "postalCode": "H2Y1C6",
            },
        },
        "payee": account(),
        "options": { "showConsentScreen": false, "redirectPreferences": { "mode": "JsEvents", "x": [1.5] } },
    })
}

fn eft() -> Value {
    json!({ "product": "eft", "payor": { "firstName": "Zoë", "lastName": "O'Neil" } })
}

/// The body that is sent for these parameters.
fn sent(given: &Value) -> Value {
    let host = ScriptedHost::new(vec![token("t1"), Reply::json(201, r#"{"sessionId":"s-1"}"#)]);
    let created =
        run(Calls::new(&host, &config(), &TokenPool::default()).create_session(&params(given).expect("params")))
            .expect("a session");
    assert_eq!(created.app_url, "https://pay.example.com/app/?sessionId=s-1");
    assert_eq!(created.reference_id.as_deref(), given["referenceId"].as_str());
    assert_eq!(host.sent()[1].0, "POST https://pay.example.com/api/v2/sessions");
    assert_eq!(host.header(1, "authorization"), Some("Bearer t1"));
    assert_eq!(host.header(1, "x-client-id"), Some("merchant-7"));
    assert_eq!(host.header(0, "x-client-id"), None);
    serde_json::from_str(host.body(1)).expect("JSON")
}

#[test]
fn sends_the_documented_bodies() {
    assert_eq!(
        sent(&e_transfer()),
        json!({
            "referenceId": "USER12345", "type": "e-Transfer", "direction": "DEBIT", "currency": "CAD", "amount": 250.00,
            "options": { "notificationPreferences": { "sendInteracLink": true } },
            "payor": { "firstName": "John", "lastName": "Smith", "email": "john.smith@example.com" },
            "payee": account(),
        })
    );
    assert_eq!(
        sent(&eft()),
        json!({
            "type": "EFT", "direction": "DEBIT", "currency": "CAD", "options": { "guarantee": { "enable": false } },
            "payor": { "firstName": "Zoë", "lastName": "O'Neil" },
        })
    );
    let guaranteed = sent(&geft());
    assert_eq!(guaranteed["type"], "EFT");
    assert_eq!(guaranteed["amount"], json!(100.00));
    assert_eq!(
        guaranteed["options"],
        json!({
            "guarantee": { "enable": true }, "showConsentScreen": false,
            "redirectPreferences": { "mode": "JsEvents", "x": [1.5] },
        })
    );
    assert_eq!(guaranteed["payor"], geft()["payor"]);
    assert_eq!(guaranteed["payee"], account());
}

fn refused(given: &Value) -> Option<String> {
    params(given).err().map(|error| {
        assert_eq!((error.code, error.stage, error.outcome), (Code::InvalidInput, Stage::Input, Outcome::NotSent));
        let field = error.field.expect("a field");
        assert!(error.message.starts_with(&format!("{field} ")), "{field}: {}", error.message);
        field.into_owned()
    })
}

#[test]
fn every_documented_limit_is_enforced() {
    let text = |length| "é".repeat(length);
    let digits = |length| "7".repeat(length);
    let email = |length: usize| format!("{}@{}.ca", "a".repeat(60), "b".repeat(length - 64));
    for (path, within, over) in [
        ("referenceId", vec![json!("a"), json!(text(100))], vec![json!(""), json!(text(101)), json!(7)]),
        ("amount", vec![json!("0.01"), json!("99999.99")], vec![json!("0"), json!("100000"), json!(1), json!("1.001")]),
        ("payor.firstName", vec![json!(text(100))], vec![json!(text(101)), json!(" "), Value::Null, json!("a\nb")]),
        ("payor.middleName", vec![json!(text(100))], vec![json!(text(101)), Value::Null]),
        ("payor.lastName", vec![json!(text(100))], vec![json!(text(101)), Value::Null]),
        ("payor.email", vec![json!(email(100))], vec![json!(email(101)), json!("a@"), json!("a@b"), Value::Null]),
        ("payor.phone", vec![json!("1"), json!(digits(15))], vec![json!(digits(16)), json!("+15145550100"), json!("")]),
        ("payor.occupation", vec![json!(text(100))], vec![json!(text(101))]),
        (
            "payor.dateOfBirth",
            vec![json!("2000-12-31")],
            vec![
                json!("2000-13-01"),
                json!("2000-01-32"),
                json!("00-01-01"),
                json!("2000-1-1"),
                json!("2000-01-01T"),
                json!("+200-01-01"),
            ],
        ),
        ("payor.address.province", vec![json!("qc")], vec![json!("Q"), json!("QCC"), json!("Q1")]),
        ("payor.address.postalCode", vec![json!("H2Y1C6")], vec![json!("H2Y 1C6"), json!("H2Y1C"), json!("H2Y1C66")]),
        ("payor.address.city", vec![json!(text(100))], vec![json!(text(101))]),
        (
            "payee.account.institutionCode",
            vec![json!("001")],
            vec![json!("01"), json!("0001"), json!("0a1"), Value::Null],
        ),
        ("payee.account.transitNumber", vec![json!("00001")], vec![json!("0001"), json!("000001")]),
        (
            "payee.account.accountNumber",
            vec![json!(digits(7)), json!(digits(12))],
            vec![json!(digits(6)), json!(digits(13))],
        ),
        ("payee.account.accountLabel", vec![json!(text(100))], vec![json!(text(101))]),
        ("options.showConsentScreen", vec![json!(true)], vec![json!("true"), json!(1)]),
        ("options.redirectPreferences", vec![json!({})], vec![json!("x"), json!([])]),
    ] {
        for value in within {
            assert_eq!(refused(&with(&geft(), path, value.clone())), None, "{path}: {value}");
        }
        for value in over {
            assert_eq!(refused(&with(&geft(), path, value.clone())).as_deref(), Some(path), "{path}: {value}");
        }
    }
}

#[test]
fn fields_of_other_products_are_refused_by_name() {
    for (given, field) in [
        (with(&eft(), "payee", account()), "payee"),
        (with(&e_transfer(), "payor.email", Value::Null), "payor.email"),
        (with(&e_transfer(), "direction", json!("debit")), "direction"),
        (without(&e_transfer(), "payor.email"), "payor.email"),
        (with(&e_transfer(), "payor.phone", json!("5145550100")), "payor.phone"),
        (with(&e_transfer(), "payor.address", json!({})), "payor.address"),
        (with(&e_transfer(), "options.limits", json!({})), "options.limits"),
        (with(&e_transfer(), "type", json!("EFT")), "type"),
        (with(&e_transfer(), "currency", json!("USD")), "currency"),
        (with(&geft(), "direction", json!("CREDIT")), "direction"),
        (with(&geft(), "type", json!("e-Transfer")), "type"),
        (with(&geft(), "type", json!("GEFT")), "type"),
        (with(&geft(), "currency", json!("cad")), "currency"),
        (with(&geft(), "payor.firstname", json!("J")), "payor.firstname"),
        (with(&geft(), "payee.account.iban", json!("J")), "payee.account.iban"),
        (with(&geft(), "referenceID", json!("J")), "referenceID"),
        (
            with(&geft(), "options.notificationPreferences", json!({ "sendInteracLink": true })),
            "options.notificationPreferences.sendInteracLink",
        ),
        (with(&eft(), "payee", Value::Null), "payee"),
        (with(&geft(), "payee", json!({})), "payee.account"),
        (with(&geft(), "payor", json!([])), "payor"),
        (with(&geft(), "product", json!("EFT")), "product"),
        (json!({}), "product"),
        (json!(null), "product"),
        (json!("geft"), "product"),
    ] {
        assert_eq!(refused(&given).as_deref(), Some(field), "{given}");
    }
    assert_eq!(refused(&with(&e_transfer(), "amount", json!("100000"))), None, "the limit is GEFT's");
    assert_eq!(refused(&without(&geft(), "payee")), None);
    assert_eq!(refused(&without(&geft(), "payor.email")), None);
}

#[test]
fn the_documented_constants_are_accepted() {
    for (base, kind) in [(e_transfer(), "e-Transfer"), (eft(), "EFT"), (geft(), "EFT")] {
        let said = [("type", kind), ("direction", "DEBIT"), ("currency", "CAD")]
            .into_iter()
            .fold(base.clone(), |given, (name, value)| with(&given, name, json!(value)));
        assert_eq!(sent(&said), sent(&base));
    }
    assert_eq!(sent(&with(&e_transfer(), "direction", json!("CREDIT")))["direction"], "CREDIT");
}

#[test]
fn null_is_refused_where_a_field_may_be_missing() {
    for (base, path) in [
        (e_transfer(), "referenceId"),
        (e_transfer(), "amount"),
        (e_transfer(), "direction"),
        (e_transfer(), "currency"),
        (e_transfer(), "type"),
        (e_transfer(), "options"),
        (e_transfer(), "options.notificationPreferences"),
        (e_transfer(), "options.notificationPreferences.sendInteracLink"),
        (e_transfer(), "options.notificationPreferences.language"),
        (e_transfer(), "payee"),
        (geft(), "payor.phone"),
        (geft(), "payor.address"),
        (geft(), "payor.address.unit"),
        (geft(), "payee.account.accountLabel"),
        (geft(), "options.showConsentScreen"),
        (geft(), "options.limits"),
        (geft(), "options.redirectPreferences"),
    ] {
        assert_eq!(refused(&with(&base, path, Value::Null)).as_deref(), Some(path));
        assert_eq!(refused(&without(&base, path)), None, "{path}");
    }
}

#[test]
fn an_answer_with_two_keys_for_one_field_is_not_read() {
    for answer in [
        r#"{"status":"Completed","Status":"Failed"}"#,
        r#"{"status":"Completed","sessionId":"s-1","SessionId":"s-2"}"#,
        r#"{"status":"Completed","amount":1,"Amount":2}"#,
    ] {
        let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, answer)]);
        let error = run(Calls::new(&host, &config(), &TokenPool::default()).get_session_status(&session_id(), None))
            .expect_err(answer);
        assert_eq!((error.code, error.outcome), (Code::UpstreamProtocol, Outcome::NotSent), "{answer}");
    }
}

#[test]
fn empty_status_details_are_left_out() {
    let answer = json!({ "status": "Completed", "statusDetails": "" });
    let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, &answer.to_string())]);
    let status = run(Calls::new(&host, &config(), &TokenPool::default()).get_session_status(&session_id(), None));
    assert_eq!(status.expect("a status").status_details, None);
}

#[test]
fn a_status_is_paid_only_where_money_moves() {
    let scheduled = json!({ "status": "Completed", "statusDetails": "EFT0301", "amount": 500 });
    let refused = with(&scheduled, "guaranteeDetails", json!({ "guaranteeAccepted": false }));
    let transferred = json!({ "status": "Completed", "schedule": { "transactions": [{ "status": "Processed" }] } });
    let settled = with(&transferred, "schedule", json!({ "transactions": [{ "status": "Settled" }] }));
    for (product, answer, funds, is_final) in [
        (Some(Product::Geft), scheduled.clone(), Funds::Guaranteed, true),
        (Some(Product::Geft), refused, Funds::Scheduled, false),
        (Some(Product::Eft), scheduled.clone(), Funds::Scheduled, false),
        (None, scheduled.clone(), Funds::Scheduled, false),
        (Some(Product::ETransfer), scheduled, Funds::None, false),
        (Some(Product::ETransfer), transferred.clone(), Funds::Guaranteed, false),
        (None, transferred.clone(), Funds::Guaranteed, false),
        (Some(Product::Eft), transferred, Funds::None, false),
        (Some(Product::ETransfer), settled, Funds::Settled, true),
        (None, json!({ "status": "Initiated", "statusDetails": "EFT0101" }), Funds::None, false),
        (None, json!({ "status": "InProgress" }), Funds::None, false),
        (Some(Product::Geft), json!({ "status": "Completed", "statusDetails": "EFT0302" }), Funds::None, false),
        (Some(Product::Geft), json!({ "status": "Completed" }), Funds::None, false),
        (None, json!({ "status": "Failed", "statusDetails": "EFT0301" }), Funds::None, true),
        (Some(Product::Eft), json!({ "status": "Canceled", "statusDetails": "EFT0501" }), Funds::None, true),
        (Some(Product::ETransfer), json!({ "status": "Cancelled" }), Funds::None, true),
        (Some(Product::Geft), json!({ "status": "completed", "statusDetails": "EFT0301" }), Funds::None, false),
        (Some(Product::Geft), json!({ "status": "Settled" }), Funds::None, false),
    ] {
        let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, &answer.to_string())]);
        let status =
            run(Calls::new(&host, &config(), &TokenPool::default()).get_session_status(&session_id(), product))
                .expect("a status");
        assert_eq!((status.funds, status.is_final), (funds, is_final), "{product:?} {answer}");
        assert_eq!(status.paid, matches!(funds, Funds::Guaranteed | Funds::Settled));
        assert_eq!(status.status, answer["status"].as_str().expect("text"));
        assert_eq!(host.sent()[1].0, "GET https://pay.example.com/api/v2/sessions/s-1/status");
    }
}

#[test]
fn details_have_every_documented_field_and_money_as_text() {
    let answer = json!({
        "sessionId": "s-1", "status": "Completed", "referenceId": "USER12345", "amount": 250.5, "type": "EFT",
        "direction": "DEBIT", "currency": "CAD", "createdAt": "2026-04-23T12:43:59.203399Z", "statusDetails": "EFT0301",
        "step": { "current": "Complete", "aggregationRequestId": null, "padId": "p" },
        "options": { "limits": { "minimumAmount": 1, "maximumAmount": 1000.1 } },
        "payor": { "firstName": "Z", "account": { "accountNumber": "****1234", "availableBalance": -5.25 } },
        "payee": null, "guaranteeDetails": { "highestDebitAmountToGuarantee": 0 },
        "userDetails": { "matchingPerformed": true, "nameMatch": 95, "availableBalance": 3 },
        "schedule": { "transactions": [{ "id": "t", "status": "Processed" }] }, "secretOfTheirs": 1,
    });
    let host = ScriptedHost::new(vec![token("t1"), Reply::json(200, &answer.to_string())]);
    let details = run(
        Calls::new(&host, &config(), &TokenPool::default()).get_session_details(&session_id(), Some(Product::Geft))
    )
    .expect("details");
    let mut expected = answer;
    for (path, value) in [
        ("amount", json!("250.50")),
        ("options.limits", json!({ "minimumAmount": "1.00", "maximumAmount": "1000.10" })),
        ("payor.account.availableBalance", json!("-5.25")),
        ("guaranteeDetails.highestDebitAmountToGuarantee", json!("0")),
        ("userDetails.availableBalance", json!("3.00")),
        ("funds", json!("guaranteed")),
        ("paid", json!(true)),
        ("final", json!(true)),
    ] {
        expected = with(&expected, path, value);
    }
    expected.as_object_mut().expect("an object").remove("secretOfTheirs");
    assert_eq!(serde_json::to_value(details).expect("JSON"), expected);
}

#[test]
fn the_largest_guaranteed_amount_is_an_option() {
    let largest = |text| Amount::parse(text).expect("an amount");
    for (amount, most, is_taken) in [
        ("99999.99", Amount::LARGEST_GEFT, true),
        ("100000", Amount::LARGEST_GEFT, false),
        ("100000", largest("100000"), true),
        ("100000.01", largest("100000"), false),
        ("5.01", largest("5"), false),
    ] {
        for (given, is_taken) in [(geft(), is_taken), (with(&eft(), "amount", json!("1")), true)] {
            let given = with(&given, "amount", json!(amount));
            let read = SessionParams::new(JsonInput::from(given), most);
            assert_eq!(read.is_ok(), is_taken, "{amount} {most}");
            let Err(error) = read else { continue };
            assert_eq!(error.field.as_deref(), Some("amount"));
            assert!(error.message.contains(&format!("at most \"{most}\"")), "{error}");
        }
    }
}

#[test]
fn a_refused_parameter_says_what_it_must_be() {
    for (path, value, says) in [
        ("payor.firstName", json!("a\nb"), "one line"),
        ("payor.email", json!("x"), "e-mail"),
        ("payor.phone", json!("+1"), "1 to 15 digits"),
        ("payor.dateOfBirth", json!("15 March"), "1985-03-15"),
        ("payor.address.province", json!("Quebec"), "two letters"),
        ("payor.address.postalCode", json!("H2Y 1C6"), "without a space"),
        ("payee.account.institutionCode", json!("1"), "3 digits"),
        ("payee.account.transitNumber", json!("1"), "5 digits"),
        ("payee.account.accountNumber", json!("1"), "7 to 12 digits"),
        ("options.showConsentScreen", json!("true"), "true or false"),
        ("options.redirectPreferences", json!("JsEvents"), "object"),
        ("amount", json!(12.5), "JavaScript number"),
    ] {
        let error = params(&with(&geft(), path, value)).expect_err("refused");
        assert_eq!(error.field.as_deref(), Some(path));
        assert!(error.message.contains(says), "{path}: {}", error.message);
    }
}

proptest! {
    #[test]
    fn text_within_the_limits_is_sent_unchanged(
        name in "[^\\p{C}\\p{Zl}\\p{Zp}\\u{fffd}]{0,99}[a-z]",
        label in "é[^\\p{Cc}\\p{Bidi_C}\\p{Zl}\\p{Zp}\\u{fffd}]{0,99}",
    ) {
        let given = with(&with(&geft(), "payor.firstName", json!(name)), "payee.account.accountLabel", json!(label));
        let body = sent(&given);
        prop_assert_eq!(&body["payor"]["firstName"], &json!(name));
        prop_assert_eq!(&body["payee"]["account"]["accountLabel"], &json!(label));
    }

    #[test]
    fn text_outside_the_limits_is_refused_by_name(name in "(\\PC{101,120}|\\PC{0,9}[\\x00-\\x1f\\x7f]\\PC{0,9}|\\s{0,5})") {
        let field = refused(&with(&geft(), "payor.lastName", json!(name)));
        prop_assert_eq!(field.as_deref(), Some("payor.lastName"));
    }
}
