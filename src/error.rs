//! The one error of the crate: a stable code, the stage at which a call ended, and what that means for the payment.
//!
//! It holds nothing that came from the network but Flinks' session id, and no text that a person or a merchant typed but the
//! merchant's own `referenceId`.

use crate::serde_fields::static_text;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use thiserror::Error as ThisError;

/// What went wrong. The codes are part of the public contract and do not change between releases.
///
/// `Display` gives the message for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ThisError)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.message())]
pub enum Code {
    /// An option of the client is missing or not allowed; `field` names it.
    InvalidConfig,
    /// A parameter of a call is missing or not allowed; `field` names it.
    InvalidInput,
    /// The client was closed.
    Closed,
    /// The caller's signal ended the call.
    Aborted,
    /// The whole call took longer than `deadlineMs`.
    DeadlineExceeded,
    /// One step took longer than `timeoutMs`.
    Timeout,
    /// The request or its answer was lost.
    Network,
    /// 401 at authorize.
    CredentialsRejected,
    /// 401 after authorize.
    TokenRejected,
    /// 403.
    Forbidden,
    /// Any 4xx that has no code of its own.
    Rejected,
    /// 404.
    NotFound,
    /// 409.
    Conflict,
    /// 429.
    RateLimited,
    /// 408, 425 or 5xx.
    UpstreamUnavailable,
    /// A 2xx that cannot be read, or a status that HTTP does not have.
    UpstreamProtocol,
    /// 3xx, status 0, or an answer that came after a redirect.
    UnexpectedRedirect,
    /// The wasm instance trapped while the call ran.
    InstanceLost,
    /// A webhook that Flinks did not sign in this way, or not recently.
    WebhookSignature,
}

/// Where a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// While the client was built.
    Config,
    /// While the parameters of a call were read.
    Input,
    /// A webhook that was received.
    Webhook,
    /// At a step.
    #[serde(untagged)]
    Step(Step),
}

/// A step that talks to Flinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// `POST /api/v1/authorize`. At worst a token expires unused.
    Authorize,
    /// `POST /api/v1/sessions/initiate`. It creates a session.
    Initiate,
    /// `POST /api/v1/paymentrequests`. It makes a session payable.
    PaymentRequest,
    /// `GET /api/v1/paymentrequests/{requestId}`. It changes nothing.
    Status,
    /// `POST /api/v1/sessions/sendrequest`. It creates a session and e-mails the payor.
    #[serde(rename = "sendrequest")]
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

/// What an error means for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing that can be paid was created, and no money was moved.
    NotSent,
    /// Flinks refused it.
    Rejected,
    /// It may have happened or not: nobody may repeat it before it is looked up.
    Unknown,
}

/// A failed call. It is boxed, since it is returned through every step of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ThisError)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// The step at which the call ended.
    pub stage: Stage,
    /// What it means for the payment.
    pub outcome: Outcome,
    /// Whether the same call may be made again without the risk of a second payment.
    pub retryable: bool,
    /// What is wrong and what to do, for a person.
    #[serde(serialize_with = "serialize_message")]
    pub message: Cow<'static, str>,
    /// The HTTP status, where there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds that the server asked to wait, 24 hours at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// The option or parameter at fault, by its path, such as `payor.email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Cow<'static, str>>,
    /// The merchant's id of the payment, where the call had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// The session that the error is about, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}

impl Error {
    /// An error with the code's own message and no other details.
    #[must_use]
    pub fn new(code: Code, stage: Stage, outcome: Outcome) -> Box<Self> {
        Box::new(Self {
            code,
            stage,
            outcome,
            retryable: code.is_transient() && outcome != Outcome::Unknown,
            message: code.message().into(),
            status: None,
            retry_after_ms: None,
            field: None,
            reference_id: None,
            session_id: None,
        })
    }

