//! Runs callers of the real sequences, each a future that stops at every await. An [`Environment`] decides who goes on next
//! and what becomes of a request.

use super::flinks::{CUSTOMER_EMAIL, CUSTOMER_NAME, Effect, Reply, SHOP_REQUEST, SHOP_SESSION, SentRequest};
use super::invariants;
use super::state::{
    Behavior, Call, CallResult, Caller, Event, Next, Observation, Operation, Pending, Response, RetryAfter, Setting,
    Simulation, Violation, WAIT_MS, reference_id,
};
use crate::json_input::{JsonInput, PlainJson};
use flinkspay_edge::amount::Amount;
use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, FetchFailure, Host, Interrupt, Request};
use flinkspay_edge::ids::{RequestId, SessionId};
use flinkspay_edge::interac::PaymentParams;
use flinkspay_edge::sequence::{Calls, InitiatedSession};
use flinkspay_edge::sessions::{Product, SessionParams};
use serde_json::json;
use std::future::{Future, poll_fn};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// More steps than any run takes.
const MAX_STEPS: usize = 10_000;

/// Decides what happens in a run.
pub trait Environment {
    /// Which of so many callers continues.
    fn next_caller(&mut self, callers: usize) -> usize;
    /// How the operation ends that a caller waits for.
    fn behavior(&mut self, what: &Operation) -> Behavior;
    /// Whether everything that can follow was already explored in another run.
    fn is_explored(&mut self, state: u64) -> bool;
}

type Running = Option<Pin<Box<dyn Future<Output = Result<CallResult, Box<Error>>>>>>;

/// A run to its end, or abandoned since its state was explored before.
pub struct Run {
    pub simulation: Rc<Simulation>,
    pub abandoned: bool,
}

/// Runs the calls concurrently until each is over.
pub fn run(setting: Setting, calls: &[Call], environment: &mut impl Environment) -> Result<Run, Violation> {
    let simulation = Rc::new(Simulation::new(setting));
    let mut running: Vec<Running> = Vec::new();
    for call in calls {
        simulation.arrive(*call, None, &mut running);
    }
    for _ in 0..MAX_STEPS {
        let open: Vec<usize> = (0..running.len()).filter(|who| running[*who].is_some()).collect();
        if open.is_empty() {
            invariants::after_run(&simulation)?;
            return Ok(Run { simulation, abandoned: false });
        }
        let who = open[environment.next_caller(open.len())];
        simulation.step(who, &mut running, environment)?;
        if environment.is_explored(simulation.state()) {
            return Ok(Run { simulation, abandoned: true });
        }
    }
    Err(Violation::new("every-call-ends", &simulation))
}

impl Simulation {
    fn arrive(self: &Rc<Self>, call: Call, restarts: Option<usize>, running: &mut Vec<Running>) {
        let host = SimulatedHost { simulation: Rc::clone(self), who: running.len() };
        self.callers.borrow_mut().push(Caller::new(call, restarts));
        running.push(Some(Box::pin(async move { make(call, &host).await })));
    }

