//! The sequences, written once over the trait [`Host`]: authorize and then what the token is for.
//!
//! What a result means and whether a step is repeated is the table's word ([`crate::decision`]); here is only the order
//! of things and the counting of tries. No promise, signal or answer outlives a call.

use crate::authorize;
use crate::config::Config;
use crate::decision::{Again, Happened, Silence, Step, Verdict, decide, refusal};
use crate::error::{Error, Outcome};
use crate::host::{Answer, Attempt, Host, Interrupt, Lost, Request};
use crate::interac::{self, PaymentParams};
use crate::json::{Json, ObjectText};
use crate::sessions::{self, SessionParams};
use crate::text::digits;
use crate::token::{AccessToken, Millis, RequestId, Seat, SessionId, SessionToken, SpentToken, Token, TokenPool};
use core::cell::Cell;

/// How often authorize and reads are tried in all.
const TRIES: u32 = 3;
/// The pause after the first try is at most this; after the second at most twice this.
const FIRST_PAUSE_MS: u64 = 250;
/// What `retryAfterMs` reports at most.
const DAY_MS: u64 = 86_400_000;

/// What a call asks for, checked. What it gives is JSON, as the TypeScript types have it.
#[derive(Debug)]
pub enum Ask {
    /// A session.
    Create(Create),
    /// Authorize, payment request for a session that exists.
    CreatePaymentRequest(SessionId),
    /// That something changes.
    Change(Change),
    /// How something is.
    Read(Read),
    /// Authorize, until the pool has so many tokens that are ready or being fetched, and at most so many times, so that
    /// tokens which die at once are not asked for without end. Those that were fetched before an error are kept.
    Warm(usize),
}

/// Authorize, and a session with that token.
#[derive(Debug)]
pub enum Create {
    /// Initiate, payment request: a payment that the payor can make now.
    Payment(PaymentParams),
    /// Initiate: a session that nobody can pay yet.
    Session(PaymentParams),
    /// Sendrequest, so that Flinks e-mails the link to the payor.
    Emailed(PaymentParams),
    /// Session of v2, which the payor can open now.
    V2(SessionParams),
}

/// Authorize, and a change.
#[derive(Debug)]
pub enum Change {
    /// Cancel a payment request of v1.
    CancelPaymentRequest(RequestId),
    /// Cancel a session of v2.
    CancelSession(SessionId),
    /// Accept or refuse the guarantee of a session of v2.
    ConfirmGuarantee(SessionId, bool),
}

/// Authorize, and a question.
#[derive(Debug)]
pub enum Read {
    /// The status of a payment request.
    PaymentRequest(RequestId),
    /// The same once it is final, asked every so many milliseconds and up to a tenth more, so that many who wait do not ask
    /// together. Each question has the configured deadline, the waiting has none; a failure that passes by itself is waited
    /// out, for as long as the server says if that is longer.
    FinalPaymentRequest(RequestId, u64),
    /// The status of a session of v2.
    SessionStatus(SessionId),
    /// The details of a session of v2.
    SessionDetails(SessionId),
}

