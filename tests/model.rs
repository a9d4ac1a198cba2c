//! A model check of the real sequences: every choice of the network, Flinks, the clock, the callers and crashes, up to a
//! number of faults in each run, and every order in which the callers can continue at their awaits.
//!
//! It is a stateless model checker: each run repeats a recorded prefix of choices and continues with the first choice that
//! was not taken yet, depth first, until none is left. It runs the crate's own code and not a model of it, so there is no
//! second state machine that could differ. A run is abandoned where another has been in the same state: a future depends
//! only on what happened to its caller, so the same histories, clocks and state of Flinks continue in the same way.
//!
//! `reference_model/invariants.rs` has what is checked. Each scenario must also reach a number of states and some named
//! situations, so that an empty model does not pass.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod json_input;
mod reference_model;

use flinkspay_edge::error::{Code, Error, Outcome, Step};
use flinkspay_edge::host::{FetchDefect, FetchFailure, Interrupt};
use reference_model::flinks::{Effect, SentRequest};
use reference_model::invariants::{is_false_refusal, status};
use reference_model::simulation::{Environment, Run, run};
use reference_model::state::{
    Behavior, Call, CallResult, Caller, Event, Next, Observation, Operation, Response, Setting, Simulation, WAIT_MS,
};
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

const TEN_MINUTES_MS: i64 = 600_000;

/// A token lives for 299 seconds; two lost steps use the deadline up.
const USUAL: Setting =
    Setting { timeout_ms: 8_000, deadline_ms: 15_000, expires_in: 299, random: 0, restarts: false, warm: 1 };
/// A token is dead after one slow step.
const SHORT_LIVED: Setting = Setting { expires_in: 8, ..USUAL };

/// Takes every choice, one run after the other.
struct Explorer {
    most_faults: usize,
    faults: usize,
    /// The choice at each point of the run, and how many there were.
    path: Vec<(usize, usize)>,
    depth: usize,
    known: HashSet<u64>,
    of_a_request: Vec<Behavior>,
    of_a_pause: Vec<Behavior>,
}

impl Explorer {
    fn new(most_faults: usize) -> Self {
        Self {
            most_faults,
            faults: 0,
            path: Vec::new(),
            depth: 0,
            known: HashSet::new(),
            of_a_request: of_a_request(),
            of_a_pause: of_a_pause(),
        }
    }

    fn choose(&mut self, options: usize) -> usize {
        if self.depth == self.path.len() {
            self.path.push((0, options));
        }
        let (chosen, of) = self.path[self.depth];
        assert_eq!(of, options, "the run is not deterministic");
        self.depth += 1;
        chosen
    }

