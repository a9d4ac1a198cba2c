//! One call of a caller: it sends the steps, counts the attempts and keeps the deadline. What a failure means and whether a
//! step is retried is decided by the table in [`crate::decision`].

use crate::authorize;
use crate::config::Config;
use crate::decision::{Failure, NoAnswer, Retry, Verdict, decide, refusal};
use crate::error::{Code, Error, Stage, Step};
use crate::host::{Answer, Attempt, AttemptOutcome, Host, Interrupt, Json, Request};
use crate::ids::{RequestId, SessionId};
use crate::interac;
use crate::token::{AccessToken, Millis, ReadToken, SessionToken, SpentToken, Token};
use crate::token_pool::TokenPool;
use core::cell::{Cell, OnceCell};
use std::time::SystemTime;

/// How often authorize and reads are attempted in all.
const MAX_ATTEMPTS: u32 = 3;
/// The longest pause after the first attempt; after the second it is twice as long.
const FIRST_PAUSE_MS: u64 = 250;
/// The most that `retryAfterMs` reports.
const DAY_MS: u64 = 86_400_000;

/// One call: its host, the time that is left, and the ids for its errors.
pub struct Call<'call, H> {
    host: &'call H,
    config: &'call Config,
    pool: &'call TokenPool,
    /// When the clock was last read.
    last_seen_at: Cell<Millis>,
    remaining_ms: Cell<u64>,
    reference_id: Option<&'call str>,
    session_id: OnceCell<SessionId>,
}

/// What is reported about the token of a request.
struct TokenInfo {
    age_ms: u64,
    is_pooled: bool,
}

/// An attempt at a step, and its result.
pub struct Sent<J> {
    step: Step,
    attempt: u32,
    token: Option<TokenInfo>,
    sent_at: Millis,
    result: Result<Answer<J>, Failure>,
}

/// A failed attempt.
struct FailedAttempt {
    failure: Failure,
    status: Option<u16>,
    retry_after_ms: Option<u64>,
}

impl<'call, H: Host> Call<'call, H> {
    /// A call that begins now.
    pub fn new(
        host: &'call H,
        config: &'call Config,
        pool: &'call TokenPool,
        reference_id: Option<&'call str>,
    ) -> Self {
        Self {
            host,
            config,
            pool,
            last_seen_at: Cell::new(host.now()),
            remaining_ms: Cell::new(config.deadline_ms),
            reference_id,
            session_id: OnceCell::new(),
        }
    }

    /// From here on the call's errors have the session id. A call has one session at most.
    pub fn set_session_id(&self, session_id: &SessionId) {
        let _ = self.session_id.set(session_id.clone());
    }

    /// A token from the pool, or else a new one.
    pub async fn token(&self) -> Result<AccessToken, Box<Error>> {
        match self.pool.take(self.host.now()) {
            Some(token) => Ok(token),
            None => self.new_token().await,
        }
    }

    async fn new_token(&self) -> Result<AccessToken, Box<Error>> {
        self.authorize(AccessToken::is_alive).await
    }

    /// Requests a token, and takes it only if it `is_usable`.
    pub async fn authorize(&self, is_usable: fn(&AccessToken, Millis) -> bool) -> Result<AccessToken, Box<Error>> {
        let mut attempt = 1;
        loop {
            let sent = self.send(Step::Authorize, attempt, None, authorize::request(self.config)).await;
            let read = |answer: Option<H::Json>, asked_at| {
                authorize::read(answer?.read()?, asked_at).filter(|token| is_usable(token, self.host.now()))
            };
            match self.conclude(sent, read) {
                Ok(token) => return Ok(token),
                Err(failed) => attempt = self.pause(Step::Authorize, attempt, failed).await?,
            }
        }
    }

    /// Starts a session with an unspent token; where the table allows it, once more with a new one.
    pub async fn create(
        &self,
        step: Step,
        request: &dyn Fn(AccessToken) -> (Request<H::Json>, SpentToken),
    ) -> Result<SessionToken, Box<Error>> {
        let mut unspent = self.token().await?;
        let mut attempt = 1;
        loop {
            let (request, token) = request(unspent);
            let sent = self.send(step, attempt, Some(self.token_info(&token)), request).await;
            match self.conclude(sent, |answer, _| answer?.read().map(interac::read_session)) {
                Ok(session_id) => {
                    self.set_session_id(&session_id);
                    return Ok(token.for_session(session_id));
                }
                Err(failed) if attempt == 1 && failed.verdict(step).retry == Retry::WithNewToken => {
                    attempt = 2;
                    unspent = self.new_token().await?;
                }
                Err(failed) => return Err(self.error(step, &failed)),
            }
        }
    }

