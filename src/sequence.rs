//! The sequences, written once over the trait [`Host`]: authorize and then what the token is for.
//!
//! What a result means and whether a step is repeated is the table's word ([`crate::decision`]); here is only the order
//! of things and the counting of tries. No promise, signal or answer outlives a call.

use crate::authorize;
use crate::config::Config;
use crate::decision::{Again, Happened, Silence, Step, Verdict, decide, refusal};
use crate::error::Error;
use crate::host::{Answer, Attempt, AttemptOutcome, Host, Request};
use crate::interac::{self, CancelledPaymentRequest, PaymentParams, PaymentRequestStatus};
use crate::json::Json;
use crate::sessions::{self, CancelledSession, ConfirmedGuarantee, SessionParams, SessionStatus};
use crate::token::{AccessToken, Millis, RequestId, SessionId, SessionToken, SpentToken, Token, TokenPool};
use core::cell::{Cell, OnceCell};
use core::pin::Pin;
use serde::Serialize;

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
    pub ready: u32,
}

/// What a call asks for, checked.
#[derive(Debug)]
pub enum Ask {
    /// A session.
    Create(Create),
    /// Authorize, payment request for a session that exists: a [`CreatedPaymentRequest`].
    CreatePaymentRequest(SessionId),
    /// That something changes.
    Change(Change),
    /// How something is.
    Read(Read),
    /// The status of a payment request until it is final, every so many milliseconds and up to a tenth more, so that many
    /// who wait do not ask together: a [`PaymentRequestStatus`]. Each question has the configured deadline, the waiting has
    /// none; a failure that passes by itself is waited out, for as long as the server says if that is longer.
    Wait(RequestId, u64),
    /// Authorize, until the pool has so many tokens that are ready or being fetched, and at most so many times, so that
    /// tokens which die at once are not asked for without end: [`WarmTokens`]. Those that were fetched before an error are
    /// kept.
    Warm(usize),
}

/// Authorize, and a session with that token.
#[derive(Debug)]
pub enum Create {
    /// Initiate, payment request: a [`StartedPayment`].
    Payment(PaymentParams),
    /// Initiate: an [`InitiatedSession`].
    Session(PaymentParams),
    /// Sendrequest, so that Flinks e-mails the link to the payor: an [`InitiatedSession`].
    Emailed(PaymentParams),
    /// Session of v2: a [`CreatedSession`].
    V2(SessionParams),
}

/// Authorize, and a change.
#[derive(Debug)]
pub enum Change {
    /// Cancel a payment request of v1: a [`CancelledPaymentRequest`].
    CancelPaymentRequest(RequestId),
    /// Cancel a session of v2: a [`CancelledSession`].
    CancelSession(SessionId),
    /// Accept or refuse the guarantee of a session of v2: a [`ConfirmedGuarantee`].
    ConfirmGuarantee(SessionId, bool),
}

/// Authorize, and a question.
#[derive(Debug)]
pub enum Read {
    /// A [`PaymentRequestStatus`].
    PaymentRequest(RequestId),
    /// A [`SessionStatus`] of v2.
    SessionStatus(SessionId),
    /// The details of a session of v2, as JSON.
    SessionDetails(SessionId),
}

/// What a call gives.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is named after what it holds")]
pub enum Reply {
    StartedPayment(StartedPayment),
    InitiatedSession(InitiatedSession),
    CreatedSession(CreatedSession),
    CreatedPaymentRequest(CreatedPaymentRequest),
    CancelledPaymentRequest(CancelledPaymentRequest),
    CancelledSession(CancelledSession),
    ConfirmedGuarantee(ConfirmedGuarantee),
    PaymentRequestStatus(PaymentRequestStatus),
    SessionStatus(SessionStatus),
    SessionDetails(Json),
    WarmTokens(WarmTokens),
}

/// Makes a call.
///
/// # Errors
/// The step's error, with the reference id and the session id where the call has them.
pub async fn perform<H: Host>(host: &H, config: &Config, pool: &TokenPool, ask: Ask) -> Result<Reply, Box<Error>> {
    let call = || Call::new(host, config, pool);
    match ask {
        Ask::Create(create) => Call { reference_id: create.reference_id(), ..call() }.created(&create).await,
        Ask::CreatePaymentRequest(session_id) => call().about(Some(&session_id)).made_payable(session_id).await,
        Ask::Change(change) => call().about(change.session_id()).change(&change).await,
        Ask::Read(read) => call().about(read.session_id()).read(&read, &mut None).await,
        Ask::Wait(request_id, interval_ms) => wait(call, &Read::PaymentRequest(request_id), interval_ms).await,
        Ask::Warm(count) => call().warm(count).await,
    }
}

