//! What the core needs of its host: to send a request, the time, a pause and some randomness. It is implemented by the
//! JavaScript host at the edge, and by a script with a virtual clock in the tests.

use crate::error::{Error, Outcome, Stage};
use crate::secret::Secret;
use crate::token::Millis;
use core::future::Future;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the core needs of its host. Each call has a value of its own, so that no two requests share anything.
pub trait Host {
    /// The host's JSON values. The host writes and parses their text.
    type Json: Json;

    /// Sends a request and reads its answer, headers and body, within `limit_ms`. It follows no redirect, uses no cache,
    /// reads at most 64 KiB of body after decompression, and sends nothing if the call was aborted or closed before.
    ///
    /// `if_lost` is the error for the caller if this code traps before the answer comes: a host that outlives a trap keeps
    /// it until the call settles.
    fn fetch(
        &self,
        request: Request<Self::Json>,
        limit_ms: u64,
        if_lost: &Error,
    ) -> impl Future<Output = Result<Answer<Self::Json>, FetchFailure>>;

    /// Milliseconds since the Unix epoch, on a clock that may jump.
    fn now(&self) -> Millis;

    /// Waits, or ends at once when the call is aborted or closed.
    fn sleep(&self, ms: u64) -> impl Future<Output = Result<(), Interrupt>>;

    /// Thirty-two random bits. They spread retries and need not be secret.
    fn random(&self) -> u32;

    /// Receives each attempt once it is over.
    fn report(&self, attempt: &Attempt);
}

/// A host's JSON value, between the structs of the endpoints and the text that is sent.
pub trait Json: Sized {
    /// The JSON of a body.
    fn write<B: Serialize>(body: &B) -> Self;
    /// Reads an object; `None` for anything else, a list included.
    fn read<T: DeserializeOwned>(self) -> Option<T>;
}

/// A request, ready to be sent. Its URL has no secret and nothing personal in it.
#[derive(Debug)]
pub struct Request<J> {
    /// The absolute URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// The body, which decides the method too.
    pub body: Body<J>,
}

/// The value of a header.
#[derive(Debug)]
pub enum HeaderValue {
    /// The same for every merchant.
    Static(&'static str),
    /// A value of the merchant's, which may not be printed.
    Secret(Secret),
}

impl HeaderValue {
    /// The text itself, for the request that carries it and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }
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

/// An answer. Its body is read for a 2xx only.
#[derive(Debug)]
pub struct Answer<J> {
    /// The HTTP status; 0 for an answer that the host hides, and for one that came after a redirect.
    pub status: u16,
    /// The `Retry-After` header as received.
    pub retry_after: Option<String>,
    /// The JSON of a 2xx; `None` if it has another type, is too long, is no UTF-8 or no JSON.
    pub body: Option<J>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchFailure {
    /// The call was ended before anything was sent.
    NotSent(Interrupt),
    /// `limit_ms` passed before anything was sent.
    NotSentInTime,
    /// The call was ended after the request was sent.
    Interrupted(Interrupt),
    /// `limit_ms` passed after the request was sent.
    TimedOut,
    /// The caller's own `fetch` is defective: it threw at once, or gave no answer at all. It may have sent before that.
    BadFetch(FetchDefect),
    /// Anything else. Hosts do not say whether the request arrived.
    Network,
}

/// What is wrong with a `fetch`. `Display` says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchDefect {
    /// The host has none, and the caller gave none.
    #[error("this host has no fetch of its own, so pass one as the option fetch")]
    Missing,
    /// It is a method that was passed without its object.
    #[error("it was called without its object, so pass (url, init) => object.fetch(url, init)")]
    Unbound,
    /// It threw, or rejected with an error of its own code and not of a network.
    #[error("it threw an error of its own, so look at the cause of this error")]
    Threw,
    /// It returned nothing.
    #[error("it returned nothing, so check that it returns what it awaits")]
    Nothing,
    /// It returned something else.
    #[error("it returned no Response: it must have at least a number as status and headers with get()")]
    NoResponse,
    /// It returned a Response whose body is no web stream.
    #[error(
        "the body of its Response is not a ReadableStream of bytes, as with node-fetch, so use the host's own fetch"
    )]
    NoStream,
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The caller's signal, or its `beforeSend`.
    Aborted,
    /// The client was closed.
    Closed,
}

/// One attempt at a step, reported once it is over. It has nothing secret in it, and nothing about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The step.
    pub stage: Stage,
    /// 1 for the first attempt at this stage within the call.
    pub attempt: u32,
    /// The HTTP status, where there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Milliseconds from the request to the end of the answer's body.
    pub duration_ms: u32,
    /// What the attempt means for the payment.
    pub outcome: AttemptOutcome,
    /// The age of the token that was sent, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_age_ms: Option<u32>,
}

/// What an attempt means for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It succeeded.
    Ok,
    /// It failed.
    #[serde(untagged)]
    Failed(Outcome),
}
