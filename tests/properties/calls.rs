//! Many calls at once under random faults, clocks and cancellations keep the invariants of the reference model.

use crate::many;
use crate::reference_model::flinks::SentRequest;
use crate::reference_model::invariants;
use crate::reference_model::simulation::{Environment, Run, run};
use crate::reference_model::state::{
    Behavior, Call, Event, Next, Observation, Operation, Response, RetryAfter, START_MS, Setting,
};
use flinkspay_edge::decision::{Failure, Verdict, decide, refusal};
use flinkspay_edge::error::{Code, Step};
use flinkspay_edge::host::{FetchDefect, FetchFailure, Interrupt};
use proptest::prelude::*;

/// The random choices: whose turn it is, and how each operation ends. After the last choice there are no faults.
#[derive(Debug)]
struct RandomEnvironment {
    turns: Vec<usize>,
    behaviors: Vec<Behavior>,
}

impl Environment for RandomEnvironment {
    fn next_caller(&mut self, callers: usize) -> usize {
        self.turns.pop().map_or(0, |turn| turn % callers)
    }

    fn behavior(&mut self, _: &Operation) -> Behavior {
        self.behaviors.pop().unwrap_or(Behavior::NORMAL)
    }

    fn is_explored(&mut self, _: u64) -> bool {
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

/// Calls that can all succeed together: a session is cancelled or paid, but not both; and none waits so long that the others
/// miss their deadline.
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

/// Statuses that a request may be answered with, and those that a run prefers.
const STATUSES: [u16; 21] =
    [200, 204, 0, 100, 301, 307, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 600];
const PREFERRED: [u16; 10] = [401, 401, 429, 503, 200, 409, 400, 307, 408, 500];

/// One behavior as plain numbers: they are fast to generate, and shrink towards zero, which is no fault.
type Numbers = (u8, u8, u16, u8, u16, u8);

/// Each run prefers one status, so that it is repeated, and every second run has no crashes and jumps, so that refusals reach
/// a result.
fn any_environment() -> impl Strategy<Value = RandomEnvironment> {
    let behaviors = prop::collection::vec(any::<Numbers>(), 0..30);
    (any::<bool>(), 0..PREFERRED.len(), prop::collection::vec(any::<usize>(), 0..40), behaviors).prop_map(
        |(calm, preferred, turns, numbers)| {
            let behaviors =
                numbers.into_iter().map(|numbers| behavior_of(numbers, calm, PREFERRED[preferred])).collect();
            RandomEnvironment { turns, behaviors }
        },
    )
}

fn behavior_of((copies, word, status, took, jump, end): Numbers, calm: bool, preferred: u16) -> Behavior {
    let then = match end {
        0..=219 => Next::Continues,
        220..=231 => Next::Ends(Interrupt::Aborted),
        232..=243 => Next::Ends(Interrupt::Closed),
        244.. => Next::Crashes,
    };
    let response = match then {
        Next::Ends(interrupt) if word < 128 => Response::Failed(FetchFailure::Interrupted(interrupt)),
        Next::Ends(_) | Next::Continues | Next::Crashes => response_of(word, status, preferred),
    };
    if calm {
        let response = response_of(word, status, preferred);
        return Behavior { name: "random", response, took_ms: u64::from(took), ..Behavior::NORMAL };
    }
    Behavior {
        name: "random",
        copies: match copies {
            0..=199 => 1,
            200..=229 => 0,
            230.. => 2,
        },
        response,
        took_ms: if took < 160 { u64::from(took) } else { (u64::from(took) - 160) * 130 },
        jump_ms: jump_of(jump),
        then,
    }
}

fn response_of(word: u8, status: u16, preferred: u16) -> Response {
    let known = STATUSES[usize::from(status) % STATUSES.len()];
    let seconds = u64::from(status / 32 % 64);
    let after = match status / 2048 {
        0..=15 => None,
        16..=27 => Some((seconds.to_string(), Some(seconds * 1_000))),
        _ => Some(("soon".to_owned(), None)),
    };
    match word {
        0..=119 => Response::Genuine,
        120..=138 => Response::Failed(FetchFailure::Network),
        139..=144 => Response::Failed(FetchFailure::BadFetch(FetchDefect::Threw)),
        145..=150 => Response::Failed(FetchFailure::TimedOut),
        151..=154 => Response::Failed(FetchFailure::NotSentInTime),
        155..=219 => Response::Status(preferred, after),
        220..=244 => Response::Status(known, after),
        245.. => Response::Status(status, after),
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
    fn concurrent_calls_keep_the_invariants(
        setting in any_setting(),
        calls in prop::collection::vec(any_call(), 1..6),
        mut environment in any_environment(),
    ) {
        if let Err(broken) = run(setting, &calls, &mut environment) {
            return Err(TestCaseError::fail(broken.to_string()));
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_a_date(after in any_retry_after_text()) {
        let setting = Setting { timeout_ms: 8_000, deadline_ms: 25_000, expires_in: 299, random: 0, restarts: false, warm: 0 };
        let refused = Behavior { response: Response::Status(429, Some(after.clone())), ..Behavior::NORMAL };
        let mut environment = RandomEnvironment { turns: Vec::new(), behaviors: vec![refused, Behavior::NORMAL] };
        let Run { simulation, .. } = run(setting, &[Call::InitiateSession], &mut environment).expect("no law is broken");
        let callers = simulation.callers.borrow();
        let error = callers[0].result.as_ref().and_then(|result| result.as_ref().err()).expect("refused");
        prop_assert_eq!((error.code, error.retry_after_ms.map(u64::from)), (Code::RateLimited, after.1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..many() })]

    #[test]
    fn calls_without_faults_succeed(
        calls in prop::sample::subsequence(WITHOUT_CONFLICT.as_slice(), 1..=WITHOUT_CONFLICT.len()),
        turns in prop::collection::vec(any::<usize>(), 0..40),
        expires_in in 1_i64..=1_000_000_000,
    ) {
        let setting = Setting { timeout_ms: 8_000, deadline_ms: 25_000, expires_in, random: 0, restarts: false, warm: 0 };
        let Run { simulation, .. } = run(setting, &calls, &mut RandomEnvironment { turns, behaviors: Vec::new() }).expect("no law is broken");
        let callers = simulation.callers.borrow();
        prop_assert!(callers.iter().all(|caller| matches!(caller.result, Some(Ok(_)))));
    }
}

/// The table against the contract, for every status at every step.
#[test]
fn every_status_has_the_verdict_of_the_contract() {
    for step in [
        Step::Authorize,
        Step::Initiate,
        Step::SendRequest,
        Step::Session,
        Step::PaymentRequest,
        Step::Cancel,
        Step::Guarantee,
        Step::Status,
        Step::SessionStatus,
        Step::SessionDetails,
    ] {
        let request = SentRequest { step, token: None, about: None };
        for status in 0..=u16::MAX {
            let what = Operation::Fetch { request: request.clone(), limit_ms: 1, by_deadline: false };
            let observed = Observation::Answer { status, readable: false, retry_after_ms: None };
            let expected = invariants::verdict(
                &request,
                &Event { what, behavior: "refused", began_at: 0, ended_at: 0, observed, effects: Vec::new() },
            );
            let is_success = (200..300).contains(&status);
            let happened = if is_success { Failure::Unreadable } else { Failure::Refused(refusal(status)) };
            let Verdict { code, outcome, .. } = decide(step, happened);
            assert_eq!((code, outcome), expected, "{status} at {step:?}");
        }
    }
}

/// Seconds of any length, dates around the clock of the simulation, and other text.
fn any_retry_after_text() -> impl Strategy<Value = RetryAfter> {
    const DAY_MS: u64 = 86_400_000;
    let start = std::time::UNIX_EPOCH + std::time::Duration::from_millis(START_MS);
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
