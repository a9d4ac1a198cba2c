//! What never bends, as checks: before each request and each pause, at each answer to a caller, and at the end of a run.
//! Each law has the name that `docs/invariants.md` gives it. Written from the contract and not from `src/decision.rs`, so
//! that one's mistake cannot hide the other's.

use super::upstream::{Ask, CANARY, Effect, ORIGIN, SHOP_REQUEST, SHOP_SESSION, Step};
use super::world::{Call, Caller, Came, Event, Given, WAIT_MS, What, World, reference_id};
use flinkspay_edge::error::{Code, Error, Outcome};
use flinkspay_edge::host::{AttemptOutcome, Interrupt, Lost};
use std::fmt;

/// No call of one caller needs more requests than this, whatever happens.
pub const MOST_REQUESTS: usize = 16;
const TRIES: usize = 3;
const FIRST_PAUSE_MS: u64 = 250;

/// A law that was broken, and how it came to that.
pub struct Broken {
    pub law: &'static str,
    story: String,
}

impl Broken {
    pub fn new(law: &'static str, world: &World) -> Self {
        Self { law, story: world.story() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is broken\n{}", self.law, self.story)
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The first of the named laws that does not hold.
fn hold(world: &World, laws: &[(&'static str, bool)]) -> Result<(), Broken> {
    match laws.iter().find(|(_, holds)| !holds) {
        Some((law, _)) => Err(Broken::new(law, world)),
        None => Ok(()),
    }
}

/// A request is about to leave, unless its call was ended meanwhile.
pub fn at_a_request(world: &World, who: usize, ask: &Ask, limit_ms: u64, if_lost: &Error) -> Result<(), Broken> {
    let (callers, sends) = (world.callers.borrow(), world.sends.borrow());
    let caller = &callers[who];
    hold(
        world,
        &[
            ("one-session-for-each-token", starts_its_only_session(ask, &sends)),
            ("a-token-keeps-its-session", token_keeps_its_session(ask, &callers, &sends)),
            ("a-token-that-reads-starts-nothing", reads_alone(ask, &sends)),
            ("reads-share-a-token", shares_its_token(ask, caller, world)),
            ("a-refused-token-is-sent-no-more", !was_refused(ask, &callers)),
            ("no-dead-token", ask.token.as_ref().is_none_or(|token| is_alive(token, &callers, world.now()))),
            ("a-session-is-asked-for-again-after-a-refused-token-alone", session_is_allowed(ask, caller)),
            ("what-changes-a-payment-is-sent-once", !was_sent(ask, caller)),
            ("a-pool-gives-its-tokens-first", pool_had_none(ask, caller, world)),
            ("a-pool-is-not-overfilled", pool_has_room(ask, who, &callers, world)),
            ("a-refused-pool-is-emptied", !is_given_up(ask, world)),
            ("a-refused-token-is-followed-by-a-new-one", token_is_newer_than_a_refused_one(ask, caller)),
            ("authorize-is-tried-three-times", authorize_is_allowed(ask, caller)),
            ("a-read-is-tried-three-times", read_is_allowed(ask, caller)),
            ("refused-credentials-are-sent-once", !credentials_were_refused(caller)),
            ("requests-are-bounded", caller.fetches().count() < MOST_REQUESTS),
            ("nothing-after-the-deadline", caller.used_ms < world.setting.deadline_ms),
            ("a-step-has-a-limit", limit_ms == world.setting.timeout_ms.min(remaining_ms(world, caller))),
            ("nothing-after-the-end", !knows_its_end(caller)),
            ("a-lost-instance-is-told", lost_instance_is_told(ask, caller, who, if_lost)),
        ],
    )
}

/// A pause is about to begin.
pub fn at_a_pause(world: &World, who: usize, ms: u64) -> Result<(), Broken> {
    let callers = world.callers.borrow();
    let caller = &callers[who];
    hold(world, &[("nothing-after-the-end", !knows_its_end(caller))])?;
    let Some((ask, event)) = caller.fetches().next() else { return Err(Broken::new("a-pause-follows-a-fault", world)) };
    let (tries, asked_ms) = (tries(caller, ask.step), retry_after_ms(event).unwrap_or(0));
    if caller.is_between_calls(ms) {
        let waited_out = is_success(ask, event) || is_transient(event);
        let in_bounds = ms >= asked_ms && ms <= asked_ms.max(WAIT_MS) + WAIT_MS / 10;
        return hold(world, &[("a-pause-follows-a-fault", waited_out), ("a-pause-is-bounded", in_bounds)]);
    }
    hold(
        world,
        &[
            ("a-pause-follows-a-fault", !ask.step.moves_money() && is_transient(event) && tries < TRIES),
            ("a-pause-is-bounded", ms >= asked_ms && ms <= asked_ms.max(longest_pause_ms(tries))),
            ("nothing-after-the-deadline", ms < remaining_ms(world, caller)),
        ],
    )
}

/// A caller was given its result.
pub fn at_the_answer(world: &World, who: usize) -> Result<(), Broken> {
    let callers = world.callers.borrow();
    let caller = &callers[who];
    // Other callers and jumps move the clock of a caller that could do nothing meanwhile.
    let in_time = callers.len() > 1 || world.has_jumped() || caller.used_ms <= world.setting.deadline_ms;
    hold(
        world,
        &[
            ("attempts-are-told", attempts_are_told(caller)),
            ("nothing-secret-is-told", is_clean(caller)),
            ("a-call-ends-in-time", in_time),
        ],
    )?;
    match &caller.told {
        Some(Ok(given)) => hold(world, &[("what-is-given-exists", is_true(world, who, &callers, given))]),
        Some(Err(error)) => hold(
            world,
            &[
                ("each-fault-has-one-error", is_what_happened(world, caller, error)),
                ("what-may-exist-is-unknown", unknown_where_it_may_exist(caller, error)),
                ("not-sent-is-not-sent", not_sent_where_nothing_was(caller, error)),
                ("a-refusal-created-nothing", refused_where_it_was(caller, error)),
                ("an-unknown-payment-is-named", is_named(caller, who, error)),
                ("no-early-end", is_no_early_end(world, caller, error)),
            ],
        ),
        None => Ok(()),
    }
}

/// Nobody waits any more.
pub fn at_the_end(world: &World) -> Result<(), Broken> {
    let callers = world.callers.borrow();
    let payable =
        |caller: &Caller| caller.events.iter().flat_map(|event| &event.effects).filter(|e| is_payable(e)).count();
    let all_seen = world.upstream.borrow().payable_sessions() == callers.iter().map(payable).sum::<usize>();
    // Where Flinks says 401 to what it has done, a session that nobody has the link of may stay behind.
    let each_once = callers.iter().all(|caller| payable(caller) <= 1 || caller.events.iter().any(is_lie));
    let all_told = callers.iter().all(|caller| caller.told.is_some() || ends_in_a_crash(caller));
    hold(world, &[("every-call-ends", all_told), ("one-payable-session-for-each-call", each_once && all_seen)])
}

const fn is_payable(effect: &Effect) -> bool {
    matches!(effect, Effect::Payable { .. } | Effect::Session { payable: true, .. })
}

fn starts_its_only_session(ask: &Ask, sends: &[(usize, Ask)]) -> bool {
    let starts_too = |(_, earlier): &(usize, Ask)| earlier.step.starts_a_session() && earlier.token == ask.token;
    !ask.step.starts_a_session() || !sends.iter().any(starts_too)
}

/// A token that started a session goes with that session, and one that went with a session with no other.
fn token_keeps_its_session(ask: &Ask, callers: &[Caller], sends: &[(usize, Ask)]) -> bool {
    with_the_token(ask, sends).filter(|earlier| earlier.step.moves_money()).all(|earlier| {
        if earlier.step.starts_a_session() {
            ask.about.as_deref().is_some_and(|session| created(callers, ask.token.as_deref(), session))
        } else {
            ask.about.is_some() && ask.about == earlier.about
        }
    })
}

/// A token that has read starts and changes nothing, and one that has started or changed something reads nothing.
fn reads_alone(ask: &Ask, sends: &[(usize, Ask)]) -> bool {
    with_the_token(ask, sends).all(|earlier| earlier.step.reads() == ask.step.reads())
}

/// The earlier requests that carried the token of this one.
fn with_the_token<'sends>(ask: &Ask, sends: &'sends [(usize, Ask)]) -> impl Iterator<Item = &'sends Ask> {
    sends.iter().map(|(_, earlier)| earlier).filter(|earlier| earlier.token.is_some() && earlier.token == ask.token)
}

/// A read carries the token that reads share, and asks for another only after a 401; who asks already, goes on asking.
fn shares_its_token(ask: &Ask, caller: &Caller, world: &World) -> bool {
    let shared = world.shared.borrow();
    let is_begun = |(earlier, event): (&Ask, &Event)| earlier.step == Step::Authorize || status(event) == Some(401);
    let goes_on = || caller.fetches().next().is_some_and(is_begun);
    shared.is_none()
        || (!ask.step.reads() || ask.token == *shared)
            && (ask.step != Step::Authorize || !caller.call.reads() || goes_on())
}

/// Whoever hears it, a token that was refused is dead to all.
fn was_refused(ask: &Ask, callers: &[Caller]) -> bool {
    let events = || callers.iter().flat_map(|caller| &caller.events).filter(|event| status(event) == Some(401));
    ask.token.is_some()
        && events().any(|event| matches!(&event.what, What::Fetch { ask: earlier, .. } if earlier.token == ask.token))
}

fn created(callers: &[Caller], with: Option<&str>, which: &str) -> bool {
    let is_it = |effect: &Effect| matches!(effect, Effect::Session { token, session, .. } if Some(&**token) == with && session == which);
    callers.iter().flat_map(|caller| &caller.events).flat_map(|event| &event.effects).any(is_it)
}

/// Dead at its request's start + `expires_in` - min(30 s, `expires_in` / 2), and while the clock stands before that start.
pub fn is_alive(sent: &str, callers: &[Caller], now: u64) -> bool {
    callers.iter().flat_map(|caller| &caller.events).any(|event| {
        event.effects.iter().any(|effect| match effect {
            Effect::Token { token, expires_in } => token == sent && lives(event.began_at, *expires_in, now),
            _ => false,
        })
    })
}

pub fn lives(asked_at: u64, expires_in: i64, now: u64) -> bool {
    let life_ms = expires_in.unsigned_abs().saturating_mul(1_000);
    asked_at <= now && now < asked_at.saturating_add(life_ms - (life_ms / 2).min(30_000))
}

/// What tells a payor at once, as sendrequest does, is not asked for again.
fn session_is_allowed(ask: &Ask, caller: &Caller) -> bool {
    let mut earlier = caller.fetches().filter(|(earlier, _)| earlier.step.starts_a_session());
    !ask.step.starts_a_session()
        || match (earlier.next(), earlier.next()) {
            (None, _) => true,
            (Some((_, event)), None) => ask.step != Step::SendRequest && status(event) == Some(401),
            (Some(_), Some(_)) => false,
        }
}

/// Nobody asks for a token while one is ready, but after a 401, when it is to be a new one.
fn pool_had_none(ask: &Ask, caller: &Caller, world: &World) -> bool {
    let is_begun = |(earlier, event): (&Ask, &Event)| earlier.step == Step::Authorize || status(event) == Some(401);
    let goes_on = caller.fetches().next().is_some_and(is_begun);
    ask.step != Step::Authorize || caller.call == Call::Warm || goes_on || world.pool.ready(world.now()) == 0
}

fn pool_has_room(ask: &Ask, who: usize, callers: &[Caller], world: &World) -> bool {
    let goes_on = follows_a_pause(&callers[who]);
    let has_room = || world.pool.ready(world.now()) + fetching(callers) < world.setting.warm;
    ask.step != Step::Authorize || callers[who].call != Call::Warm || goes_on || has_room()
}

/// How many tokens are on their way to the pool, or will be asked for once a pause is over.
fn fetching(callers: &[Caller]) -> usize {
    callers.iter().filter(|caller| caller.call == Call::Warm && caller.pending.is_some()).count()
}

fn is_given_up(ask: &Ask, world: &World) -> bool {
    ask.token.as_ref().is_some_and(|token| world.given_up.borrow().contains(token))
}

/// After a 401 the next token is asked for then: one that waits in the pool is older than the refusal.
fn token_is_newer_than_a_refused_one(ask: &Ask, caller: &Caller) -> bool {
    let mut since = caller.fetches().take_while(|(earlier, _)| earlier.step == Step::Authorize);
    let is_it = |effect: &Effect| matches!(effect, Effect::Token { token, .. } if Some(token) == ask.token.as_ref());
    let sent = caller.fetches().find(|(earlier, _)| earlier.step != Step::Authorize);
    let was_refused = sent.is_some_and(|(_, event)| status(event) == Some(401));
    ask.step == Step::Authorize || !was_refused || since.any(|(_, event)| event.effects.iter().any(is_it))
}

fn was_sent(ask: &Ask, caller: &Caller) -> bool {
    let once = matches!(ask.step, Step::PaymentRequest | Step::SendRequest | Step::Cancel | Step::Guarantee);
    once && caller.fetches().any(|(earlier, _)| earlier.step == ask.step)
}

/// Again after a fault that passes and a pause, three times in all; else after something else was done with the token.
fn authorize_is_allowed(ask: &Ask, caller: &Caller) -> bool {
    let tries = tries(caller, Step::Authorize);
    ask.step != Step::Authorize || tries == 0 || (tries < TRIES && follows_a_pause(caller))
}

/// Three times in all, and once more after a 401.
fn read_is_allowed(ask: &Ask, caller: &Caller) -> bool {
    let reads = || caller.fetches().filter(|(ask, _)| ask.step.reads());
    let refused = reads().filter(|(_, event)| status(event) == Some(401)).count();
    let last_is_fine = reads().next().is_none_or(|(_, event)| status(event) == Some(401) || is_transient(event));
    !ask.step.reads() || (refused <= 1 && reads().count() < TRIES + refused && last_is_fine)
}

fn follows_a_pause(caller: &Caller) -> bool {
    caller.round().last().is_some_and(|event| event.came == Came::Slept)
}

fn credentials_were_refused(caller: &Caller) -> bool {
    caller.fetches().any(|(ask, event)| ask.step == Step::Authorize && matches!(status(event), Some(400 | 401 | 403)))
}

fn knows_its_end(caller: &Caller) -> bool {
    let told = |event: &Event| matches!(event.came, Came::Lost(Lost::Before(_) | Lost::During(_)) | Came::Woken(_));
    caller.events.iter().any(told)
}

fn lost_instance_is_told(ask: &Ask, caller: &Caller, who: usize, if_lost: &Error) -> bool {
    let outcome = if ask.step.moves_money() { Outcome::Unknown } else { Outcome::NotSent };
    (if_lost.code, if_lost.stage, if_lost.outcome) == (Code::InstanceLost, ask.step.stage(), outcome)
        && !if_lost.retryable
        && is_named(caller, who, if_lost)
}

fn attempts_are_told(caller: &Caller) -> bool {
    let over: Vec<_> = caller.fetches().filter(|(_, event)| !is_unsent(event)).collect();
    over.len() <= caller.attempts.len()
        && over.iter().zip(caller.attempts.iter().rev()).all(|((ask, event), attempt)| {
            let is_ok = is_answered(caller, ask, event);
            let outcome = if is_ok { AttemptOutcome::Ok } else { AttemptOutcome::Failed(verdict(ask, event).1) };
            attempt.stage == ask.step.stage() && attempt.status == status(event) && attempt.outcome == outcome
        })
}

/// Neither credentials nor a token nor anything about a person is in what a caller or a listener is told.
fn is_clean(caller: &Caller) -> bool {
    let error = caller.told.as_ref().and_then(|told| told.as_ref().err());
    !format!("{error:?} {:?}", caller.attempts).contains(CANARY)
}

fn is_true(world: &World, who: usize, callers: &[Caller], given: &Given) -> bool {
    let caller = &callers[who];
    let own = || caller.events.iter().flat_map(|event| &event.effects);
    let session = given.session.as_deref();
    let started = own().any(|effect| matches!(effect, Effect::Session { session: own, .. } if Some(&**own) == session));
    let requested =
        own().any(|effect| matches!(effect, Effect::Payable { request } if Some(request) == given.request.as_ref()));
    let changed = own().any(|effect| *effect == Effect::Changed);
    let payable = session.is_some_and(|session| world.upstream.borrow().is_payable(session));
    let link = session.map(|session| format!("{ORIGIN}/app/?sessionId={session}"));
    let named = given.reference_id == Some(reference_id(who));
    let is = |word: &str, paid, last| given.status == Some((word.to_owned(), paid, last));
    match caller.call {
        Call::StartPayment => named && started && requested && payable && given.app_url == link,
        Call::InitiateSession => named && started && !payable,
        Call::SendRequest => named && started && payable,
        Call::CreateSession => named && started && payable && given.app_url == link,
        Call::CreatePaymentRequest => requested,
        Call::CancelPaymentRequest => given.request.as_deref() == Some(SHOP_REQUEST),
        Call::CancelSession | Call::ConfirmGuarantee => changed && session == Some(SHOP_SESSION),
        Call::GetPaymentRequest => is("Accepted", true, false) || is("Settled", true, true),
        Call::WaitForPayment => is("Settled", true, true),
        // Of a guaranteed EFT, and of a regular one.
        Call::GetSessionStatus => is("Completed", true, true),
        Call::GetSessionDetails => is("Completed", false, false),
        Call::Warm => given.ready == Some(world.pool.ready(world.now())) && is_warm(world, who, callers),
    }
}

/// Whoever stops before so many tokens were fetched as are wanted leaves as many ready or on their way.
fn is_warm(world: &World, who: usize, callers: &[Caller]) -> bool {
    let fetched = callers[who].fetches().filter(|(ask, event)| is_answered(&callers[who], ask, event)).count();
    let wanted = world.setting.warm;
    fetched == wanted || (fetched < wanted && world.pool.ready(world.now()) + fetching(callers) >= wanted)
}

/// The code, stage and outcome that the contract has for what happened last.
fn is_what_happened(world: &World, caller: &Caller, error: &Error) -> bool {
    let (Some((ask, event)), Some(last)) = (caller.fetches().next(), caller.round().last()) else { return false };
    let told = (error.code, error.outcome, error.status, error.retry_after_ms.map(u64::from));
    let transient = matches!(error.code, Code::Network | Code::Timeout | Code::RateLimited | Code::UpstreamUnavailable);
    let (code, outcome) = verdict(ask, event);
    let is_told = match last.came {
        Came::Woken(interrupt) => told == (of_interrupt(interrupt), Outcome::NotSent, None, None),
        _ if goes_on(caller, ask, event) => {
            remaining_ms(world, caller) == 0 && told == (Code::DeadlineExceeded, Outcome::NotSent, None, None)
        }
        _ => error.stage == ask.step.stage() && told == (code, outcome, status(event), retry_after_ms(event)),
    };
    is_told && error.retryable == (transient && error.outcome != Outcome::Unknown)
}

/// Whether there is something left to be asked after the latest request.
fn goes_on(caller: &Caller, ask: &Ask, event: &Event) -> bool {
    let refused = caller.fetches().filter(|(other, event)| other.step == ask.step && status(event) == Some(401));
    let may_renew = ask.step.reads() || matches!(ask.step, Step::Initiate | Step::Session);
    let renews = may_renew && status(event) == Some(401);
    let slept = caller.round().last().is_some_and(|last| last.came == Came::Slept);
    is_answered(caller, ask, event) || slept || (renews && refused.count() == 1)
}

/// An effect that the caller has no answer about, or a request that may have had one.
fn unknown_where_it_may_exist(caller: &Caller, error: &Error) -> bool {
    let may_exist = caller.fetches().any(|(ask, event)| ask.step.moves_money() && is_open(ask, event));
    let exists = caller.events.iter().any(|event| event.effects.iter().any(is_payable) && !is_lie(event));
    (error.outcome == Outcome::Unknown) == (may_exist || exists)
}

fn not_sent_where_nothing_was(caller: &Caller, error: &Error) -> bool {
    let unsent = |(ask, event): (&Ask, &Event)| {
        !ask.step.moves_money()
            || is_lie(event)
            || status(event) == Some(401)
            || is_unsent(event)
            || (ask.step == Step::Initiate && is_success(ask, event) && error.session_id.is_some())
    };
    error.outcome != Outcome::NotSent || caller.fetches().all(unsent)
}

/// Unless the answer itself was untrue.
fn refused_where_it_was(caller: &Caller, error: &Error) -> bool {
    let last = caller.fetches().next();
    error.outcome != Outcome::Rejected
        || last.is_some_and(|(ask, event)| !ask.step.moves_money() || event.effects.is_empty() || is_lie(event))
}

fn is_named(caller: &Caller, who: usize, error: &Error) -> bool {
    let (has_reference, session) = match caller.call {
        Call::StartPayment | Call::InitiateSession | Call::SendRequest | Call::CreateSession => {
            let known = caller.fetches().find(|(ask, event)| ask.step.starts_a_session() && is_success(ask, event));
            (true, known.and_then(|(_, event)| session_of(event)))
        }
        Call::CancelPaymentRequest | Call::GetPaymentRequest | Call::WaitForPayment | Call::Warm => (false, None),
        Call::CreatePaymentRequest
        | Call::CancelSession
        | Call::ConfirmGuarantee
        | Call::GetSessionStatus
        | Call::GetSessionDetails => (false, Some(SHOP_SESSION)),
    };
    error.reference_id == has_reference.then(|| reference_id(who)) && error.session_id.as_deref() == session
}

fn session_of(event: &Event) -> Option<&str> {
    event.effects.iter().find_map(|effect| match effect {
        Effect::Session { session, .. } => Some(session.as_str()),
        _ => None,
    })
}

/// What may be tried again is, while the deadline allows; who waits for a payment waits faults out.
fn is_no_early_end(world: &World, caller: &Caller, error: &Error) -> bool {
    let Some((ask, event)) = caller.fetches().next() else { return true };
    let interrupted = matches!(error.code, Code::Aborted | Code::Closed | Code::DeadlineExceeded);
    let tries = tries(caller, ask.step);
    let wait_ms = longest_pause_ms(tries).max(retry_after_ms(event).unwrap_or(0));
    let spent = tries >= TRIES || wait_ms >= remaining_ms(world, caller);
    let may_repeat = !ask.step.moves_money() && is_transient(event);
    (interrupted || !may_repeat || spent) && !(caller.call == Call::WaitForPayment && error.retryable)
}

fn ends_in_a_crash(caller: &Caller) -> bool {
    caller.events.last().is_some_and(|event| event.came == Came::Crashed)
}

fn remaining_ms(world: &World, caller: &Caller) -> u64 {
    world.setting.deadline_ms.saturating_sub(caller.used_ms)
}

fn longest_pause_ms(tries: usize) -> u64 {
    FIRST_PAUSE_MS * tries as u64
}

/// Of authorize the tries since anything else was asked, since each token is asked for anew, and by whoever warms the pool
/// since the last token came; else all tries of the call.
fn tries(caller: &Caller, step: Step) -> usize {
    let is_over = |ask: &Ask, event: &Event| caller.call == Call::Warm && is_answered(caller, ask, event);
    match step {
        Step::Authorize => caller.fetches().take_while(|(ask, event)| ask.step == step && !is_over(ask, event)).count(),
        _ => caller.fetches().filter(|(ask, _)| ask.step == step).count(),
    }
}

pub const fn status(event: &Event) -> Option<u16> {
    match event.came {
        Came::Answer { status, .. } => Some(status),
        _ => None,
    }
}

const fn retry_after_ms(event: &Event) -> Option<u64> {
    match event.came {
        Came::Answer { retry_after_ms, .. } => retry_after_ms,
        _ => None,
    }
}

/// Whether the caller had what it asked for. A token that is dead on arrival is none; what Flinks answers to a cancelled
/// payment request is not public, so any body will do.
pub fn is_success(ask: &Ask, event: &Event) -> bool {
    let alive = event.effects.iter().any(|effect| match effect {
        Effect::Token { expires_in, .. } => *expires_in >= 1 && lives(event.began_at, *expires_in, event.ended_at),
        _ => false,
    });
    let needs_no_body = ask.step == Step::Cancel && ask.about.as_deref() == Some(SHOP_REQUEST);
    matches!(event.came, Came::Answer { status: 200..=299, readable, .. } if readable || needs_no_body)
        && (ask.step != Step::Authorize || alive)
}

/// Whether the answer is the one that was asked for: to whoever warms the pool, any token is, also one that is dead.
fn is_answered(caller: &Caller, ask: &Ask, event: &Event) -> bool {
    let is_heard = matches!(event.came, Came::Answer { status: 200, readable: true, .. });
    let is_token = |effect: &Effect| matches!(effect, Effect::Token { expires_in: 1.., .. });
    is_success(ask, event) || (caller.call == Call::Warm && is_heard && event.effects.iter().any(is_token))
}

/// Whether nothing left.
const fn is_unsent(event: &Event) -> bool {
    matches!(event.came, Came::Lost(Lost::Before(_) | Lost::BeforeInTime))
}

fn is_transient(event: &Event) -> bool {
    matches!(event.came, Came::Lost(Lost::Network | Lost::TimedOut | Lost::BeforeInTime))
        || matches!(status(event), Some(408 | 425 | 429 | 500..=599))
}

/// A refusal of what was done all the same, as after a middlebox has sent it twice.
pub fn is_lie(event: &Event) -> bool {
    let refused = matches!(status(event), Some(400..=407 | 409..=424 | 426..=499));
    refused && event.effects.iter().any(|effect| !matches!(effect, Effect::Token { .. }))
}

/// Whether a request left that nobody can tell the end of.
fn is_open(ask: &Ask, event: &Event) -> bool {
    !is_success(ask, event) && verdict(ask, event).1 == Outcome::Unknown
}

const fn of_interrupt(interrupt: Interrupt) -> Code {
    match interrupt {
        Interrupt::Aborted => Code::Aborted,
        Interrupt::Closed => Code::Closed,
    }
}

/// The contract's code and outcome for a request that did not succeed.
pub fn verdict(ask: &Ask, event: &Event) -> (Code, Outcome) {
    let after_sending = if ask.step.moves_money() { Outcome::Unknown } else { Outcome::NotSent };
    let by_deadline = matches!(event.what, What::Fetch { by_deadline: true, .. });
    match event.came {
        Came::Lost(Lost::Before(interrupt)) => (of_interrupt(interrupt), Outcome::NotSent),
        Came::Lost(Lost::BeforeInTime) if by_deadline => (Code::DeadlineExceeded, Outcome::NotSent),
        Came::Lost(Lost::BeforeInTime) => (Code::Timeout, Outcome::NotSent),
        Came::Lost(Lost::BadFetch(_)) if !ask.step.moves_money() => (Code::InvalidConfig, after_sending),
        Came::Lost(Lost::During(interrupt)) => (of_interrupt(interrupt), after_sending),
        Came::Lost(Lost::TimedOut) if by_deadline => (Code::DeadlineExceeded, after_sending),
        Came::Lost(Lost::TimedOut) => (Code::Timeout, after_sending),
        Came::Lost(Lost::Network | Lost::BadFetch(_)) => (Code::Network, after_sending),
        Came::Answer { status, .. } => match status {
            0 | 300..=399 => (Code::UnexpectedRedirect, after_sending),
            401 if ask.step == Step::Authorize => (Code::CredentialsRejected, Outcome::Rejected),
            401 => (Code::TokenRejected, Outcome::Rejected),
            403 => (Code::Forbidden, Outcome::Rejected),
            404 => (Code::NotFound, Outcome::Rejected),
            409 => (Code::Conflict, Outcome::Rejected),
            408 | 425 if ask.step.moves_money() => (Code::UpstreamUnavailable, Outcome::Unknown),
            408 | 425 => (Code::UpstreamUnavailable, Outcome::Rejected),
            429 => (Code::RateLimited, Outcome::Rejected),
            400..=499 => (Code::Rejected, Outcome::Rejected),
            500..=599 => (Code::UpstreamUnavailable, after_sending),
            // A 2xx that cannot be read, and what HTTP does not have.
            _ => (Code::UpstreamProtocol, after_sending),
        },
        Came::Slept | Came::Woken(_) | Came::Crashed => (Code::InstanceLost, after_sending),
    }
}