    /// Takes the deepest choice that has another option; false when there is none.
    fn next_run(&mut self) -> bool {
        (self.depth, self.faults) = (0, 0);
        while let Some((chosen, options)) = self.path.pop() {
            if chosen + 1 < options {
                self.path.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

impl Environment for Explorer {
    fn next_caller(&mut self, callers: usize) -> usize {
        if callers == 1 { 0 } else { self.choose(callers) }
    }

    fn behavior(&mut self, what: &Operation) -> Behavior {
        if self.faults == self.most_faults {
            return Behavior::NORMAL;
        }
        let faults = match what {
            Operation::Fetch { .. } => self.of_a_request.len(),
            Operation::Sleep { .. } => self.of_a_pause.len(),
        };
        let Some(fault) = self.choose(faults + 1).checked_sub(1) else { return Behavior::NORMAL };
        self.faults += 1;
        match what {
            Operation::Fetch { .. } => self.of_a_request[fault].clone(),
            Operation::Sleep { .. } => self.of_a_pause[fault].clone(),
        }
    }

    fn is_explored(&mut self, state: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        (state, self.faults).hash(&mut hasher);
        // Earlier runs have seen every state of the recorded prefix.
        self.depth == self.path.len() && !self.known.insert(hasher.finish())
    }
}

fn of_a_pause() -> Vec<Behavior> {
    let crash = Behavior { name: "a crash", then: Next::Crashes, ..Behavior::NORMAL };
    let woken = Behavior { name: "ended in a pause", then: Next::Ends(Interrupt::Aborted), ..Behavior::NORMAL };
    jumps().into_iter().chain([crash, woken]).collect()
}

/// Everything that can go wrong with a request. Where the caller does not get the answer, Flinks may have acted or not.
fn of_a_request() -> Vec<Behavior> {
    let ended = Behavior { name: "ended after the answer", then: Next::Ends(Interrupt::Closed), ..Behavior::NORMAL };
    let twice = Behavior { name: "repeated by a middlebox", copies: 2, ..Behavior::NORMAL };
    let slow = Behavior { name: "slow", took_ms: 5_000, ..Behavior::NORMAL };
    let unheard =
        unheard().into_iter().flat_map(|behavior| [0, 1].map(|copies| Behavior { copies, ..behavior.clone() }));
    let unsent = Behavior {
        name: "late before it was sent",
        response: Response::Failed(FetchFailure::NotSentInTime),
        copies: 0,
        ..Behavior::NORMAL
    };
    jumps().into_iter().chain([ended, twice, slow, unsent]).chain(unheard).collect()
}

fn jumps() -> [Behavior; 2] {
    [TEN_MINUTES_MS, -TEN_MINUTES_MS].map(|jump_ms| Behavior { name: "the clock jumps", jump_ms, ..Behavior::NORMAL })
}

fn unheard() -> [Behavior; 11] {
    let response = |name, response| Behavior { name, response, ..Behavior::NORMAL };
    let lost = |name, lost| response(name, Response::Failed(lost));
    let status = |name, status| response(name, Response::Status(status, None));
    let aborted = Next::Ends(Interrupt::Aborted);
    [
        lost("lost", FetchFailure::Network),
        lost("timed out", FetchFailure::TimedOut),
        lost("a fetch that throws", FetchFailure::BadFetch(FetchDefect::Threw)),
        Behavior { then: aborted, ..lost("ended on the way", FetchFailure::Interrupted(Interrupt::Aborted)) },
        Behavior { name: "a crash", then: Next::Crashes, ..Behavior::NORMAL },
        status("unreadable", 200),
        status("redirected", 307),
        status("refused", 400),
        status("unauthorized", 401),
        response("limited", Response::Status(429, Some(("1".to_owned(), Some(1_000))))),
        status("unavailable", 503),
    ]
}

/// The situations that a scenario must reach.
type Sometimes<'list> = &'list [&'static str];

/// Explores a scenario, and checks that it was not empty.
fn explore(setting: Setting, calls: &[Call], most_faults: usize, least_states: usize, must_happen: Sometimes<'_>) {
    explore_with(Explorer::new(most_faults), setting, calls, least_states, must_happen);
}

/// The same with no other faults than refused tokens and jumps of the clock.
fn explore_refusals(setting: Setting, calls: &[Call], most_faults: usize, least_states: usize, must: Sometimes<'_>) {
    let mut explorer = Explorer::new(most_faults);
    explorer.of_a_request.retain(|behavior| ["unauthorized", "the clock jumps"].contains(&behavior.name));
    explorer.of_a_pause.retain(|behavior| behavior.name == "the clock jumps");
    explore_with(explorer, setting, calls, least_states, must);
}

fn explore_with(
    mut explorer: Explorer,
    setting: Setting,
    calls: &[Call],
    least_states: usize,
    must_happen: Sometimes<'_>,
) {
    let (mut runs, mut whole_runs, mut sometimes) = (0_u32, 0_u32, BTreeSet::new());
    loop {
        let Run { simulation, abandoned } =
            run(setting, calls, &mut explorer).unwrap_or_else(|broken| panic!("run {runs}: {broken}"));
        runs += 1;
        if !abandoned {
            whole_runs += 1;
        }
        sometimes.extend(situations(&simulation));
        if !explorer.next_run() {
            break;
        }
    }
    let states = explorer.known.len();
    let most_faults = explorer.most_faults;
    println!("{calls:?}, up to {most_faults} faults: {states} states, {runs} runs, {whole_runs} of them to the end");
    for situation in must_happen {
        assert!(sometimes.contains(situation), "never seen: {situation}; seen: {sometimes:?}");
    }
    assert!(states >= least_states, "{states} states are fewer than {least_states}: the model is not complete");
}

/// The situations that occurred in a run.
fn situations(simulation: &Simulation) -> Vec<&'static str> {
    let callers = simulation.callers.borrow();
    let given = callers.iter().filter(|caller| matches!(caller.result, Some(Ok(_)))).count();
    let restarted = callers.iter().any(|caller| caller.restart_of.is_some() && matches!(caller.result, Some(Ok(_))));
    let mut seen: Vec<_> =
        callers.iter().flat_map(|caller| given_situations(caller).chain(error_situations(caller))).collect();
    seen.extend((given >= 2).then_some("both callers are given what they asked for"));
    seen.extend(restarted.then_some("a call that crashed is made again"));
    seen.extend(sharing_situations(&callers));
    drop(callers);
    seen.extend(pool_situations(simulation));
    seen
}

fn sharing_situations(callers: &[Caller]) -> Vec<&'static str> {
    let read_with = |caller: &Caller, refused: bool| -> BTreeSet<String> {
        let reads = caller.events.iter().filter(|event| !refused || status(event) == Some(401));
        let tokens = reads.filter_map(|event| match &event.what {
            Operation::Fetch { request, .. } if request.reads() => request.token.clone(),
            _ => None,
        });
        tokens.collect()
    };
    let both_had = |refused| {
        let given = callers.iter().filter(|caller| matches!(caller.result, Some(Ok(_))));
        let tokens: Vec<_> = given.map(|caller| read_with(caller, refused)).collect();
        tokens.iter().enumerate().any(|(at, one)| tokens[at + 1..].iter().any(|other| !one.is_disjoint(other)))
    };
    [(both_had(false), "two reads share a token"), (both_had(true), "a token is refused to both reads that share it")]
        .into_iter()
        .filter_map(|(is_so, name)| is_so.then_some(name))
        .collect()
}

fn pool_situations(simulation: &Simulation) -> Vec<&'static str> {
    let (warm, callers, sends) = (simulation.warm_tokens(), simulation.callers.borrow(), simulation.sends.borrow());
    let sent = |token: &String| sends.iter().any(|(_, request)| request.token.as_ref() == Some(token));
    let abandoned = simulation.abandoned.borrow();
    let unused = warm.iter().filter(|token| !sent(token) && !abandoned.contains(*token)).count();
    let observed =
        |ready| callers.iter().any(|caller| caller.result.as_ref().is_some_and(|result| is_ready(result, ready)));
    let paid =
        callers.iter().filter(|caller| matches!(caller.result, Some(Ok(_))) && caller.call == Call::StartPayment);
    let on_warm = paid.filter(|caller| caller.fetches().all(|(request, _)| request.step != Step::Authorize)).count();
    let replaced = callers.iter().any(|caller| is_replaced(caller, &warm));
    [
        (on_warm >= 1, "a payment starts with a warm token"),
        (on_warm >= 2, "two payments start with two warm tokens"),
        (replaced, "a refused warm token is replaced by a new one"),
        (!abandoned.is_empty(), "a pool is emptied"),
        (unused > simulation.pool.ready(simulation.now()), "a warm token dies unused"),
        (observed(0), "somebody else fetches the token already"),
        (observed(1) && unused == 0, "a warm token is ready, and then used"),
    ]
    .into_iter()
    .filter_map(|(is_so, name)| is_so.then_some(name))
    .collect()
}

fn is_ready(result: &Result<CallResult, Box<Error>>, ready: usize) -> bool {
    result.as_ref().is_ok_and(|given| given.ready == Some(ready))
}

fn is_replaced(caller: &Caller, warm: &BTreeSet<String>) -> bool {
    let refused = |request: &SentRequest, event: &Event| {
        status(event) == Some(401) && request.token.as_ref().is_some_and(|token| warm.contains(token))
    };
    matches!(caller.result, Some(Ok(_))) && caller.fetches().any(|(request, event)| refused(request, event))
}

fn given_situations(caller: &Caller) -> impl Iterator<Item = &'static str> {
    let count = |which| caller.fetches().filter(|(request, _)| request.step == which).count();
    let reads = caller.fetches().filter(|(request, _)| request.reads()).count();
    let tokens: BTreeSet<_> = caller
        .fetches()
        .filter(|(request, _)| request.moves_money())
        .filter_map(|(request, _)| request.token.as_ref())
        .collect();
    let is_given = matches!(caller.result, Some(Ok(_)));
    let is_paid = is_given && caller.call == Call::StartPayment;
    [
        (is_paid, "a payment starts"),
        (is_given && count(Step::Initiate).max(count(Step::Session)) == 2, "a session is created after a 401"),
        (is_paid && count(Step::Initiate) == 1 && tokens.len() == 2, "a dead token is replaced"),
        (is_given && count(Step::Authorize) == 3, "the third authorize succeeds"),
        (is_given && reads == 3, "the third read succeeds"),
        (is_given && waited(caller), "a limited caller waits and succeeds"),
        (is_given && caller.call == Call::WaitForPayment, "a payment is waited for"),
        (is_given && waits_out(caller), "a fault is waited out"),
        (is_given && read_with(caller).1 > read_with(caller).0, "a token is kept for the next read"),
        (is_given && read_with(caller).0 > 1, "a kept token that died is replaced"),
    ]
    .into_iter()
    .filter_map(|(is_so, name)| is_so.then_some(name))
}

fn waited(caller: &Caller) -> bool {
    caller.events.iter().any(|event| matches!(event.what, Operation::Sleep { ms: 1_000..WAIT_MS }))
}

/// With how many tokens a status was read, and how often.
fn read_with(caller: &Caller) -> (usize, usize) {
    let tokens = || {
        caller.events.iter().filter_map(|event| match &event.what {
            Operation::Fetch { request, .. } if request.step == Step::Status => request.token.as_ref(),
            _ => None,
        })
    };
    (tokens().collect::<BTreeSet<_>>().len(), tokens().count())
}

/// A poll failed, and the next one succeeded.
fn waits_out(caller: &Caller) -> bool {
    let is_lost = |event: &Event| event.observed == Observation::Failed(FetchFailure::Network);
    caller.events.windows(2).any(|pair| is_lost(&pair[0]) && matches!(pair[1].what, Operation::Sleep { ms: WAIT_MS.. }))
}

fn error_situations(caller: &Caller) -> impl Iterator<Item = &'static str> {
    let error = caller.result.as_ref().and_then(|result| result.as_ref().err());
    let is = |code, outcome| error.is_some_and(|error| (error.code, error.outcome) == (code, outcome));
    let is_unknown = error.is_some_and(|error| error.outcome == Outcome::Unknown);
    let acted = |event: &&Event| event.effects.iter().any(|effect| !matches!(effect, Effect::Token { .. }));
    let last = caller.events.last();
    let last_is = |lost| last.is_some_and(|event| event.observed == Observation::Failed(lost));
    let last_acted = last.as_ref().is_some_and(acted);
    let crashed = last.is_some_and(|event| event.observed == Observation::Crashed);
    let in_a_pause = last.is_some_and(|event| matches!(event.observed, Observation::Woken(_)));
    let dead = last.is_some_and(|event| !event.effects.is_empty() && status(event) == Some(200));
    [
        (is_unknown && last_acted, "unknown, and it happened"),
        (is_unknown && !last_acted, "unknown, and it did not happen"),
        (is(Code::Closed, Outcome::NotSent), "ended before sending"),
        (is(Code::Timeout, Outcome::NotSent) && last_is(FetchFailure::NotSentInTime), "late before sending"),
        (is(Code::InvalidConfig, Outcome::NotSent), "a fetch that throws is a bad option"),
        (
            is(Code::Network, Outcome::Unknown) && last_is(FetchFailure::BadFetch(FetchDefect::Threw)),
            "a fetch that throws may have sent",
        ),
        (is(Code::Aborted, Outcome::Unknown), "ended after sending"),
        (is(Code::Aborted, Outcome::NotSent) && in_a_pause, "ended in a pause"),
        (is(Code::DeadlineExceeded, Outcome::NotSent), "the deadline passes before sending"),
        (is(Code::DeadlineExceeded, Outcome::Unknown), "the deadline passes after sending"),
        (is(Code::UpstreamProtocol, Outcome::NotSent) && dead, "a token is dead on arrival"),
        (is(Code::Conflict, Outcome::Rejected) && !last_acted, "the second of two is refused"),
        (is(Code::Conflict, Outcome::Rejected) && last_acted, "the second copy is refused"),
        (is(Code::TokenRejected, Outcome::Rejected), "a token is refused for good"),
        (is(Code::CredentialsRejected, Outcome::Rejected), "the credentials are refused"),
        (crashed && last_acted, "a crash after something was created"),
        (crashed && !last_acted, "a crash before anything was created"),
        (caller.events.iter().any(is_false_refusal), "Flinks refuses what it has done"),
    ]
    .into_iter()
    .filter_map(|(is_so, name)| is_so.then_some(name))
}

