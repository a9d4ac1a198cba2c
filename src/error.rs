//! The one error of the crate: a stable code, the stage at which a call ended, and what that means for the payment.
//!
//! Nothing in it comes from the network, and no text that a person or a merchant typed is in it but the merchant's own
//! `referenceId` and Flinks' session id.

use crate::host::fixed;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use thiserror::Error as ThisError;

/// What went wrong. The words are part of the public contract and do not change between releases.
///
/// Its `Display` is the sentence for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ThisError)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.sentence())]
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
    /// The request or its answer was lost on the way.
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
    /// A 2xx that cannot be read, or a status that no client may see.
    UpstreamProtocol,
    /// 3xx, status 0, or an answer that somebody else was redirected to.
    UnexpectedRedirect,
    /// The wasm instance trapped while the call ran.
    InstanceLost,
    /// A webhook that Flinks did not sign so, or not now.
    WebhookSignature,
}

/// The step at which a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// While the client was built.
    Config,
    /// While the parameters of a call were read.
    Input,
    /// `POST /api/v1/authorize`.
    Authorize,
    /// `POST /api/v1/sessions/initiate`.
    Initiate,
    /// `POST /api/v1/paymentrequests`.
    PaymentRequest,
    /// `GET /api/v1/paymentrequests/{requestId}`.
    Status,
    /// `POST /api/v1/sessions/sendrequest`.
    #[serde(rename = "sendrequest")]
    SendRequest,
    /// `POST /api/v2/sessions`.
    Session,
    /// `GET /api/v2/sessions/{sessionId}/status`.
    SessionStatus,
    /// `GET /api/v2/sessions/{sessionId}/details`.
    SessionDetails,
    /// `POST /api/v2/sessions/{sessionId}/cancel`.
    Cancel,
    /// `POST /api/v2/sessions/{sessionId}/guarantees/confirm`.
    Guarantee,
    /// A webhook that was received.
    Webhook,
}

/// What an error means for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing that could create or move money was sent.
    NotSent,
    /// Flinks refused it.
    Rejected,
    /// It may or may not have happened; nobody may repeat it blindly.
    Unknown,
}

/// A failed call, as a value. It is handed on in a box, since it goes through every step of a call.
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
    /// Whether the same call may be made again with no risk of asking twice.
    pub retryable: bool,
    /// What is wrong and what to do, for a person.
    #[serde(serialize_with = "sentence")]
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
    /// An error with the code's own sentence and nothing else known.
    #[must_use]
    pub fn new(code: Code, stage: Stage, outcome: Outcome) -> Box<Self> {
        Box::new(Self {
            code,
            stage,
            outcome,
            retryable: code.is_transient() && outcome != Outcome::Unknown,
            message: code.sentence().into(),
            status: None,
            retry_after_ms: None,
            field: None,
            reference_id: None,
            session_id: None,
        })
    }

    /// An option that is missing or not allowed, with the remedy in the message.
    #[must_use]
    pub fn config(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Box<Self> {
        Self::about(Code::InvalidConfig, Stage::Config, field.into(), message.into())
    }

    /// A parameter that is missing or not allowed, with the remedy in the message.
    #[must_use]
    pub fn input(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Box<Self> {
        Self::about(Code::InvalidInput, Stage::Input, field.into(), message.into())
    }

    /// A webhook that is refused, with the likely mistake in the message.
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

    fn about(code: Code, stage: Stage, field: Cow<'static, str>, message: Cow<'static, str>) -> Box<Self> {
        let mut error = Self::new(code, stage, Outcome::NotSent);
        error.field = Some(field);
        error.message = message;
        error
    }
}

impl Code {
    /// The sentence for a person.
    const fn sentence(self) -> &'static str {
        match self {
            Self::InvalidConfig => "An option of the client is not allowed.",
            Self::InvalidInput => "A parameter of the call is not allowed.",
            Self::Closed => "The client was closed.",
            Self::Aborted => {
                "The call was aborted by its signal, or beforeSend threw or rejected: its cause says which."
            }
            Self::DeadlineExceeded => "The call took longer than deadlineMs.",
            Self::Timeout => "A step of the call took longer than timeoutMs.",
            Self::Network => "The connection to Flinks was lost, or could not be made.",
            Self::CredentialsRejected => "Flinks refused the user name or the password.",
            Self::TokenRejected => "Flinks refused the access token.",
            Self::Forbidden => "Flinks does not allow this to these credentials.",
            Self::Rejected => "Flinks refused the request.",
            Self::NotFound => "Flinks does not know this id or this address.",
            Self::Conflict => "Flinks says that this was done already or is in conflict with it.",
            Self::RateLimited => "Flinks asks for fewer requests.",
            Self::UpstreamUnavailable => "Flinks could not answer.",
            Self::UpstreamProtocol => "Flinks gave an answer that cannot be read.",
            Self::UnexpectedRedirect => {
                "Flinks, or something before it, answered with a redirect; it was not followed."
            }
            Self::InstanceLost => "The client's wasm instance was lost; the next call runs on a new one.",
            Self::WebhookSignature => "The webhook is not signed as Flinks signs it.",
        }
    }

    /// The codes that pass by themselves; whether a repeat is safe is the outcome's word.
    const fn is_transient(self) -> bool {
        matches!(self, Self::Network | Self::Timeout | Self::RateLimited | Self::UpstreamUnavailable)
    }
}

#[allow(clippy::ptr_arg, reason = "serde hands the field over")]
fn sentence<S: Serializer>(message: &Cow<'static, str>, serializer: S) -> Result<S::Ok, S::Error> {
    match message {
        Cow::Borrowed(text) => fixed(text, serializer),
        Cow::Owned(text) => serializer.serialize_str(text),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Code, Error, Outcome, Stage};
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
    fn each_code_has_a_sentence_of_its_own() {
        let sentences: BTreeSet<_> = CODES.into_iter().map(|code| code.to_string()).collect();
        assert_eq!(sentences.len(), CODES.len());
        for sentence in sentences {
            assert!(sentence.len() > 10 && sentence.ends_with('.'), "{sentence:?}");
        }
    }

    #[test]
    fn only_what_passes_by_itself_and_has_not_happened_may_be_repeated() {
        for code in CODES {
            let passes = matches!(code, Code::Network | Code::Timeout | Code::RateLimited | Code::UpstreamUnavailable);
            let retryable = |outcome| Error::new(code, Stage::Initiate, outcome).retryable;
            assert_eq!((retryable(Outcome::NotSent), retryable(Outcome::Rejected)), (passes, passes), "{code:?}");
            assert!(!retryable(Outcome::Unknown), "{code:?}");
        }
    }

    #[test]
    fn says_what_to_do_about_a_field() {
        for (error, code, stage) in [
            (Error::config("field", "Remedy."), Code::InvalidConfig, Stage::Config),
            (Error::input("field", "Remedy."), Code::InvalidInput, Stage::Input),
        ] {
            assert_eq!((error.code, error.stage, error.outcome), (code, stage, Outcome::NotSent));
            assert_eq!(
                (error.field.as_deref(), error.to_string().as_str(), error.retryable),
                (Some("field"), "Remedy.", false)
            );
        }
        let error = Error::webhook("Remedy.");
        assert_eq!((error.code, error.stage, &*error.message), (Code::WebhookSignature, Stage::Webhook, "Remedy."));
        let error = Error::closed();
        assert_eq!(
            (error.code, error.outcome, &*error.message),
            (Code::Closed, Outcome::NotSent, "The client was closed.")
        );
    }
}
