//! The invariants, checked before each request and each pause, after each result of a call, and after a run. Each has the
//! name of its entry in `docs/invariants.md`. They are written from the contract and not from `src/decision.rs`, so that a
//! mistake in one cannot hide in the other.

use super::flinks::{CANARY, Effect, ORIGIN, SHOP_REQUEST, SHOP_SESSION, SentRequest};
use super::state::{
    Call, CallResult, Caller, Event, Observation, Operation, Simulation, Violation, WAIT_MS, reference_id,
};
use flinkspay_edge::error::{Code, Error, Outcome, Step};
use flinkspay_edge::host::{AttemptOutcome, FetchFailure, Interrupt};

/// No call needs more requests than this, whatever happens.
pub const MAX_REQUESTS: usize = 16;
const MAX_ATTEMPTS: usize = 3;
const FIRST_PAUSE_MS: u64 = 250;

/// Fails with the first of the invariants that does not hold.
fn check(simulation: &Simulation, invariants: &[(&'static str, bool)]) -> Result<(), Violation> {
    match invariants.iter().find(|(_, holds)| !holds) {
        Some((invariant, _)) => Err(Violation::new(invariant, simulation)),
        None => Ok(()),
    }
}

/// Before a request is sent.
pub fn before_request(
    simulation: &Simulation,
    who: usize,
    request: &SentRequest,
    limit_ms: u64,
    if_lost: &Error,
) -> Result<(), Violation> {
    let (callers, sends) = (simulation.callers.borrow(), simulation.sends.borrow());
    let caller = &callers[who];
    check(
        simulation,
        &[
            ("one-session-for-each-token", starts_its_only_session(request, &sends)),
            ("a-token-keeps-its-session", token_keeps_its_session(request, &callers, &sends)),
            ("a-token-that-reads-starts-nothing", reads_alone(request, &sends)),
            ("reads-share-a-token", shares_its_token(request, caller, simulation)),
            ("a-refused-token-is-not-sent-again", !was_refused(request, &callers)),
            ("no-dead-token", request.token.as_ref().is_none_or(|token| is_alive(token, &callers, simulation.now()))),
            ("a-session-is-retried-only-after-a-refused-token", session_is_allowed(request, caller)),
            ("changes-of-a-payment-are-sent-once", !was_sent(request, caller)),
            ("tokens-of-the-pool-are-used-first", pool_had_none(request, caller, simulation)),
            ("a-pool-is-not-overfilled", pool_has_room(request, who, &callers, simulation)),
            ("a-refused-token-empties-the-pool", !is_given_up(request, simulation)),
            ("a-refused-token-is-followed-by-a-new-one", token_is_newer_than_a_refused_one(request, caller)),
            ("authorize-is-tried-three-times", authorize_is_allowed(request, caller)),
            ("a-read-is-tried-three-times", read_is_allowed(request, caller)),
            ("refused-credentials-are-sent-once", !credentials_were_refused(caller)),
            ("requests-are-bounded", caller.fetches().count() < MAX_REQUESTS),
            ("nothing-after-the-deadline", caller.used_ms < simulation.setting.deadline_ms),
            ("a-step-has-a-limit", limit_ms == simulation.setting.timeout_ms.min(remaining_ms(simulation, caller))),
            ("nothing-is-sent-after-abort-or-close", !was_ended(caller)),
            ("a-lost-instance-is-reported", lost_instance_is_reported(request, caller, who, if_lost)),
        ],
    )
}

/// Before a pause.
pub fn before_pause(simulation: &Simulation, who: usize, ms: u64) -> Result<(), Violation> {
    let callers = simulation.callers.borrow();
    let caller = &callers[who];
    check(simulation, &[("nothing-is-sent-after-abort-or-close", !was_ended(caller))])?;
    let Some((request, event)) = caller.fetches().next() else {
        return Err(Violation::new("a-pause-follows-a-fault", simulation));
    };
    let (attempts, asked_ms) = (attempts(caller, request.step), retry_after_ms(event).unwrap_or(0));
    if caller.is_between_calls(ms) {
        let waited_out = is_success(request, event) || is_transient(event);
        let in_bounds = ms >= asked_ms && ms <= asked_ms.max(WAIT_MS) + WAIT_MS / 10;
        return check(simulation, &[("a-pause-follows-a-fault", waited_out), ("a-pause-is-bounded", in_bounds)]);
    }
    check(
        simulation,
        &[
            ("a-pause-follows-a-fault", !request.moves_money() && is_transient(event) && attempts < MAX_ATTEMPTS),
            ("a-pause-is-bounded", ms >= asked_ms && ms <= asked_ms.max(longest_pause_ms(attempts))),
            ("nothing-after-the-deadline", ms < remaining_ms(simulation, caller)),
        ],
    )
}

/// After the result of a call.
pub fn after_result(simulation: &Simulation, who: usize) -> Result<(), Violation> {
    let callers = simulation.callers.borrow();
    let caller = &callers[who];
    // Other callers and jumps move the clock of a caller that is not running.
    let in_time = callers.len() > 1 || simulation.has_jumped() || caller.used_ms <= simulation.setting.deadline_ms;
    check(
        simulation,
        &[
            ("attempts-are-reported", attempts_are_reported(caller)),
            ("nothing-secret-is-reported", is_clean(caller)),
            ("a-call-ends-in-time", in_time),
        ],
    )?;
    match &caller.result {
        Some(Ok(given)) => check(simulation, &[("results-exist-at-flinks", is_true(simulation, who, &callers, given))]),
        Some(Err(error)) => check(
            simulation,
            &[
                ("each-fault-has-one-error", is_what_happened(simulation, caller, error)),
                ("what-may-exist-is-reported-as-unknown", unknown_where_it_may_exist(caller, error)),
                ("not-sent-created-nothing-to-pay", not_sent_where_nothing_was(caller, error)),
                ("rejected-created-nothing", refused_where_it_was(caller, error)),
                ("errors-have-the-ids-of-the-payment", is_named(caller, who, error)),
                ("retries-go-on-until-the-deadline", is_no_early_end(simulation, caller, error)),
            ],
        ),
        None => Ok(()),
    }
}

/// After all calls have ended.
pub fn after_run(simulation: &Simulation) -> Result<(), Violation> {
    let callers = simulation.callers.borrow();
    let payable =
        |caller: &Caller| caller.events.iter().flat_map(|event| &event.effects).filter(|e| is_payable(e)).count();
    let all_seen = simulation.upstream.borrow().payable_sessions() == callers.iter().map(payable).sum::<usize>();
    // Where Flinks answers 401 to what it has done, a session may exist whose link no caller has.
    let each_once = callers.iter().all(|caller| payable(caller) <= 1 || caller.events.iter().any(is_false_refusal));
    let all_end = callers.iter().all(|caller| caller.result.is_some() || ends_in_a_crash(caller));
    check(simulation, &[("every-call-ends", all_end), ("one-payable-session-for-each-call", each_once && all_seen)])
}

const fn is_payable(effect: &Effect) -> bool {
    matches!(effect, Effect::Payable { .. } | Effect::Session { payable: true, .. })
}

fn starts_its_only_session(request: &SentRequest, sends: &[(usize, SentRequest)]) -> bool {
    let starts_too = |(_, earlier): &(usize, SentRequest)| earlier.starts_a_session() && earlier.token == request.token;
    !request.starts_a_session() || !sends.iter().any(starts_too)
}

/// A token that started a session is sent with that session only, and one that was sent with a session with no other.
fn token_keeps_its_session(request: &SentRequest, callers: &[Caller], sends: &[(usize, SentRequest)]) -> bool {
    with_the_token(request, sends).filter(|earlier| earlier.moves_money()).all(|earlier| {
        if earlier.starts_a_session() {
            request.about.as_deref().is_some_and(|session| created(callers, request.token.as_deref(), session))
        } else {
            request.about.is_some() && request.about == earlier.about
        }
    })
}

/// A token for reads starts and changes nothing, and one that has started or changed something is not used for reads.
fn reads_alone(request: &SentRequest, sends: &[(usize, SentRequest)]) -> bool {
    with_the_token(request, sends).all(|earlier| earlier.reads() == request.reads())
}

/// The earlier requests with the same token.
fn with_the_token<'sends>(
    request: &SentRequest,
    sends: &'sends [(usize, SentRequest)],
) -> impl Iterator<Item = &'sends SentRequest> {
    sends.iter().map(|(_, earlier)| earlier).filter(|earlier| earlier.token.is_some() && earlier.token == request.token)
}