const OF_A_PAYMENT: Sometimes<'static> = &[
    "a payment starts",
    "a session is created after a 401",
    "a limited caller waits and succeeds",
    "unknown, and it happened",
    "unknown, and it did not happen",
    "ended before sending",
    "ended after sending",
    "late before sending",
    "a fetch that throws is a bad option",
    "a fetch that throws may have sent",
    "the deadline passes before sending",
    "the second copy is refused",
    "the credentials are refused",
    "a crash after something was created",
    "a crash before anything was created",
    "Flinks refuses what it has done",
];

#[test]
fn one_payment_with_three_faults_and_a_restart() {
    let more: Sometimes<'_> = &[
        "the third authorize succeeds",
        "a token is refused for good",
        "ended in a pause",
        "the deadline passes after sending",
        "a call that crashed is made again",
    ];
    let setting = Setting { restarts: true, random: u32::MAX, ..USUAL };
    explore(setting, &[Call::StartPayment], 3, 40_000, &[OF_A_PAYMENT, more].concat());
}

#[test]
fn one_payment_with_tokens_that_expire() {
    let dying: Sometimes<'_> = &["a payment starts", "a dead token is replaced", "a token is dead on arrival"];
    explore(SHORT_LIVED, &[Call::StartPayment], 3, 17_000, dying);
}

