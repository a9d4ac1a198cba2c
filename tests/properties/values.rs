//! What every amount, credential, header, id, option and answer must keep.

use crate::json_input::{JsonInput, PlainJson, with};
use crate::many;
use crate::reference_model::invariants;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flinkspay_edge::amount::Amount;
use flinkspay_edge::authorize;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::{Code, Error};
use flinkspay_edge::host::{Body, Request};
use flinkspay_edge::ids::{RequestId, SessionId};
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::json_value::JsonValue;
use flinkspay_edge::sessions::{self, SessionAnswer, SessionParams};
use flinkspay_edge::token::AccessToken;
use flinkspay_edge::webhook::read_event;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_line_has_no_control_and_no_direction_character(
        before in "[^\\p{C}]{0,9}", turning in "[\\p{Cc}\\p{Bidi_C}\\p{Zl}\\p{Zp}]", after in "[^\\p{C}]{0,9}",
    ) {
        let text = format!("{before}{turning}{after}");
        for name in ["referenceId", "customerName"] {
            prop_assert!(is_refused(name, &text));
        }
    }

    #[test]
    fn a_line_needs_a_visible_character(
        unseen in "[\\p{Cf}\\p{DI}\\p{Zs}\\u{2800}]{1,9}", seen in "[\\p{Lu}\\p{Ll}\\p{N}\\p{P}\\p{Sm}\\p{Sc}]",
    ) {
        let unseen: String = unseen.chars().filter(|character| !is_turning(*character)).collect();
        for name in ["referenceId", "customerName"] {
            prop_assert!(is_refused(name, &unseen));
            let seen = format!("{unseen}{seen}");
            prop_assert!(!is_refused(name, &seen));
        }
    }

    #[test]
    fn an_email_address_has_no_invisible_character(
        mailbox in "[a-zà-ÿ0-9]{1,9}", domain in "[a-zà-ÿ0-9]{1,9}\\.[a-z]{2,3}", unseen in "[\\p{Cf}\\p{DI}\\s\\u{2800}]",
    ) {
        let good = format!("{mailbox}@{domain}");
        prop_assert!(!is_refused("customerEmail", &good));
        for wrong in [format!("{mailbox}{unseen}a@{domain}"), format!("{mailbox}@a{unseen}{domain}"), format!("{mailbox}@{domain}{unseen}")] {
            prop_assert!(is_refused("customerEmail", &wrong));
        }
    }

    #[test]
    fn amounts_are_parsed_by_the_grammar(amount in "(0|[1-9][0-9]{0,14})(\\.[0-9]{0,3})?|[0-9.]{0,17}|\\PC{0,8}") {
        let parsed = Amount::parse(&amount);
        prop_assert_eq!(parsed.map(Amount::cents), cents(&amount), "{}", amount);
        if let Some(parsed) = parsed {
            prop_assert_eq!(Amount::parse(&parsed.to_string()), Some(parsed));
        }
    }

    #[test]
    fn an_amount_is_sent_as_it_was_parsed(cents in 1_u64..=999_999_999_999_999) {
        let written = format!("{}.{:02}", cents / 100, cents % 100);
        for amount_as in ["number", "string"] {
            let config = config(with(&options("user", "pass"), "amountAs", json!(amount_as))).expect("a config");
            let params = params(&written).expect("params");
            let token = AccessToken::new("t".to_owned(), 0, 299).expect("a token");
            let (request, _) = interac::initiate(&config, token, &params);
            let sent = &sent(request)["amount"];
            if amount_as == "string" {
                prop_assert_eq!(sent, &json!(written));
            } else {
                prop_assert!(sent.is_number());
                // The digits that a JSON number has of it, read as decimal text.
                let digits = sent.to_string();
                prop_assert_eq!(cents_of_number(&digits), Some(cents), "{}", digits);
            }
        }
    }

    #[test]
    fn raw_basic_credentials_are_decoded_back(user in "[^:\\p{Cc}\\u{fffd}]{1,20}", password in "[^\\p{Cc}\\u{fffd}]{1,20}") {
        let request = authorize_request(options(&user, &password));
        prop_assert_eq!(decoded_basic(&request), format!("{user}:{password}"));
    }

    #[test]
    fn encoded_basic_credentials_are_decoded_back(user in "[^\\p{Cc}\\u{fffd}]{1,20}", password in "[^\\p{Cc}\\u{fffd}]{1,20}") {
        let options = with(&options(&user, &password), "basicEncoding", json!("rfc6749"));
        let pair = decoded_basic(&authorize_request(options));
        let (one, other) = pair.split_once(':').expect("a colon");
        prop_assert_eq!((decoded(one), decoded(other)), (user, password));
    }

    #[test]
    fn form_credentials_are_decoded_back(user in "[^\\p{Cc}\\u{fffd}]{1,20}", password in "[^\\p{Cc}\\u{fffd}]{1,20}") {
        let request = authorize_request(with(&options(&user, &password), "credentialsIn", json!("form")));
        prop_assert!(!request.headers.iter().any(|(name, _)| *name == "authorization"));
        let Body::Form(form) = request.body else { panic!("no form") };
        let fields: Vec<_> = form.expose().split('&').filter_map(|field| field.split_once('=')).collect();
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        prop_assert_eq!(names, ["grant_type", "Username", "Password"]);
        prop_assert_eq!((decoded(fields[1].1), decoded(fields[2].1)), (user, password));
    }

    #[test]
    fn ids_have_only_characters_without_a_meaning_in_urls(id in "[A-Za-z0-9-]{0,70}|\\PC{0,6}|[a-z0-9./?#%\\\\ -]{0,12}") {
        let is_id = (1..=64).contains(&id.chars().count()) && id.chars().all(|letter| letter == '-' || is_alphanumeric(letter));
        prop_assert_eq!(SessionId::parse(&id).is_some(), is_id);
        prop_assert_eq!(RequestId::parse(&id).is_some(), is_id);
        prop_assert!(SessionId::parse(&id).is_none_or(|parsed| parsed.as_str() == id));
        prop_assert!(RequestId::parse(&id).is_none_or(|parsed| parsed.as_str() == id));
    }

    #[test]
    fn tokens_have_only_characters_that_a_header_can_carry(token in "[A-Za-z0-9._~+/-]{0,10}={0,3}|\\PC{0,6}|[a-z=\r\n ]{0,6}") {
        let body = token.trim_end_matches('=');
        let fits = !body.is_empty() && body.chars().all(|letter| is_alphanumeric(letter) || "-._~+/".contains(letter));
        prop_assert_eq!(AccessToken::new(token, 0, 299).is_some(), fits);
    }

    #[test]
    fn a_token_lives_as_long_as_the_contract_says(
        asked_at in any::<u64>(), expires_in in 1_i64..=i64::MAX, short in 1_i64..600, now in any::<u64>(), near in 0_u64..700_000,
    ) {
        for expires_in in [expires_in, short] {
            let token = AccessToken::new("t".to_owned(), asked_at, expires_in.unsigned_abs()).expect("a token");
            for now in [now, asked_at.saturating_add(near), asked_at.saturating_sub(near)] {
                prop_assert_eq!(token.is_alive(now), invariants::lives(asked_at, expires_in, now));
            }
        }
    }

    #[test]
    fn no_answer_makes_a_reader_panic(answer in any_json(), now in any::<u64>()) {
        let asked = RequestId::parse("r-1").expect("an id");
        if let Some(token) = of(&answer).and_then(|answer| authorize::read(answer, now)) {
            let printed = format!("{token:?}");
            prop_assert!(printed.contains("[secret]"));
        }
        let _ = (of(&answer).map(interac::read_session), of(&answer).and_then(interac::read_payment_request));
        let session = SessionId::parse("s-1").expect("an id");
        let result = || of::<SessionAnswer>(&answer);
        let status = result().and_then(|result| sessions::read_status(result, &session, None));
        let details = result().and_then(|result| sessions::read_details(result, &session, None));
        let cancelled = result().and_then(|result| sessions::read_cancelled(result, &session));
        let confirmed = result().and_then(|result| sessions::read_confirmed(result, &session));
        prop_assert_eq!(details.as_ref().map(|details| &details.session), status.as_ref());
        prop_assert_eq!(cancelled.map(|cancelled| cancelled.status), status.as_ref().map(|status| status.status.clone()));
        prop_assert!(status.is_none() || confirmed.is_some());
        if let Some(body) = of::<JsonValue>(&answer) {
            let event = serde_json::to_value(read_event(result(), body)).expect("JSON");
            let is_known = event["type"] == "SessionSetupStatusChanged";
            prop_assert!(is_known || (event["type"] == "unknown" && event["body"] == answer && event.get("paid").is_none()));
        }
        prop_assert_eq!(interac::read_cancelled(of(&answer), &asked).request_id, "r-1");
        if let Some(status) = of(&answer).and_then(|answer| interac::read_status(answer, &asked)) {
            prop_assert_eq!(status.request_id, "r-1");
            prop_assert_eq!(status.paid, ["Accepted", "Processed", "Settled"].contains(&status.status.as_str()));
            prop_assert_eq!(status.paid, status.funds.are_paid());
        }
    }

    #[test]
    fn no_parameters_of_a_session_make_it_panic(given in any_json()) {
        if let Err(error) = SessionParams::new(JsonInput::from(given), Amount::LARGEST_GEFT) {
            prop_assert!(error.code == Code::InvalidInput && is_named(&error));
        }
    }

    #[test]
    fn json_is_handed_on_as_it_is(value in any_json()) {
        let read: JsonValue = of(&value).expect("it is JSON");
        prop_assert_eq!(serde_json::to_value(&read).expect("JSON"), value.clone());
        // From text it is the same; this parser does not read every number to the last bit.
        let text = value.to_string();
        let again: Value = serde_json::from_str(&text).expect("it is JSON");
        prop_assert_eq!(serde_json::from_str::<JsonValue>(&text).expect("it is JSON"), of(&again).expect("it is JSON"));
    }

    #[test]
    fn no_text_makes_json_panic(json in "[\\[\\]{}:,\"a-zA-Z0-9.eE+\\\\ -]{0,60}|\\PC{0,20}") {
        let read: Option<JsonValue> = serde_json::from_str(&json).ok();
        let value: Option<Value> = serde_json::from_str(&json).ok();
        prop_assert!(read.is_none() || value.is_some());
        let too_large = || json.bytes().filter(u8::is_ascii_digit).count() >= 19;
        prop_assert!(value.is_none() || read.is_some() || too_large(), "it was not read: {}", json);
    }

    #[test]
    fn json_is_read_to_eight_levels(depth in 0_usize..120, in_objects in any::<bool>()) {
        let nest = |depth, innermost: Value| {
            (0..depth).fold(innermost, |inner, _| if in_objects { json!({ "a": inner }) } else { json!([inner]) })
        };
        let answer = json!({ "options": nest(depth, json!(1)), "sessionId": "s-1", "status": "Initiated" });
        let session = SessionId::parse("s-1").expect("an id");
        let details = sessions::read_details(of(&answer).expect("an answer"), &session, None).expect("details");
        let handed_on = if depth <= 8 { nest(depth, json!(1)) } else { nest(8, Value::Null) };
        prop_assert_eq!(&serde_json::to_value(&details).expect("JSON")["options"], &handed_on);

        let given = with(&payment("12.50"), "clientUris", nest(depth, json!({})));
        prop_assert_eq!(PaymentParams::new(JsonInput::from(given)).is_ok(), depth < 8 && (in_objects || depth == 0));
    }

    #[test]
    fn a_config_is_refused_by_name_or_prints_nothing_secret(
        base_url in "https?://[a-z0-9.:@/?#\\\\\\[\\]-]{0,24}/?|https://[a-z]{1,9}\\.[a-z]{2,3}(:[0-9]{1,6})?/?",
        values in prop::array::uniform12(prop_oneof![
            6 => Just(None), 4 => any_option().prop_map(Some), 1 => any_leaf().prop_map(Some),
        ]),
    ) {
        let mut given = with(&options("canary-user", "canary-pass"), "baseUrl", json!(base_url));
        for (name, value) in OPTIONS.into_iter().zip(values) {
            if let Some(value) = value {
                given = with(&given, name, value);
            }
        }
        match Config::new(JsonInput::from(given.clone()), &[]) {
            Err(error) => {
                prop_assert!(error.code == Code::InvalidConfig && is_named(&error));
                let field = error.field.as_deref().unwrap_or_default();
                prop_assert!(given.get(field).is_some(), "{} was not given", field);
                prop_assert!(given.get("timeoutMS").is_none() || field == "timeoutMS");
                prop_assert!(!error.message.contains("canary"));
            }
            Ok(config) => {
                prop_assert!(given.get("timeoutMS").is_none());
                prop_assert!(is_plain_origin(&config.base_url), "{}", config.base_url);
                prop_assert!(config.timeout_ms >= 1 && config.deadline_ms >= 1);
                let printed = format!("{config:?}");
                prop_assert!(!printed.contains("canary"));
            }
        }
    }

    #[test]
    fn parameters_are_refused_by_name_or_sent_as_they_are(
        values in prop::array::uniform5(prop_oneof![1 => Just(None), 12 => any_param().prop_map(Some)]),
    ) {
        const NAMES: [&str; 5] = ["referenceId", "amount", "customerName", "customerEmail", "clientUris"];
        let given: Map<_, _> =
            NAMES.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect();
        let given = Value::from(given);
        match PaymentParams::new(JsonInput::from(given.clone())) {
            Err(error) => {
                prop_assert!(error.code == Code::InvalidInput && is_named(&error));
                prop_assert!(NAMES.iter().any(|name| error.field.as_deref() == Some(name)));
            }
            Ok(params) => {
                prop_assert_eq!(Some(params.reference_id.as_str()), given["referenceId"].as_str());
                let config = config(options("user", "pass")).expect("a config");
                let token = AccessToken::new("t".to_owned(), 0, 299).expect("a token");
                let sent = sent(interac::initiate(&config, token, &params).0);
                for (name, sent_as) in [(0, "referenceId"), (2, "customerName"), (3, "customerEmail"), (4, "clientURIs")] {
                    prop_assert_eq!(sent.get(sent_as), given.get(NAMES[name]));
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let keys = || {
        prop_oneof![
            prop::sample::select(vec![
                "product",
                "payor",
                "options",
                "access_token",
                "token_type",
                "expires_in",
                "sessionId",
                "SESSIONID",
                "requestId",
                "id",
                "status",
                "amount",
                "schedule",
                "type",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,4}",
        ]
    };
    any_leaf().prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((keys(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_leaf() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "bearer",
        "Bearer",
        "eft",
        "e-transfer",
        "t-1",
        "s-1",
        "r-1",
        "Accepted",
        "accepted",
        "",
        "../x",
    ]);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(Value::from),
        words.prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ]
}

/// Text near the allowed lengths, and valid values.
fn any_param() -> impl Strategy<Value = Value> {
    let long = (250_usize..260, prop::sample::select(vec!["a", "é", "😀"]));
    prop_oneof![
        1 => any_leaf(),
        1 => long.prop_map(|(length, letter)| Value::from(letter.repeat(length))),
        8 => prop::sample::select(vec!["User1234", "12.50", "a@b.ca", "a@b.ca", "a\nb", "\u{fffd}"]).prop_map(Value::from),
        2 => Just(json!({ "Success": "https://shop.example/" })),
    ]
}

/// The options beside `baseUrl`, and one that does not exist.
const OPTIONS: [&str; 12] = [
    "username",
    "password",
    "timeoutMs",
    "deadlineMs",
    "warmTokens",
    "instance",
    "clientId",
    "credentialsIn",
    "basicEncoding",
    "tokenHeader",
    "amountAs",
    "timeoutMS",
];

/// Values of options, not always of the right one.
fn any_option() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            "basic",
            "form",
            "raw",
            "rfc6749",
            "authorization",
            "bearertoken",
            "number",
            "string"
        ])
        .prop_map(Value::from),
        (-2_i64..100_000).prop_map(Value::from),
    ]
}

