//! The state of a simulation: its settings, its callers and what happened to each, the network's behaviour, and Flinks.

use super::flinks::{Effect, ORIGIN, PASSWORD, SentRequest, USERNAME, Upstream};
use crate::json_input;
use crate::json_input::PlainJson;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, FetchFailure, Interrupt};
use flinkspay_edge::token_pool::TokenPool;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The interval of `wait_for_payment`, longer than any deadline here.
pub const WAIT_MS: u64 = 100_000;
/// Where the clocks start: midnight of 1 January 2026, UTC.
pub const START_MS: u64 = 1_767_225_600_000;

/// What a caller asks of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    StartPayment,
    InitiateSession,
    SendRequest,
    CreateSession,
    CreatePaymentRequest,
    CancelPaymentRequest,
    CancelSession,
    ConfirmGuarantee,
    GetPaymentRequest,
    GetSessionStatus,
    GetSessionDetails,
    WaitForPayment,
    Warm,
}

impl Call {
    pub const fn reads(self) -> bool {
        matches!(
            self,
            Self::GetPaymentRequest | Self::GetSessionStatus | Self::GetSessionDetails | Self::WaitForPayment
        )
    }
}

/// The result of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallResult {
    pub session: Option<String>,
    pub request: Option<String>,
    pub reference_id: Option<String>,
    pub app_url: Option<String>,
    /// The status, whether it is paid, and whether it is final.
    pub status: Option<(String, bool, bool)>,
    /// How many tokens are kept ready.
    pub ready: Option<usize>,
}

/// How the network and Flinks behave towards one request or pause.
#[derive(Clone, Debug)]
pub struct Behavior {
    pub name: &'static str,
    /// How often the request arrives: a proxy may repeat it.
    pub copies: usize,
    pub response: Response,
    pub took_ms: u64,
    /// How far the client's clock jumps, beside the time that passes.
    pub jump_ms: i64,
    pub then: Next,
}

/// What the caller's host receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// What Flinks answered to the last copy.
    Genuine,
    Failed(FetchFailure),
    /// This status with an unreadable body, whatever Flinks answered.
    Status(u16, Option<RetryAfter>),
}

/// `Retry-After`: its text, and the milliseconds that it means.
pub type RetryAfter = (String, Option<u64>);

/// What happens to the caller next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Continues,
    Ends(Interrupt),
    /// Its future is dropped.
    Crashes,
}

impl Behavior {
    /// All is well, and no time passes.
    pub const NORMAL: Self =
        Self { name: "well", copies: 1, response: Response::Genuine, took_ms: 0, jump_ms: 0, then: Next::Continues };
}

/// An operation that a caller waited for, and how it ended.
#[derive(Clone, Debug)]
pub struct Event {
    pub what: Operation,
    /// The name of the behavior that was chosen.
    pub behavior: &'static str,
    pub began_at: u64,
    pub ended_at: u64,
    pub observed: Observation,
    pub effects: Vec<Effect>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Fetch { request: SentRequest, limit_ms: u64, by_deadline: bool },
    Sleep { ms: u64 },
}

/// What the caller's host observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    Answer { status: u16, readable: bool, retry_after_ms: Option<u64> },
    Failed(FetchFailure),
    Slept,
    Woken(Interrupt),
    Crashed,
}

/// A caller and everything that happened to it.
pub struct Caller {
    pub call: Call,
    pub events: Vec<Event>,
    pub pending: Option<Pending>,
    pub attempts: Vec<Attempt>,
    pub result: Option<Result<CallResult, Box<Error>>>,
    /// Milliseconds of its deadline that its clock has used up.
    pub used_ms: u64,
    pub began_at: u64,
    pub ended: Option<Interrupt>,
    /// The caller that crashed, if this is its second attempt.
    pub restart_of: Option<usize>,
    /// The first event of the current round: each poll of `wait_for_payment` has a deadline of its own.
    pub began_with: usize,
    pub seen_at: u64,
    pub crashed: bool,
    pub history: u64,
}

pub struct Pending {
    pub what: Operation,
    pub began_at: u64,
    pub sent_at: u64,
    pub answer: Option<Result<Answer<PlainJson>, FetchFailure>>,
    pub woken: Option<Result<(), Interrupt>>,
}

/// The settings of a run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub timeout_ms: u64,
    pub deadline_ms: u64,
    pub expires_in: i64,
    pub random: u32,
    /// Whether a caller that crashed makes its call once more.
    pub restarts: bool,
    /// The count that is given to `warm`.
    pub warm: usize,
}

pub struct Simulation {
    pub setting: Setting,
    pub config: Config,
    /// The pool of the one client that all callers use.
    pub pool: TokenPool,
    /// The tokens that were in the pool when another one from it was refused.
    pub abandoned: RefCell<BTreeSet<String>>,
    /// The token that reads must share, as the contract says, while it is alive.
    pub shared: RefCell<Option<String>>,
    pub callers: RefCell<Vec<Caller>>,
    /// Every request that was sent, in order.
    pub sends: RefCell<Vec<(usize, SentRequest)>>,
    pub upstream: RefCell<Upstream>,
    pub broken: RefCell<Option<Violation>>,
    pub passed_ms: Cell<u64>,
    pub skew_ms: Cell<i64>,
    pub has_jumped: Cell<bool>,
}

