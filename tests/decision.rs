//! The decision table as one page that a person can read, `docs/outcomes.md`: this test writes it with
//! `UPDATE_DOCS=1 cargo test --test decision` and otherwise fails where the code and the page differ.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, reason = "a test")]

use flinkspay_edge::decision::{Again, Effect, Happened, Refusal, Silence, Step, Verdict, decide, refusal};
use flinkspay_edge::error::{Code, Error, Outcome, Stage};
use flinkspay_edge::host::{Interrupt, Misfit};
use serde::Serialize;
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outcomes.md");

/// The steps, those together that the table treats alike.
const COLUMNS: [&[Step]; 4] = [
    &[Step::Authorize],
    &[Step::Initiate, Step::Session],
    &[Step::SendRequest, Step::PaymentRequest, Step::Cancel, Step::Guarantee],
    &[Step::Status, Step::SessionStatus, Step::SessionDetails],
];

fn steps() -> impl Iterator<Item = Step> {
    COLUMNS.into_iter().flatten().copied()
}

/// All that can happen, with its name on the page. A case that is missing here does not compile: see `is_listed`.
const HAPPENED: [(&str, Happened); 22] = [
    ("not sent: the caller's signal", Happened::NotSent(Interrupt::Aborted)),
    ("not sent: `close()`", Happened::NotSent(Interrupt::Closed)),
    ("not sent: `deadlineMs` had passed", Happened::NotSentInTime),
    ("not sent: `beforeSend` took longer than `timeoutMs`", Happened::NotSentInStep),
    ("sent, no answer: the connection failed", Happened::Unanswered(Silence::Network)),
    (
        "perhaps sent: the option `fetch` threw, or gave no answer",
        Happened::Unanswered(Silence::BadFetch(Misfit::Threw)),
    ),
    ("sent, no answer: `timeoutMs` passed", Happened::Unanswered(Silence::Timeout)),
    ("sent, no answer: `deadlineMs` passed", Happened::Unanswered(Silence::Deadline)),
    ("sent, no answer: the caller's signal", Happened::Unanswered(Silence::Ended(Interrupt::Aborted))),
    ("sent, no answer: `close()`", Happened::Unanswered(Silence::Ended(Interrupt::Closed))),
    ("sent, no answer: the wasm trapped", Happened::Unanswered(Silence::InstanceLost)),
    ("2xx that cannot be read", Happened::Unreadable),
    ("3xx, or status 0", Happened::Refused(Refusal::Redirect)),
    ("401", Happened::Refused(Refusal::Unauthorized)),
    ("403", Happened::Refused(Refusal::Forbidden)),
    ("404", Happened::Refused(Refusal::NotFound)),
    ("409", Happened::Refused(Refusal::Conflict)),
    ("408, 425", Happened::Refused(Refusal::Late)),
    ("429", Happened::Refused(Refusal::RateLimited)),
    ("any other 4xx", Happened::Refused(Refusal::Other)),
    ("5xx", Happened::Refused(Refusal::Unavailable)),
    ("any other status", Happened::Refused(Refusal::Impossible)),
];

/// Exhaustive on purpose: whoever adds a case is led here, and then to the list above.
const fn is_listed(happened: Happened) -> bool {
    match happened {
        Happened::NotSent(Interrupt::Aborted | Interrupt::Closed)
        | Happened::NotSentInTime
        | Happened::NotSentInStep
        | Happened::Unanswered(
            Silence::Network
            | Silence::BadFetch(_)
            | Silence::Timeout
            | Silence::Deadline
            | Silence::Ended(Interrupt::Aborted | Interrupt::Closed)
            | Silence::InstanceLost,
        )
        | Happened::Unreadable
        | Happened::Refused(
            Refusal::Redirect
            | Refusal::Unauthorized
            | Refusal::Forbidden
            | Refusal::NotFound
            | Refusal::Conflict
            | Refusal::Late
            | Refusal::RateLimited
            | Refusal::Other
            | Refusal::Unavailable
            | Refusal::Impossible,
        ) => true,
    }
}

fn column(steps: &[Step], happened: Happened) -> String {
    let mut cells = steps.iter().map(|&step| cell(step, happened));
    let first = cells.next().expect("a column has a step");
    assert!(cells.all(|other| other == first), "{steps:?} differ in {happened:?}");
    first
}

fn cell(step: Step, happened: Happened) -> String {
    let Verdict { again, code, outcome } = decide(step, happened);
    let again = match again {
        Again::Never => "",
        Again::AfterPause => "; again after a pause",
        Again::WithNewToken => "; once more with a new token",
    };
    let retryable = if Error::new(code, step.into(), outcome).retryable { ", retryable" } else { "" };
    format!("`{}`, `{}`{retryable}{again}", word(code), word(outcome))
}

/// What a caller sees of it.
fn word(of: impl Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|word| word.as_str().map(str::to_owned)).expect("a word")
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
        let names: Vec<_> = steps.iter().map(|&step| word(Stage::from(step))).collect();
        write!(page, " {} |", names.join(", ")).expect("text");
    }
    page.push_str("\n| --- | --- | --- | --- | --- |\n");
    for (name, happened) in HAPPENED {
        write!(page, "| {name} |").expect("text");
        for steps in COLUMNS {
            write!(page, " {} |", column(steps, happened)).expect("text");
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
fn the_list_is_whole_and_has_no_case_twice() {
    for (index, (name, happened)) in HAPPENED.into_iter().enumerate() {
        assert!(is_listed(happened));
        let twice = HAPPENED.into_iter().skip(index + 1).any(|(other, case)| other == name || case == happened);
        assert!(!twice, "{name}");
    }
}

/// Exhaustive on purpose, as above.
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
fn every_step_stands_in_one_column() {
    assert!(steps().all(is_in_a_column));
    assert_eq!(steps().count(), 10);
    for (index, step) in steps().enumerate() {
        assert!(steps().skip(index + 1).all(|other| other != step), "{step:?}");
    }
}

#[test]
fn every_status_is_read_as_what_it_is() {
    let expected = |status| match status {
        0 | 300..=399 => Refusal::Redirect,
        401 => Refusal::Unauthorized,
        403 => Refusal::Forbidden,
        404 => Refusal::NotFound,
        408 | 425 => Refusal::Late,
        409 => Refusal::Conflict,
        429 => Refusal::RateLimited,
        400 | 402 | 405..=407 | 410..=424 | 426..=428 | 430..=499 => Refusal::Other,
        500..=599 => Refusal::Unavailable,
        _ => Refusal::Impossible,
    };
    for status in 0..=u16::MAX {
        assert_eq!(refusal(status), expected(status), "{status}");
    }
}

#[test]
fn nothing_unknown_is_retryable_or_repeated() {
    for step in steps() {
        for (name, happened) in HAPPENED {
            let Verdict { again, code, outcome } = decide(step, happened);
            if outcome == Outcome::Unknown {
                assert_eq!(again, Again::Never, "{name}");
                assert!(!Error::new(code, step.into(), outcome).retryable, "{name}");
            }
            if step.effect() == Effect::Payment && again != Again::Never {
                assert!(matches!(step, Step::Initiate | Step::Session) && code == Code::TokenRejected, "{name}");
            }
        }
    }
}
