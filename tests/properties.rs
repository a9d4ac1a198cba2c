//! Properties of the client: many calls at once under random faults, clocks and cancellations, held to the laws of
//! `twin/laws.rs`; and what every amount, credential, header, id, option and answer must keep.
//!
//! A failure prints the least input that fails. Nothing is written beside the tests: what was once found becomes a test of
//! its own.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod calls;
mod twin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flinkspay_edge::amount::Amount;
use flinkspay_edge::authorize;
use flinkspay_edge::config::{Config, Options};
use flinkspay_edge::decision::{self, Happened, Verdict, decide, refusal};
use flinkspay_edge::error::Code;
use flinkspay_edge::host::{Body, Interrupt, Lost, Request};
use flinkspay_edge::interac::{self, GivenParams, PaymentParams};
use flinkspay_edge::json::{Json, ObjectText};
use flinkspay_edge::sessions::{self, SessionParams};
use flinkspay_edge::token::{AccessToken, RequestId, SessionId};
use proptest::prelude::*;
use std::borrow::Cow;
use twin::laws;
use twin::upstream::{Ask, Step, text};
use twin::world::{Call, Came, Environment, Event, Fate, RetryAfter, Run, Says, Setting, Then, What, run};

fn many() -> ProptestConfig {
    ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// What was rolled: whose turn it is, and what becomes of each thing that is waited for. After the last, all is well.
#[derive(Debug)]
struct Dice {
    turns: Vec<usize>,
    fates: Vec<Fate>,
}

impl Environment for Dice {
    fn turn(&mut self, callers: usize) -> usize {
        self.turns.pop().map_or(0, |turn| turn % callers)
    }

    fn fate(&mut self, _: &What) -> Fate {
        self.fates.pop().unwrap_or(Fate::WELL)
    }

    fn is_known(&mut self, _: u64) -> bool {
        false
    }
}

const EVERY_CALL: [Call; 13] = [
    Call::StartPayment,
    Call::InitiateSession,
    Call::SendRequest,
    Call::CreateSession,
    Call::CreatePaymentRequest,
    Call::CancelPaymentRequest,
    Call::CancelSession,
    Call::ConfirmGuarantee,
    Call::GetPaymentRequest,
    Call::GetSessionStatus,
    Call::GetSessionDetails,
    Call::WaitForPayment,
    Call::Warm,
];

/// Those that can all be made at once: a session is cancelled or paid, but not both; and nobody waits so long that the
/// others' time is up.
const WITHOUT_CONFLICT: [Call; 9] = [
    Call::StartPayment,
    Call::StartPayment,
    Call::InitiateSession,
    Call::SendRequest,
    Call::CreateSession,
    Call::CreatePaymentRequest,
    Call::ConfirmGuarantee,
    Call::GetPaymentRequest,
    Call::GetSessionDetails,
];

fn any_call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => Just(Call::StartPayment),
        2 => Just(Call::Warm),
        8 => prop::sample::select(EVERY_CALL.as_slice()),
    ]
}

fn any_setting() -> impl Strategy<Value = Setting> {
    let life = prop_oneof![4 => Just(299), 2 => 1_i64..60, 1 => Just(599), 1 => any::<i64>()];
    (1_000_u64..10_000, 1_000_u64..60_000, life, any::<u32>(), any::<bool>(), 0_usize..4).prop_map(
        |(timeout_ms, deadline_ms, expires_in, random, restarts, warm)| Setting {
            timeout_ms,
            deadline_ms,
            expires_in,
            random,
            restarts,
            warm,
        },
    )
}

/// Statuses by which a request may be answered, and those of them that decide something of their own.
const STATUSES: [u16; 21] =
    [200, 204, 0, 100, 301, 307, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 600];
const LIKED: [u16; 10] = [401, 401, 429, 503, 200, 409, 400, 307, 408, 500];

/// What becomes of one thing, as plain numbers: they are quickly made, and shrink towards zero, where all is well.
type Numbers = (u8, u8, u16, u8, u16, u8);