async fn wait<'call, H: Host + 'call>(
    call: impl Fn() -> Call<'call, H>,
    question: &Read,
    interval_ms: u64,
) -> Result<Reply, Box<Error>> {
    let mut token = None;
    loop {
        let call = call();
        let wait_ms = match call.read(question, &mut token).await {
            Ok(Reply::PaymentRequestStatus(status)) if !status.is_final => interval_ms,
            Err(error) if error.retryable => interval_ms.max(error.retry_after_ms.unwrap_or(0).into()),
            ended => return ended,
        };
        let jitter_ms = (interval_ms / 10).saturating_mul(u64::from(call.host.random())) >> 32;
        if let Err(interrupt) = call.host.sleep(wait_ms.saturating_add(jitter_ms)).await {
            return Err(call.error(Step::Status, &Miss::new(Happened::NotSent(interrupt))));
        }
    }
}

impl Create {
    const fn step(&self) -> Step {
        match self {
            Self::Payment(_) | Self::Session(_) => Step::Initiate,
            Self::Emailed(_) => Step::SendRequest,
            Self::V2(_) => Step::Session,
        }
    }

    fn reference_id(&self) -> Option<&str> {
        match self {
            Self::Payment(params) | Self::Session(params) | Self::Emailed(params) => Some(&params.reference_id),
            Self::V2(params) => params.reference_id.as_deref(),
        }
    }

    fn request(&self, config: &Config, token: AccessToken) -> (Request, SpentToken) {
        match self {
            Self::Payment(params) | Self::Session(params) => interac::initiate(config, token, params),
            Self::Emailed(params) => interac::send_request(config, token, params),
            Self::V2(params) => sessions::create(config, token, params),
        }
    }
}

impl Change {
    const fn step(&self) -> Step {
        match self {
            Self::CancelPaymentRequest(_) | Self::CancelSession(_) => Step::Cancel,
            Self::ConfirmGuarantee(..) => Step::Guarantee,
        }
    }

    const fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::CancelPaymentRequest(_) => None,
            Self::CancelSession(session_id) | Self::ConfirmGuarantee(session_id, _) => Some(session_id),
        }
    }

    fn request(&self, config: &Config, token: AccessToken) -> Request {
        match self {
            Self::CancelPaymentRequest(request_id) => interac::cancel(config, &token, request_id),
            Self::CancelSession(session_id) => sessions::cancel(config, &token.for_session(session_id.clone())),
            Self::ConfirmGuarantee(session_id, accepted) => {
                sessions::confirm_guarantee(config, &token.for_session(session_id.clone()), *accepted)
            }
        }
    }

    fn reply(&self, answer: &Json) -> Option<Reply> {
        match self {
            Self::CancelPaymentRequest(request_id) => {
                Some(Reply::CancelledPaymentRequest(interac::read_cancelled(answer, request_id)))
            }
            Self::CancelSession(session_id) => {
                sessions::read_cancelled(answer, session_id).map(Reply::CancelledSession)
            }
            Self::ConfirmGuarantee(session_id, _) => {
                sessions::read_confirmed(answer, session_id).map(Reply::ConfirmedGuarantee)
            }
        }
    }
}

impl Read {
    const fn step(&self) -> Step {
        match self {
            Self::PaymentRequest(_) => Step::Status,
            Self::SessionStatus(_) => Step::SessionStatus,
            Self::SessionDetails(_) => Step::SessionDetails,
        }
    }

    const fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::PaymentRequest(_) => None,
            Self::SessionStatus(session_id) | Self::SessionDetails(session_id) => Some(session_id),
        }
    }

    fn request(&self, config: &Config, token: &AccessToken) -> Request {
        match self {
            Self::PaymentRequest(request_id) => interac::status(config, token, request_id),
            Self::SessionStatus(session_id) => sessions::status(config, token, session_id),
            Self::SessionDetails(session_id) => sessions::details(config, token, session_id),
        }
    }

    fn reply(&self, answer: &Json) -> Option<Reply> {
        match self {
            Self::PaymentRequest(request_id) => {
                interac::read_status(answer, request_id).map(Reply::PaymentRequestStatus)
            }
            Self::SessionStatus(session_id) => sessions::read_status(answer, session_id).map(Reply::SessionStatus),
            Self::SessionDetails(session_id) => sessions::read_details(answer, session_id).map(Reply::SessionDetails),
        }
    }
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

