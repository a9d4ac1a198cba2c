//! The names of fields, codes, stages and values have one author, serde: this test asks it for them and writes them into
//! `tests/types/rust.ts` with `UPDATE_TYPES=1 cargo test --test declarations`, and otherwise fails where the code and that
//! file differ. `tests/types/names.ts` compares the package's declarations with it.
//!
//! tsify 0.5 could write declarations itself, but the unions that narrow, the documentation for the package's users and a
//! type for each checked text would have to be written a second time in its attributes all the same.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod json_input;

use flinkspay_edge::amount::Amount;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::{Code, Error, Outcome, Stage, Step};
use flinkspay_edge::funds::{Funds, KeptAnswer, KnownFunds, Meaning};
use flinkspay_edge::host::{Attempt, AttemptOutcome};
use flinkspay_edge::ids::{RequestId, SessionId};
use flinkspay_edge::input::{InvalidValue, read};
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::json_value::JsonValue;
use flinkspay_edge::sequence::{CreatedPaymentRequest, CreatedSession, InitiatedSession, StartedPayment, WarmTokens};
use flinkspay_edge::sessions::{self, SessionAnswer, SessionParams};
use flinkspay_edge::webhook::{Scheme, WebhookEvent, read_event};
use json_input::JsonInput;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/types/rust.ts");

const HEAD: &str = "\
// The names that Rust has for what goes into the package and comes out of it, words where they are words. `?` may be
// missing; `unknown` is handed on as it is. Written by `UPDATE_TYPES=1 cargo test --test declarations`.

export type Rust = {
";

/// A type, and the names of its fields or values.
type Named = Vec<(String, Vec<String>)>;

/// All values of an enum. One that is missing here does not compile.
macro_rules! each {
    ($type:ident: $($value:ident)* $(; $others:pat)?) => {{
        let listed = |value| match value { $($type::$value => value,)* $($others => value)? };
        [$($type::$value),*].map(listed)
    }};
}

#[test]
fn the_file_has_the_names_of_the_structs() {
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::write(FILE, file()).expect("the file can be written");
    }
    let written = std::fs::read_to_string(FILE).expect("the file can be read");
    assert_eq!(written, file(), "run UPDATE_TYPES=1 cargo test --test declarations, and mend pkg/src/types");
}

fn file() -> String {
    let mut file = HEAD.to_owned();
    for (what, names) in [given(), results(), words()].concat() {
        let what = if what.contains(['.', '-']) { format!("\"{what}\"") } else { what };
        let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let line = format!("\t{what}: {};", names.join(" | "));
        // As the formatter has it, for which a tab is two columns.
        if line.chars().count() < 120 {
            writeln!(file, "{line}").expect("text");
        } else {
            writeln!(file, "\t{what}:\n\t\t| {};", names.join("\n\t\t| ")).expect("text");
        }
    }
    file + "};\n"
}

/// The types of input, found by giving wrong values: the error says what would be taken.
fn given() -> Named {
    let options = json!({
        "baseUrl": "https://pay.example.com", "username": "user", "password": "secret", "timeoutMs": 1, "deadlineMs": 1,
        "warmTokens": 1, "instance": "i", "clientId": "c", "largestGeftAmount": "1.00",
    });
    let params = json!({
        "referenceId": "r", "amount": "1.00", "customerName": "Zoe", "customerEmail": "zoe@example.com", "clientUris": {},
    });
    let mut named = Asking::new(&|given| refusal(Config::new(given, &[])), options).all("FlinksPayOptions", "");
    named.extend(Asking::new(&|given| refusal(PaymentParams::new(given)), params).all("PaymentParams", ""));
    let kept = json!({ "status": "s", "statusDetails": "d", "schedule": {}, "guaranteeDetails": {} });
    named.extend(Asking::new(&|given| refused(read::<KeptAnswer>(given, &[])), kept).all("KeptAnswer", ""));
    named.extend(Asking::new(&|given| refused(read::<KnownFunds>(given, &[])), json!({})).all("KnownFunds", ""));
    let refuse = |given| refusal(SessionParams::new(given, Amount::LARGEST_GEFT));
    let (products, _) = in_message(&refuse(json!({}).into()).expect("a product is asked for").1);
    for product in &products {
        named.extend(Asking::new(&refuse, session(product)).all(product, ""));
    }
    named.push(("product".to_owned(), products));
    named
}

