//! What a failed step means for the payment, and whether it is retried: one pure, total table without a catch-all arm, so
//! that the compiler asks about every new case.
//!
//! Flinks documents no idempotency key, and hosts do not say whether a request arrived: they throw the same exception for a
//! refused connection and for a lost answer. So a request that may have created something is `unknown` once it was sent,
//! and is never repeated (RFC 9110, section 9.2.2).

use crate::error::{Code, Outcome, Step};
use crate::host::{FetchDefect, FetchFailure, Interrupt};

/// What a step does at Flinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It creates a token.
    Token,
    /// It creates or changes a payment.
    Payment,
    /// It changes nothing.
    Nothing,
}

/// How a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was sent: the call was ended.
    NotSent(Interrupt),
    /// Nothing was sent: the deadline of the call had passed.
    NotSentInTime,
    /// Nothing was sent: the caller's `beforeSend` took longer than one step may.
    NotSentInStep,
    /// Sent, but there is no answer.
    Unanswered(NoAnswer),
    /// Answered with a status that is no 2xx.
    Refused(Refusal),
    /// Answered with a 2xx that cannot be read.
    Unreadable,
}

/// Why a request that was sent has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The connection failed, at whatever point.
    Network,
    /// The caller's own `fetch` threw at once, or gave no answer at all.
    BadFetch(FetchDefect),
    /// `timeoutMs` passed.
    Timeout,
    /// `deadlineMs` passed.
    Deadline,
    /// The call was ended.
    Interrupted(Interrupt),
    /// The wasm instance trapped, so nothing can read the answer any more.
    InstanceLost,
}

/// A status that is no 2xx.
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
    /// 408 or 425: a 4xx, but Flinks may have acted on the request.
    MaybeActedOn,
    /// 429.
    RateLimited,
    /// Any other 4xx.
    Other,
    /// 5xx.
    Unavailable,
    /// A status that HTTP does not have.
    InvalidStatus,
}

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the step may be retried.
    pub retry: Retry,
    /// The code of the error, unless it is retried.
    pub code: Code,
    /// The outcome of the error, unless it is retried.
    pub outcome: Outcome,
}

/// Whether and how a step may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Not at all.
    Never,
    /// After a pause.
    AfterPause,
    /// Once, with a new token.
    WithNewToken,
}

/// The table.
#[must_use]
pub const fn decide(step: Step, failure: Failure) -> Verdict {
    let code = code(step, failure);
    Verdict { retry: retry(step, code), code, outcome: outcome(step, failure) }
}

const fn code(step: Step, failure: Failure) -> Code {
    match failure {
        Failure::NotSent(interrupt) | Failure::Unanswered(NoAnswer::Interrupted(interrupt)) => match interrupt {
            Interrupt::Aborted => Code::Aborted,
            Interrupt::Closed => Code::Closed,
        },
        Failure::NotSentInTime | Failure::Unanswered(NoAnswer::Deadline) => Code::DeadlineExceeded,
        Failure::Unanswered(NoAnswer::Network) => Code::Network,
        // It may have sent the request before it threw, so the error must not say that only the option is wrong.
        Failure::Unanswered(NoAnswer::BadFetch(_)) => match step.effect() {
            Effect::Payment => Code::Network,
            Effect::Token | Effect::Nothing => Code::InvalidConfig,
        },
        Failure::Unanswered(NoAnswer::Timeout) | Failure::NotSentInStep => Code::Timeout,
        Failure::Unanswered(NoAnswer::InstanceLost) => Code::InstanceLost,
        Failure::Unreadable => Code::UpstreamProtocol,
        Failure::Refused(refusal) => match refusal {
            Refusal::Redirect => Code::UnexpectedRedirect,
            Refusal::Unauthorized => match step.effect() {
                Effect::Token => Code::CredentialsRejected,
                Effect::Payment | Effect::Nothing => Code::TokenRejected,
            },
            Refusal::Forbidden => Code::Forbidden,
            Refusal::NotFound => Code::NotFound,
            Refusal::Conflict => Code::Conflict,
            Refusal::RateLimited => Code::RateLimited,
            Refusal::Other => Code::Rejected,
            Refusal::MaybeActedOn | Refusal::Unavailable => Code::UpstreamUnavailable,
            Refusal::InvalidStatus => Code::UpstreamProtocol,
        },
    }
}

const fn outcome(step: Step, failure: Failure) -> Outcome {
    let creates = matches!(step.effect(), Effect::Payment);
    match failure {
        Failure::NotSent(_) | Failure::NotSentInTime | Failure::NotSentInStep => Outcome::NotSent,
        Failure::Unanswered(_) | Failure::Unreadable => after_sending(creates),
        Failure::Refused(refusal) => match refusal {
            Refusal::Redirect | Refusal::Unavailable | Refusal::InvalidStatus => after_sending(creates),
            Refusal::MaybeActedOn if creates => Outcome::Unknown,
            Refusal::MaybeActedOn
            | Refusal::Unauthorized
            | Refusal::Forbidden
            | Refusal::NotFound
            | Refusal::Conflict
            | Refusal::RateLimited
            | Refusal::Other => Outcome::Rejected,
        },
    }
}

/// A step that creates nothing has sent nothing that matters to the payment.
const fn after_sending(creates: bool) -> Outcome {
    if creates { Outcome::Unknown } else { Outcome::NotSent }
}

const fn retry(step: Step, code: Code) -> Retry {
    match (step.effect(), code) {
        (Effect::Token | Effect::Nothing, _) if code.is_transient() => Retry::AfterPause,
        (Effect::Nothing, Code::TokenRejected) => Retry::WithNewToken,
        // A 401 means that no session was created, and these two steps send nothing to the payor.
        (Effect::Payment, Code::TokenRejected) if matches!(step, Step::Initiate | Step::Session) => Retry::WithNewToken,
        (Effect::Token | Effect::Payment | Effect::Nothing, _) => Retry::Never,
    }
}

/// The kind of a status that is no 2xx.
#[must_use]
pub const fn refusal(status: u16) -> Refusal {
    match status {
        0 | 300..=399 => Refusal::Redirect,
        401 => Refusal::Unauthorized,
        403 => Refusal::Forbidden,
        404 => Refusal::NotFound,
        408 | 425 => Refusal::MaybeActedOn,
        409 => Refusal::Conflict,
        429 => Refusal::RateLimited,
        400..=499 => Refusal::Other,
        500..=599 => Refusal::Unavailable,
        1..=299 | 600..=u16::MAX => Refusal::InvalidStatus,
    }
}

impl Failure {
    /// The failure of a step whose fetch failed. `by_deadline` says whether the time limit was that of the whole call.
    #[must_use]
    pub const fn from_fetch(failure: FetchFailure, by_deadline: bool) -> Self {
        match failure {
            FetchFailure::NotSent(interrupt) => Self::NotSent(interrupt),
            FetchFailure::NotSentInTime if by_deadline => Self::NotSentInTime,
            FetchFailure::NotSentInTime => Self::NotSentInStep,
            FetchFailure::BadFetch(defect) => Self::Unanswered(NoAnswer::BadFetch(defect)),
            FetchFailure::Interrupted(interrupt) => Self::Unanswered(NoAnswer::Interrupted(interrupt)),
            FetchFailure::TimedOut if by_deadline => Self::Unanswered(NoAnswer::Deadline),
            FetchFailure::TimedOut => Self::Unanswered(NoAnswer::Timeout),
            FetchFailure::Network => Self::Unanswered(NoAnswer::Network),
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
