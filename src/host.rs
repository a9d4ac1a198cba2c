//! All that the core asks of the world: one request, the time, a pause and some randomness. The JavaScript host stands
//! behind it at the edge, a script with a virtual clock in the tests.

use crate::error::{Error, Outcome, Stage};
use crate::secret::Secret;
use crate::token::Millis;
use core::future::Future;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

/// What the core asks of the world. One value serves one call, so that nothing of it is shared between requests.
pub trait Host {
    /// JSON as the host has it. The host writes and parses its text.
    type Json: Json;

    /// Sends a request and reads its answer, headers and body within `limit_ms`. It follows no redirect and asks no cache,
    /// reads at most 64 KiB of body after decompression, and sends nothing if the call was aborted or closed before.
    ///
    /// `if_lost` is what the caller must be told if this code dies meanwhile: a host that can outlive it keeps it until
    /// the call settles.
    fn fetch(
        &self,
        request: Request<Self::Json>,
        limit_ms: u64,
        if_lost: &Error,
    ) -> impl Future<Output = Result<Answer<Self::Json>, Lost>>;

    /// Milliseconds since the Unix epoch, on a clock that may jump.
    fn now(&self) -> Millis;

    /// Waits, or ends at once when the call is aborted or closed.
    fn sleep(&self, ms: u64) -> impl Future<Output = Result<(), Interrupt>>;

    /// Thirty-two random bits; they spread retries and need not be secret.
    fn random(&self) -> u32;

    /// Is told of each attempt once it is over.
    fn report(&self, attempt: &Attempt);
}

/// JSON as a host has it, between the structs of the endpoints and the text on the wire.
pub trait Json: Sized {
    /// The JSON of a body.
    fn write<B: Serialize>(body: &B) -> Self;
    /// What an answer says, which is an object; nothing if it is not this, a list among others.
    fn read<T: DeserializeOwned>(self) -> Option<T>;
}

/// A request, ready to be sent. Its URL holds no secret and nothing personal.
#[derive(Debug)]
pub struct Request<J> {
    /// The absolute URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// What is sent; it decides the method too.
    pub body: Body<J>,
}

/// What a header says.
#[derive(Debug)]
pub enum HeaderValue {
    /// The same for everybody.
    Fixed(&'static str),
    /// No value of a merchant's may be printed.
    Hidden(Secret),
}

impl HeaderValue {
    /// The text itself, for the request that carries it and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Hidden(secret) => secret.expose(),
        }
    }
}

/// Text that never changes, as serde has the words of an enum: a host may keep it in place of making it anew each time.
///
/// # Errors
/// The serializer's.
pub fn fixed<S: Serializer>(text: &'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_unit_variant("Fixed", 0, text)
}

/// The body of a request.
#[derive(Debug)]
pub enum Body<J> {
    /// A GET.
    None,
    /// A POST without a body.
    Empty,
    /// A POST of `application/x-www-form-urlencoded`, already encoded.
    Form(Secret),
    /// A POST of `application/json`.
    Json(J),
}

/// An answer whose body was read, or was not worth reading.
#[derive(Debug)]
pub struct Answer<J> {
    /// The HTTP status; 0 for an answer that the host hides, and for one that came through a redirect.
    pub status: u16,
    /// The `Retry-After` header as received.
    pub retry_after: Option<String>,
    /// The JSON of a 2xx; nothing if it has another type, is too long, is no UTF-8 or no JSON.
    pub body: Option<J>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The call was over before anything was sent.
    Before(Interrupt),
    /// `limit_ms` passed before anything was sent.
    BeforeInTime,
    /// The call ended while the request was on its way.
    During(Interrupt),
    /// `limit_ms` passed while the request was on its way.
    TimedOut,
    /// The caller's own `fetch` is none: it threw at once, or gave no answer at all. It may have sent before that.
    BadFetch(Misfit),
    /// Anything else; hosts do not tell whether the request arrived.
    Network,
}

/// In which way a `fetch` is none. Its `Display` says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The host has none, and the caller gave none.
    #[error("this host has none, so give one as the option fetch")]
    Missing,
    /// It is a method that was handed over without its object.
    #[error("it was called without its object, so hand it over as (url, init) => object.fetch(url, init)")]
    Unbound,
    /// It threw, or rejected with an error of a program and not of a network.
    #[error("it failed by itself, and the error's cause says how")]
    Threw,
    /// It gave nothing.
    #[error("it gave nothing, so look whether it returns what it awaits")]
    Nothing,
    /// It gave something else.
    #[error("it gave what is no Response: a status that is a number and headers with get() are needed at least")]
    NoResponse,
    /// It gave a Response whose body the web's streams do not read.
    #[error("the body of its Response is no ReadableStream of bytes, as with node-fetch: use the host's own fetch")]
    NoStream,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The caller's signal, or its `beforeSend`.
    Aborted,
    /// The client was closed.
    Closed,
}

/// One attempt, told to the host once it is over. It holds nothing secret and nothing about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The step.
    pub stage: Stage,
    /// 1 for the first try of this stage within the call.
    pub attempt: u32,
    /// The HTTP status, where there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds from the request to the end of the answer's body.
    pub duration_ms: u32,
    /// What the attempt means for the payment.
    pub outcome: AttemptOutcome,
    /// Milliseconds since the token that was sent had been asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_age_ms: Option<u32>,
}

/// What an attempt means for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It did what it was sent for.
    Ok,
    /// It failed.
    #[serde(untagged)]
    Failed(Outcome),
}