/// Every field of any session but those with fixed values, which are found.
fn session(product: &str) -> Value {
    json!({
        "product": product, "referenceId": "r", "amount": "1.00",
        "options": {
            "notificationPreferences": { "sendInteracLink": true }, "showConsentScreen": true,
            "limits": { "minimumAmount": "1.00", "maximumAmount": "2.00" }, "redirectPreferences": {},
        },
        "payor": {
            "firstName": "Zoe", "middleName": "M", "lastName": "T", "email": "zoe@example.com", "phone": "1",
            "occupation": "baker", "dateOfBirth": "1985-03-15",
            "address": {
                "addressLine1": "1", "addressLine2": "2", "unit": "3", "city": "M", "province": "QC", "country": "C",
                "postalCode": "H2Y1C6",
            },
        },
        "payee": { "account": {
            "institutionCode": "123", "transitNumber": "12345", "accountNumber": "1234567", "accountLabel": "l",
        } },
    })
}

/// The field and the message of an error.
type Refusal = Option<(String, String)>;

fn refusal<T>(read: Result<T, Box<Error>>) -> Refusal {
    let error = read.err()?;
    Some((error.field.expect("a field").into_owned(), error.message.into_owned()))
}

/// The same for a value that is read without a stage.
fn refused<T>(read: Result<T, InvalidValue>) -> Refusal {
    read.err().map(|refused| (refused.path.clone(), refused.to_string()))
}

/// The values or the field names that an error message lists.
fn in_message(message: &str) -> (Vec<String>, Vec<String>) {
    let message = message.strip_suffix('.').unwrap_or(message);
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    if let Some((_, names)) = message.split_once(" is not known here: use one of ") {
        return (Vec::new(), owned(names.split(", ").collect()));
    }
    let listed = message.split_once("must be ").map_or("", |(_, listed)| listed).replace(" or ", ", ");
    let words: Option<_> = listed.split(", ").map(|word| word.strip_prefix('"')?.strip_suffix('"')).collect();
    (words.map(owned).unwrap_or_default(), Vec::new())
}

/// Finds the fields of a reader by its errors.
struct Asking<'reader> {
    refuse: &'reader dyn Fn(JsonInput) -> Refusal,
    /// Everything that it takes but fields with fixed values.
    whole: Value,
    /// Fields that it knows and does not take together with the others.
    foreign: Vec<String>,
}

impl<'reader> Asking<'reader> {
    fn new(refuse: &'reader dyn Fn(JsonInput) -> Refusal, mut whole: Value) -> Self {
        let mut foreign = Vec::new();
        while let Some((field, message)) = refuse(whole.clone().into()) {
            assert!(remove(&mut whole, &field), "{message}");
            foreign.push(field);
        }
        Self { refuse, whole, foreign }
    }

    /// The error for another value at a path.
    fn refusal(&self, path: &str, value: Value) -> Refusal {
        let mut given = self.whole.clone();
        *path.split_terminator('.').fold(&mut given, |value, name| &mut value[name]) = value;
        (self.refuse)(given.into())
    }

    fn could_be(&self, path: &str) -> (Vec<String>, Vec<String>) {
        self.refusal(path, json!({ "nobody": 1 })).map(|(_, message)| in_message(&message)).unwrap_or_default()
    }