/// Makes a call.
///
/// # Errors
/// The step's error, with the reference id and the session id where the call has them.
pub async fn perform<H: Host>(host: &H, config: &Config, pool: &TokenPool, ask: Ask) -> Result<String, Box<Error>> {
    let mut call = Call::new(host, config, pool, ask);
    let mut next = call.begin();
    loop {
        next = match next {
            Next::Send(sending) => {
                let Sending { request, limit_ms, if_lost } = *sending;
                let result = host.fetch(request, limit_ms, &if_lost).await;
                call.answered(result)
            }
            Next::Sleep(ms) => {
                let slept = host.sleep(ms).await;
                call.slept(slept)
            }
            Next::End(result) => return result,
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

impl Ask {
    const fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::CreatePaymentRequest(session_id) => Some(session_id),
            Self::Change(change) => change.session_id(),
            Self::Read(read) => read.session_id(),
            Self::Create(_) | Self::Warm(_) => None,
        }
    }

    fn reference_id(&self) -> Option<&str> {
        match self {
            Self::Create(create) => create.reference_id(),
            _ => None,
        }
    }

    /// What there is to tell once the session is there; nothing where its payment request is still to come.
    fn created(&self, config: &Config, session_id: &SessionId) -> Option<String> {
        let Self::Create(create) = self else { return None };
        let mut reply = ObjectText::default();
        reply.text("sessionId", session_id.as_str());
        reply.optional("referenceId", create.reference_id());
        match create {
            Create::Payment(_) => return None,
            Create::Session(_) | Create::Emailed(_) => {}
            Create::V2(_) => reply.text("appUrl", &interac::app_url(config, session_id)),
        }
        Some(reply.end())
    }

    /// What there is to tell once the session can be paid.
    fn payable(&self, config: &Config, session_id: &SessionId, request_id: &RequestId) -> String {
        let mut reply = ObjectText::default();
        reply.text("requestId", request_id.as_str());
        if let Self::Create(create) = self {
            reply.text("sessionId", session_id.as_str());
            reply.optional("referenceId", create.reference_id());
            reply.text("appUrl", &interac::app_url(config, session_id));
        }
        reply.end()
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

    fn reply(&self, answer: &Json) -> Option<String> {
        match self {
            Self::CancelPaymentRequest(request_id) => Some(interac::read_cancelled(answer, request_id)),
            Self::CancelSession(session_id) => sessions::read_cancelled(answer, session_id),
            Self::ConfirmGuarantee(session_id, _) => sessions::read_confirmed(answer, session_id),
        }
    }
}

impl Read {
    const fn step(&self) -> Step {
        match self {
            Self::PaymentRequest(_) | Self::FinalPaymentRequest(..) => Step::Status,
            Self::SessionStatus(_) => Step::SessionStatus,
            Self::SessionDetails(_) => Step::SessionDetails,
        }
    }

    const fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::PaymentRequest(_) | Self::FinalPaymentRequest(..) => None,
            Self::SessionStatus(session_id) | Self::SessionDetails(session_id) => Some(session_id),
        }
    }

    fn request(&self, config: &Config, token: &AccessToken) -> Request {
        match self {
            Self::PaymentRequest(request_id) | Self::FinalPaymentRequest(request_id, _) => {
                interac::status(config, token, request_id)
            }
            Self::SessionStatus(session_id) => sessions::status(config, token, session_id),
            Self::SessionDetails(session_id) => sessions::details(config, token, session_id),
        }
    }

    fn reply(&self, answer: &Json) -> Option<Reply> {
        let mut json = ObjectText::default();
        let is_final = match self {
            Self::PaymentRequest(request_id) | Self::FinalPaymentRequest(request_id, _) => {
                let status = interac::read_status(answer, request_id)?;
                status.write(&mut json);
                status.is_final
            }
            Self::SessionStatus(session_id) => {
                let status = sessions::read_status(answer, session_id)?;
                status.write(&mut json);
                status.is_final
            }
            Self::SessionDetails(session_id) => {
                sessions::read_details(answer, session_id, &mut json)?;
                true
            }
        };
        Some(Reply { json: json.end(), is_final })
    }
}

/// One call of a caller. Between what the host does it decides at once what is next, so that all that waits stands in
/// [`perform`].
struct Call<'call, H> {
    host: &'call H,
    config: &'call Config,
    pool: &'call TokenPool,
    ask: Ask,
    seen_at: Cell<Millis>,
    remaining_ms: Cell<u64>,
    /// The session that the call is about, once it is known.
    session_id: Option<SessionId>,
    /// The try of the step.
    number: u32,
    /// The try of authorize before it.
    authorize_number: u32,
    token_was_refused: bool,
    /// A token that has asked and may ask again.
    kept: Option<AccessToken>,
    /// Where the token goes that is fetched for the pool.
    seat: Option<Seat<'call>>,
    /// How many were fetched for it.
    fetched: usize,
    /// What is on its way, or was sent last.
    flight: Flight,
    sleeps: Sleeps,
}

/// What the host is to do next.
enum Next {
    Send(Box<Sending>),
    Sleep(u64),
    End(Result<String, Box<Error>>),
}

/// A request, with what the host is to know of it.
struct Sending {
    request: Request,
    limit_ms: u64,
    if_lost: Box<Error>,
}

/// What a call gives, in JSON, and whether asking again would give the same.
struct Reply {
    json: String,
    is_final: bool,
}

/// A request that was sent.
struct Flight {
    step: Step,
    sent_at: Millis,
    ends_the_call: bool,
    carried: Option<Carried>,
    sent: Sent,
}

