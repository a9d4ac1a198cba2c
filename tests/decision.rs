//! The decision table as a page for people, `docs/outcomes.md`: this test writes it with
//! `UPDATE_DOCS=1 cargo test --test decision` and otherwise fails where the code and the page differ.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, reason = "a test")]

use flinkspay_edge::decision::{Effect, Failure, NoAnswer, Refusal, Retry, Verdict, decide, refusal};
use flinkspay_edge::error::{Code, Error, Outcome, Stage, Step};
use flinkspay_edge::host::{FetchDefect, Interrupt};
use serde::Serialize;
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outcomes.md");

/// The steps, grouped by what the table treats alike.
const COLUMNS: [&[Step]; 4] = [
    &[Step::Authorize],
    &[Step::Initiate, Step::Session],
    &[Step::SendRequest, Step::PaymentRequest, Step::Cancel, Step::Guarantee],
    &[Step::Status, Step::SessionStatus, Step::SessionDetails],
];

fn steps() -> impl Iterator<Item = Step> {
    COLUMNS.into_iter().flatten().copied()
}

/// All failures, with their names on the page. One that is missing here does not compile: see `is_listed`.
const FAILURES: [(&str, Failure); 22] = [
    ("not sent: the caller's signal", Failure::NotSent(Interrupt::Aborted)),
    ("not sent: `close()`", Failure::NotSent(Interrupt::Closed)),
    ("not sent: `deadlineMs` had passed", Failure::NotSentInTime),
    ("not sent: `beforeSend` took longer than `timeoutMs`", Failure::NotSentInStep),
    ("sent, no answer: the connection failed", Failure::Unanswered(NoAnswer::Network)),
    (
        "perhaps sent: the option `fetch` threw, or gave no answer",
        Failure::Unanswered(NoAnswer::BadFetch(FetchDefect::Threw)),
    ),
    ("sent, no answer: `timeoutMs` passed", Failure::Unanswered(NoAnswer::Timeout)),
    ("sent, no answer: `deadlineMs` passed", Failure::Unanswered(NoAnswer::Deadline)),
    ("sent, no answer: the caller's signal", Failure::Unanswered(NoAnswer::Interrupted(Interrupt::Aborted))),
    ("sent, no answer: `close()`", Failure::Unanswered(NoAnswer::Interrupted(Interrupt::Closed))),
    ("sent, no answer: the wasm trapped", Failure::Unanswered(NoAnswer::InstanceLost)),
    ("2xx that cannot be read", Failure::Unreadable),
    ("3xx, or status 0", Failure::Refused(Refusal::Redirect)),
    ("401", Failure::Refused(Refusal::Unauthorized)),
    ("403", Failure::Refused(Refusal::Forbidden)),
    ("404", Failure::Refused(Refusal::NotFound)),
    ("409", Failure::Refused(Refusal::Conflict)),
    ("408, 425", Failure::Refused(Refusal::MaybeActedOn)),
    ("429", Failure::Refused(Refusal::RateLimited)),
    ("any other 4xx", Failure::Refused(Refusal::Other)),
    ("5xx", Failure::Refused(Refusal::Unavailable)),
    ("any other status", Failure::Refused(Refusal::InvalidStatus)),
];

/// Without a catch-all arm, so that a new case does not compile until it is added here and to the list above.
const fn is_listed(failure: Failure) -> bool {
    match failure {
        Failure::NotSent(Interrupt::Aborted | Interrupt::Closed)
        | Failure::NotSentInTime
        | Failure::NotSentInStep
        | Failure::Unanswered(
            NoAnswer::Network
            | NoAnswer::BadFetch(_)
            | NoAnswer::Timeout
            | NoAnswer::Deadline
            | NoAnswer::Interrupted(Interrupt::Aborted | Interrupt::Closed)
            | NoAnswer::InstanceLost,
        )
        | Failure::Unreadable
        | Failure::Refused(
            Refusal::Redirect
            | Refusal::Unauthorized
            | Refusal::Forbidden
            | Refusal::NotFound
            | Refusal::Conflict
            | Refusal::MaybeActedOn
            | Refusal::RateLimited
            | Refusal::Other
            | Refusal::Unavailable
            | Refusal::InvalidStatus,
        ) => true,
    }
}

fn column(steps: &[Step], failure: Failure) -> String {
    let mut cells = steps.iter().map(|&step| cell(step, failure));
    let first = cells.next().expect("a column has a step");
    assert!(cells.all(|other| other == first), "{steps:?} differ in {failure:?}");
    first
}

