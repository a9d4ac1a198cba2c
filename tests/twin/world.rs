//! Callers of the real sequences, each a future that stops at every await, and the world around them: the network, the
//! clocks, Flinks, and an environment that decides who goes on next and what becomes of a request.

use super::laws::{self, Broken};
use super::upstream::{
    Ask, CUSTOMER_EMAIL, CUSTOMER_NAME, Effect, ORIGIN, PASSWORD, Plain, Reply, SHOP_REQUEST, SHOP_SESSION, USERNAME,
    Upstream,
};
use crate::given;
use flinkspay_edge::amount::Amount;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, Host, Interrupt, Lost, Request};
use flinkspay_edge::interac::PaymentParams;
use flinkspay_edge::sequence;
use flinkspay_edge::sessions::{Product, SessionParams};
use flinkspay_edge::token::{RequestId, SessionId, TokenPool};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// How long callers wait between two reads, longer than any deadline here.
pub const WAIT_MS: u64 = 100_000;
/// Midnight of 1 January 2026, UTC: where the clocks start.
pub const START_MS: u64 = 1_767_225_600_000;

/// More steps than any run takes.
const MOST_STEPS: usize = 10_000;

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

/// What a caller was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub session: Option<String>,
    pub request: Option<String>,
    pub reference_id: Option<String>,
    pub app_url: Option<String>,
    /// Flinks' word, whether it is paid, whether it is final.
    pub status: Option<(String, bool, bool)>,
    /// How many tokens are kept ready.
    pub ready: Option<usize>,
}

/// What becomes of a request, or of a pause.
#[derive(Clone, Debug)]
pub struct Fate {
    pub name: &'static str,
    /// How often the request arrives: a middlebox may repeat it.
    pub copies: usize,
    pub says: Says,
    pub took_ms: u64,
    /// How far the client's clock is moved meanwhile, beside the time that passes.
    pub jump_ms: i64,
    pub then: Then,
}

/// What the caller's host hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// What Flinks said to the last copy.
    Honest,
    Lost(Lost),
    /// A status with a body that cannot be read, whatever Flinks said.
    Status(u16, Option<RetryAfter>),
}

/// The header's text, and the milliseconds that it means.
pub type RetryAfter = (String, Option<u64>);

/// What happens to the caller next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    GoesOn,
    Ends(Interrupt),
    /// Its future is dropped.
    Crashes,
}

impl Fate {
    /// All is well, and no time passes.
    pub const WELL: Self =
        Self { name: "well", copies: 1, says: Says::Honest, took_ms: 0, jump_ms: 0, then: Then::GoesOn };
}

/// Something that a caller waited for, from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Event {
    pub what: What,
    /// The name of what became of it.
    pub fate: &'static str,
    pub began_at: u64,
    pub ended_at: u64,
    pub came: Came,
    pub effects: Vec<Effect>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Fetch { ask: Ask, limit_ms: u64, by_deadline: bool },
    Sleep { ms: u64 },
}

/// What the caller's host heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    Answer { status: u16, readable: bool, retry_after_ms: Option<u64> },
    Lost(Lost),
    Slept,
    Woken(Interrupt),
    Crashed,
}

/// One caller and all that befell it.
pub struct Caller {
    pub call: Call,
    pub events: Vec<Event>,
    pub pending: Option<Pending>,
    pub attempts: Vec<Attempt>,
    pub told: Option<Result<Given, Box<Error>>>,
    /// Milliseconds of its deadline that its clock has used up, and when it last looked.
    pub used_ms: u64,
    pub began_at: u64,
    pub ended: Option<Interrupt>,
    pub restarts: Option<usize>,
    /// The first event that matters: who waits for a payment asks anew each time, with another deadline.
    began_with: usize,
    seen_at: u64,
    crashed: bool,
    history: u64,
}

pub struct Pending {
    pub what: What,
    pub began_at: u64,
    sent_at: u64,
    answer: Option<Result<Answer<Plain>, Lost>>,
    woken: Option<Result<(), Interrupt>>,
}

/// Who decides.
pub trait Environment {
    /// Which of so many callers goes on.
    fn turn(&mut self, callers: usize) -> usize;
    /// What becomes of what a caller waits for.
    fn fate(&mut self, what: &What) -> Fate;
    /// Whether the run is of no more use: all that can follow was seen elsewhere.
    fn is_known(&mut self, state: u64) -> bool;
}