    /// Makes the token's session payable. A token that died since is replaced.
    pub async fn payment_request(&self, mut token: SessionToken) -> Result<RequestId, Box<Error>> {
        if !token.is_alive(self.host.now()) {
            token = self.token().await?.for_session(token.session_id().clone());
        }
        let request = interac::payment_request(self.config, &token);
        let sent = self.send_once(Step::PaymentRequest, &token, request).await;
        self.read_answer(sent, |answer| interac::read_payment_request(answer?.read()?))
    }

    /// Sends a step that is never retried.
    pub async fn send_once<Right>(&self, step: Step, token: &Token<Right>, request: Request<H::Json>) -> Sent<H::Json> {
        self.send(step, 1, Some(self.token_info(token)), request).await
    }

    /// Reads the answer to a step that is never retried.
    pub fn read_answer<R>(
        &self,
        sent: Sent<H::Json>,
        read: impl FnOnce(Option<H::Json>) -> Option<R>,
    ) -> Result<R, Box<Error>> {
        let step = sent.step;
        self.conclude(sent, |answer, _| read(answer)).map_err(|failed| self.error(step, &failed))
    }

    /// Reads. [`Self::read_with`] is not generic over the result, so that the module has it once.
    pub async fn read<R>(
        &self,
        step: Step,
        request: &dyn Fn(&ReadToken) -> Request<H::Json>,
        read: impl Fn(Option<H::Json>) -> Option<R>,
    ) -> Result<R, Box<Error>> {
        let mut value = None;
        self.read_with(step, request, &mut |answer| {
            value = read(answer);
            value.as_ref().map(|_| ())
        })
        .await?;
        value.ok_or_else(|| self.error(step, &FailedAttempt::new(Failure::Unreadable)))
    }

    /// Reads, with retries after transient failures and once with a new token after a 401. All reads share a token while it
    /// is alive, also those that run at the same time.
    async fn read_with(
        &self,
        step: Step,
        request: &dyn Fn(&ReadToken) -> Request<H::Json>,
        read: &mut dyn FnMut(Option<H::Json>) -> Option<()>,
    ) -> Result<(), Box<Error>> {
        let mut shared = self.pool.shared(self.host.now());
        let mut token_was_refused = false;
        let mut attempt = 1;
        loop {
            let token = match shared {
                Some(token) => token,
                None if token_was_refused => self.pool.share(self.new_token().await?),
                None => self.pool.share(self.token().await?),
            };
            let sent = self.send(step, attempt, Some(self.token_info(&token)), request(&token)).await;
            let Err(failed) = self.conclude(sent, |answer, _| read(answer)) else { return Ok(()) };
            let is_refused = failed.verdict(step).retry == Retry::WithNewToken;
            if is_refused {
                self.pool.stop_sharing(&token);
            }
            if is_refused && !token_was_refused {
                // A token that another read shares by now is older than the refusal.
                (token_was_refused, shared) = (true, None);
                attempt = attempt.saturating_add(1);
            } else {
                attempt = self.pause(step, attempt, failed).await?;
                shared = self.pool.shared(self.host.now());
            }
        }
    }

    fn token_info<Right>(&self, token: &Token<Right>) -> TokenInfo {
        TokenInfo { age_ms: token.age_ms(self.host.now()), is_pooled: token.is_pooled() }
    }

    /// Sends one request. [`Self::conclude`] reads and reports its result.
    async fn send(
        &self,
        step: Step,
        attempt: u32,
        token: Option<TokenInfo>,
        request: Request<H::Json>,
    ) -> Sent<H::Json> {
        let remaining_ms = self.remaining_ms();
        let sent_at = self.last_seen_at.get();
        let limit_ms = remaining_ms.min(self.config.timeout_ms);
        let result = if remaining_ms == 0 {
            Err(Failure::NotSentInTime)
        } else {
            let if_lost = self.error(step, &FailedAttempt::new(Failure::Unanswered(NoAnswer::InstanceLost)));
            let fetched = self.host.fetch(request, limit_ms, &if_lost).await;
            fetched.map_err(|failure| Failure::from_fetch(failure, limit_ms == remaining_ms))
        };
        Sent { step, attempt, token, sent_at, result }
    }