/// A read has the shared token, and requests another only after a 401, or if it had already begun to.
fn shares_its_token(request: &SentRequest, caller: &Caller, simulation: &Simulation) -> bool {
    let shared = simulation.shared.borrow();
    let is_begun =
        |(earlier, event): (&SentRequest, &Event)| earlier.step == Step::Authorize || status(event) == Some(401);
    let goes_on = || caller.fetches().next().is_some_and(is_begun);
    shared.is_none()
        || (!request.reads() || request.token == *shared)
            && (request.step != Step::Authorize || !caller.call.reads() || goes_on())
}

/// A token that was refused to one caller is not sent by any.
fn was_refused(request: &SentRequest, callers: &[Caller]) -> bool {
    let events = || callers.iter().flat_map(|caller| &caller.events).filter(|event| status(event) == Some(401));
    request.token.is_some()
        && events().any(
            |event| matches!(&event.what, Operation::Fetch { request: earlier, .. } if earlier.token == request.token),
        )
}

fn created(callers: &[Caller], with: Option<&str>, which: &str) -> bool {
    let is_it = |effect: &Effect| matches!(effect, Effect::Session { token, session, .. } if Some(&**token) == with && session == which);
    callers.iter().flat_map(|caller| &caller.events).flat_map(|event| &event.effects).any(is_it)
}

