//! The sequences, written once over the trait [`Host`]: authorize and then what the token is for.
//!
//! What a result means and whether a step is repeated is the table's word ([`crate::decision`]); here is only the order
//! of things and the counting of tries. No promise, signal or answer outlives a call; tokens do, in the pool.

use crate::authorize;
use crate::config::Config;
use crate::decision::{Again, Happened, Silence, Step, Verdict, decide, refusal};
use crate::error::{Code, Error};
use crate::host::{Answer, Attempt, AttemptOutcome, Host, Json, Request};
use crate::interac::{self, CancelledPaymentRequest, PaymentParams, PaymentRequestStatus};
use crate::sessions::{
    self, CancelledSession, ConfirmedGuarantee, Product, SessionDetails, SessionParams, SessionStatus,
};
use crate::text::Text;
use crate::token::{AccessToken, Millis, ReadToken, RequestId, SessionId, SessionToken, SpentToken, Token, TokenPool};
use core::cell::{Cell, OnceCell};
use serde::Serialize;
use std::time::SystemTime;

/// How often authorize and reads are tried in all.
const TRIES: u32 = 3;
/// The pause after the first try is at most this; after the second at most twice this.
const FIRST_PAUSE_MS: u64 = 250;
/// What `retryAfterMs` reports at most.
const DAY_MS: u64 = 86_400_000;

/// A payment that the payor can make now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedPayment {
    /// Flinks' id of the session.
    pub session_id: String,
    /// Flinks' id of the payment request.
    pub request_id: String,
    /// The merchant's id, as sent.
    pub reference_id: String,
    /// Where the payor goes.
    pub app_url: String,
}

/// A session that nobody can pay yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InitiatedSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, as sent.
    pub reference_id: String,
}

/// A session of v2, which the payor can open now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// Where the payor goes.
    pub app_url: String,
}

/// A payment request that was created for a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedPaymentRequest {
    /// Flinks' id of the payment request.
    pub request_id: String,
}

/// The tokens that are kept ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmTokens {
    /// How many are alive now.
    pub ready: usize,
}

/// Authorize, initiate, payment request.
///
/// # Errors
/// The step's error, with the reference id, and with the session id once there is one.
pub async fn start_payment<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<StartedPayment, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::Initiate, unspent, &|token| interac::initiate(config, token, params)).await?;
    let session_id = token.session_id().clone();
    let request_id = call.payment_request(token).await?;
    Ok(StartedPayment {
        app_url: interac::app_url(config, &session_id),
        session_id: session_id.as_str().to_owned(),
        request_id: request_id.as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, initiate.
///
/// # Errors
/// The step's error, with the reference id.
pub async fn initiate_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<InitiatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::Initiate, unspent, &|token| interac::initiate(config, token, params)).await?;
    Ok(InitiatedSession {
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, payment request for a session that exists: the token is a fresh one, bound to that session.
///
/// # Errors
/// The step's error, with the session id.
pub async fn create_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
) -> Result<CreatedPaymentRequest, Box<Error>> {
    let call = Call::about(host, config, pool, session_id);
    let token = call.token().await?;
    let request_id = call.payment_request(token.for_session(session_id.clone())).await?;
    Ok(CreatedPaymentRequest { request_id: request_id.as_str().to_owned() })
}

/// Authorize, sendrequest: Flinks e-mails the link to the payor.
///
/// # Errors
/// The step's error, with the reference id.
pub async fn send_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<InitiatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::SendRequest, unspent, &|token| interac::send_request(config, token, params)).await?;
    Ok(InitiatedSession {
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, session of v2.
///
/// # Errors
/// The step's error, with the reference id where there is one.
pub async fn create_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &SessionParams,
) -> Result<CreatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, params.reference_id.as_ref().map(Text::as_str));
    let unspent = call.token().await?;
    let token = call.create(Step::Session, unspent, &|token| sessions::create(config, token, params)).await?;
    Ok(CreatedSession {
        app_url: interac::app_url(config, token.session_id()),
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_ref().map(|id| id.as_str().to_owned()),
    })
}