/// What there is to know of the token that a request carries.
struct Carried {
    age_ms: u64,
    is_pooled: bool,
}

/// What was sent, with the token that its answer is about.
enum Sent {
    Authorize,
    Create(SpentToken),
    PaymentRequest(SessionToken),
    Change,
    Read(AccessToken),
}

/// What an answer gives.
enum Got {
    Token(AccessToken),
    Session(SessionToken),
    PaymentRequest(SessionToken, RequestId),
    Reply(Reply),
}

/// What the call sleeps before.
enum Sleeps {
    BeforeTry,
    BeforeQuestion,
}

/// A step that did not succeed.
struct Miss {
    happened: Happened,
    status: Option<u16>,
    retry_after_ms: Option<u64>,
}

impl<'call, H: Host> Call<'call, H> {
    fn new(host: &'call H, config: &'call Config, pool: &'call TokenPool, ask: Ask) -> Self {
        let flight = Flight {
            step: Step::Authorize,
            sent_at: host.now(),
            ends_the_call: false,
            carried: None,
            sent: Sent::Authorize,
        };
        Self {
            host,
            config,
            pool,
            session_id: ask.session_id().cloned(),
            ask,
            seen_at: Cell::new(flight.sent_at),
            remaining_ms: Cell::new(config.deadline_ms),
            number: 1,
            authorize_number: 1,
            token_was_refused: false,
            kept: None,
            seat: None,
            fetched: 0,
            flight,
            sleeps: Sleeps::BeforeTry,
        }
    }

    fn begin(&mut self) -> Next {
        match self.ask {
            Ask::Warm(count) => self.warm(count),
            _ => self.with_token(),
        }
    }

    /// Goes on with a token that waited in the pool, or else with a new one.
    fn with_token(&mut self) -> Next {
        match self.pool.take(self.host.now()) {
            Some(token) => self.step(token),
            None => self.with_new_token(),
        }
    }

    fn with_new_token(&mut self) -> Next {
        self.authorize_number = 1;
        self.authorize()
    }

    fn authorize(&mut self) -> Next {
        self.send(Step::Authorize, None, Sent::Authorize, authorize::request(self.config))
    }

    /// Does with a token what the call needs one for now.
    fn step(&mut self, token: AccessToken) -> Next {
        let carried = Some(self.carried(&token));
        let (step, sent, request) = match (&self.ask, &self.session_id) {
            (Ask::Create(create), None) => {
                let (request, token) = create.request(self.config, token);
                (create.step(), Sent::Create(token), request)
            }
            (Ask::Create(_), Some(session_id)) | (Ask::CreatePaymentRequest(session_id), _) => {
                return self.pay(token.for_session(session_id.clone()));
            }
            (Ask::Change(change), _) => (change.step(), Sent::Change, change.request(self.config, token)),
            (Ask::Read(read), _) => {
                let request = read.request(self.config, &token);
                (read.step(), Sent::Read(token), request)
            }
            (&Ask::Warm(count), _) => {
                if let Some(seat) = self.seat.take() {
                    seat.fill(token, self.host.now());
                }
                return self.warm(count);
            }
        };
        self.send(step, carried, sent, request)
    }

    fn pay(&mut self, token: SessionToken) -> Next {
        if !token.is_alive(self.host.now()) {
            return self.with_token();
        }
        let request = interac::payment_request(self.config, &token);
        self.send(Step::PaymentRequest, Some(self.carried(&token)), Sent::PaymentRequest(token), request)
    }

    fn warm(&mut self, count: usize) -> Next {
        self.seat = if self.fetched < count { self.pool.seat(self.host.now(), count) } else { None };
        if self.seat.is_some() {
            self.fetched = self.fetched.saturating_add(1);
            return self.with_new_token();
        }
        let mut reply = ObjectText::default();
        reply.number("ready", u32::try_from(self.pool.ready(self.host.now())).ok());
        Next::End(Ok(reply.end()))
    }

    fn carried<Right>(&self, token: &Token<Right>) -> Carried {
        Carried { age_ms: token.age_ms(self.host.now()), is_pooled: token.is_pooled() }
    }

