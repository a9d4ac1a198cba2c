//! The parameters of a payment, v1 and v2, as one JSON object: what is taken is sent as it was given, with nothing lost,
//! nothing added but what the contract names, and no text that could break a line.
#![no_main]

use flinkspay_edge::amount::Amount;
use flinkspay_edge::checked_text::CheckedText;
use flinkspay_edge::config::Config;
use flinkspay_edge::host::Body;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::sessions::{self, SessionParams};
use flinkspay_edge::token::AccessToken;
use flinkspay_edge_fuzz::{PlainJson, cents, is_named, is_same, json_input, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let options = json!({ "baseUrl": "https://pay.example.com", "username": "u", "password": "p" });
    Config::new(json_input::JsonInput::from(options), &[]).expect("a config")
});

fuzz_target!(|bytes: &[u8]| {
    let Some(given) = parse(bytes) else { return };
    v1(&given);
    v2(&given);
});

fn token() -> AccessToken {
    AccessToken::new("t".to_owned(), 0, 299).expect("a token")
}

fn v1(given: &Value) {
    let params = match PaymentParams::new(json_input::JsonInput::from(given.clone())) {
        Ok(params) => params,
        Err(error) => return assert!(is_named(&error), "{error:?}"),
    };
    for name in ["referenceId", "customerName", "customerEmail"] {
        is_one_line(&given[name], 255);
    }
    let email = given["customerEmail"].as_str().expect("text");
    let (mailbox, domain) = email.split_once('@').expect("one @");
    assert!(
        !mailbox.is_empty() && domain.contains('.') && !domain.contains('@') && !email.contains(char::is_whitespace)
    );
    assert!(!email.contains(['\u{200b}', '\u{200d}', '\u{2060}', '\u{ad}', '\u{feff}', '\u{3164}']), "{email:?}");

    let body = sent(interac::initiate(&CONFIG, token(), &params).0.body);
    assert!(is_amount_of(&body["amount"], &given["amount"]));
    let fields = given.as_object().expect("an object");
    for (name, value) in fields.iter().filter(|(name, _)| *name != "amount") {
        let sent_as = if name == "clientUris" { "clientURIs" } else { name };
        assert!(body.get(sent_as).is_some_and(|sent| is_same(value, sent)), "{name}");
    }
    assert_eq!(body.as_object().expect("an object").len(), fields.len(), "something was added");
}

fn v2(given: &Value) {
    let params = match SessionParams::new(json_input::JsonInput::from(given.clone()), Amount::LARGEST_GEFT) {
        Ok(params) => params,
        Err(error) => return assert!(is_named(&error), "{error:?}"),
    };
    let body = sent(sessions::create(&CONFIG, token(), &params).0.body);
    assert_eq!(body["currency"], "CAD");
    assert!(matches!(body["direction"].as_str(), Some("DEBIT" | "CREDIT")));
    assert_eq!(body["referenceId"].as_str(), params.reference_id.as_ref().map(CheckedText::as_str));
    let product = given["product"].as_str().expect("a product");
    assert_eq!(body["type"], if product == "e-transfer" { "e-Transfer" } else { "EFT" });
    let expected = [("e-transfer", Value::Null), ("eft", json!(false)), ("geft", json!(true))];
    assert!(expected.contains(&(product, body["options"]["guarantee"]["enable"].clone())));

    let fields = given.as_object().expect("an object");
    for (name, value) in fields.iter().filter(|(name, _)| *name != "product") {
        arrives(name, value, body.get(name));
    }
}

/// Each leaf of what was given is found in what is sent; text stays the same, money has become a number of the same cents.
fn arrives(name: &str, given: &Value, sent: Option<&Value>) {
    match (given, sent) {
        (_, Some(sent)) if name == "redirectPreferences" => assert!(is_same(given, sent), "{name}"),
        (Value::Object(entries), Some(Value::Object(_))) => {
            for (name, value) in entries {
                arrives(name, value, sent.and_then(|sent| sent.get(name)));
            }
        }
        (Value::String(_), Some(sent @ Value::Number(_))) => assert!(is_amount_of(sent, given), "{name}"),
        (Value::String(_), Some(Value::String(_))) => {
            is_one_line(given, 254);
            assert_eq!(Some(given), sent, "{name}");
        }
        (Value::Bool(_), Some(_)) => assert_eq!(Some(given), sent, "{name}"),
        _ => panic!("{name} became {sent:?}"),
    }
}

fn is_amount_of(sent: &Value, given: &Value) -> bool {
    let amount = given.as_str().and_then(Amount::parse);
    sent.is_number() && amount.is_some() && amount.map(Amount::cents) == cents(&sent.to_string())
}

fn is_one_line(value: &Value, most: usize) {
    let text = value.as_str().expect("text");
    assert!(!text.trim().is_empty() && text.chars().count() <= most, "{text:?}");
    let breaks_or_turns = |c: char| {
        c.is_control()
            || "\u{2028}\u{2029}\u{fffd}\u{61c}\u{200e}\u{200f}".contains(c)
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(breaks_or_turns), "{text:?}");
    assert!(
        !text.chars().all(|c| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')),
        "{text:?}"
    );
}

fn sent(body: Body<PlainJson>) -> Value {
    let Body::Json(PlainJson(body)) = body else { panic!("it is sent as JSON") };
    body
}