    /// Reads the answer of an attempt, and reports the attempt to the host.
    fn conclude<R>(
        &self,
        sent: Sent<H::Json>,
        read: impl FnOnce(Option<H::Json>, Millis) -> Option<R>,
    ) -> Result<R, FailedAttempt> {
        let Sent { step, attempt, token, sent_at, result } = sent;
        let (status, value) = match result {
            Err(failure) => (None, Err(FailedAttempt::new(failure))),
            Ok(Answer { status, retry_after, body }) => {
                let value = match status {
                    200..=299 => read(body, sent_at).ok_or(Failure::Unreadable),
                    _ => Err(Failure::Refused(refusal(status))),
                };
                let retry_after_ms = || retry_after.and_then(|text| retry_after_ms(&text, self.host.now()));
                let failed =
                    |failure| FailedAttempt { failure, status: Some(status), retry_after_ms: retry_after_ms() };
                (Some(status), value.map_err(failed))
            }
        };
        self.report(step, attempt, token, sent_at, status, value.as_ref().err());
        value
    }

    fn report(
        &self,
        step: Step,
        attempt: u32,
        token: Option<TokenInfo>,
        sent_at: Millis,
        status: Option<u16>,
        failed: Option<&FailedAttempt>,
    ) {
        if let (Some(TokenInfo { is_pooled: true, .. }), Some(401)) = (&token, status) {
            self.pool.empty();
        }
        let outcome = match failed {
            None => AttemptOutcome::Ok,
            Some(FailedAttempt {
                failure: Failure::NotSent(_) | Failure::NotSentInTime | Failure::NotSentInStep,
                ..
            }) => return,
            Some(failed) => AttemptOutcome::Failed(failed.verdict(step).outcome),
        };
        self.host.report(&Attempt {
            stage: Stage::Step(step),
            attempt,
            status,
            duration_ms: saturating_u32(self.host.now().saturating_sub(sent_at)),
            outcome,
            token_age_ms: token.map(|token| saturating_u32(token.age_ms)),
        });
    }

    /// Waits before the next attempt and returns its number, or returns the error of the last one: where the table allows no
    /// retry, after the last attempt, and where the deadline would pass during the pause.
    async fn pause(&self, step: Step, attempt: u32, failed: FailedAttempt) -> Result<u32, Box<Error>> {
        // Full jitter: callers that failed at the same time do not retry at the same time.
        let most_ms = FIRST_PAUSE_MS.saturating_mul(u64::from(attempt));
        let jitter_ms = most_ms.saturating_mul(u64::from(self.host.random())) >> 32;
        let wait_ms = jitter_ms.max(failed.retry_after_ms.unwrap_or(0));
        let may_repeat = failed.verdict(step).retry == Retry::AfterPause && attempt < MAX_ATTEMPTS;
        if !may_repeat || wait_ms >= self.remaining_ms() {
            return Err(self.error(step, &failed));
        }
        match self.host.sleep(wait_ms).await {
            Ok(()) => Ok(attempt.saturating_add(1)),
            Err(interrupt) => Err(self.interrupted(step, interrupt)),
        }
    }

    /// The error of a call that was ended before this step.
    pub fn interrupted(&self, step: Step, interrupt: Interrupt) -> Box<Error> {
        self.error(step, &FailedAttempt::new(Failure::NotSent(interrupt)))
    }

    fn error(&self, step: Step, failed: &FailedAttempt) -> Box<Error> {
        let Verdict { code, outcome, .. } = failed.verdict(step);
        let mut error = Error::new(code, Stage::Step(step), outcome);
        error.status = failed.status;
        error.retry_after_ms = failed.retry_after_ms.map(saturating_u32);
        if let (Code::InvalidConfig, Failure::Unanswered(NoAnswer::BadFetch(defect))) = (code, failed.failure) {
            error.field = Some("fetch".into());
            error.message = format!("fetch must send the request and return a Response: {defect}.").into();
        }
        error.reference_id = self.reference_id.map(str::to_owned);
        error.session_id = self.session_id.get().map(|id| id.as_str().to_owned());
        error
    }

    /// The time until the deadline. A clock that is set back adds none, one that is set forward ends the call early.
    fn remaining_ms(&self) -> u64 {
        let now = self.host.now();
        let elapsed_ms = now.saturating_sub(self.last_seen_at.replace(now));
        let remaining_ms = self.remaining_ms.get().saturating_sub(elapsed_ms);
        self.remaining_ms.set(remaining_ms);
        remaining_ms
    }
}

impl FailedAttempt {
    const fn new(failure: Failure) -> Self {
        Self { failure, status: None, retry_after_ms: None }
    }

    const fn verdict(&self, step: Step) -> Verdict {
        decide(step, self.failure)
    }
}

/// Milliseconds as they are reported to JavaScript: 49 days at most.
fn saturating_u32(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or a date; at most a day, and `None` for anything else.
fn retry_after_ms(text: &str, now: Millis) -> Option<u64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What overflows is longer than a day.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(seconds.saturating_mul(1_000).min(DAY_MS));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let at = u64::try_from(date.as_millis()).ok()?;
    Some(at.saturating_sub(now).min(DAY_MS))
}