/// Status of a v2 session, with the token that reads share; authorize before it where there is none.
///
/// # Errors
/// The step's error, with the session id.
pub async fn get_session_status<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    product: Option<Product>,
) -> Result<SessionStatus, Box<Error>> {
    let call = Call::about(host, config, pool, session_id);
    let request = |token: &ReadToken| sessions::status(config, token, session_id);
    let read = |answer: Option<H::Json>| sessions::read_status(answer?.read()?, session_id, product);
    call.read(Step::SessionStatus, &request, read).await
}

/// Details of a v2 session, with the token that reads share; authorize before it where there is none.
///
/// # Errors
/// The step's error, with the session id.
pub async fn get_session_details<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    product: Option<Product>,
) -> Result<SessionDetails, Box<Error>> {
    let call = Call::about(host, config, pool, session_id);
    let request = |token: &ReadToken| sessions::details(config, token, session_id);
    let read = |answer: Option<H::Json>| sessions::read_details(answer?.read()?, session_id, product);
    call.read(Step::SessionDetails, &request, read).await
}

/// Authorize, cancel a v2 session.
///
/// # Errors
/// The step's error, with the session id.
pub async fn cancel_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
) -> Result<CancelledSession, Box<Error>> {
    let call = Call::about(host, config, pool, session_id);
    let token = call.token().await?.for_session(session_id.clone());
    let request = sessions::cancel(config, &token);
    let sent = call.once(Step::Cancel, &token, request).await;
    call.answer_of(sent, |answer| sessions::read_cancelled(answer?.read()?, session_id))
}

/// Authorize, accept or refuse the guarantee of a v2 session.
///
/// # Errors
/// The step's error, with the session id.
pub async fn confirm_guarantee<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    accepted: bool,
) -> Result<ConfirmedGuarantee, Box<Error>> {
    let call = Call::about(host, config, pool, session_id);
    let token = call.token().await?.for_session(session_id.clone());
    let request = sessions::confirm_guarantee(config, &token, accepted);
    let sent = call.once(Step::Guarantee, &token, request).await;
    call.answer_of(sent, |answer| sessions::read_confirmed(answer?.read()?, session_id))
}

/// Authorize, cancel a payment request of v1.
///
/// # Errors
/// The step's error.
pub async fn cancel_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
) -> Result<CancelledPaymentRequest, Box<Error>> {
    let call = Call::new(host, config, pool, None);
    let token = call.token().await?;
    let request = interac::cancel(config, &token, request_id);
    let sent = call.once(Step::Cancel, &token, request).await;
    call.answer_of(sent, |answer| Some(interac::read_cancelled(answer.and_then(Json::read), request_id)))
}

/// Asks for the status until it is final, every `interval_ms` and up to a tenth more, so that many who wait do not ask
/// together. Each question has the configured deadline, the waiting has none; a failure that passes by itself is waited
/// out, for as long as the server says if that is longer.
///
/// # Errors
/// The first error that does not pass by itself.
pub async fn wait_for_payment<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
    interval_ms: u64,
) -> Result<PaymentRequestStatus, Box<Error>> {
    loop {
        let wait_ms = match Call::new(host, config, pool, None).status(request_id).await {
            Ok(status) if status.is_final => return Ok(status),
            Ok(_) => interval_ms,
            Err(error) if error.retryable => interval_ms.max(error.retry_after_ms.unwrap_or(0).into()),
            Err(error) => return Err(error),
        };
        let jitter_ms = (interval_ms / 10).saturating_mul(u64::from(host.random())) >> 32;
        if let Err(interrupt) = host.sleep(wait_ms.saturating_add(jitter_ms)).await {
            let call = Call::new(host, config, pool, None);
            return Err(call.error(Step::Status, &Miss::new(Happened::NotSent(interrupt))));
        }
    }
}

/// Status, with the token that reads share; authorize before it where there is none.
///
/// # Errors
/// The step's error.
pub async fn get_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
) -> Result<PaymentRequestStatus, Box<Error>> {
    Call::new(host, config, pool, None).status(request_id).await
}

/// Authorize, until the pool has `count` tokens that are ready or being fetched; at most `count` times, so that tokens
/// which die at once are not asked for without end.
///
/// # Errors
/// Authorize's error. Tokens that were fetched before it are kept.
pub async fn warm<H: Host>(host: &H, config: &Config, pool: &TokenPool, count: u64) -> Result<WarmTokens, Box<Error>> {
    let call = Call::new(host, config, pool, None);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    for _ in 0..count {
        let Some(seat) = pool.seat(host.now(), count) else { break };
        seat.fill(call.authorize(|_, _| true).await?, host.now());
    }
    Ok(WarmTokens { ready: pool.ready(host.now()) })
}