#[test]
fn two_payments_at_once() {
    explore(USUAL, &[Call::StartPayment, Call::StartPayment], 2, 90_000, OF_A_PAYMENT);
}

#[test]
fn a_payment_and_a_payment_request_at_once() {
    let both: Sometimes<'_> = &["a payment starts", "both callers are given what they asked for"];
    explore(USUAL, &[Call::StartPayment, Call::CreatePaymentRequest], 2, 58_000, both);
}

#[test]
fn two_payment_requests_for_one_session() {
    let one: Sometimes<'_> = &["the second of two is refused", "unknown, and it happened"];
    explore(USUAL, &[Call::CreatePaymentRequest, Call::CreatePaymentRequest], 2, 38_000, one);
}

#[test]
fn a_payment_during_a_warm_up() {
    let must: Sometimes<'_> = &[
        "a payment starts with a warm token",
        "a refused warm token is replaced by a new one",
        "a pool is emptied",
        "a warm token dies unused",
        "a warm token is ready, and then used",
        "both callers are given what they asked for",
    ];
    explore(Setting { warm: 2, ..USUAL }, &[Call::StartPayment, Call::Warm], 2, 90_000, &[OF_A_PAYMENT, must].concat());
}

#[test]
fn two_payments_during_a_warm_up() {
    let must: Sometimes<'_> = &["two payments start with two warm tokens", "a warm token is ready, and then used"];
    explore(Setting { warm: 2, ..USUAL }, &[Call::StartPayment, Call::StartPayment, Call::Warm], 1, 37_000, must);
}