fn options(username: &str, password: &str) -> Value {
    json!({ "baseUrl": "https://pay.example.com", "username": username, "password": password })
}

fn payment(amount: &str) -> Value {
    json!({
        "referenceId": "User1234", "amount": amount, "customerName": "Zoe", "customerEmail": "zoe@example.com",
    })
}

/// Whether a text is refused as this field, and the error names it.
fn is_refused(name: &str, text: &str) -> bool {
    let given = with(&payment("12.50"), name, json!(text));
    let refused = PaymentParams::new(JsonInput::from(given)).err();
    refused.is_some_and(|error| error.field.as_deref() == Some(name))
}

/// Unicode's `Bidi_Control`.
const fn is_turning(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn params(amount: &str) -> Result<PaymentParams, Box<Error>> {
    PaymentParams::new(JsonInput::from(payment(amount)))
}

fn config(options: Value) -> Option<Config> {
    Config::new(JsonInput::from(options), &[]).ok()
}

/// Whether an error names a field, and its message begins with the path.
fn is_named(error: &Error) -> bool {
    let begins_with = |path: &str| error.message.starts_with(&format!("{path} "));
    error.field.as_deref().is_some_and(|field| begins_with(if field.is_empty() { "This" } else { field }))
}

/// What an answer response, as a host reads it.
fn of<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    serde_json::from_value(answer.clone()).ok()
}