/// One call of a caller: the host that serves it, the time that is left, and what its errors are about.
struct Call<'call, H> {
    host: &'call H,
    config: &'call Config,
    pool: &'call TokenPool,
    seen_at: Cell<Millis>,
    remaining_ms: Cell<u64>,
    reference_id: Option<&'call str>,
    session_id: OnceCell<SessionId>,
}

/// What there is to know of the token that a request carries.
struct Carried {
    age_ms: u64,
    is_pooled: bool,
}

/// A request that was sent, or was not, and what came of it.
struct Sent<J> {
    step: Step,
    number: u32,
    carried: Option<Carried>,
    left_at: Millis,
    result: Result<Answer<J>, Happened>,
}

/// A step that did not succeed.
struct Miss {
    happened: Happened,
    status: Option<u16>,
    retry_after_ms: Option<u64>,
}

impl<'call, H: Host> Call<'call, H> {
    fn new(host: &'call H, config: &'call Config, pool: &'call TokenPool, reference_id: Option<&'call str>) -> Self {
        Self {
            host,
            config,
            pool,
            seen_at: Cell::new(host.now()),
            remaining_ms: Cell::new(config.deadline_ms),
            reference_id,
            session_id: OnceCell::new(),
        }
    }

    /// A call about a session that exists.
    fn about(host: &'call H, config: &'call Config, pool: &'call TokenPool, session_id: &SessionId) -> Self {
        let call = Self::new(host, config, pool, None);
        call.knows(session_id);
        call
    }

    /// From here on the call's errors name the session. A call has one session at most.
    fn knows(&self, session_id: &SessionId) {
        let _ = self.session_id.set(session_id.clone());
    }

    /// A token that waited in the pool, or else a new one.
    async fn token(&self) -> Result<AccessToken, Box<Error>> {
        match self.pool.take(self.host.now()) {
            Some(token) => Ok(token),
            None => self.new_token().await,
        }
    }

    async fn new_token(&self) -> Result<AccessToken, Box<Error>> {
        self.authorize(AccessToken::is_alive).await
    }

    /// Asks for a token; `fits` decides about one that has come.
    async fn authorize(&self, fits: fn(&AccessToken, Millis) -> bool) -> Result<AccessToken, Box<Error>> {
        let mut number = 1;
        loop {
            let sent = self.send(Step::Authorize, number, None, authorize::request(self.config)).await;
            let read = |answer: Option<H::Json>, asked_at| {
                authorize::read(answer?.read()?, asked_at).filter(|token| fits(token, self.host.now()))
            };
            match self.conclude(sent, read) {
                Ok(token) => return Ok(token),
                Err(miss) => number = self.pause(Step::Authorize, number, miss).await?,
            }
        }
    }

    /// Starts a session with a token of its own; where the table allows it, once more with another.
    async fn create(
        &self,
        step: Step,
        mut unspent: AccessToken,
        request: &dyn Fn(AccessToken) -> (Request<H::Json>, SpentToken),
    ) -> Result<SessionToken, Box<Error>> {
        let mut number = 1;
        loop {
            let (request, token) = request(unspent);
            let sent = self.send(step, number, Some(self.carried(&token)), request).await;
            match self.conclude(sent, |answer, _| answer?.read().map(interac::read_session)) {
                Ok(session_id) => {
                    self.knows(&session_id);
                    return Ok(token.for_session(session_id));
                }
                Err(miss) if number == 1 && miss.verdict(step).again == Again::WithNewToken => {
                    number = 2;
                    unspent = self.new_token().await?;
                }
                Err(miss) => return Err(self.error(step, &miss)),
            }
        }
    }

    async fn payment_request(&self, mut token: SessionToken) -> Result<RequestId, Box<Error>> {
        if !token.is_alive(self.host.now()) {
            token = self.token().await?.for_session(token.session_id().clone());
        }
        let request = interac::payment_request(self.config, &token);
        let sent = self.once(Step::PaymentRequest, &token, request).await;
        self.answer_of(sent, |answer| interac::read_payment_request(answer?.read()?))
    }