#[test]
fn two_warm_ups_and_a_read_at_once() {
    let must: Sometimes<'_> = &["somebody else fetches the token already", "a warm token is ready, and then used"];
    explore(USUAL, &[Call::Warm, Call::Warm, Call::GetPaymentRequest], 1, 4_300, must);
}

#[test]
fn warm_tokens_that_expire() {
    let must: Sometimes<'_> = &["a payment starts with a warm token", "a warm token dies unused"];
    explore(SHORT_LIVED, &[Call::InitiateSession, Call::StartPayment, Call::Warm], 1, 11_000, must);
}

#[test]
fn steps_that_are_never_retried_during_a_warm_up() {
    let must: Sometimes<'_> = &["a warm token is ready, and then used", "a token is refused for good"];
    for call in [Call::CreatePaymentRequest, Call::SendRequest] {
        explore(Setting { warm: 2, ..USUAL }, &[call, Call::Warm], 2, 54_000, must);
    }
}

#[test]
fn a_session_and_a_read_at_once() {
    let both: Sometimes<'_> = &["both callers are given what they asked for", "a session is created after a 401"];
    explore(USUAL, &[Call::InitiateSession, Call::GetPaymentRequest], 2, 54_000, both);
}

#[test]
fn two_reads_share_a_token() {
    let must: Sometimes<'_> = &[
        "both callers are given what they asked for",
        "two reads share a token",
        "a token is refused to both reads that share it",
    ];
    explore(USUAL, &[Call::GetPaymentRequest, Call::GetSessionStatus], 2, 90_000, must);
}