    fn send(&mut self, step: Step, carried: Option<Carried>, sent: Sent, request: Request) -> Next {
        let remaining_ms = self.remaining_ms();
        let limit_ms = remaining_ms.min(self.config.timeout_ms);
        let ends_the_call = limit_ms == remaining_ms;
        self.flight = Flight { step, sent_at: self.host.now(), ends_the_call, carried, sent };
        if remaining_ms == 0 {
            return self.missed(&Miss::new(Happened::NotSentInTime));
        }
        let if_lost = self.error(&Miss::new(Happened::Unanswered(Silence::InstanceLost)));
        Next::Send(Box::new(Sending { request, limit_ms, if_lost }))
    }

    fn answered(&mut self, result: Result<Answer, Lost>) -> Next {
        let read = match result {
            Ok(answer) => self.judge(&answer).map(|got| (got, answer.status)),
            Err(lost) => Err(Miss::new(Happened::lost(lost, self.flight.ends_the_call))),
        };
        match read {
            Ok((got, status)) => {
                self.report(Some(status), None);
                self.got(got)
            }
            Err(miss) => {
                if let (Some(Carried { is_pooled: true, .. }), Some(401)) = (&self.flight.carried, miss.status) {
                    self.pool.empty();
                }
                if !matches!(miss.happened, Happened::NotSent(_)) {
                    self.report(miss.status, Some(self.verdict(&miss).outcome));
                }
                self.missed(&miss)
            }
        }
    }

    fn judge(&mut self, answer: &Answer) -> Result<Got, Miss> {
        let happened = match answer.status {
            200..=299 => match self.read(&answer.body) {
                Some(got) => return Ok(got),
                None => Happened::Unreadable,
            },
            status => Happened::Refused(refusal(status)),
        };
        let retry_after_ms = answer.retry_after.as_deref().and_then(|text| retry_after_ms(text, self.host));
        Err(Miss { happened, status: Some(answer.status), retry_after_ms })
    }

    fn read(&mut self, answer: &Json) -> Option<Got> {
        match (self.landed(), &self.ask) {
            (Sent::Authorize, ask) => {
                let token = authorize::read(answer, self.flight.sent_at)?;
                // The pool looks at each token itself.
                let fits = matches!(ask, Ask::Warm(_)) || token.is_alive(self.host.now());
                fits.then_some(Got::Token(token))
            }
            (Sent::Create(token), _) => Some(Got::Session(token.for_session(interac::read_session(answer)?))),
            (Sent::PaymentRequest(token), _) => {
                Some(Got::PaymentRequest(token, interac::read_payment_request(answer)?))
            }
            (_, Ask::Change(change)) => Some(Got::Reply(Reply { json: change.reply(answer)?, is_final: true })),
            (_, Ask::Read(read)) => read.reply(answer).map(Got::Reply),
            _ => None,
        }
    }

    /// What was sent, with its token. One that has asked may ask again.
    fn landed(&mut self) -> Sent {
        match core::mem::replace(&mut self.flight.sent, Sent::Change) {
            Sent::Read(token) => {
                self.kept = Some(token);
                Sent::Change
            }
            sent => sent,
        }
    }

    fn got(&mut self, got: Got) -> Next {
        match got {
            Got::Token(token) => self.step(token),
            Got::Session(token) => {
                self.session_id = Some(token.session_id().clone());
                match self.ask.created(self.config, token.session_id()) {
                    Some(json) => Next::End(Ok(json)),
                    None => self.pay(token),
                }
            }
            Got::PaymentRequest(token, request_id) => {
                Next::End(Ok(self.ask.payable(self.config, token.session_id(), &request_id)))
            }
            Got::Reply(reply) => self.end(Ok(reply)),
        }
    }

    fn missed(&mut self, miss: &Miss) -> Next {
        self.landed();
        let is_read = matches!(self.flight.step, Step::Status | Step::SessionStatus | Step::SessionDetails);
        let may_repeat = if is_read { !self.token_was_refused } else { self.number == 1 };
        if self.verdict(miss).again != Again::WithNewToken || !may_repeat {
            return self.pause(miss);
        }
        self.token_was_refused = true;
        self.kept = None;
        self.number = self.number.saturating_add(1);
        self.with_new_token()
    }