/// Each run has a status that it likes, so that refusals come in rows, and every second one has a calm world, so that
/// they are not lost among crashes and jumps.
fn any_dice() -> impl Strategy<Value = Dice> {
    let fates = prop::collection::vec(any::<Numbers>(), 0..30);
    (any::<bool>(), 0..LIKED.len(), prop::collection::vec(any::<usize>(), 0..40), fates).prop_map(
        |(calm, liked, turns, numbers)| {
            let fates = numbers.into_iter().map(|numbers| fate_of(numbers, calm, LIKED[liked])).collect();
            Dice { turns, fates }
        },
    )
}

fn fate_of((copies, word, status, took, jump, end): Numbers, calm: bool, liked: u16) -> Fate {
    let then = match end {
        0..=219 => Then::GoesOn,
        220..=231 => Then::Ends(Interrupt::Aborted),
        232..=243 => Then::Ends(Interrupt::Closed),
        244.. => Then::Crashes,
    };
    let says = match then {
        Then::Ends(interrupt) if word < 128 => Says::Lost(Lost::During(interrupt)),
        Then::Ends(_) | Then::GoesOn | Then::Crashes => word_of(word, status, liked),
    };
    if calm {
        let says = word_of(word, status, liked);
        return Fate { name: "rolled", says, took_ms: u64::from(took), ..Fate::WELL };
    }
    Fate {
        name: "rolled",
        copies: match copies {
            0..=199 => 1,
            200..=229 => 0,
            230.. => 2,
        },
        says,
        took_ms: if took < 160 { u64::from(took) } else { (u64::from(took) - 160) * 130 },
        jump_ms: jump_of(jump),
        then,
    }
}

fn word_of(word: u8, status: u16, liked: u16) -> Says {
    let known = STATUSES[usize::from(status) % STATUSES.len()];
    let seconds = u64::from(status / 32 % 64);
    let after = match status / 2048 {
        0..=15 => None,
        16..=27 => Some((seconds.to_string(), Some(seconds * 1_000))),
        _ => Some(("soon".to_owned(), None)),
    };
    match word {
        0..=119 => Says::Honest,
        120..=144 => Says::Lost(Lost::Network),
        145..=154 => Says::Lost(Lost::TimedOut),
        155..=219 => Says::Status(liked, after),
        220..=244 => Says::Status(known, after),
        245.. => Says::Status(status, after),
    }
}