/// A step that did not succeed.
struct Miss {
    happened: Happened,
    status: Option<u16>,
    retry_after_ms: Option<u64>,
}

impl<'call, H: Host> Call<'call, H> {
    fn new(host: &'call H, config: &'call Config, pool: &'call TokenPool) -> Self {
        Self {
            host,
            config,
            pool,
            seen_at: Cell::new(host.now()),
            remaining_ms: Cell::new(config.deadline_ms),
            reference_id: None,
            session_id: OnceCell::new(),
        }
    }

    /// The same about a session that exists, if there is one.
    fn about(self, session_id: Option<&SessionId>) -> Self {
        if let Some(session_id) = session_id {
            self.knows(session_id);
        }
        self
    }

    /// From here on the call's errors name the session. A call has one session at most.
    fn knows(&self, session_id: &SessionId) {
        let _ = self.session_id.set(session_id.clone());
    }

    async fn created(&self, create: &Create) -> Result<Reply, Box<Error>> {
        let token = self.create(create).await?;
        let id = token.session_id().clone();
        let session_id = id.as_str().to_owned();
        Ok(match create {
            Create::Payment(params) => Reply::StartedPayment(StartedPayment {
                session_id,
                request_id: self.payment_request(token).await?.as_str().to_owned(),
                reference_id: params.reference_id.clone(),
                app_url: interac::app_url(self.config, &id),
            }),
            Create::Session(params) | Create::Emailed(params) => {
                Reply::InitiatedSession(InitiatedSession { session_id, reference_id: params.reference_id.clone() })
            }
            Create::V2(params) => Reply::CreatedSession(CreatedSession {
                session_id,
                reference_id: params.reference_id.clone(),
                app_url: interac::app_url(self.config, &id),
            }),
        })
    }

    /// The token is a fresh one, bound to that session.
    async fn made_payable(&self, session_id: SessionId) -> Result<Reply, Box<Error>> {
        let token = self.token().await?.for_session(session_id);
        let request_id = self.payment_request(token).await?.as_str().to_owned();
        Ok(Reply::CreatedPaymentRequest(CreatedPaymentRequest { request_id }))
    }

    async fn change(&self, change: &Change) -> Result<Reply, Box<Error>> {
        let token = self.token().await?;
        let carried = self.carried(&token);
        let request = change.request(self.config, token);
        self.once(change.step(), carried, request, |answer| change.reply(answer)).await
    }