    /// Waits before the next try, or gives the error of the last one: where the table forbids another, where there were
    /// enough, and where the deadline would pass meanwhile.
    fn pause(&mut self, miss: &Miss) -> Next {
        let number = self.tries();
        // Full jitter: two callers that failed together do not come back together.
        let most_ms = FIRST_PAUSE_MS.saturating_mul(u64::from(number));
        let jitter_ms = most_ms.saturating_mul(u64::from(self.host.random())) >> 32;
        let wait_ms = jitter_ms.max(miss.retry_after_ms.unwrap_or(0));
        let may_repeat = self.verdict(miss).again == Again::AfterPause && number < TRIES;
        if !may_repeat || wait_ms >= self.remaining_ms() {
            return self.end(Err(self.error(miss)));
        }
        self.sleeps = Sleeps::BeforeTry;
        Next::Sleep(wait_ms)
    }

    fn slept(&mut self, slept: Result<(), Interrupt>) -> Next {
        if let Err(interrupt) = slept {
            return Next::End(Err(self.error(&Miss::new(Happened::NotSent(interrupt)))));
        }
        match (&self.sleeps, self.flight.step) {
            (Sleeps::BeforeTry, Step::Authorize) => {
                self.authorize_number = self.authorize_number.saturating_add(1);
                self.authorize()
            }
            (Sleeps::BeforeTry, _) => {
                self.number = self.number.saturating_add(1);
                self.ask_again()
            }
            (Sleeps::BeforeQuestion, _) => {
                self.seen_at.set(self.host.now());
                self.remaining_ms.set(self.config.deadline_ms);
                self.number = 1;
                self.token_was_refused = false;
                self.ask_again()
            }
        }
    }

    fn ask_again(&mut self) -> Next {
        match self.kept.take() {
            Some(token) if token.is_alive(self.host.now()) => self.step(token),
            _ if self.token_was_refused => self.with_new_token(),
            _ => self.with_token(),
        }
    }

    /// The end of the call, unless it waits for something else than this.
    fn end(&mut self, result: Result<Reply, Box<Error>>) -> Next {
        let (wait_ms, interval_ms) = match (&self.ask, &result) {
            (&Ask::Read(Read::FinalPaymentRequest(_, ms)), Ok(reply)) if !reply.is_final => (ms, ms),
            (&Ask::Read(Read::FinalPaymentRequest(_, ms)), Err(error)) if error.retryable => {
                (ms.max(error.retry_after_ms.unwrap_or(0).into()), ms)
            }
            _ => return Next::End(result.map(|reply| reply.json)),
        };
        let jitter_ms = (interval_ms / 10).saturating_mul(u64::from(self.host.random())) >> 32;
        self.sleeps = Sleeps::BeforeQuestion;
        self.flight.step = Step::Status;
        Next::Sleep(wait_ms.saturating_add(jitter_ms))
    }

    const fn tries(&self) -> u32 {
        if matches!(self.flight.step, Step::Authorize) { self.authorize_number } else { self.number }
    }

    const fn verdict(&self, miss: &Miss) -> Verdict {
        decide(self.flight.step, miss.happened)
    }

    fn report(&self, status: Option<u16>, failed: Option<Outcome>) {
        self.host.report(&Attempt {
            stage: self.flight.step.into(),
            attempt: self.tries(),
            status,
            duration_ms: told(self.host.now().saturating_sub(self.flight.sent_at)),
            failed,
            token_age_ms: self.flight.carried.as_ref().map(|token| told(token.age_ms)),
        });
    }

    fn error(&self, miss: &Miss) -> Box<Error> {
        let Verdict { code, outcome, .. } = self.verdict(miss);
        let mut error = Error::new(code, self.flight.step.into(), outcome);
        error.status = miss.status;
        error.retry_after_ms = miss.retry_after_ms.map(told);
        error.reference_id = self.ask.reference_id().map(str::to_owned);
        error.session_id = self.session_id.as_ref().map(|id| id.as_str().to_owned());
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
}

/// Milliseconds as they are told, up to 49 days.
fn told(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// RFC 9110, section 10.2.3: seconds or a date; at most a day, and nothing for what is neither.
fn retry_after_ms(text: &str, host: &impl Host) -> Option<u64> {
    let text = text.trim_ascii();
    if let Some(seconds) = digits(text.as_bytes()) {
        return Some(seconds.saturating_mul(1_000).min(DAY_MS));
    }
    Some(host.date(text)?.saturating_sub(host.now()).min(DAY_MS))
}