/// Dead from its request's start + `expires_in` - min(30 s, `expires_in` / 2), and while the clock is before that start.
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

/// Sendrequest e-mails the payor at once, so it is never retried.
fn session_is_allowed(request: &SentRequest, caller: &Caller) -> bool {
    let mut earlier = caller.fetches().filter(|(earlier, _)| earlier.starts_a_session());
    !request.starts_a_session()
        || match (earlier.next(), earlier.next()) {
            (None, _) => true,
            (Some((_, event)), None) => request.step != Step::SendRequest && status(event) == Some(401),
            (Some(_), Some(_)) => false,
        }
}

/// No caller requests a token while one is ready, except after a 401, when it must be a new one.
fn pool_had_none(request: &SentRequest, caller: &Caller, simulation: &Simulation) -> bool {
    let is_begun =
        |(earlier, event): (&SentRequest, &Event)| earlier.step == Step::Authorize || status(event) == Some(401);
    let goes_on = caller.fetches().next().is_some_and(is_begun);
    request.step != Step::Authorize
        || caller.call == Call::Warm
        || goes_on
        || simulation.pool.ready(simulation.now()) == 0
}

fn pool_has_room(request: &SentRequest, who: usize, callers: &[Caller], simulation: &Simulation) -> bool {
    let goes_on = follows_a_pause(&callers[who]);
    let has_room = || simulation.pool.ready(simulation.now()) + fetching(callers) < simulation.setting.warm;
    request.step != Step::Authorize || callers[who].call != Call::Warm || goes_on || has_room()
}

/// How many tokens are being fetched for the pool, or will be after a pause.
fn fetching(callers: &[Caller]) -> usize {
    callers.iter().filter(|caller| caller.call == Call::Warm && caller.pending.is_some()).count()
}