fn cell(step: Step, failure: Failure) -> String {
    let Verdict { retry, code, outcome } = decide(step, failure);
    let retries = match retry {
        Retry::Never => "",
        Retry::AfterPause => "; again after a pause",
        Retry::WithNewToken => "; once more with a new token",
    };
    let retryable = if Error::new(code, Stage::Step(step), outcome).retryable { ", retryable" } else { "" };
    format!("`{}`, `{}`{retryable}{retries}", json_name(code), json_name(outcome))
}

/// Its name in JSON.
fn json_name(of: impl Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|name| name.as_str().map(str::to_owned)).expect("a name")
}

fn page() -> String {
    let mut page = String::from(
        "# What each result means\n\n\
         For each step and each thing that may happen to it: the error's `code` and `outcome`, and what the client does by itself\n\
         first. `tests/decision.rs` writes this page from `src/decision.rs`. \"Again after a pause\" means three tries in all, with\n\
         full jitter or as long as `Retry-After` says, while the deadline allows. A caller may repeat a call whose error is\n\
         `retryable`. After `unknown` nobody may before it is known [what became of the payment](unknown-outcomes.md).\n\n\
         What the host does by itself is not in the table: Node's `fetch` repeats a request after a 421, as the Fetch standard\n\
         says, since a 421 means that the request was not acted upon (RFC 9110, section 15.5.20); workerd does not.\n\n\
         | what happened |",
    );
    for steps in COLUMNS {
        let names: Vec<_> = steps.iter().map(json_name).collect();
        write!(page, " {} |", names.join(", ")).expect("text");
    }
    page.push_str("\n| --- | --- | --- | --- | --- |\n");
    for (name, failure) in FAILURES {
        write!(page, "| {name} |").expect("text");
        for steps in COLUMNS {
            write!(page, " {} |", column(steps, failure)).expect("text");
        }
        page.push('\n');
    }
    page
}

#[test]
fn the_page_says_what_the_code_does() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, page()).expect("the page can be written");
    }
    let written = std::fs::read_to_string(PAGE).expect("the page can be read");
    assert_eq!(written, page(), "run UPDATE_DOCS=1 cargo test --test decision, and read what it changed");
}

#[test]
fn the_list_has_no_case_twice() {
    for (index, (name, failure)) in FAILURES.into_iter().enumerate() {
        assert!(is_listed(failure));
        let twice = FAILURES.into_iter().skip(index + 1).any(|(other, case)| other == name || case == failure);
        assert!(!twice, "{name}");
    }
}

/// Without a catch-all arm, as above.
const fn is_in_a_column(step: Step) -> bool {
    match step {
        Step::Authorize
        | Step::Initiate
        | Step::PaymentRequest
        | Step::Status
        | Step::SendRequest
        | Step::Session
        | Step::SessionStatus
        | Step::SessionDetails
        | Step::Cancel
        | Step::Guarantee => true,
    }
}

#[test]
fn every_step_is_in_one_column() {
    assert!(steps().all(is_in_a_column));
    assert_eq!(steps().count(), 10);
    for (index, step) in steps().enumerate() {
        assert!(steps().skip(index + 1).all(|other| other != step), "{step:?}");
    }
}

#[test]
fn every_status_has_its_refusal() {
    let expected = |status| match status {
        0 | 300..=399 => Refusal::Redirect,
        401 => Refusal::Unauthorized,
        403 => Refusal::Forbidden,
        404 => Refusal::NotFound,
        408 | 425 => Refusal::MaybeActedOn,
        409 => Refusal::Conflict,
        429 => Refusal::RateLimited,
        400 | 402 | 405..=407 | 410..=424 | 426..=428 | 430..=499 => Refusal::Other,
        500..=599 => Refusal::Unavailable,
        _ => Refusal::InvalidStatus,
    };
    for status in 0..=u16::MAX {
        assert_eq!(refusal(status), expected(status), "{status}");
    }
}

#[test]
fn an_unknown_outcome_is_never_retried() {
    for step in steps() {
        for (name, failure) in FAILURES {
            let Verdict { retry, code, outcome } = decide(step, failure);
            if outcome == Outcome::Unknown {
                assert_eq!(retry, Retry::Never, "{name}");
                assert!(!Error::new(code, Stage::Step(step), outcome).retryable, "{name}");
            }
            if step.effect() == Effect::Payment && retry != Retry::Never {
                assert!(matches!(step, Step::Initiate | Step::Session) && code == Code::TokenRejected, "{name}");
            }
        }
    }
}
