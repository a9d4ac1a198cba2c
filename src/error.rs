//! The one error of the crate: a stable code, the stage at which a call ended, and what that means for the payment.
//!
//! Nothing in it comes from the network, and no text that a person or a merchant typed is in it but the merchant's own
//! `referenceId` and Flinks' session id.

use crate::json::ObjectText;

/// What went wrong. The words are part of the public contract and do not change between releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that could create or move money was sent.
    NotSent,
    /// Flinks refused it.
    Rejected,
    /// It may or may not have happened; nobody may repeat it blindly.
    Unknown,
}

/// A failed call, as a value. It is handed on in a box, since it goes through every step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// The step at which the call ended.
    pub stage: Stage,
    /// What it means for the payment.
    pub outcome: Outcome,
    /// Whether the same call may be made again with no risk of asking twice.
    pub retryable: bool,
    /// One sentence for a person, fixed for each code or field.
    pub message: &'static str,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Milliseconds that the server asked to wait, 24 hours at most.
    pub retry_after_ms: Option<u32>,
    /// The option or parameter at fault.
    pub field: Option<&'static str>,
    /// The merchant's id of the payment, where the call had one.
    pub reference_id: Option<String>,
    /// The session that the error is about, where it is known.
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
            message: code.message(),
            status: None,
            retry_after_ms: None,
            field: None,
            reference_id: None,
            session_id: None,
        })
    }

    /// An option that is missing or not allowed, with the remedy in the message.
    #[must_use]
    pub fn config(field: &'static str, message: &'static str) -> Box<Self> {
        let mut error = Self::new(Code::InvalidConfig, Stage::Config, Outcome::NotSent);
        error.field = Some(field);
        error.message = message;
        error
    }

    /// A parameter that is missing or not allowed, with the remedy in the message.
    #[must_use]
    pub fn input(field: &'static str, message: &'static str) -> Box<Self> {
        let mut error = Self::new(Code::InvalidInput, Stage::Input, Outcome::NotSent);
        error.field = Some(field);
        error.message = message;
        error
    }

    /// A webhook that is refused, with the likely mistake in the message.
    #[must_use]
    pub fn webhook(message: &'static str) -> Box<Self> {
        let mut error = Self::new(Code::WebhookSignature, Stage::Webhook, Outcome::NotSent);
        error.message = message;
        error
    }

    /// A call on a client that was closed.
    #[must_use]
    pub fn closed() -> Box<Self> {
        Self::new(Code::Closed, Stage::Input, Outcome::NotSent)
    }

    /// The error as callers get it, as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut error = ObjectText::default();
        error.text("code", self.code.as_str());
        error.text("stage", self.stage.as_str());
        error.text("outcome", self.outcome.as_str());
        error.flag("retryable", self.retryable);
        error.text("message", self.message);
        error.number("status", self.status.map(u32::from));
        error.number("retryAfterMs", self.retry_after_ms);
        error.optional("field", self.field);
        error.optional("referenceId", self.reference_id.as_deref());
        error.optional("sessionId", self.session_id.as_deref());
        error.end()
    }
}

impl Stage {
    /// The word of the public contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Input => "input",
            Self::Authorize => "authorize",
            Self::Initiate => "initiate",
            Self::PaymentRequest => "payment_request",
            Self::Status => "status",
            Self::SendRequest => "sendrequest",
            Self::Session => "session",
            Self::SessionStatus => "session_status",
            Self::SessionDetails => "session_details",
            Self::Cancel => "cancel",
            Self::Guarantee => "guarantee",
            Self::Webhook => "webhook",
        }
    }
}

impl Outcome {
    /// The word of the public contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl Code {
    /// The word of the public contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidConfig => "invalid_config",
            Self::InvalidInput => "invalid_input",
            Self::Closed => "closed",
            Self::Aborted => "aborted",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::CredentialsRejected => "credentials_rejected",
            Self::TokenRejected => "token_rejected",
            Self::Forbidden => "forbidden",
            Self::Rejected => "rejected",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::UpstreamUnavailable => "upstream_unavailable",
            Self::UpstreamProtocol => "upstream_protocol",
            Self::UnexpectedRedirect => "unexpected_redirect",
            Self::InstanceLost => "instance_lost",
            Self::WebhookSignature => "webhook_signature",
        }
    }

    /// The codes that pass by themselves; whether a repeat is safe is the outcome's word.
    const fn is_transient(self) -> bool {
        matches!(self, Self::Network | Self::Timeout | Self::RateLimited | Self::UpstreamUnavailable)
    }

    const fn message(self) -> &'static str {
        match self {
            Self::InvalidConfig => "An option of the client is not allowed.",
            Self::InvalidInput => "A parameter of the call is not allowed.",
            Self::Closed => "The client was closed.",
            Self::Aborted => "The call was aborted by its signal.",
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
            Self::WebhookSignature => "The webhook is not signed as Flinks signs it.",
            Self::InstanceLost => "The client's wasm instance was lost; the next call runs on a new one.",
        }
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
        let sentences: BTreeSet<_> = CODES.into_iter().map(Code::message).collect();
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
            assert_eq!((error.field, error.message, error.retryable), (Some("field"), "Remedy.", false));
        }
        let error = Error::webhook("Remedy.");
        assert_eq!((error.code, error.stage, error.message), (Code::WebhookSignature, Stage::Webhook, "Remedy."));
        let error = Error::closed();
        assert_eq!(
            (error.code, error.outcome, error.message),
            (Code::Closed, Outcome::NotSent, "The client was closed.")
        );
    }
}
