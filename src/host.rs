//! All that the core asks of the world: one request, the time, a pause and some randomness. The JavaScript host stands
//! behind it at the edge, a script with a virtual clock in the tests.

use crate::error::{Error, Outcome, Stage};
use crate::json::{Json, ObjectText};
use crate::secret::Secret;
use crate::token::Millis;
use core::future::Future;

/// What the core asks of the world. One value serves one call, so that nothing of it is shared between requests.
pub trait Host {
    /// Sends a request and reads its answer, headers and body within `limit_ms`. It follows no redirect, reads at most
    /// 64 KiB of body after decompression, and sends nothing if the call was aborted or closed before.
    ///
    /// `if_lost` is what the caller must be told if this code dies meanwhile: a host that can outlive it keeps it until
    /// the call settles.
    fn fetch(&self, request: Request, limit_ms: u64, if_lost: &Error) -> impl Future<Output = Result<Answer, Lost>>;

    /// Milliseconds since the Unix epoch, on a clock that may jump.
    fn now(&self) -> Millis;

    /// Milliseconds from the Unix epoch to an HTTP-date (RFC 9110, section 5.6.7), in any of its three forms.
    fn date(&self, text: &str) -> Option<Millis>;

    /// Waits, or ends at once when the call is aborted or closed.
    fn sleep(&self, ms: u64) -> impl Future<Output = Result<(), Interrupt>>;

    /// Thirty-two random bits; they spread retries and need not be secret.
    fn random(&self) -> u32;

    /// Is told of each attempt once it is over.
    fn report(&self, attempt: &Attempt);
}

/// A request, ready to be sent. Its URL holds no secret and nothing personal.
#[derive(Debug)]
pub struct Request {
    /// The absolute URL.
    pub url: String,
    /// Names and values; no value may be printed.
    pub headers: Vec<(&'static str, Secret)>,
    /// What is sent; it decides the method too.
    pub body: Body,
}

/// The body of a request.
#[derive(Debug)]
pub enum Body {
    /// A GET.
    None,
    /// A POST without a body.
    Empty,
    /// A POST of `application/x-www-form-urlencoded`, already encoded.
    Form(Secret),
    /// A POST of `application/json`.
    Json(String),
}

/// An answer whose body was read, or was not worth reading.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status; 0 for an answer that the host hides, and for one that came through a redirect.
    pub status: u16,
    /// The `Retry-After` header as received.
    pub retry_after: Option<String>,
    /// The JSON of a 2xx; `Unreadable` if it has another type, is too long, is no UTF-8 or no JSON.
    pub body: Json,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The call was over before anything was sent.
    Before(Interrupt),
    /// The call ended while the request was on its way.
    During(Interrupt),
    /// `limit_ms` passed while the request was on its way.
    TimedOut,
    /// Anything else; hosts do not tell whether the request arrived.
    Network,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The caller's signal.
    Aborted,
    /// The client was closed.
    Closed,
}

/// One attempt, told to the host once it is over. It holds nothing secret and nothing about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The step.
    pub stage: Stage,
    /// 1 for the first try of this stage within the call.
    pub attempt: u32,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Milliseconds from the request to the end of the answer's body.
    pub duration_ms: u32,
    /// What the attempt means for the payment; none for one that did what it was sent for.
    pub failed: Option<Outcome>,
    /// Milliseconds since the token that was sent had been asked for.
    pub token_age_ms: Option<u32>,
}

impl Attempt {
    /// The event as listeners get it, as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut event = ObjectText::default();
        event.text("stage", self.stage.as_str());
        event.number("attempt", Some(self.attempt));
        event.number("status", self.status.map(u32::from));
        event.number("durationMs", Some(self.duration_ms));
        event.text("outcome", self.failed.map_or("ok", Outcome::as_str));
        event.number("tokenAgeMs", self.token_age_ms);
        event.end()
    }
}
