//! The parameters of a payment, v1 and v2, as one JSON object: what is taken is sent as it was given, with nothing lost,
//! nothing added but what the contract names, and no text that could break a line.
#![no_main]

use flinkspay_edge::config::{Config, Options};
use flinkspay_edge::host::Body;
use flinkspay_edge::interac::{self, GivenParams, PaymentParams};
use flinkspay_edge::json::Json;
use flinkspay_edge::sessions::{self, SessionParams};
use flinkspay_edge::token::AccessToken;
use flinkspay_edge_fuzz::{is_printed_amount, parse};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let text = |text: &str| Json::Text(text.to_owned());
    let options = Options {
        base_url: text("https://pay.example.com"),
        username: text("u"),
        password: text("p"),
        ..Options::default()
    };
    Config::new(options).expect("a config")
});

fuzz_target!(|bytes: &[u8]| {
    let Some((_, json)) = parse(bytes) else { return };
    v1(&json);
    v2(&json);
});

fn token() -> AccessToken {
    AccessToken::new("t".to_owned(), 0, 299).expect("a token")
}

fn v1(json: &Json) {
    let take = |name| json.get(name).cloned().unwrap_or_default();
    let [reference_id, amount, customer_name, customer_email, client_uris] =
        ["referenceId", "amount", "customerName", "customerEmail", "clientUris"].map(take);
    let given = GivenParams {
        reference_id: reference_id.clone(),
        amount: amount.clone(),
        customer_name: customer_name.clone(),
        customer_email: customer_email.clone(),
        client_uris: client_uris.clone(),
    };
    let params = match PaymentParams::new(given) {
        Ok(params) => params,
        Err(error) => return assert!(error.field.is_some() && !error.retryable),
    };
    for text in [&reference_id, &customer_name, &customer_email] {
        is_one_line(text, 255);
    }
    let email = customer_email.text().expect("text");
    let (mailbox, domain) = email.split_once('@').expect("one @");
    assert!(
        !mailbox.is_empty() && domain.contains('.') && !domain.contains('@') && !email.contains(char::is_whitespace)
    );

    let body = sent(interac::initiate(&CONFIG, token(), &params).0.body);
    assert!(is_amount_of(&body, &amount));
    let mut expected =
        vec![("referenceId", &reference_id), ("customerName", &customer_name), ("customerEmail", &customer_email)];
    expected.extend((client_uris != Json::Null).then_some(("clientURIs", &client_uris)));
    for (name, value) in &expected {
        assert_eq!(body.get(name), Some(*value), "{name}");
    }
    assert!(matches!(body, Json::Object(entries) if entries.len() == expected.len() + 1), "something was added");
}

fn v2(given: &Json) {
    let params = match SessionParams::new(given) {
        Ok(params) => params,
        Err(error) => return assert!(error.field.is_some() && !error.retryable),
    };
    let body = sent(sessions::create(&CONFIG, token(), &params).0.body);
    assert_eq!(body.get("currency"), Some(&Json::Text("CAD".to_owned())));
    assert!(matches!(body.get("direction").and_then(Json::text), Some("DEBIT" | "CREDIT")));
    assert_eq!(body.get("referenceId").and_then(Json::text), params.reference_id.as_deref());
    let product = given.get("product").and_then(Json::text).expect("a product");
    assert_eq!(body.get("type").and_then(Json::text), Some(if product == "e-transfer" { "e-Transfer" } else { "EFT" }));
    let guarantee = body.get("options").and_then(|options| options.get("guarantee"));
    let enabled = guarantee.and_then(|guarantee| guarantee.get("enable"));
    let expected = [("eft", Json::Bool(false)), ("geft", Json::Bool(true))];
    assert_eq!(enabled, expected.iter().find_map(|(name, value)| (*name == product).then_some(value)));

    let Json::Object(entries) = given else { panic!("an object") };
    for (name, value) in entries.iter().filter(|(name, _)| name != "product") {
        arrives(name, value, body.get(name));
    }
}

/// Each leaf of what was given is found in what is sent; text stays the same, money may have got its two decimals.
fn arrives(name: &str, given: &Json, sent: Option<&Json>) {
    match (given, sent) {
        (Json::Null, _) => {}
        _ if name == "redirectPreferences" => assert_eq!(Some(given), sent),
        (Json::Object(entries), Some(Json::Object(_))) => {
            for (name, value) in entries {
                arrives(name, value, sent.and_then(|sent| exactly(sent, name)));
            }
        }
        (Json::Text(_), Some(Json::Decimal(printed))) => {
            assert!(is_printed_amount(printed) && given.amount().as_ref() == Some(printed), "{printed}");
        }
        (Json::Text(_), Some(Json::Text(_))) => {
            is_one_line(given, 254);
            assert_eq!(Some(given), sent, "{name}");
        }
        (Json::Bool(_), Some(_)) => assert_eq!(Some(given), sent, "{name}"),
        _ => panic!("{name} became {sent:?}"),
    }
}

fn exactly<'json>(json: &'json Json, key: &str) -> Option<&'json Json> {
    let Json::Object(entries) = json else { return None };
    entries.iter().find_map(|(name, value)| (name == key).then_some(value))
}

fn is_amount_of(body: &Json, given: &Json) -> bool {
    let amount = body.get("amount").and_then(Json::amount);
    amount.as_deref().is_some_and(is_printed_amount) && matches!(given, Json::Text(_)) && given.amount() == amount
}

fn is_one_line(json: &Json, most: usize) {
    let text = json.text().expect("text");
    assert!(!text.trim().is_empty() && text.chars().count() <= most, "{text:?}");
    assert!(!text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER), "{text:?}");
}

fn sent(body: Body) -> Json {
    let Body::Json(json) = body else { panic!("it is sent as JSON") };
    Json::parse(json.as_bytes()).expect("JSON")
}