    /// An option that is missing or not allowed; the message says what it must be.
    #[must_use]
    pub fn config(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Box<Self> {
        Self::of_field(Code::InvalidConfig, Stage::Config, field.into(), message.into())
    }

    /// A parameter that is missing or not allowed; the message says what it must be.
    #[must_use]
    pub fn input(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Box<Self> {
        Self::of_field(Code::InvalidInput, Stage::Input, field.into(), message.into())
    }

    /// A webhook that is refused; the message says what is probably wrong.
    #[must_use]
    pub fn webhook(message: &'static str) -> Box<Self> {
        let mut error = Self::new(Code::WebhookSignature, Stage::Webhook, Outcome::NotSent);
        error.message = message.into();
        error
    }

    /// A call on a client that was closed.
    #[must_use]
    pub fn closed() -> Box<Self> {
        Self::new(Code::Closed, Stage::Input, Outcome::NotSent)
    }

    fn of_field(code: Code, stage: Stage, field: Cow<'static, str>, message: Cow<'static, str>) -> Box<Self> {
        let mut error = Self::new(code, stage, Outcome::NotSent);
        error.field = Some(field);
        error.message = message;
        error
    }
}

impl Code {
    /// What is wrong and what to do, for a person.
    const fn message(self) -> &'static str {
        match self {
            Self::InvalidConfig => "An option of the client is not allowed.",
            Self::InvalidInput => "A parameter of the call is not allowed.",
            Self::Closed => "The client was closed: build a new one.",
            Self::Aborted => "The call was aborted by its signal or by beforeSend: the cause says which.",
            Self::DeadlineExceeded => "The call took longer than deadlineMs: raise it if Flinks needs longer.",
            Self::Timeout => "This stage took longer than timeoutMs: raise it if Flinks needs longer.",
            Self::Network => "The connection to Flinks failed or was lost: check baseUrl and the network.",
            Self::CredentialsRejected => "Flinks refused the user name or password: check both, and baseUrl.",
            Self::TokenRejected => "Flinks refused the access token: check the option tokenHeader, and baseUrl.",
            Self::Forbidden => "Flinks does not allow this stage to these credentials: ask Flinks to enable it.",
            Self::Rejected => "Flinks refused the request at this stage: check the parameters and the status.",
            Self::NotFound => "Flinks does not know this id or address: check the id, and baseUrl.",
            Self::Conflict => "Flinks reports a conflict with what was already done: read the status first.",
            Self::RateLimited => "Flinks asks for fewer requests: wait retryAfterMs, where given, before the next.",
            Self::UpstreamUnavailable => "Flinks could not answer: retry if retryable, else look the payment up.",
            Self::UpstreamProtocol => "Flinks gave an answer that cannot be read: check that baseUrl is Flinks Pay.",
            Self::UnexpectedRedirect => "Flinks answered with a redirect, which is not followed: check baseUrl.",
            Self::InstanceLost => "The wasm instance was lost during the call: the next call runs on a new one.",
            Self::WebhookSignature => "The webhook is not signed as Flinks signs it: check scheme and secrets.",
        }
    }

    /// Whether the cause may pass by itself. Whether a retry is safe depends on the outcome.
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::Network | Self::Timeout | Self::RateLimited | Self::UpstreamUnavailable)
    }
}

#[allow(clippy::ptr_arg, reason = "serde hands the field over")]
fn serialize_message<S: Serializer>(message: &Cow<'static, str>, serializer: S) -> Result<S::Ok, S::Error> {
    match message {
        Cow::Borrowed(text) => static_text(text, serializer),
        Cow::Owned(text) => serializer.serialize_str(text),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Code, Error, Outcome, Stage, Step};
    use std::collections::BTreeSet;

    const CODES: [Code; 19] = [
        Code::InvalidConfig,
        Code::InvalidInput,
        Code::Closed,
        Code::Aborted,
        Code::DeadlineExceeded,
        Code::Timeout,
        Code::Network,
        Code::CredentialsRejected,
        Code::TokenRejected,
        Code::Forbidden,
        Code::Rejected,
        Code::NotFound,
        Code::Conflict,
        Code::RateLimited,
        Code::UpstreamUnavailable,
        Code::UpstreamProtocol,
        Code::UnexpectedRedirect,
        Code::InstanceLost,
        Code::WebhookSignature,
    ];

    #[test]
    fn each_code_has_its_own_message() {
        let messages: BTreeSet<_> = CODES.into_iter().map(|code| code.to_string()).collect();
        assert_eq!(messages.len(), CODES.len());
        for message in messages {
            assert!(message.len() > 10 && message.ends_with('.'), "{message:?}");
        }
    }

    #[test]
    fn only_transient_failures_with_a_known_outcome_are_retryable() {
        for code in CODES {
            let is_transient =
                matches!(code, Code::Network | Code::Timeout | Code::RateLimited | Code::UpstreamUnavailable);
            let retryable = |outcome| Error::new(code, Stage::Step(Step::Initiate), outcome).retryable;
            assert_eq!(
                (retryable(Outcome::NotSent), retryable(Outcome::Rejected)),
                (is_transient, is_transient),
                "{code:?}"
            );
            assert!(!retryable(Outcome::Unknown), "{code:?}");
        }
    }
}