#[test]
fn a_read_during_wait_for_payment() {
    let must: Sometimes<'_> = &["two reads share a token", "a token is refused to both reads that share it"];
    explore_refusals(USUAL, &[Call::WaitForPayment, Call::GetSessionDetails], 2, 20_000, must);
}

#[test]
fn a_session_and_two_reads_at_once() {
    let must: Sometimes<'_> = &["two reads share a token", "a session is created after a 401"];
    explore(USUAL, &[Call::CreateSession, Call::GetSessionStatus, Call::GetPaymentRequest], 1, 23_000, must);
}

#[test]
fn one_read_with_three_faults() {
    let must: Sometimes<'_> = &["the third read succeeds", "the third authorize succeeds"];
    for read in [Call::GetPaymentRequest, Call::GetSessionStatus, Call::GetSessionDetails] {
        explore(Setting { random: u32::MAX, ..USUAL }, &[read], 3, 10_000, must);
    }
}

#[test]
fn a_session_of_v2_with_three_faults_and_a_restart() {
    let must: Sometimes<'_> = &[
        "a session is created after a 401",
        "unknown, and it happened",
        "unknown, and it did not happen",
        "Flinks refuses what it has done",
        "a crash after something was created",
        "a call that crashed is made again",
    ];
    explore(Setting { restarts: true, ..USUAL }, &[Call::CreateSession], 3, 20_000, must);
}

#[test]
fn an_e_mailed_request_with_three_faults() {
    let must: Sometimes<'_> =
        &["unknown, and it happened", "unknown, and it did not happen", "a token is refused for good"];
    explore(USUAL, &[Call::SendRequest], 3, 6_000, must);
}

#[test]
fn a_cancellation_and_a_payment_request_at_once() {
    let must: Sometimes<'_> = &["the second of two is refused", "unknown, and it happened"];
    explore(USUAL, &[Call::CancelSession, Call::CreatePaymentRequest], 2, 38_000, must);
}

#[test]
fn two_cancellations_of_one_payment_request() {
    let must: Sometimes<'_> = &["the second of two is refused", "unknown, and it happened"];
    explore(USUAL, &[Call::CancelPaymentRequest, Call::CancelPaymentRequest], 2, 38_000, must);
}

#[test]
fn two_confirmations_of_one_guarantee() {
    let must: Sometimes<'_> = &["unknown, and it happened", "unknown, and it did not happen"];
    explore(USUAL, &[Call::ConfirmGuarantee, Call::ConfirmGuarantee], 2, 38_000, must);
}

#[test]
fn wait_for_payment_with_two_faults() {
    let must: Sometimes<'_> = &[
        "ended in a pause",
        "a payment is waited for",
        "a token is kept for the next read",
        "a kept token that died is replaced",
    ];
    // A token lives longer than one interval, but not two.
    explore(Setting { expires_in: 150, ..USUAL }, &[Call::WaitForPayment], 2, 10_000, must);
}

#[test]
fn wait_for_payment_without_time_for_a_retry() {
    let setting = Setting { deadline_ms: 200, random: u32::MAX, ..USUAL };
    explore(setting, &[Call::WaitForPayment], 2, 5_500, &["a payment is waited for", "a fault is waited out"]);
}