fn is_given_up(request: &SentRequest, simulation: &Simulation) -> bool {
    request.token.as_ref().is_some_and(|token| simulation.abandoned.borrow().contains(token))
}

/// After a 401 the next token is fetched after it: one from the pool is older than the refusal.
fn token_is_newer_than_a_refused_one(request: &SentRequest, caller: &Caller) -> bool {
    let mut since = caller.fetches().take_while(|(earlier, _)| earlier.step == Step::Authorize);
    let is_it =
        |effect: &Effect| matches!(effect, Effect::Token { token, .. } if Some(token) == request.token.as_ref());
    let sent = caller.fetches().find(|(earlier, _)| earlier.step != Step::Authorize);
    let was_refused = sent.is_some_and(|(_, event)| status(event) == Some(401));
    request.step == Step::Authorize || !was_refused || since.any(|(_, event)| event.effects.iter().any(is_it))
}

fn was_sent(request: &SentRequest, caller: &Caller) -> bool {
    let once = matches!(request.step, Step::PaymentRequest | Step::SendRequest | Step::Cancel | Step::Guarantee);
    once && caller.fetches().any(|(earlier, _)| earlier.step == request.step)
}

/// Retried after a transient failure and a pause, three attempts in all; else only after the token was used.
fn authorize_is_allowed(request: &SentRequest, caller: &Caller) -> bool {
    let attempts = attempts(caller, Step::Authorize);
    request.step != Step::Authorize || attempts == 0 || (attempts < MAX_ATTEMPTS && follows_a_pause(caller))
}

/// Three attempts in all, and once more after a 401.
fn read_is_allowed(request: &SentRequest, caller: &Caller) -> bool {
    let reads = || caller.fetches().filter(|(request, _)| request.reads());
    let refused = reads().filter(|(_, event)| status(event) == Some(401)).count();
    let last_is_fine = reads().next().is_none_or(|(_, event)| status(event) == Some(401) || is_transient(event));
    !request.reads() || (refused <= 1 && reads().count() < MAX_ATTEMPTS + refused && last_is_fine)
}

fn follows_a_pause(caller: &Caller) -> bool {
    caller.round().last().is_some_and(|event| event.observed == Observation::Slept)
}

fn credentials_were_refused(caller: &Caller) -> bool {
    caller
        .fetches()
        .any(|(request, event)| request.step == Step::Authorize && matches!(status(event), Some(400 | 401 | 403)))
}

fn was_ended(caller: &Caller) -> bool {
    let result = |event: &Event| {
        matches!(
            event.observed,
            Observation::Failed(FetchFailure::NotSent(_) | FetchFailure::Interrupted(_)) | Observation::Woken(_)
        )
    };
    caller.events.iter().any(result)
}

fn lost_instance_is_reported(request: &SentRequest, caller: &Caller, who: usize, if_lost: &Error) -> bool {
    let outcome = if request.moves_money() { Outcome::Unknown } else { Outcome::NotSent };
    (if_lost.code, if_lost.stage, if_lost.outcome) == (Code::InstanceLost, request.stage(), outcome)
        && !if_lost.retryable
        && is_named(caller, who, if_lost)
}

fn attempts_are_reported(caller: &Caller) -> bool {
    let over: Vec<_> = caller.fetches().filter(|(_, event)| !is_unsent(event)).collect();
    over.len() <= caller.attempts.len()
        && over.iter().zip(caller.attempts.iter().rev()).all(|((request, event), attempt)| {
            let is_ok = is_answered(caller, request, event);
            let outcome = if is_ok { AttemptOutcome::Ok } else { AttemptOutcome::Failed(verdict(request, event).1) };
            attempt.stage == request.stage() && attempt.status == status(event) && attempt.outcome == outcome
        })
}