fn sent(request: Request<PlainJson>) -> Value {
    let Body::Json(PlainJson(body)) = request.body else { panic!("no JSON") };
    body
}

/// The cents of a JSON number, from its digits.
fn cents_of_number(digits: &str) -> Option<u64> {
    let (dollars, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = format!("{:0<2}", decimals.trim_end_matches('0'));
    if decimals.len() == 2 { format!("{dollars}{decimals}").parse().ok() } else { None }
}

fn authorize_request(options: Value) -> Request<PlainJson> {
    authorize::request(&config(options).expect("a config"))
}

fn decoded_basic(request: &Request<PlainJson>) -> String {
    let (_, value) = request.headers.iter().find(|(name, _)| *name == "authorization").expect("credentials");
    let encoded = value.expose().strip_prefix("Basic ").expect("Basic");
    String::from_utf8(STANDARD.decode(encoded).expect("base64")).expect("UTF-8")
}

/// The form decoding of RFC 6749, appendix B.
fn decoded(encoded: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                u8::from_str_radix(str::from_utf8(&digits).expect("ASCII"), 16).expect("hex")
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The cents of an amount: every other spelling is refused.
fn cents(amount: &str) -> Option<u64> {
    let (dollars, cents) = amount.split_once('.').unwrap_or((amount, "0"));
    let padded = format!("{cents:0<2}");
    let total: u64 = format!("{dollars}{padded}").parse().ok()?;
    let (whole, rest) = (total / 100, total % 100);
    let mut ways = vec![format!("{whole}.{rest:02}")];
    ways.extend((rest % 10 == 0).then(|| format!("{whole}.{}", rest / 10)));
    ways.extend((rest == 0).then(|| whole.to_string()));
    (total > 0 && total < 1_000_000_000_000_000 && ways.iter().any(|way| way == amount)).then_some(total)
}

const fn is_alphanumeric(letter: char) -> bool {
    matches!(letter, 'a'..='z' | 'A'..='Z' | '0'..='9')
}

/// Only a scheme, a host and a port, and no way to read another host out of it.
fn is_plain_origin(url: &str) -> bool {
    let loopback = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = |letter: char| is_alphanumeric(letter) || "-.:[]".contains(letter);
    !authority.is_empty()
        && authority.chars().all(plain)
        && (url.starts_with("https://") || loopback.iter().any(|start| url.starts_with(start)))
}