/// What holds for all callers of a run.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub timeout_ms: u64,
    pub deadline_ms: u64,
    pub expires_in: i64,
    pub random: u32,
    /// Whether a caller that crashed asks once more.
    pub restarts: bool,
    /// How many tokens whoever warms the pool wants in it.
    pub warm: usize,
}

pub struct World {
    pub setting: Setting,
    pub config: Config,
    /// The pool of the one client that all callers use.
    pub pool: TokenPool,
    /// The tokens that waited in the pool when another of it was refused.
    pub given_up: RefCell<BTreeSet<String>>,
    /// The token that reads share, as the contract has it, while it is alive.
    pub shared: RefCell<Option<String>>,
    pub callers: RefCell<Vec<Caller>>,
    /// Every request that a client let go, in order.
    pub sends: RefCell<Vec<(usize, Ask)>>,
    pub upstream: RefCell<Upstream>,
    broken: RefCell<Option<Broken>>,
    passed_ms: Cell<u64>,
    skew_ms: Cell<i64>,
    has_jumped: Cell<bool>,
}

type Running = Option<Pin<Box<dyn Future<Output = Result<Given, Box<Error>>>>>>;

/// A run that ended by itself, or was given up because its state was known.
pub struct Run {
    pub world: Rc<World>,
    pub given_up: bool,
}

/// Runs the calls at the same time until each is over.
pub fn run(setting: Setting, calls: &[Call], environment: &mut impl Environment) -> Result<Run, Broken> {
    let world = Rc::new(World::new(setting));
    let mut running: Vec<Running> = Vec::new();
    for call in calls {
        world.arrive(*call, None, &mut running);
    }
    for _ in 0..MOST_STEPS {
        let open: Vec<usize> = (0..running.len()).filter(|who| running[*who].is_some()).collect();
        if open.is_empty() {
            laws::at_the_end(&world)?;
            return Ok(Run { world, given_up: false });
        }
        let who = open[environment.turn(open.len())];
        world.step(who, &mut running, environment)?;
        if environment.is_known(world.state()) {
            return Ok(Run { world, given_up: true });
        }
    }
    Err(Broken::new("every-call-ends", &world))
}