fn jump_of(jump: u16) -> i64 {
    match jump {
        0..=53_000 => 0,
        53_001..=57_000 => 600_000,
        57_001..=61_000 => -600_000,
        _ => (i64::from(jump) - 63_268) * 300,
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn calls_at_once_keep_the_laws(
        setting in any_setting(),
        calls in prop::collection::vec(any_call(), 1..6),
        mut dice in any_dice(),
    ) {
        if let Err(broken) = run(setting, &calls, &mut dice) {
            return Err(TestCaseError::fail(broken.to_string()));
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_a_date(after in any_retry_after_text()) {
        let setting = Setting { timeout_ms: 8_000, deadline_ms: 25_000, expires_in: 299, random: 0, restarts: false, warm: 0 };
        let refused = Fate { says: Says::Status(429, Some(after.clone())), ..Fate::WELL };
        let mut dice = Dice { turns: Vec::new(), fates: vec![refused, Fate::WELL] };
        let Run { world, .. } = run(setting, &[Call::InitiateSession], &mut dice).expect("no law is broken");
        let callers = world.callers.borrow();
        let error = callers[0].told.as_ref().and_then(|told| told.as_ref().err()).expect("refused");
        prop_assert_eq!((error.code, error.retry_after_ms.map(u64::from)), (Code::RateLimited, after.1));
    }

    #[test]
    fn an_amount_is_read_if_it_is_written_as_one(amount in "(0|[1-9][0-9]{0,14})(\\.[0-9]{0,3})?|[0-9.]{0,17}|\\PC{0,8}") {
        let parsed = Amount::parse(&amount);
        prop_assert_eq!(parsed.map(Amount::cents), cents(&amount), "{}", amount);
        if let Some(parsed) = parsed {
            prop_assert_eq!(Amount::parse(&parsed.to_text()), Some(parsed));
        }
    }

    #[test]
    fn an_amount_goes_out_as_it_was_read(cents in 1_u64..=999_999_999_999_999) {
        let written = format!("{}.{:02}", cents / 100, cents % 100);
        let dollars = i64::try_from(cents / 100).expect("dollars");
        let as_number = if cents % 100 == 0 { Json::Integer(dollars) } else { Json::Decimal(written.clone()) };
        for (amount_as, sent) in
            [("number", as_number), ("string", Json::Text(written.clone()))]
        {
            let config = config(Options { amount_as: text(amount_as), ..options("user", "pass") }).expect("a config");
            let params = params(&written).expect("params");
            let token = AccessToken::new("t".to_owned(), 0, 299).expect("a token");
            let (request, _) = interac::initiate(&config, token, &params);
            let Body::Json(body) = request.body else { panic!("no JSON") };
            let body = Json::parse(body.as_bytes()).expect("JSON");
            prop_assert_eq!(body.get("amount"), Some(&sent));
        }
    }

    #[test]
    fn raw_basic_credentials_are_decoded_back(user in "[^:\\p{Cc}]{1,20}", password in "[^\\p{Cc}]{1,20}") {
        let request = authorize_request(options(&user, &password));
        prop_assert_eq!(decoded_basic(&request), format!("{user}:{password}"));
    }

    #[test]
    fn encoded_basic_credentials_are_decoded_back(user in "[^\\p{Cc}]{1,20}", password in "[^\\p{Cc}]{1,20}") {
        let options = Options { basic_encoding: text("rfc6749"), ..options(&user, &password) };
        let pair = decoded_basic(&authorize_request(options));
        let (one, other) = pair.split_once(':').expect("a colon");
        prop_assert_eq!((decoded(one), decoded(other)), (user, password));
    }

    #[test]
    fn form_credentials_are_decoded_back(user in "[^\\p{Cc}]{1,20}", password in "[^\\p{Cc}]{1,20}") {
        let request = authorize_request(Options { credentials_in: text("form"), ..options(&user, &password) });
        prop_assert!(!request.headers.iter().any(|(name, _)| *name == "authorization"));
        let Body::Form(form) = request.body else { panic!("no form") };
        let fields: Vec<_> = form.expose().split('&').filter_map(|field| field.split_once('=')).collect();
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        prop_assert_eq!(names, ["grant_type", "Username", "Password"]);
        prop_assert_eq!((decoded(fields[1].1), decoded(fields[2].1)), (user, password));
    }

    #[test]
    fn an_id_is_what_cannot_leave_its_place_in_a_url(id in "[A-Za-z0-9-]{0,70}|\\PC{0,6}|[a-z0-9./?#%\\\\ -]{0,12}") {
        let is_id = (1..=64).contains(&id.chars().count()) && id.chars().all(|letter| letter == '-' || is_alphanumeric(letter));
        prop_assert_eq!(SessionId::parse(&id).is_some(), is_id);
        prop_assert_eq!(RequestId::parse(&id).is_some(), is_id);
        prop_assert!(SessionId::parse(&id).is_none_or(|parsed| parsed.as_str() == id));
        prop_assert!(RequestId::parse(&id).is_none_or(|parsed| parsed.as_str() == id));
    }

    #[test]
    fn a_token_is_what_a_header_can_carry(token in "[A-Za-z0-9._~+/-]{0,10}={0,3}|\\PC{0,6}|[a-z=\r\n ]{0,6}") {
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
                prop_assert_eq!(token.is_alive(now), laws::lives(asked_at, expires_in, now));
            }
        }
    }

    #[test]
    fn no_answer_makes_a_reader_panic(answer in any_json(), now in any::<u64>()) {
        let asked = RequestId::parse("r-1").expect("an id");
        if let Some(token) = authorize::read(&answer, now) {
            let printed = format!("{token:?}");
            prop_assert!(printed.contains("[secret]"));
        }
        let _ = (interac::read_session(&answer), interac::read_payment_request(&answer), answer.is_readable());
        let session = SessionId::parse("s-1").expect("an id");
        let mut details = ObjectText::default();
        let _ = (sessions::read_details(&answer, &session, &mut details), sessions::read_cancelled(&answer, &session));
        let _ = (sessions::read_confirmed(&answer, &session), sessions::read_status(&answer, &session));
        let _ = (SessionParams::new(&answer), interac::read_cancelled(&answer, &asked));
        if let Some(status) = interac::read_status(&answer, &asked) {
            prop_assert_eq!(status.request_id, "r-1");
            prop_assert_eq!(status.paid, ["Accepted", "Processed", "Settled"].contains(&status.status.as_str()));
        }
    }

    #[test]
    fn no_text_makes_json_panic(json in "[\\[\\]{}:,\"a-zA-Z0-9.eE+\\\\ -]{0,60}|\\PC{0,20}") {
        let (read, value) = (Json::parse(json.as_bytes()), serde_json::from_str::<serde_json::Value>(&json));
        match (read, value) {
            (Some(read), Ok(value)) => prop_assert!(!read.is_readable() || is_same(&read, &value), "{:?} {}", read, value),
            (None, Err(_)) => {}
            // Halves of surrogate pairs, and numbers that no float holds.
            (Some(_), Err(error)) => prop_assert!(json.contains("\\ud") || error.to_string().contains("out of range")),
            (None, Ok(value)) => prop_assert!(false, "{} was not read", value),
        }
    }

    #[test]
    fn json_is_read_to_eight_levels(depth in 0_usize..120, in_objects in any::<bool>()) {
        let (open, close) = if in_objects { (r#"{"a":"#, "}") } else { ("[", "]") };
        let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let text = format!(r#"{{"deep":{nested},"sessionId":"s-1"}}"#);
        let answer = Json::parse(text.as_bytes()).expect("JSON");
        prop_assert_eq!(answer.is_readable(), depth < 8);
        prop_assert!(interac::read_session(&answer).is_some());
    }

    #[test]
    fn a_config_is_refused_by_name_or_prints_nothing_secret(
        base_url in "https?://[a-z0-9.:@/?#\\\\\\[\\]-]{0,24}/?|https://[a-z]{1,9}\\.[a-z]{2,3}(:[0-9]{1,6})?/?",
        values in prop::array::uniform11(prop_oneof![3 => Just(Json::Null), 2 => any_option(), 1 => any_leaf()]),
    ) {
        let mut options = options("canary-user", "canary-pass");
        options.base_url = text(&base_url);
        for (set, value) in SET_OPTION.into_iter().zip(values) {
            if value != Json::Null {
                set(&mut options, value);
            }
        }
        match Config::new(options) {
            Err(error) => prop_assert!(error.code == Code::InvalidConfig && error.field.is_some()),
            Ok(config) => {
                prop_assert!(is_plain_origin(&config.base_url), "{}", config.base_url);
                prop_assert!(config.timeout_ms >= 1 && config.deadline_ms >= 1);
                let printed = format!("{config:?}");
                prop_assert!(!printed.contains("canary"));
            }
        }
    }

    #[test]
    fn parameters_are_refused_by_name_or_sent_as_they_are(
        given in prop::array::uniform5(any_param()),
    ) {
        let [reference_id, amount, customer_name, customer_email, client_uris] = given;
        let name = reference_id.text().map(str::to_owned);
        let given = GivenParams { reference_id, amount, customer_name, customer_email, client_uris };
        match PaymentParams::new(given) {
            Err(error) => prop_assert!(error.code == Code::InvalidInput && error.field.is_some()),
            Ok(params) => prop_assert_eq!(Some(params.reference_id), name),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..many() })]

    #[test]
    fn calls_without_faults_are_given_what_they_ask_for(
        calls in prop::sample::subsequence(WITHOUT_CONFLICT.as_slice(), 1..=WITHOUT_CONFLICT.len()),
        turns in prop::collection::vec(any::<usize>(), 0..40),
        expires_in in 1_i64..=1_000_000_000,
    ) {
        let setting = Setting { timeout_ms: 8_000, deadline_ms: 25_000, expires_in, random: 0, restarts: false, warm: 0 };
        let Run { world, .. } = run(setting, &calls, &mut Dice { turns, fates: Vec::new() }).expect("no law is broken");
        let callers = world.callers.borrow();
        prop_assert!(callers.iter().all(|caller| matches!(caller.told, Some(Ok(_)))));
    }
}

/// The table against the contract, for every status that a host can report at every step.
#[test]
fn every_status_has_the_verdict_of_the_contract() {
    for (step, of_twin) in [
        (decision::Step::Authorize, Step::Authorize),
        (decision::Step::Initiate, Step::Initiate),
        (decision::Step::SendRequest, Step::SendRequest),
        (decision::Step::Session, Step::Session),
        (decision::Step::PaymentRequest, Step::PaymentRequest),
        (decision::Step::Cancel, Step::Cancel),
        (decision::Step::Guarantee, Step::Guarantee),
        (decision::Step::Status, Step::Status),
        (decision::Step::SessionStatus, Step::SessionStatus),
        (decision::Step::SessionDetails, Step::SessionDetails),
    ] {
        let ask = Ask { step: of_twin, token: None, about: None };
        for status in 0..=u16::MAX {
            let what = What::Fetch { ask: ask.clone(), limit_ms: 1, by_deadline: false };
            let came = Came::Answer { status, readable: false, retry_after_ms: None };
            let expected = laws::verdict(
                &ask,
                &Event { what, fate: "refused", began_at: 0, ended_at: 0, came, effects: Vec::new() },
            );
            let is_success = (200..300).contains(&status);
            let happened = if is_success { Happened::Unreadable } else { Happened::Refused(refusal(status)) };
            let Verdict { code, outcome, .. } = decide(step, happened);
            assert_eq!((code, outcome), expected, "{status} at {step:?}");
        }
    }
}

/// Seconds of any length, dates around the clock of the simulation, and what is neither.
fn any_retry_after_text() -> impl Strategy<Value = RetryAfter> {
    const DAY_MS: u64 = 86_400_000;
    let start = std::time::UNIX_EPOCH + std::time::Duration::from_millis(twin::world::START_MS);
    let seconds =
        any::<u64>().prop_map(|seconds| (seconds.to_string(), Some(seconds.saturating_mul(1_000).min(DAY_MS))));
    let few = (0_u64..200_000).prop_map(|seconds| (format!(" {seconds} "), Some((seconds * 1_000).min(DAY_MS))));
    let endless = "[1-9][0-9]{20,40}".prop_map(|digits| (digits, Some(DAY_MS)));
    let later = (0_u64..200_000).prop_map(move |seconds| {
        let date = start + std::time::Duration::from_secs(seconds);
        (httpdate::fmt_http_date(date), Some((seconds * 1_000).min(DAY_MS)))
    });
    let past = (1_u64..1_000_000_000)
        .prop_map(move |seconds| (httpdate::fmt_http_date(start - std::time::Duration::from_secs(seconds)), Some(0)));
    let garbage = "|[+-][0-9]{1,4}|[0-9]{1,3}\\.[0-9]|[0-9]{1,3} [0-9]|[a-zA-Z, :]{1,30}".prop_map(|text| (text, None));
    prop_oneof![seconds, few, endless, later, past, garbage]
}

/// JSON as hosts hand it over, and what no parser makes.
/// The same value, with numbers as floats have them.
fn is_same(read: &Json, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (read, value) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(read), Value::Bool(value)) => read == value,
        (Json::Text(read), Value::String(value)) => read == value,
        (Json::Integer(read), Value::Number(value)) => value.as_f64() == read.to_string().parse().ok(),
        (Json::Decimal(read), Value::Number(value)) => value.as_f64() == read.parse().ok(),
        (Json::List(read), Value::Array(value)) => {
            read.len() == value.len() && read.iter().zip(value).all(|(read, value)| is_same(read, value))
        }
        // Of duplicate keys the last counts.
        (Json::Object(read), Value::Object(value)) => value.iter().all(|(name, value)| {
            read.iter().rev().find(|(other, _)| other == name).is_some_and(|(_, read)| is_same(read, value))
        }),
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = Json> {
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
            ])
            .prop_map(Cow::Borrowed),
            "\\PC{0,4}".prop_map(Cow::Owned),
        ]
    };
    any_leaf().prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            prop::collection::vec((keys(), inner), 0..6).prop_map(Json::Object),
        ]
    })
}