    /// What is never repeated.
    async fn once<Right>(&self, step: Step, token: &Token<Right>, request: Request<H::Json>) -> Sent<H::Json> {
        self.send(step, 1, Some(self.carried(token)), request).await
    }

    /// What the answer to a step says that is never repeated.
    fn answer_of<R>(
        &self,
        sent: Sent<H::Json>,
        read: impl FnOnce(Option<H::Json>) -> Option<R>,
    ) -> Result<R, Box<Error>> {
        let step = sent.step;
        self.conclude(sent, |answer, _| read(answer)).map_err(|miss| self.error(step, &miss))
    }

    async fn status(&self, request_id: &RequestId) -> Result<PaymentRequestStatus, Box<Error>> {
        let request = |token: &ReadToken| interac::status(self.config, token, request_id);
        self.read(Step::Status, &request, |answer| interac::read_status(answer?.read()?, request_id)).await
    }

    /// What a read says. [`Self::read_with`] is the same for all of them, and stands once in the module.
    async fn read<R>(
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
        value.ok_or_else(|| self.error(step, &Miss::new(Happened::Unreadable)))
    }

    /// Asks for what changes nothing, again after faults and once with a new token after a 401. Reads share a token that is
    /// alive, those that run at the same time too.
    async fn read_with(
        &self,
        step: Step,
        request: &dyn Fn(&ReadToken) -> Request<H::Json>,
        read: &mut dyn FnMut(Option<H::Json>) -> Option<()>,
    ) -> Result<(), Box<Error>> {
        let mut shared = self.pool.reading(self.host.now());
        let mut token_was_refused = false;
        let mut number = 1;
        loop {
            let token = match shared {
                Some(token) => token,
                None if token_was_refused => self.pool.share(self.new_token().await?),
                None => self.pool.share(self.token().await?),
            };
            let sent = self.send(step, number, Some(self.carried(&token)), request(&token)).await;
            let Err(miss) = self.conclude(sent, |answer, _| read(answer)) else { return Ok(()) };
            let is_refused = miss.verdict(step).again == Again::WithNewToken;
            if is_refused {
                self.pool.unshare(&token);
            }
            if is_refused && !token_was_refused {
                // One that another read shares by now is older than the refusal.
                (token_was_refused, shared) = (true, None);
                number = number.saturating_add(1);
            } else {
                number = self.pause(step, number, miss).await?;
                shared = self.pool.reading(self.host.now());
            }
        }
    }

    fn carried<Right>(&self, token: &Token<Right>) -> Carried {
        Carried { age_ms: token.age_ms(self.host.now()), is_pooled: token.is_pooled() }
    }

    /// Sends one request. What becomes of it is for [`Self::conclude`].
    async fn send(
        &self,
        step: Step,
        number: u32,
        carried: Option<Carried>,
        request: Request<H::Json>,
    ) -> Sent<H::Json> {
        let remaining_ms = self.remaining_ms();
        let sent_at = self.seen_at.get();
        let limit_ms = remaining_ms.min(self.config.timeout_ms);
        let result = if remaining_ms == 0 {
            Err(Happened::NotSentInTime)
        } else {
            let if_lost = self.error(step, &Miss::new(Happened::Unanswered(Silence::InstanceLost)));
            let fetched = self.host.fetch(request, limit_ms, &if_lost).await;
            fetched.map_err(|lost| Happened::lost(lost, limit_ms == remaining_ms))
        };
        Sent { step, number, carried, left_at: sent_at, result }
    }

    /// What an answer says, and tells the host what became of the attempt.
    fn conclude<R>(
        &self,
        sent: Sent<H::Json>,
        read: impl FnOnce(Option<H::Json>, Millis) -> Option<R>,
    ) -> Result<R, Miss> {
        let Sent { step, number, carried, left_at: sent_at, result } = sent;
        let (status, value) = match result {
            Err(happened) => (None, Err(Miss::new(happened))),
            Ok(Answer { status, retry_after, body }) => {
                let value = match status {
                    200..=299 => read(body, sent_at).ok_or(Happened::Unreadable),
                    _ => Err(Happened::Refused(refusal(status))),
                };
                let retry_after_ms = || retry_after.and_then(|text| retry_after_ms(&text, self.host.now()));
                let miss = |happened| Miss { happened, status: Some(status), retry_after_ms: retry_after_ms() };
                (Some(status), value.map_err(miss))
            }
        };
        self.report(step, number, carried, sent_at, status, value.as_ref().err());
        value
    }