impl World {
    fn new(setting: Setting) -> Self {
        Self {
            setting,
            config: config(setting),
            pool: TokenPool::default(),
            given_up: RefCell::default(),
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

    fn arrive(self: &Rc<Self>, call: Call, restarts: Option<usize>, running: &mut Vec<Running>) {
        let host = TwinHost { world: Rc::clone(self), who: running.len() };
        self.callers.borrow_mut().push(Caller::new(call, restarts));
        running.push(Some(Box::pin(async move { make(call, &host).await })));
    }

    /// Lets a caller begin, or decides what becomes of what it waits for, and runs it up to its next await.
    fn step(
        self: &Rc<Self>,
        who: usize,
        running: &mut Vec<Running>,
        environment: &mut impl Environment,
    ) -> Result<(), Broken> {
        let waits_for = self.callers.borrow()[who].pending.as_ref().map(|pending| pending.what.clone());
        match waits_for {
            None => self.callers.borrow_mut()[who].begin(self.now()),
            Some(what) => {
                let fate = environment.fate(&what);
                self.settle(who, &fate);
                if fate.then == Then::Crashes {
                    running[who] = None;
                    let (call, restarted) = self.callers.borrow_mut()[who].crash();
                    if self.setting.restarts && !restarted {
                        self.arrive(call, Some(who), running);
                    }
                    return Ok(());
                }
            }
        }
        let Some(future) = &mut running[who] else { return Ok(()) };
        if let Poll::Ready(told) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            running[who] = None;
            self.callers.borrow_mut()[who].told = Some(told);
            laws::at_the_answer(self, who)?;
        }
        self.broken.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Ends what a caller waits for, as fate has it.
    fn settle(&self, who: usize, fate: &Fate) {
        let pending = self.callers.borrow_mut()[who].pending.take();
        let Some(mut pending) = pending else { return };
        let mut effects = Vec::new();
        let came = match pending.what.clone() {
            What::Fetch { ask, limit_ms, .. } => {
                let copies = if fate.says == Says::Lost(Lost::BeforeInTime) { 0 } else { fate.copies };
                let replies = self.deliver(who, &ask, copies, &mut effects);
                let late = self.pass(fate, pending.sent_at, limit_ms);
                let (came, answer) = hear(fate, replies, late);
                // Who dies cannot tell the pool.
                if matches!(came, Came::Answer { status: 401, .. }) && fate.then != Then::Crashes {
                    self.give_up_beside(ask.token.as_deref());
                }
                pending.answer = Some(answer);
                came
            }
            What::Sleep { ms } => {
                let took_ms = if fate.then == Then::GoesOn { ms } else { fate.took_ms.min(ms) };
                self.pass(&Fate { took_ms, says: Says::Honest, ..fate.clone() }, pending.sent_at, u64::MAX);
                let woken = if let Then::Ends(interrupt) = fate.then { Err(interrupt) } else { Ok(()) };
                pending.woken = Some(woken);
                woken.map_or_else(Came::Woken, |()| Came::Slept)
            }
        };
        let came = if fate.then == Then::Crashes { Came::Crashed } else { came };
        let (what, began_at, ended_at) = (pending.what.clone(), pending.began_at, self.now());
        let event = Event { what, fate: fate.name, began_at, ended_at, came, effects };
        self.share(who, &event);
        let caller = &mut self.callers.borrow_mut()[who];
        caller.pending = Some(pending);
        caller.look(ended_at);
        caller.remember(event);
        if let Then::Ends(interrupt) = fate.then {
            caller.ended = Some(interrupt);
        }
    }

    /// A token that a read was given takes the place of the one before; one that was refused or is dead has none.
    fn share(&self, who: usize, event: &Event) {
        let (mut shared, callers) = (self.shared.borrow_mut(), self.callers.borrow());
        shared.take_if(|token| !laws::is_alive(token, &callers, self.now()));
        let What::Fetch { ask, .. } = &event.what else { return };
        if laws::status(event) == Some(401) && ask.step.reads() {
            shared.take_if(|token| ask.token.as_ref() == Some(token));
        }
        if callers[who].call.reads()
            && laws::is_success(ask, event)
            && let Some(Effect::Token { token, .. }) = event.effects.last()
        {
            *shared = Some(token.clone());
        }
    }

    /// The tokens that wait in the pool must not be sent any more if this is one of it.
    fn give_up_beside(&self, refused: Option<&str>) {
        let warm = self.warm_tokens();
        if refused.is_some_and(|token| warm.contains(token)) {
            let sends = self.sends.borrow();
            let was_sent = |token: &String| sends.iter().any(|(_, ask)| ask.token.as_ref() == Some(token));
            self.given_up.borrow_mut().extend(warm.into_iter().filter(|token| !was_sent(token)));
        }
    }

    /// The tokens that were fetched to wait in the pool.
    pub fn warm_tokens(&self) -> BTreeSet<String> {
        let callers = self.callers.borrow();
        let events = callers.iter().filter(|caller| caller.call == Call::Warm).flat_map(|caller| &caller.events);
        let answered = events.filter(|event| matches!(event.came, Came::Answer { readable: true, .. }));
        answered
            .filter_map(|event| match event.effects.last() {
                Some(Effect::Token { token, .. }) => Some(token.clone()),
                _ => None,
            })
            .collect()
    }

    fn deliver(&self, who: usize, ask: &Ask, copies: usize, effects: &mut Vec<Effect>) -> Option<Reply> {
        let mut last = None;
        for _ in 0..copies {
            let mut upstream = self.upstream.borrow_mut();
            let (reply, effect) = upstream.handle(ask, who, self.passed_ms.get(), self.setting.expires_in);
            effects.extend(effect);
            last = Some(reply);
        }
        last
    }

    /// Moves the clocks; whether the limit has passed since the request was sent.
    fn pass(&self, fate: &Fate, sent_at: u64, limit_ms: u64) -> bool {
        let takes_all = matches!(fate.says, Says::Lost(Lost::TimedOut | Lost::BeforeInTime));
        let took_ms = if takes_all { limit_ms } else { fate.took_ms };
        let timer_rings_at = sent_at.saturating_add(limit_ms);
        let arrives_at = self.passed_ms.get().max(sent_at.saturating_add(took_ms));
        self.passed_ms.set(arrives_at.min(timer_rings_at).max(self.passed_ms.get()));
        self.skew_ms.set(self.skew_ms.get().saturating_add(fate.jump_ms));
        self.has_jumped.set(self.has_jumped.get() || fate.jump_ms != 0);
        arrives_at >= timer_rings_at
    }

    /// All that can matter for what follows: each future depends on nothing but what its caller went through, and what the
    /// pool had for it.
    fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.passed_ms.get(), self.skew_ms.get()).hash(&mut hasher);
        self.upstream.borrow().hash(&mut hasher);
        (format!("{:?}", self.pool), &*self.given_up.borrow(), &*self.shared.borrow()).hash(&mut hasher);
        for caller in &*self.callers.borrow() {
            let waits_for = caller.pending.as_ref().map(|pending| &pending.what);
            (caller.history, waits_for, caller.ended.is_some()).hash(&mut hasher);
            (caller.crashed, caller.told.is_some(), caller.began_at).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// What happened, for a person.
    pub fn story(&self) -> String {
        let tell = |caller: &Caller| {
            let events = caller.events.iter().map(|Event { what, fate, began_at, ended_at, came, effects }| {
                let took_ms = ended_at.cast_signed() - began_at.cast_signed();
                format!("  {what:?}\n    {fate}, after {took_ms} ms: {came:?} {effects:?}\n")
            });
            let waits = caller.pending.as_ref().map(|pending| format!("  waits for {:?}\n", pending.what));
            let told = format!("  told: {:?}\n", caller.told);
            format!("{:?}\n{}{}{told}", caller.call, events.collect::<String>(), waits.unwrap_or_default())
        };
        self.callers.borrow().iter().map(tell).collect()
    }
}

/// What the host hears, both for the laws and for the sequence. A cancelled call whose answer has come still reads it;
/// its next request is not sent.
fn hear(fate: &Fate, reply: Option<Reply>, late: bool) -> (Came, Result<Answer<Plain>, Lost>) {
    let lost = |lost| (Came::Lost(lost), Err(lost));
    let answer = |status, readable, retry_after: Option<RetryAfter>, body| {
        let (text, retry_after_ms) = retry_after.map_or((None, None), |(text, ms)| (Some(text), ms));
        (Came::Answer { status, readable, retry_after_ms }, Ok(Answer { status, retry_after: text, body }))
    };
    match (&fate.says, reply) {
        (Says::Lost(why @ (Lost::During(_) | Lost::BeforeInTime)), _) => lost(*why),
        _ if late => lost(Lost::TimedOut),
        (Says::Lost(why), _) => lost(*why),
        (Says::Status(status, retry_after), _) => answer(*status, false, retry_after.clone(), None),
        (Says::Honest, Some(Reply { status, body })) => answer(status, status == 200, None, body),
        (Says::Honest, None) => lost(Lost::Network),
    }
}

impl Caller {
    fn new(call: Call, restarts: Option<usize>) -> Self {
        Self {
            call,
            events: Vec::new(),
            pending: None,
            attempts: Vec::new(),
            told: None,
            used_ms: 0,
            began_at: 0,
            ended: None,
            restarts,
            began_with: 0,
            seen_at: 0,
            crashed: false,
            history: 0,
        }
    }

    fn begin(&mut self, now: u64) {
        self.began_at = now;
        self.seen_at = now;
    }

    /// A clock that is set back gives no time back.
    fn look(&mut self, now: u64) {
        self.used_ms += now.saturating_sub(self.seen_at);
        self.seen_at = now;
    }

    fn crash(&mut self) -> (Call, bool) {
        self.pending = None;
        self.crashed = true;
        (self.call, self.restarts.is_some())
    }

    fn remember(&mut self, event: Event) {
        let mut hasher = DefaultHasher::new();
        let came = format!("{:?}", event.came);
        (self.history, &event.what, event.began_at, event.ended_at, came, &event.effects).hash(&mut hasher);
        self.history = hasher.finish();
        let begins_anew =
            matches!(event.what, What::Sleep { ms } if event.came == Came::Slept && self.is_between_calls(ms));
        self.events.push(event);
        if begins_anew {
            self.used_ms = 0;
            self.began_with = self.events.len();
        }
    }

    /// What befell the call that counts its tries and its deadline now.
    pub fn round(&self) -> &[Event] {
        &self.events[self.began_with..]
    }

    /// Whether a pause is the one between two calls of somebody who waits for a payment.
    pub fn is_between_calls(&self, ms: u64) -> bool {
        self.call == Call::WaitForPayment && ms >= WAIT_MS
    }

    /// The requests of this round that are over, the latest first.
    pub fn fetches(&self) -> impl Iterator<Item = (&Ask, &Event)> {
        self.round().iter().rev().filter_map(|event| match &event.what {
            What::Fetch { ask, .. } => Some((ask, event)),
            What::Sleep { .. } => None,
        })
    }
}

/// The host of one caller.
struct TwinHost {
    world: Rc<World>,
    who: usize,
}

impl TwinHost {
    fn caller<T>(&self, read: impl FnOnce(&mut Caller) -> T) -> T {
        read(&mut self.world.callers.borrow_mut()[self.who])
    }

    fn wait_for(&self, what: What) {
        let (began_at, sent_at) = (self.now(), self.world.passed_ms.get());
        self.caller(|caller| caller.pending = Some(Pending { what, began_at, sent_at, answer: None, woken: None }));
    }

    /// Holds the laws against what the client is about to do; the first break is kept.
    fn hold(&self, law: Result<(), Broken>) {
        if let Err(broken) = law {
            self.world.broken.borrow_mut().get_or_insert(broken);
        }
    }

    async fn until<T>(&self, take: impl Fn(&mut Pending) -> Option<T>) -> T {
        poll_fn(|_| {
            let done = self.caller(|caller| caller.pending.as_mut().and_then(&take));
            done.map_or(Poll::Pending, |value| {
                self.caller(|caller| caller.pending = None);
                Poll::Ready(value)
            })
        })
        .await
    }
}

impl Host for TwinHost {
    type Json = Plain;

    async fn fetch(&self, request: Request<Plain>, limit_ms: u64, if_lost: &Error) -> Result<Answer<Plain>, Lost> {
        let ask = match Ask::read(&request, &self.world.config) {
            Ok(ask) => ask,
            Err(law) => {
                self.hold(Err(Broken::new(law, &self.world)));
                return Err(Lost::Network);
            }
        };
        self.hold(laws::at_a_request(&self.world, self.who, &ask, limit_ms, if_lost));
        if ask.step.reads() {
            self.world.shared.replace(ask.token.clone());
        }
        let remaining_ms = self.caller(|caller| self.world.setting.deadline_ms.saturating_sub(caller.used_ms));
        let by_deadline = limit_ms == remaining_ms;
        let what = What::Fetch { ask: ask.clone(), limit_ms, by_deadline };
        if let Some(interrupt) = self.caller(|caller| caller.ended) {
            let (now, came) = (self.now(), Came::Lost(Lost::Before(interrupt)));
            self.caller(|caller| {
                caller.remember(Event { what, fate: "over", began_at: now, ended_at: now, came, effects: Vec::new() });
            });
            return Err(Lost::Before(interrupt));
        }
        self.world.sends.borrow_mut().push((self.who, ask));
        self.wait_for(what);
        self.until(|pending| pending.answer.take()).await
    }

    fn now(&self) -> u64 {
        self.world.now()
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        self.hold(laws::at_a_pause(&self.world, self.who, ms));
        if let Some(interrupt) = self.caller(|caller| caller.ended) {
            let (now, came) = (self.now(), Came::Woken(interrupt));
            let (what, effects) = (What::Sleep { ms }, Vec::new());
            self.caller(|caller| {
                caller.remember(Event { what, fate: "over", began_at: now, ended_at: now, came, effects });
            });
            return Err(interrupt);
        }
        self.wait_for(What::Sleep { ms });
        self.until(|pending| pending.woken.take()).await
    }

    fn random(&self) -> u32 {
        self.world.setting.random
    }

    fn report(&self, attempt: &Attempt) {
        self.caller(|caller| caller.attempts.push(attempt.clone()));
    }
}

async fn make(call: Call, host: &TwinHost) -> Result<Given, Box<Error>> {
    let config = &host.world.config;
    let session_id = SessionId::parse(SHOP_SESSION).ok_or_else(Error::closed)?;
    let request_id = RequestId::parse(SHOP_REQUEST).ok_or_else(Error::closed)?;
    Ok(match call {
        Call::StartPayment => {
            let started = sequence::start_payment(host, config, &host.world.pool, &params(host.who)?).await?;
            Given {
                session: Some(started.session_id),
                request: Some(started.request_id),
                reference_id: Some(started.reference_id),
                app_url: Some(started.app_url),
                ..Given::default()
            }
        }
        Call::InitiateSession => {
            inert(sequence::initiate_session(host, config, &host.world.pool, &params(host.who)?).await?)
        }
        Call::SendRequest => inert(sequence::send_request(host, config, &host.world.pool, &params(host.who)?).await?),
        Call::CreateSession => {
            let created = sequence::create_session(host, config, &host.world.pool, &session_params(host.who)?).await?;
            Given {
                session: Some(created.session_id),
                reference_id: created.reference_id,
                app_url: Some(created.app_url),
                ..Given::default()
            }
        }
        Call::CreatePaymentRequest => {
            let created = sequence::create_payment_request(host, config, &host.world.pool, &session_id).await?;
            Given { request: Some(created.request_id), ..Given::default() }
        }
        Call::CancelPaymentRequest => {
            let cancelled = sequence::cancel_payment_request(host, config, &host.world.pool, &request_id).await?;
            Given { request: Some(cancelled.request_id), ..Given::default() }
        }
        Call::CancelSession => {
            let cancelled = sequence::cancel_session(host, config, &host.world.pool, &session_id).await?;
            Given { session: Some(cancelled.session_id), ..Given::default() }
        }
        Call::ConfirmGuarantee => {
            let confirmed = sequence::confirm_guarantee(host, config, &host.world.pool, &session_id, true).await?;
            Given { session: Some(confirmed.session_id), ..Given::default() }
        }
        Call::GetPaymentRequest | Call::WaitForPayment => {
            let read = if call == Call::WaitForPayment {
                sequence::wait_for_payment(host, config, &host.world.pool, &request_id, WAIT_MS).await?
            } else {
                sequence::get_payment_request(host, config, &host.world.pool, &request_id).await?
            };
            let status = Some((read.status, read.paid, read.is_final));
            Given { request: Some(read.request_id), status, ..Given::default() }
        }
        Call::Warm => {
            let wanted = host.world.setting.warm as u64;
            let warm = sequence::warm(host, config, &host.world.pool, wanted).await?;
            Given { ready: Some(warm.ready), ..Given::default() }
        }
        Call::GetSessionStatus => {
            let product = Some(Product::Geft);
            let read = sequence::get_session_status(host, config, &host.world.pool, &session_id, product).await?;
            let status = Some((read.status, read.paid, read.is_final));
            Given { session: Some(read.session_id), status, ..Given::default() }
        }
        Call::GetSessionDetails => {
            let product = Some(Product::Eft);
            let details = sequence::get_session_details(host, config, &host.world.pool, &session_id, product).await?;
            let read = details.session;
            let status = Some((read.status, read.paid, read.is_final));
            Given { session: Some(read.session_id), status, ..Given::default() }
        }
    })
}

fn inert(created: sequence::InitiatedSession) -> Given {
    Given { session: Some(created.session_id), reference_id: Some(created.reference_id), ..Given::default() }
}

/// The merchant's id of a caller's payment.
pub fn reference_id(who: usize) -> String {
    format!("payment-{who}")
}

fn params(who: usize) -> Result<PaymentParams, Box<Error>> {
    PaymentParams::new(given::Plain::from(json!({
        "referenceId": reference_id(who), "amount": "12.50", "customerName": CUSTOMER_NAME,
        "customerEmail": CUSTOMER_EMAIL,
    })))
}

fn session_params(who: usize) -> Result<SessionParams, Box<Error>> {
    let given = json!({
        "product": "e-transfer", "referenceId": reference_id(who), "amount": "12.50",
        "payor": { "firstName": CUSTOMER_NAME, "lastName": CUSTOMER_NAME, "email": CUSTOMER_EMAIL },
    });
    SessionParams::new(given::Plain::from(given), Amount::LARGEST_GEFT)
}

fn config(setting: Setting) -> Config {
    let options = json!({
        "baseUrl": ORIGIN, "username": USERNAME, "password": PASSWORD, "timeoutMs": setting.timeout_ms,
        "deadlineMs": setting.deadline_ms,
    });
    Config::new(given::Plain::from(options), &[]).expect("a config")
}