fn any_leaf() -> impl Strategy<Value = Json> {
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
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Integer),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(|value| Json::Decimal(value.to_string())),
        words.prop_map(text),
        "\\PC{0,12}".prop_map(Json::Text),
        Just(Json::Unreadable),
    ]
}

/// Text about the lengths that are allowed, and what a parameter may be in its own place.
fn any_param() -> impl Strategy<Value = Json> {
    let long = (250_usize..260, prop::sample::select(vec!["a", "é", "😀"]));
    prop_oneof![
        2 => any_leaf(),
        1 => long.prop_map(|(length, letter)| Json::Text(letter.repeat(length))),
        4 => prop::sample::select(vec!["User1234", "12.50", "a@b.ca", "a\nb", "\u{fffd}"]).prop_map(text),
        1 => Just(Json::Object(vec![("Success".into(), text("https://shop.example/"))])),
    ]
}

const SET_OPTION: [fn(&mut Options, Json); 11] = [
    |options, value| options.username = value,
    |options, value| options.password = value,
    |options, value| options.timeout_ms = value,
    |options, value| options.deadline_ms = value,
    |options, value| options.warm_tokens = value,
    |options, value| options.instance = value,
    |options, value| options.client_id = value,
    |options, value| options.credentials_in = value,
    |options, value| options.basic_encoding = value,
    |options, value| options.token_header = value,
    |options, value| options.amount_as = value,
];