    fn report(
        &self,
        step: Step,
        number: u32,
        carried: Option<Carried>,
        sent_at: Millis,
        status: Option<u16>,
        miss: Option<&Miss>,
    ) {
        if let (Some(Carried { is_pooled: true, .. }), Some(401)) = (&carried, status) {
            self.pool.empty();
        }
        let outcome = match miss {
            None => AttemptOutcome::Ok,
            Some(Miss {
                happened: Happened::NotSent(_) | Happened::NotSentInTime | Happened::NotSentInStep, ..
            }) => return,
            Some(miss) => AttemptOutcome::Failed(miss.verdict(step).outcome),
        };
        self.host.report(&Attempt {
            stage: step.into(),
            attempt: number,
            status,
            duration_ms: in_49_days(self.host.now().saturating_sub(sent_at)),
            outcome,
            token_age_ms: carried.map(|token| in_49_days(token.age_ms)),
        });
    }

    /// Waits before the next try and gives its number, or gives the error of the last try: where the table forbids
    /// another, where there were enough, and where the deadline would pass meanwhile.
    async fn pause(&self, step: Step, number: u32, miss: Miss) -> Result<u32, Box<Error>> {
        // Full jitter: two callers that failed together do not come back together.
        let most_ms = FIRST_PAUSE_MS.saturating_mul(u64::from(number));
        let jitter_ms = most_ms.saturating_mul(u64::from(self.host.random())) >> 32;
        let wait_ms = jitter_ms.max(miss.retry_after_ms.unwrap_or(0));
        let may_repeat = miss.verdict(step).again == Again::AfterPause && number < TRIES;
        if !may_repeat || wait_ms >= self.remaining_ms() {
            return Err(self.error(step, &miss));
        }
        match self.host.sleep(wait_ms).await {
            Ok(()) => Ok(number.saturating_add(1)),
            Err(interrupt) => Err(self.error(step, &Miss::new(Happened::NotSent(interrupt)))),
        }
    }

    fn error(&self, step: Step, miss: &Miss) -> Box<Error> {
        let Verdict { code, outcome, .. } = miss.verdict(step);
        let mut error = Error::new(code, step.into(), outcome);
        error.status = miss.status;
        error.retry_after_ms = miss.retry_after_ms.map(in_49_days);
        if let (Code::InvalidConfig, Happened::Unanswered(Silence::BadFetch(misfit))) = (code, miss.happened) {
            error.field = Some("fetch".into());
            error.message = format!("fetch must send the request and give a Response: {misfit}.").into();
        }
        error.reference_id = self.reference_id.map(str::to_owned);
        error.session_id = self.session_id.get().map(|id| id.as_str().to_owned());
        error
    }

    /// What the deadline leaves. A clock that is set back adds nothing, one that is set forward ends the call early.
    fn remaining_ms(&self) -> u64 {
        let now = self.host.now();
        let elapsed_ms = now.saturating_sub(self.seen_at.replace(now));
        let remaining_ms = self.remaining_ms.get().saturating_sub(elapsed_ms);
        self.remaining_ms.set(remaining_ms);
        remaining_ms
    }
}

impl Miss {
    const fn new(happened: Happened) -> Self {
        Self { happened, status: None, retry_after_ms: None }
    }

    const fn verdict(&self, step: Step) -> Verdict {
        decide(step, self.happened)
    }
}

/// Milliseconds as JavaScript is told them: 49 days at most.
fn in_49_days(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// RFC 9110, section 10.2.3: seconds or a date; at most a day, and nothing for what is neither.
fn retry_after_ms(text: &str, now: Millis) -> Option<u64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is longer than a day.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(seconds.saturating_mul(1_000).min(DAY_MS));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let at = u64::try_from(date.as_millis()).ok()?;
    Some(at.saturating_sub(now).min(DAY_MS))
}