    /// The names of the fields at a path, and of those inside them.
    fn all(&self, root: &str, path: &str) -> Named {
        let (mut names, mut inner) = (Vec::new(), Named::new());
        for name in self.could_be(path).1 {
            let path = format!("{path}.{name}").trim_start_matches('.').to_owned();
            let (words, fields) = self.could_be(&path);
            let is_word = !words.is_empty();
            let words: Vec<_> = words.into_iter().filter(|word| self.refusal(&path, json!(word)).is_none()).collect();
            if self.foreign.contains(&path) || (is_word && words.is_empty()) {
                continue;
            }
            let mut rest = self.whole.clone();
            assert!(remove(&mut rest, &path) || is_word, "no {root}.{path} in what is given here: add it");
            let may_be_missing = (self.refuse)(rest.into()).is_none();
            names.push(if may_be_missing { format!("{name}?") } else { name });
            if !fields.is_empty() {
                inner.extend(self.all(root, &path));
            } else if is_word && path != "product" {
                inner.push((format!("{root}.{path}"), words));
            }
        }
        let what = if path.is_empty() { root.to_owned() } else { format!("{root}.{path}") };
        [vec![(what, names)], inner].concat()
    }
}

fn remove(value: &mut Value, path: &str) -> bool {
    let (outer, name) = path.rsplit_once('.').unwrap_or(("", path));
    let outer = outer.split_terminator('.').try_fold(value, |value, name| value.get_mut(name));
    outer.and_then(Value::as_object_mut).is_some_and(|fields| fields.remove(name).is_some())
}

/// The types of results, errors and events.
fn results() -> Named {
    let text = || "1".to_owned();
    let (session, request) = (SessionId::parse("1").expect("an id"), RequestId::parse("1").expect("an id"));
    let started = StartedPayment { session_id: text(), request_id: text(), reference_id: text(), app_url: text() };
    let initiated = InitiatedSession { session_id: text(), reference_id: text() };
    let payable = CreatedPaymentRequest { request_id: text() };
    let created = CreatedSession { session_id: text(), reference_id: Some(text()), app_url: text() };
    let (stage, outcome) = (Stage::Step(Step::Status), AttemptOutcome::Ok);
    let attempt = Attempt { stage, attempt: 1, status: Some(1), duration_ms: 1, outcome, token_age_ms: Some(1) };
    let least_error = Error::new(Code::Timeout, stage, Outcome::Unknown);
    let Error { code, stage, outcome, retryable, message, .. } = *least_error.clone();
    let (status, retry_after_ms, field) = (Some(1), Some(1), Some("".into()));
    let (reference_id, session_id) = (Some(text()), Some(text()));
    let error =
        Error { code, stage, outcome, retryable, message, status, retry_after_ms, field, reference_id, session_id };
    let event = |answer: SessionAnswer| {
        let when = answer.when().map(str::to_owned);
        sessions::read_status(answer, &session, None)
            .map(|session| WebhookEvent::SessionSetupStatusChanged { session, when })
    };
    let meaning = Meaning { funds: Funds::None, paid: false, is_final: false, rank: Some(0) };
    let named = [
        ("StartedPayment", names(&started, &started, &())),
        ("InitiatedSession", names(&initiated, &initiated, &())),
        ("CreatedPaymentRequest", names(&payable, &payable, &())),
        ("PaymentRequestStatus", answered(|answer| interac::read_status(answer, &request))),
        ("CancelledPaymentRequest", answered(|answer| interac::read_cancelled(Some(answer), &request))),
        ("CreatedSession", names(&created, &CreatedSession { reference_id: None, ..created.clone() }, &())),
        ("SessionStatus", answered(|answer| sessions::read_status(answer, &session, None))),
        ("SessionDetails", answered(|answer| sessions::read_details(answer, &session, None))),
        ("CancelledSession", answered(|answer| sessions::read_cancelled(answer, &session))),
        ("ConfirmedGuarantee", answered(|answer| sessions::read_confirmed(answer, &session))),
        ("WarmTokens", names(&WarmTokens { ready: 1 }, &WarmTokens { ready: 1 }, &())),
        ("SessionEvent", answered(event)),
        ("UnknownEvent", answered(|answer| read_event(Some(answer), JsonValue::Object(Vec::new())))),
        ("AttemptEvent", names(&attempt, &Attempt { status: None, token_age_ms: None, ..attempt.clone() }, &())),
        ("FundsMeaning", names(&meaning, &Meaning { rank: None, ..meaning }, &())),
        ("Error", names(&error, &least_error, &())),
    ];
    named.map(|(what, names)| (what.to_owned(), names)).to_vec()
}