/// What an option may be, if not in its own place.
fn any_option() -> impl Strategy<Value = Json> {
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
        .prop_map(text),
        (-2_i64..100_000).prop_map(Json::Integer),
    ]
}

fn options(username: &str, password: &str) -> Options {
    Options {
        base_url: text("https://pay.example.com"),
        username: text(username),
        password: text(password),
        ..Options::default()
    }
}

fn params(amount: &str) -> Result<PaymentParams, Box<flinkspay_edge::error::Error>> {
    PaymentParams::new(GivenParams {
        reference_id: text("User1234"),
        amount: text(amount),
        customer_name: text("Zoe"),
        customer_email: text("zoe@example.com"),
        client_uris: Json::Null,
    })
}

fn config(options: Options) -> Option<Config> {
    Config::new(options).ok()
}

fn authorize_request(options: Options) -> Request {
    authorize::request(&config(options).expect("a config"))
}

fn decoded_basic(request: &Request) -> String {
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

/// An amount is one of the ways to write its cents, and nothing else.
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

/// Nothing after the host and the port, nothing before them but the scheme, and no way to read another host out of it.
fn is_plain_origin(url: &str) -> bool {
    let loopback = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain = |letter: char| is_alphanumeric(letter) || "-.:[]".contains(letter);
    !authority.is_empty()
        && authority.chars().all(plain)
        && (url.starts_with("https://") || loopback.iter().any(|start| url.starts_with(start)))
}