    async fn warm(&self, count: usize) -> Result<Reply, Box<Error>> {
        for _ in 0..count {
            let Some(seat) = self.pool.seat(self.host.now(), count) else { break };
            seat.fill(self.authorize(|_, _| true).await?, self.host.now());
        }
        let ready = u32::try_from(self.pool.ready(self.host.now())).unwrap_or(u32::MAX);
        Ok(Reply::WarmTokens(WarmTokens { ready }))
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
            let asked_at = self.host.now();
            let read = |answer: &Json| authorize::read(answer, asked_at).filter(|token| fits(token, self.host.now()));
            let request = authorize::request(self.config);
            match self.attempt(Step::Authorize, number, None, request, read).await {
                Ok(token) => return Ok(token),
                Err(miss) => number = self.pause(Step::Authorize, number, miss).await?,
            }
        }
    }

    /// Starts a session with a token of its own; where the table allows it, once more with another.
    async fn create(&self, create: &Create) -> Result<SessionToken, Box<Error>> {
        let step = create.step();
        let mut number = 1;
        let mut unspent = self.token().await?;
        loop {
            let (request, token) = create.request(self.config, unspent);
            match self.attempt(step, number, Some(self.carried(&token)), request, interac::read_session).await {
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
        self.once(Step::PaymentRequest, self.carried(&token), request, interac::read_payment_request).await
    }

    /// What is never repeated.
    async fn once<T>(
        &self,
        step: Step,
        carried: Carried,
        request: Request,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<T, Box<Error>> {
        self.attempt(step, 1, Some(carried), request, read).await.map_err(|miss| self.error(step, &miss))
    }

    /// Asks for what changes nothing, again after faults and once with a new token after a 401. A token that is alive
    /// afterwards stays in `kept`, for whoever asks more than once.
    async fn read(&self, question: &Read, kept: &mut Option<AccessToken>) -> Result<Reply, Box<Error>> {
        let step = question.step();
        let mut token_was_refused = false;
        let mut number = 1;
        loop {
            let token = match kept.take() {
                Some(token) if token.is_alive(self.host.now()) => token,
                _ if token_was_refused => self.new_token().await?,
                _ => self.token().await?,
            };
            let request = question.request(self.config, &token);
            let read = |answer: &Json| question.reply(answer);
            match self.attempt(step, number, Some(self.carried(&token)), request, read).await {
                Ok(reply) => {
                    *kept = Some(token);
                    return Ok(reply);
                }
                Err(miss) if !token_was_refused && miss.verdict(step).again == Again::WithNewToken => {
                    token_was_refused = true;
                    number = number.saturating_add(1);
                }
                Err(miss) => {
                    *kept = Some(token);
                    number = self.pause(step, number, miss).await?;
                }
            }
        }
    }

    fn carried<Right>(&self, token: &Token<Right>) -> Carried {
        Carried { age_ms: token.age_ms(self.host.now()), is_pooled: token.is_pooled() }
    }

    async fn attempt<T>(
        &self,
        step: Step,
        number: u32,
        carried: Option<Carried>,
        request: Request,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<T, Miss> {
        let mut value = None;
        self.exchange(step, number, carried, request, &mut reads(&mut value, read)).await?;
        value.ok_or(Miss::new(Happened::Unreadable))
    }

    /// Sends one request, has its answer read and tells the host what became of it. What every step has in common stands
    /// once in the module: the future is boxed, and `reads` keeps the value and says whether there is one.
    fn exchange<'step>(
        &'step self,
        step: Step,
        number: u32,
        carried: Option<Carried>,
        request: Request,
        reads: &'step mut dyn FnMut(&Json) -> bool,
    ) -> Pin<Box<dyn Future<Output = Result<(), Miss>> + 'step>> {
        Box::pin(self.send(step, number, carried, request, reads))
    }

    async fn send(
        &self,
        step: Step,
        number: u32,
        carried: Option<Carried>,
        request: Request,
        reads: &mut dyn FnMut(&Json) -> bool,
    ) -> Result<(), Miss> {
        let remaining_ms = self.remaining_ms();
        if remaining_ms == 0 {
            return Err(Miss::new(Happened::NotSentInTime));
        }
        let sent_at = self.host.now();
        let limit_ms = remaining_ms.min(self.config.timeout_ms);
        let if_lost = self.error(step, &Miss::new(Happened::Unanswered(Silence::InstanceLost)));
        let result = match self.host.fetch(request, limit_ms, &if_lost).await {
            Ok(answer) => self.judge(&answer, reads).map(|()| answer.status),
            Err(lost) => Err(Miss::new(Happened::lost(lost, limit_ms == remaining_ms))),
        };
        if let (Some(Carried { is_pooled: true, .. }), Err(Miss { status: Some(401), .. })) = (&carried, &result) {
            self.pool.empty();
        }
        let (status, outcome) = match &result {
            Ok(status) => (Some(*status), AttemptOutcome::Ok),
            Err(Miss { happened: Happened::NotSent(_), .. }) => return result.map(|_| ()),
            Err(miss) => (miss.status, AttemptOutcome::Failed(miss.verdict(step).outcome)),
        };
        let duration_ms = told(self.host.now().saturating_sub(sent_at));
        let token_age_ms = carried.map(|token| told(token.age_ms));
        self.host.report(&Attempt { stage: step.into(), attempt: number, status, duration_ms, outcome, token_age_ms });
        result.map(|_| ())
    }

    fn judge(&self, answer: &Answer, reads: &mut dyn FnMut(&Json) -> bool) -> Result<(), Miss> {
        let happened = match answer.status {
            200..=299 if reads(&answer.body) => return Ok(()),
            200..=299 => Happened::Unreadable,
            status => Happened::Refused(refusal(status)),
        };
        let retry_after_ms = answer.retry_after.as_deref().and_then(|text| retry_after_ms(text, self.host));
        Err(Miss { happened, status: Some(answer.status), retry_after_ms })
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
        error.retry_after_ms = miss.retry_after_ms.map(told);
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

/// Milliseconds as they are told, up to 49 days.
fn told(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// Reads into `value`, and says whether there was something to read.
fn reads<T>(value: &mut Option<T>, read: impl Fn(&Json) -> Option<T>) -> impl FnMut(&Json) -> bool {
    move |answer| {
        *value = read(answer);
        value.is_some()
    }
}

/// RFC 9110, section 10.2.3: seconds or a date; at most a day, and nothing for what is neither.
fn retry_after_ms(text: &str, host: &impl Host) -> Option<u64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is longer than a day.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(seconds.saturating_mul(1_000).min(DAY_MS));
    }
    Some(host.date(text)?.saturating_sub(host.now()).min(DAY_MS))
}