/// The names in a result that is read from an answer, found with three answers: one with every field, one with as few as
/// possible, and one with objects wherever they are taken.
fn answered<T: DeserializeOwned, R: Serialize>(made_of: impl Fn(T) -> R) -> Vec<String> {
    let refused = read::<T>(JsonInput::from(json!({ "nobody": 1 })), &[]).err().expect("nobody is known").to_string();
    // Each field in one of its spellings.
    let spelt: BTreeMap<_, _> = in_message(&refused).1.into_iter().map(|name| (name.to_lowercase(), name)).collect();
    let made =
        |answer: &Value| T::deserialize(answer).ok().map(|answer| value_of(&made_of(answer))).unwrap_or_default();
    let mut open: Map<_, _> = spelt.values().map(|name| (name.clone(), json!("1"))).collect();
    let whole = made(&open.clone().into());
    for name in spelt.into_values() {
        open.insert(name.clone(), json!({}));
        if made(&open.clone().into()).is_null() {
            open.insert(name, json!("1"));
        }
    }
    let least = [json!({}), json!({ "status": "1" })].iter().map(made).find(|made| !made.is_null());
    names(&whole, &least, &made(&open.into()))
}

/// The names of all fields, with `?` for optional ones and `unknown` for those that are passed on unchanged.
fn names(all: &impl Serialize, least: &impl Serialize, open: &impl Serialize) -> Vec<String> {
    let [all, least, open] = [value_of(all), value_of(least), value_of(open)];
    let marked = |name: &String| {
        let missing = if least.get(name).is_none() { "?" } else { "" };
        let unknown = if open.get(name) == Some(&json!({})) { ": unknown" } else { "" };
        format!("{name}{missing}{unknown}")
    };
    all.as_object().expect("fields").keys().map(marked).collect()
}

fn value_of(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

fn words() -> Named {
    let codes = each!(Code:
        InvalidConfig InvalidInput Closed Aborted DeadlineExceeded Timeout Network CredentialsRejected TokenRejected Forbidden
        Rejected NotFound Conflict RateLimited UpstreamUnavailable UpstreamProtocol UnexpectedRedirect InstanceLost
        WebhookSignature);
    let [config, input, webhook] = each!(Stage: Config Input Webhook; Stage::Step(_));
    let steps = each!(Step:
        Authorize Initiate PaymentRequest Status SendRequest Session SessionStatus SessionDetails Cancel Guarantee);
    let stages = [config, input].into_iter().chain(steps.map(Stage::Step)).chain([webhook]);
    let outcomes = each!(Outcome: NotSent Rejected Unknown);
    let funds = each!(Funds: None Scheduled Guaranteed Settled Returned);
    let of_attempts = outcomes.map(AttemptOutcome::Failed).into_iter().chain([AttemptOutcome::Ok]);
    let scheme = read::<Scheme>(JsonInput::from(json!(1)), &[]).expect_err("no scheme").to_string();
    let named = [
        ("ErrorCode", codes.iter().map(word).collect()),
        ("Stage", stages.map(|stage| word(&stage)).collect()),
        ("AttemptEvent.stage", steps.iter().map(word).collect()),
        ("Outcome", outcomes.iter().map(word).collect()),
        ("Funds", funds.iter().map(word).collect()),
        ("AttemptEvent.outcome", of_attempts.map(|outcome| word(&outcome)).collect()),
        ("WebhookScheme", in_message(&scheme).0),
    ];
    named.map(|(what, words)| (what.to_owned(), words)).to_vec()
}

fn word(value: &impl Serialize) -> String {
    value_of(value).as_str().expect("a word").to_owned()
}