/// No credentials, token or personal data are in a result or a reported attempt.
fn is_clean(caller: &Caller) -> bool {
    let error = caller.result.as_ref().and_then(|result| result.as_ref().err());
    !format!("{error:?} {:?}", caller.attempts).contains(CANARY)
}

fn is_true(simulation: &Simulation, who: usize, callers: &[Caller], given: &CallResult) -> bool {
    let caller = &callers[who];
    let own = || caller.events.iter().flat_map(|event| &event.effects);
    let session = given.session.as_deref();
    let started = own().any(|effect| matches!(effect, Effect::Session { session: own, .. } if Some(&**own) == session));
    let requested =
        own().any(|effect| matches!(effect, Effect::Payable { request } if Some(request) == given.request.as_ref()));
    let changed = own().any(|effect| *effect == Effect::Changed);
    let payable = session.is_some_and(|session| simulation.upstream.borrow().is_payable(session));
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
        Call::Warm => given.ready == Some(simulation.pool.ready(simulation.now())) && is_warm(simulation, who, callers),
    }
}

/// If a warm-up ends before it has fetched its count, as many tokens are ready or being fetched.
fn is_warm(simulation: &Simulation, who: usize, callers: &[Caller]) -> bool {
    let fetched = callers[who].fetches().filter(|(request, event)| is_answered(&callers[who], request, event)).count();
    let wanted = simulation.setting.warm;
    fetched == wanted || (fetched < wanted && simulation.pool.ready(simulation.now()) + fetching(callers) >= wanted)
}

/// The code, stage and outcome are those that the contract has for the last event.
fn is_what_happened(simulation: &Simulation, caller: &Caller, error: &Error) -> bool {
    let (Some((request, event)), Some(last)) = (caller.fetches().next(), caller.round().last()) else { return false };
    let result = (error.code, error.outcome, error.status, error.retry_after_ms.map(u64::from));
    let transient = matches!(error.code, Code::Network | Code::Timeout | Code::RateLimited | Code::UpstreamUnavailable);
    let (code, outcome) = verdict(request, event);
    let is_expected = match last.observed {
        Observation::Woken(interrupt) => result == (of_interrupt(interrupt), Outcome::NotSent, None, None),
        _ if goes_on(caller, request, event) => {
            remaining_ms(simulation, caller) == 0 && result == (Code::DeadlineExceeded, Outcome::NotSent, None, None)
        }
        _ => error.stage == request.stage() && result == (code, outcome, status(event), retry_after_ms(event)),
    };
    is_expected && error.retryable == (transient && error.outcome != Outcome::Unknown)
}

/// Whether a further step follows the latest request.
fn goes_on(caller: &Caller, request: &SentRequest, event: &Event) -> bool {
    let refused = caller.fetches().filter(|(other, event)| other.step == request.step && status(event) == Some(401));
    let may_renew = request.reads() || matches!(request.step, Step::Initiate | Step::Session);
    let renews = may_renew && status(event) == Some(401);
    let slept = caller.round().last().is_some_and(|last| last.observed == Observation::Slept);
    is_answered(caller, request, event) || slept || (renews && refused.count() == 1)
}

/// Unknown if the caller has no answer about an effect, or about a request that may have had one.
fn unknown_where_it_may_exist(caller: &Caller, error: &Error) -> bool {
    let may_exist = caller.fetches().any(|(request, event)| request.moves_money() && is_open(request, event));
    let exists = caller.events.iter().any(|event| event.effects.iter().any(is_payable) && !is_false_refusal(event));
    (error.outcome == Outcome::Unknown) == (may_exist || exists)
}

fn not_sent_where_nothing_was(caller: &Caller, error: &Error) -> bool {
    let unsent = |(request, event): (&SentRequest, &Event)| {
        !request.moves_money()
            || is_false_refusal(event)
            || status(event) == Some(401)
            || is_unsent(event)
            || (request.step == Step::Initiate && is_success(request, event) && error.session_id.is_some())
    };
    error.outcome != Outcome::NotSent || caller.fetches().all(unsent)
}

