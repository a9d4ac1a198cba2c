//! What a step's result means for the payment and whether it is tried again: one pure, total table without a catch-all
//! arm, so that the compiler asks about every new case.
//!
//! Flinks documents no idempotency key. Hosts give no proof that a request did not arrive: the same exception stands for
//! a refused connection and for an answer that was lost. So whatever may have created something is `unknown` once it
//! left, and is never repeated (RFC 9110, section 9.2.2).

use crate::error::{Code, Outcome, Stage};
use crate::host::{Interrupt, Lost, Misfit};

/// A step that talks to Flinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `POST /api/v1/authorize`. At worst it leaves a token that dies unused.
    Authorize,
    /// `POST /api/v1/sessions/initiate`. It creates a session.
    Initiate,
    /// `POST /api/v1/paymentrequests`. It makes a session payable.
    PaymentRequest,
    /// `GET /api/v1/paymentrequests/{requestId}`. It changes nothing.
    Status,
    /// `POST /api/v1/sessions/sendrequest`. It creates a session and e-mails the payor.
    SendRequest,
    /// `POST /api/v2/sessions`. It creates a session that is payable at once.
    Session,
    /// `GET /api/v2/sessions/{sessionId}/status`. It changes nothing.
    SessionStatus,
    /// `GET /api/v2/sessions/{sessionId}/details`. It changes nothing.
    SessionDetails,
    /// `POST /api/v2/sessions/{sessionId}/cancel`. It ends a session.
    Cancel,
    /// `POST /api/v2/sessions/{sessionId}/guarantees/confirm`. It decides a payment.
    Guarantee,
}

/// What a step does at Flinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It asks for a token.
    Token,
    /// It creates or changes what money depends on.
    Payment,
    /// It changes nothing.
    Nothing,
}

/// What happened to a step that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Nothing was sent: the call had ended.
    NotSent(Interrupt),
    /// Nothing was sent: the deadline of the call had passed.
    NotSentInTime,
    /// Nothing was sent: the caller's `beforeSend` took longer than one step may.
    NotSentInStep,
    /// Sent, and no answer came.
    Unanswered(Silence),
    /// Answered with a status that is no success.
    Refused(Refusal),
    /// Answered with a 2xx that cannot be read.
    Unreadable,
}

/// Why a request that was sent has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The connection failed, at whatever point.
    Network,
    /// The caller's own `fetch` threw at once, or gave no answer at all.
    BadFetch(Misfit),
    /// `timeoutMs` passed.
    Timeout,
    /// `deadlineMs` passed.
    Deadline,
    /// The call was ended.
    Ended(Interrupt),
    /// The wasm instance trapped; nobody in it can read the answer any more.
    InstanceLost,
}

/// A status that is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 3xx, or 0.
    Redirect,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 408 or 425: a 4xx after which the request may have been acted upon.
    Late,
    /// 429.
    RateLimited,
    /// Any other 4xx.
    Other,
    /// 5xx.
    Unavailable,
    /// No status that HTTP has.
    Impossible,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the step may be tried again.
    pub again: Again,
    /// The code of the error, if it is not.
    pub code: Code,
    /// The outcome of the error, if it is not.
    pub outcome: Outcome,
}

/// Whether and how a step may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It may not.
    Never,
    /// After a pause.
    AfterPause,
    /// Once, with a new token.
    WithNewToken,
}

/// The table.
#[must_use]
pub const fn decide(step: Step, happened: Happened) -> Verdict {
    let code = code(step, happened);
    Verdict { again: again(step, code), code, outcome: outcome(step, happened) }
}

const fn code(step: Step, happened: Happened) -> Code {
    match happened {
        Happened::NotSent(interrupt) | Happened::Unanswered(Silence::Ended(interrupt)) => match interrupt {
            Interrupt::Aborted => Code::Aborted,
            Interrupt::Closed => Code::Closed,
        },
        Happened::NotSentInTime | Happened::Unanswered(Silence::Deadline) => Code::DeadlineExceeded,
        Happened::Unanswered(Silence::Network) => Code::Network,
        // It may have sent before it threw, so that nobody may believe that the option is all that is wrong.
        Happened::Unanswered(Silence::BadFetch(_)) => match step.effect() {
            Effect::Payment => Code::Network,
            Effect::Token | Effect::Nothing => Code::InvalidConfig,
        },
        Happened::Unanswered(Silence::Timeout) | Happened::NotSentInStep => Code::Timeout,
        Happened::Unanswered(Silence::InstanceLost) => Code::InstanceLost,
        Happened::Unreadable => Code::UpstreamProtocol,
        Happened::Refused(refusal) => match refusal {
            Refusal::Redirect => Code::UnexpectedRedirect,
            Refusal::Unauthorized => match step {
                Step::Authorize => Code::CredentialsRejected,
                Step::Initiate
                | Step::PaymentRequest
                | Step::Status
                | Step::SendRequest
                | Step::Session
                | Step::SessionStatus
                | Step::SessionDetails
                | Step::Cancel
                | Step::Guarantee => Code::TokenRejected,
            },
            Refusal::Forbidden => Code::Forbidden,
            Refusal::NotFound => Code::NotFound,
            Refusal::Conflict => Code::Conflict,
            Refusal::RateLimited => Code::RateLimited,
            Refusal::Other => Code::Rejected,
            Refusal::Late | Refusal::Unavailable => Code::UpstreamUnavailable,
            Refusal::Impossible => Code::UpstreamProtocol,
        },
    }
}