impl Simulation {
    pub fn new(setting: Setting) -> Self {
        Self {
            setting,
            config: config(setting),
            pool: TokenPool::default(),
            abandoned: RefCell::default(),
            shared: RefCell::default(),
            callers: RefCell::default(),
            sends: RefCell::default(),
            upstream: RefCell::default(),
            broken: RefCell::default(),
            passed_ms: Cell::new(0),
            skew_ms: Cell::new(0),
            has_jumped: Cell::new(false),
        }
    }

    /// The time on the client's clock.
    pub fn now(&self) -> u64 {
        (START_MS + self.passed_ms.get()).saturating_add_signed(self.skew_ms.get())
    }

    pub const fn has_jumped(&self) -> bool {
        self.has_jumped.get()
    }

    /// The tokens that were fetched for the pool.
    pub fn warm_tokens(&self) -> BTreeSet<String> {
        let callers = self.callers.borrow();
        let events = callers.iter().filter(|caller| caller.call == Call::Warm).flat_map(|caller| &caller.events);
        let answered = events.filter(|event| matches!(event.observed, Observation::Answer { readable: true, .. }));
        answered
            .filter_map(|event| match event.effects.last() {
                Some(Effect::Token { token, .. }) => Some(token.clone()),
                _ => None,
            })
            .collect()
    }

    /// Everything that happened, for a failure message.
    pub fn trace(&self) -> String {
        let describe = |caller: &Caller| {
            let events = caller.events.iter().map(|Event { what, behavior, began_at, ended_at, observed, effects }| {
                let took_ms = ended_at.cast_signed() - began_at.cast_signed();
                format!("  {what:?}\n    {behavior}, after {took_ms} ms: {observed:?} {effects:?}\n")
            });
            let waits = caller.pending.as_ref().map(|pending| format!("  waits for {:?}\n", pending.what));
            let result = format!("  result: {:?}\n", caller.result);
            format!("{:?}\n{}{}{result}", caller.call, events.collect::<String>(), waits.unwrap_or_default())
        };
        self.callers.borrow().iter().map(describe).collect()
    }
}

impl Caller {
    pub fn new(call: Call, restart_of: Option<usize>) -> Self {
        Self {
            call,
            events: Vec::new(),
            pending: None,
            attempts: Vec::new(),
            result: None,
            used_ms: 0,
            began_at: 0,
            ended: None,
            restart_of,
            began_with: 0,
            seen_at: 0,
            crashed: false,
            history: 0,
        }
    }

    pub fn begin(&mut self, now: u64) {
        self.began_at = now;
        self.seen_at = now;
    }

    /// A clock that is set back adds no time.
    pub fn advance_clock(&mut self, now: u64) {
        self.used_ms += now.saturating_sub(self.seen_at);
        self.seen_at = now;
    }

    pub fn crash(&mut self) -> (Call, bool) {
        self.pending = None;
        self.crashed = true;
        (self.call, self.restart_of.is_some())
    }

    pub fn remember(&mut self, event: Event) {
        let mut hasher = DefaultHasher::new();
        let observed = format!("{:?}", event.observed);
        (self.history, &event.what, event.began_at, event.ended_at, observed, &event.effects).hash(&mut hasher);
        self.history = hasher.finish();
        let begins_anew = matches!(event.what, Operation::Sleep { ms } if event.observed == Observation::Slept && self.is_between_calls(ms));
        self.events.push(event);
        if begins_anew {
            self.used_ms = 0;
            self.began_with = self.events.len();
        }
    }

    /// The events of the current round.
    pub fn round(&self) -> &[Event] {
        &self.events[self.began_with..]
    }

    /// Whether a pause is the one between two polls of `wait_for_payment`.
    pub fn is_between_calls(&self, ms: u64) -> bool {
        self.call == Call::WaitForPayment && ms >= WAIT_MS
    }

    /// The finished requests of the current round, the latest first.
    pub fn fetches(&self) -> impl Iterator<Item = (&SentRequest, &Event)> {
        self.round().iter().rev().filter_map(|event| match &event.what {
            Operation::Fetch { request, .. } => Some((request, event)),
            Operation::Sleep { .. } => None,
        })
    }
}

/// An invariant that was violated, and the trace up to there.
pub struct Violation {
    pub invariant: &'static str,
    trace: String,
}

impl Violation {
    pub fn new(invariant: &'static str, simulation: &Simulation) -> Self {
        Self { invariant, trace: simulation.trace() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is broken\n{}", self.invariant, self.trace)
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The merchant's id of a caller's payment.
pub fn reference_id(who: usize) -> String {
    format!("payment-{who}")
}

fn config(setting: Setting) -> Config {
    let options = json!({
        "baseUrl": ORIGIN, "username": USERNAME, "password": PASSWORD, "timeoutMs": setting.timeout_ms,
        "deadlineMs": setting.deadline_ms,
    });
    Config::new(json_input::JsonInput::from(options), &[]).expect("a config")
}