/// Unless the answer was untrue.
fn refused_where_it_was(caller: &Caller, error: &Error) -> bool {
    let last = caller.fetches().next();
    error.outcome != Outcome::Rejected
        || last.is_some_and(|(request, event)| {
            !request.moves_money() || event.effects.is_empty() || is_false_refusal(event)
        })
}

fn is_named(caller: &Caller, who: usize, error: &Error) -> bool {
    let (has_reference, session) = match caller.call {
        Call::StartPayment | Call::InitiateSession | Call::SendRequest | Call::CreateSession => {
            let known =
                caller.fetches().find(|(request, event)| request.starts_a_session() && is_success(request, event));
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

/// What may be retried is retried while the deadline allows; `wait_for_payment` goes on after failures.
fn is_no_early_end(simulation: &Simulation, caller: &Caller, error: &Error) -> bool {
    let Some((request, event)) = caller.fetches().next() else { return true };
    let interrupted = matches!(error.code, Code::Aborted | Code::Closed | Code::DeadlineExceeded);
    let attempts = attempts(caller, request.step);
    let wait_ms = longest_pause_ms(attempts).max(retry_after_ms(event).unwrap_or(0));
    let spent = attempts >= MAX_ATTEMPTS || wait_ms >= remaining_ms(simulation, caller);
    let may_repeat = !request.moves_money() && is_transient(event);
    (interrupted || !may_repeat || spent) && !(caller.call == Call::WaitForPayment && error.retryable)
}

fn ends_in_a_crash(caller: &Caller) -> bool {
    caller.events.last().is_some_and(|event| event.observed == Observation::Crashed)
}

fn remaining_ms(simulation: &Simulation, caller: &Caller) -> u64 {
    simulation.setting.deadline_ms.saturating_sub(caller.used_ms)
}

fn longest_pause_ms(attempts: usize) -> u64 {
    FIRST_PAUSE_MS * attempts as u64
}

/// The attempts at a step. For authorize, those since any other request, or since the last token of a warm-up: each token has
/// attempts of its own.
fn attempts(caller: &Caller, step: Step) -> usize {
    let is_over =
        |request: &SentRequest, event: &Event| caller.call == Call::Warm && is_answered(caller, request, event);
    match step {
        Step::Authorize => {
            caller.fetches().take_while(|(request, event)| request.step == step && !is_over(request, event)).count()
        }
        _ => caller.fetches().filter(|(request, _)| request.step == step).count(),
    }
}

pub const fn status(event: &Event) -> Option<u16> {
    match event.observed {
        Observation::Answer { status, .. } => Some(status),
        _ => None,
    }
}

const fn retry_after_ms(event: &Event) -> Option<u64> {
    match event.observed {
        Observation::Answer { retry_after_ms, .. } => retry_after_ms,
        _ => None,
    }
}

/// Whether a request succeeded. A token that is dead on arrival is no success. The answer to a cancelled payment request is
/// not documented, so any body is one.
pub fn is_success(request: &SentRequest, event: &Event) -> bool {
    let alive = event.effects.iter().any(|effect| match effect {
        Effect::Token { expires_in, .. } => *expires_in >= 1 && lives(event.began_at, *expires_in, event.ended_at),
        _ => false,
    });
    let needs_no_body = request.step == Step::Cancel && request.about.as_deref() == Some(SHOP_REQUEST);
    matches!(event.observed, Observation::Answer { status: 200..=299, readable, .. } if readable || needs_no_body)
        && (request.step != Step::Authorize || alive)
}

/// Whether the attempt is reported as a success. In a warm-up that is any token, even a dead one.
fn is_answered(caller: &Caller, request: &SentRequest, event: &Event) -> bool {
    let is_heard = matches!(event.observed, Observation::Answer { status: 200, readable: true, .. });
    let is_token = |effect: &Effect| matches!(effect, Effect::Token { expires_in: 1.., .. });
    is_success(request, event) || (caller.call == Call::Warm && is_heard && event.effects.iter().any(is_token))
}

/// Whether nothing was sent.
const fn is_unsent(event: &Event) -> bool {
    matches!(event.observed, Observation::Failed(FetchFailure::NotSent(_) | FetchFailure::NotSentInTime))
}

fn is_transient(event: &Event) -> bool {
    matches!(
        event.observed,
        Observation::Failed(FetchFailure::Network | FetchFailure::TimedOut | FetchFailure::NotSentInTime)
    ) || matches!(status(event), Some(408 | 425 | 429 | 500..=599))
}

/// Whether Flinks refused a request that it has acted on, as after a proxy has sent it twice.
pub fn is_false_refusal(event: &Event) -> bool {
    let refused = matches!(status(event), Some(400..=407 | 409..=424 | 426..=499));
    refused && event.effects.iter().any(|effect| !matches!(effect, Effect::Token { .. }))
}

/// Whether a request was sent whose effect is unknown.
fn is_open(request: &SentRequest, event: &Event) -> bool {
    !is_success(request, event) && verdict(request, event).1 == Outcome::Unknown
}

const fn of_interrupt(interrupt: Interrupt) -> Code {
    match interrupt {
        Interrupt::Aborted => Code::Aborted,
        Interrupt::Closed => Code::Closed,
    }
}

/// The contract's code and outcome for a failed request.
pub fn verdict(request: &SentRequest, event: &Event) -> (Code, Outcome) {
    let after_sending = if request.moves_money() { Outcome::Unknown } else { Outcome::NotSent };
    let by_deadline = matches!(event.what, Operation::Fetch { by_deadline: true, .. });
    match event.observed {
        Observation::Failed(FetchFailure::NotSent(interrupt)) => (of_interrupt(interrupt), Outcome::NotSent),
        Observation::Failed(FetchFailure::NotSentInTime) if by_deadline => (Code::DeadlineExceeded, Outcome::NotSent),
        Observation::Failed(FetchFailure::NotSentInTime) => (Code::Timeout, Outcome::NotSent),
        Observation::Failed(FetchFailure::BadFetch(_)) if !request.moves_money() => {
            (Code::InvalidConfig, after_sending)
        }
        Observation::Failed(FetchFailure::Interrupted(interrupt)) => (of_interrupt(interrupt), after_sending),
        Observation::Failed(FetchFailure::TimedOut) if by_deadline => (Code::DeadlineExceeded, after_sending),
        Observation::Failed(FetchFailure::TimedOut) => (Code::Timeout, after_sending),
        Observation::Failed(FetchFailure::Network | FetchFailure::BadFetch(_)) => (Code::Network, after_sending),
        Observation::Answer { status, .. } => match status {
            0 | 300..=399 => (Code::UnexpectedRedirect, after_sending),
            401 if request.step == Step::Authorize => (Code::CredentialsRejected, Outcome::Rejected),
            401 => (Code::TokenRejected, Outcome::Rejected),
            403 => (Code::Forbidden, Outcome::Rejected),
            404 => (Code::NotFound, Outcome::Rejected),
            409 => (Code::Conflict, Outcome::Rejected),
            408 | 425 if request.moves_money() => (Code::UpstreamUnavailable, Outcome::Unknown),
            408 | 425 => (Code::UpstreamUnavailable, Outcome::Rejected),
            429 => (Code::RateLimited, Outcome::Rejected),
            400..=499 => (Code::Rejected, Outcome::Rejected),
            500..=599 => (Code::UpstreamUnavailable, after_sending),
            // A 2xx that cannot be read, and what HTTP does not have.
            _ => (Code::UpstreamProtocol, after_sending),
        },
        Observation::Slept | Observation::Woken(_) | Observation::Crashed => (Code::InstanceLost, after_sending),
    }
}