const fn outcome(step: Step, happened: Happened) -> Outcome {
    let creates = matches!(step.effect(), Effect::Payment);
    match happened {
        Happened::NotSent(_) | Happened::NotSentInTime | Happened::NotSentInStep => Outcome::NotSent,
        Happened::Unanswered(_) | Happened::Unreadable => after_sending(creates),
        Happened::Refused(refusal) => match refusal {
            Refusal::Redirect | Refusal::Unavailable | Refusal::Impossible => after_sending(creates),
            Refusal::Late if creates => Outcome::Unknown,
            Refusal::Late
            | Refusal::Unauthorized
            | Refusal::Forbidden
            | Refusal::NotFound
            | Refusal::Conflict
            | Refusal::RateLimited
            | Refusal::Other => Outcome::Rejected,
        },
    }
}

/// Of a step that creates nothing, nothing was sent that concerns the payment.
const fn after_sending(creates: bool) -> Outcome {
    if creates { Outcome::Unknown } else { Outcome::NotSent }
}

const fn again(step: Step, code: Code) -> Again {
    let is_transient = matches!(code, Code::Network | Code::Timeout | Code::RateLimited | Code::UpstreamUnavailable);
    match (step.effect(), code) {
        (Effect::Token | Effect::Nothing, _) if is_transient => Again::AfterPause,
        (Effect::Nothing, Code::TokenRejected) => Again::WithNewToken,
        // A 401 says that no session was created, and the payor has heard of nothing.
        (Effect::Payment, Code::TokenRejected) if matches!(step, Step::Initiate | Step::Session) => Again::WithNewToken,
        (Effect::Token | Effect::Payment | Effect::Nothing, _) => Again::Never,
    }
}

/// What a status that is no 2xx means.
#[must_use]
pub const fn refusal(status: u16) -> Refusal {
    match status {
        0 | 300..=399 => Refusal::Redirect,
        401 => Refusal::Unauthorized,
        403 => Refusal::Forbidden,
        404 => Refusal::NotFound,
        408 | 425 => Refusal::Late,
        409 => Refusal::Conflict,
        429 => Refusal::RateLimited,
        400..=499 => Refusal::Other,
        500..=599 => Refusal::Unavailable,
        1..=299 | 600..=u16::MAX => Refusal::Impossible,
    }
}

impl Happened {
    /// What a host's word about a lost answer means; `by_deadline` tells whether the limit was what the deadline left.
    #[must_use]
    pub const fn lost(lost: Lost, by_deadline: bool) -> Self {
        match lost {
            Lost::Before(interrupt) => Self::NotSent(interrupt),
            Lost::BeforeInTime if by_deadline => Self::NotSentInTime,
            Lost::BeforeInTime => Self::NotSentInStep,
            Lost::BadFetch(misfit) => Self::Unanswered(Silence::BadFetch(misfit)),
            Lost::During(interrupt) => Self::Unanswered(Silence::Ended(interrupt)),
            Lost::TimedOut if by_deadline => Self::Unanswered(Silence::Deadline),
            Lost::TimedOut => Self::Unanswered(Silence::Timeout),
            Lost::Network => Self::Unanswered(Silence::Network),
        }
    }
}

impl Step {
    /// What the step does at Flinks.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::Authorize => Effect::Token,
            Self::Initiate
            | Self::PaymentRequest
            | Self::SendRequest
            | Self::Session
            | Self::Cancel
            | Self::Guarantee => Effect::Payment,
            Self::Status | Self::SessionStatus | Self::SessionDetails => Effect::Nothing,
        }
    }
}

impl From<Step> for Stage {
    fn from(step: Step) -> Self {
        match step {
            Step::Authorize => Self::Authorize,
            Step::Initiate => Self::Initiate,
            Step::PaymentRequest => Self::PaymentRequest,
            Step::Status => Self::Status,
            Step::SendRequest => Self::SendRequest,
            Step::Session => Self::Session,
            Step::SessionStatus => Self::SessionStatus,
            Step::SessionDetails => Self::SessionDetails,
            Step::Cancel => Self::Cancel,
            Step::Guarantee => Self::Guarantee,
        }
    }
}