    /// Begins a call, or ends the operation that it waits for, and runs it up to its next await.
    fn step(
        self: &Rc<Self>,
        who: usize,
        running: &mut Vec<Running>,
        environment: &mut impl Environment,
    ) -> Result<(), Violation> {
        let waits_for = self.callers.borrow()[who].pending.as_ref().map(|pending| pending.what.clone());
        match waits_for {
            None => self.callers.borrow_mut()[who].begin(self.now()),
            Some(what) => {
                let behavior = environment.behavior(&what);
                self.settle(who, &behavior);
                if behavior.then == Next::Crashes {
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
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            running[who] = None;
            self.callers.borrow_mut()[who].result = Some(result);
            invariants::after_result(self, who)?;
        }
        self.broken.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Ends the operation that a caller waits for.
    fn settle(&self, who: usize, behavior: &Behavior) {
        let pending = self.callers.borrow_mut()[who].pending.take();
        let Some(mut pending) = pending else { return };
        let mut effects = Vec::new();
        let observed = match pending.what.clone() {
            Operation::Fetch { request, limit_ms, .. } => {
                let copies = if behavior.response == Response::Failed(FetchFailure::NotSentInTime) {
                    0
                } else {
                    behavior.copies
                };
                let replies = self.deliver(who, &request, copies, &mut effects);
                let late = self.pass(behavior, pending.sent_at, limit_ms);
                let (observed, answer) = hear(behavior, replies, late);
                // A caller that crashes cannot empty the pool.
                if matches!(observed, Observation::Answer { status: 401, .. }) && behavior.then != Next::Crashes {
                    self.give_up_beside(request.token.as_deref());
                }
                pending.answer = Some(answer);
                observed
            }
            Operation::Sleep { ms } => {
                let took_ms = if behavior.then == Next::Continues { ms } else { behavior.took_ms.min(ms) };
                self.pass(
                    &Behavior { took_ms, response: Response::Genuine, ..behavior.clone() },
                    pending.sent_at,
                    u64::MAX,
                );
                let woken = if let Next::Ends(interrupt) = behavior.then { Err(interrupt) } else { Ok(()) };
                pending.woken = Some(woken);
                woken.map_or_else(Observation::Woken, |()| Observation::Slept)
            }
        };
        let observed = if behavior.then == Next::Crashes { Observation::Crashed } else { observed };
        let (what, began_at, ended_at) = (pending.what.clone(), pending.began_at, self.now());
        let event = Event { what, behavior: behavior.name, began_at, ended_at, observed, effects };
        self.share(who, &event);
        let caller = &mut self.callers.borrow_mut()[who];
        caller.pending = Some(pending);
        caller.advance_clock(ended_at);
        caller.remember(event);
        if let Next::Ends(interrupt) = behavior.then {
            caller.ended = Some(interrupt);
        }
    }

    /// A token that a read has fetched replaces the shared one; one that was refused or is dead is not shared.
    fn share(&self, who: usize, event: &Event) {
        let (mut shared, callers) = (self.shared.borrow_mut(), self.callers.borrow());
        shared.take_if(|token| !invariants::is_alive(token, &callers, self.now()));
        let Operation::Fetch { request, .. } = &event.what else { return };
        if invariants::status(event) == Some(401) && request.reads() {
            shared.take_if(|token| request.token.as_ref() == Some(token));
        }
        if callers[who].call.reads()
            && invariants::is_success(request, event)
            && let Some(Effect::Token { token, .. }) = event.effects.last()
        {
            *shared = Some(token.clone());
        }
    }

    /// If the refused token is from the pool, the others in the pool must not be sent any more.
    fn give_up_beside(&self, refused: Option<&str>) {
        let warm = self.warm_tokens();
        if refused.is_some_and(|token| warm.contains(token)) {
            let sends = self.sends.borrow();
            let was_sent = |token: &String| sends.iter().any(|(_, request)| request.token.as_ref() == Some(token));
            self.abandoned.borrow_mut().extend(warm.into_iter().filter(|token| !was_sent(token)));
        }
    }

    fn deliver(&self, who: usize, request: &SentRequest, copies: usize, effects: &mut Vec<Effect>) -> Option<Reply> {
        let mut last = None;
        for _ in 0..copies {
            let mut upstream = self.upstream.borrow_mut();
            let (reply, effect) = upstream.handle(request, who, self.passed_ms.get(), self.setting.expires_in);
            effects.extend(effect);
            last = Some(reply);
        }
        last
    }

    /// Moves the clocks, and returns whether the limit has passed since the request was sent.
    fn pass(&self, behavior: &Behavior, sent_at: u64, limit_ms: u64) -> bool {
        let takes_all =
            matches!(behavior.response, Response::Failed(FetchFailure::TimedOut | FetchFailure::NotSentInTime));
        let took_ms = if takes_all { limit_ms } else { behavior.took_ms };
        let timer_rings_at = sent_at.saturating_add(limit_ms);
        let arrives_at = self.passed_ms.get().max(sent_at.saturating_add(took_ms));
        self.passed_ms.set(arrives_at.min(timer_rings_at).max(self.passed_ms.get()));
        self.skew_ms.set(self.skew_ms.get().saturating_add(behavior.jump_ms));
        self.has_jumped.set(self.has_jumped.get() || behavior.jump_ms != 0);
        arrives_at >= timer_rings_at
    }

    /// A hash of everything that what follows can depend on: a future depends only on what happened to its caller, and on
    /// the pool.
    fn state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.passed_ms.get(), self.skew_ms.get()).hash(&mut hasher);
        self.upstream.borrow().hash(&mut hasher);
        (format!("{:?}", self.pool), &*self.abandoned.borrow(), &*self.shared.borrow()).hash(&mut hasher);
        for caller in &*self.callers.borrow() {
            let waits_for = caller.pending.as_ref().map(|pending| &pending.what);
            (caller.history, waits_for, caller.ended.is_some()).hash(&mut hasher);
            (caller.crashed, caller.result.is_some(), caller.began_at).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// What the host observes, for the invariants and for the sequence. A cancelled call still reads an answer that has come; its
/// next request is not sent.
fn hear(
    behavior: &Behavior,
    reply: Option<Reply>,
    late: bool,
) -> (Observation, Result<Answer<PlainJson>, FetchFailure>) {
    let lost = |lost| (Observation::Failed(lost), Err(lost));
    let answer = |status, readable, retry_after: Option<RetryAfter>, body| {
        let (text, retry_after_ms) = retry_after.map_or((None, None), |(text, ms)| (Some(text), ms));
        (Observation::Answer { status, readable, retry_after_ms }, Ok(Answer { status, retry_after: text, body }))
    };
    match (&behavior.response, reply) {
        (Response::Failed(why @ (FetchFailure::Interrupted(_) | FetchFailure::NotSentInTime)), _) => lost(*why),
        _ if late => lost(FetchFailure::TimedOut),
        (Response::Failed(why), _) => lost(*why),
        (Response::Status(status, retry_after), _) => answer(*status, false, retry_after.clone(), None),
        (Response::Genuine, Some(Reply { status, body })) => answer(status, status == 200, None, body),
        (Response::Genuine, None) => lost(FetchFailure::Network),
    }
}

/// The host of one caller.
struct SimulatedHost {
    simulation: Rc<Simulation>,
    who: usize,
}

impl SimulatedHost {
    fn caller<T>(&self, read: impl FnOnce(&mut Caller) -> T) -> T {
        read(&mut self.simulation.callers.borrow_mut()[self.who])
    }

    fn wait_for(&self, what: Operation) {
        let (began_at, sent_at) = (self.now(), self.simulation.passed_ms.get());
        self.caller(|caller| caller.pending = Some(Pending { what, began_at, sent_at, answer: None, woken: None }));
    }

    /// Keeps the first violation.
    fn check(&self, checked: Result<(), Violation>) {
        if let Err(violation) = checked {
            self.simulation.broken.borrow_mut().get_or_insert(violation);
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

impl Host for SimulatedHost {
    type Json = PlainJson;

    async fn fetch(
        &self,
        request: Request<PlainJson>,
        limit_ms: u64,
        if_lost: &Error,
    ) -> Result<Answer<PlainJson>, FetchFailure> {
        let request = match SentRequest::read(&request, &self.simulation.config) {
            Ok(request) => request,
            Err(invariant) => {
                self.check(Err(Violation::new(invariant, &self.simulation)));
                return Err(FetchFailure::Network);
            }
        };
        self.check(invariants::before_request(&self.simulation, self.who, &request, limit_ms, if_lost));
        if request.reads() {
            self.simulation.shared.replace(request.token.clone());
        }
        let remaining_ms = self.caller(|caller| self.simulation.setting.deadline_ms.saturating_sub(caller.used_ms));
        let by_deadline = limit_ms == remaining_ms;
        let what = Operation::Fetch { request: request.clone(), limit_ms, by_deadline };
        if let Some(interrupt) = self.caller(|caller| caller.ended) {
            let (now, observed) = (self.now(), Observation::Failed(FetchFailure::NotSent(interrupt)));
            self.caller(|caller| {
                caller.remember(Event {
                    what,
                    behavior: "over",
                    began_at: now,
                    ended_at: now,
                    observed,
                    effects: Vec::new(),
                });
            });
            return Err(FetchFailure::NotSent(interrupt));
        }
        self.simulation.sends.borrow_mut().push((self.who, request));
        self.wait_for(what);
        self.until(|pending| pending.answer.take()).await
    }

    fn now(&self) -> u64 {
        self.simulation.now()
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        self.check(invariants::before_pause(&self.simulation, self.who, ms));
        if let Some(interrupt) = self.caller(|caller| caller.ended) {
            let (now, observed) = (self.now(), Observation::Woken(interrupt));
            let (what, effects) = (Operation::Sleep { ms }, Vec::new());
            self.caller(|caller| {
                caller.remember(Event { what, behavior: "over", began_at: now, ended_at: now, observed, effects });
            });
            return Err(interrupt);
        }
        self.wait_for(Operation::Sleep { ms });
        self.until(|pending| pending.woken.take()).await
    }

    fn random(&self) -> u32 {
        self.simulation.setting.random
    }

    fn report(&self, attempt: &Attempt) {
        self.caller(|caller| caller.attempts.push(attempt.clone()));
    }
}

async fn make(call: Call, host: &SimulatedHost) -> Result<CallResult, Box<Error>> {
    let calls = Calls::new(host, &host.simulation.config, &host.simulation.pool);
    let session_id = SessionId::parse(SHOP_SESSION).ok_or_else(Error::closed)?;
    let request_id = RequestId::parse(SHOP_REQUEST).ok_or_else(Error::closed)?;
    Ok(match call {
        Call::StartPayment => {
            let started = calls.start_payment(&params(host.who)?).await?;
            CallResult {
                session: Some(started.session_id),
                request: Some(started.request_id),
                reference_id: Some(started.reference_id),
                app_url: Some(started.app_url),
                ..CallResult::default()
            }
        }
        Call::InitiateSession => inert(calls.initiate_session(&params(host.who)?).await?),
        Call::SendRequest => inert(calls.send_request(&params(host.who)?).await?),
        Call::CreateSession => {
            let created = calls.create_session(&session_params(host.who)?).await?;
            CallResult {
                session: Some(created.session_id),
                reference_id: created.reference_id,
                app_url: Some(created.app_url),
                ..CallResult::default()
            }
        }
        Call::CreatePaymentRequest => {
            let created = calls.create_payment_request(&session_id).await?;
            CallResult { request: Some(created.request_id), ..CallResult::default() }
        }
        Call::CancelPaymentRequest => {
            let cancelled = calls.cancel_payment_request(&request_id).await?;
            CallResult { request: Some(cancelled.request_id), ..CallResult::default() }
        }
        Call::CancelSession => {
            let cancelled = calls.cancel_session(&session_id).await?;
            CallResult { session: Some(cancelled.session_id), ..CallResult::default() }
        }
        Call::ConfirmGuarantee => {
            let confirmed = calls.confirm_guarantee(&session_id, true).await?;
            CallResult { session: Some(confirmed.session_id), ..CallResult::default() }
        }
        Call::GetPaymentRequest | Call::WaitForPayment => {
            let read = if call == Call::WaitForPayment {
                calls.wait_for_payment(&request_id, WAIT_MS).await?
            } else {
                calls.get_payment_request(&request_id).await?
            };
            let status = Some((read.status, read.paid, read.is_final));
            CallResult { request: Some(read.request_id), status, ..CallResult::default() }
        }
        Call::Warm => {
            let wanted = host.simulation.setting.warm as u64;
            let warm = calls.warm(wanted).await?;
            CallResult { ready: Some(warm.ready), ..CallResult::default() }
        }
        Call::GetSessionStatus => {
            let product = Some(Product::Geft);
            let read = calls.get_session_status(&session_id, product).await?;
            let status = Some((read.status, read.paid, read.is_final));
            CallResult { session: Some(read.session_id), status, ..CallResult::default() }
        }
        Call::GetSessionDetails => {
            let product = Some(Product::Eft);
            let details = calls.get_session_details(&session_id, product).await?;
            let read = details.session;
            let status = Some((read.status, read.paid, read.is_final));
            CallResult { session: Some(read.session_id), status, ..CallResult::default() }
        }
    })
}

fn inert(created: InitiatedSession) -> CallResult {
    CallResult { session: Some(created.session_id), reference_id: Some(created.reference_id), ..CallResult::default() }
}

fn params(who: usize) -> Result<PaymentParams, Box<Error>> {
    PaymentParams::new(JsonInput::from(json!({
        "referenceId": reference_id(who), "amount": "12.50", "customerName": CUSTOMER_NAME,
        "customerEmail": CUSTOMER_EMAIL,
    })))
}

fn session_params(who: usize) -> Result<SessionParams, Box<Error>> {
    let given = json!({
        "product": "e-transfer", "referenceId": reference_id(who), "amount": "12.50",
        "payor": { "firstName": CUSTOMER_NAME, "lastName": CUSTOMER_NAME, "email": CUSTOMER_EMAIL },
    });
    SessionParams::new(JsonInput::from(given), Amount::LARGEST_GEFT)
}
