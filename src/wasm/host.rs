//! The host's `fetch`, clock and randomness behind the trait [`Host`], for one call. What does it is `pkg/call.js`: each
//! request has `redirect: "manual"`, one abort controller and one timer for headers and body together, and of a body at
//! most 64 KiB are read.

use super::bindings::Call;
use super::task::Awaited;
use crate::error::Error;
use crate::host::{Answer, Attempt, Body, Host, Interrupt, Lost, Request};
use crate::json::Json;
use crate::secret::Secret;
use crate::token::Millis;
use core::future::poll_fn;
use core::task::Poll;
use js_sys::{Date, Math};
use zeroize::Zeroizing;

/// What each form of an HTTP-date begins with.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The host for one call.
pub struct JsHost {
    /// The call on the host's side.
    pub call: Call,
    /// What the call waits for.
    pub awaited: Awaited,
}

/// What a call was waiting for.
pub struct Resumed {
    /// The status of an answer; 0 for one that came through a redirect, and for what is no number.
    pub status: Option<f64>,
    /// The `Retry-After` header of an answer that is no success; where there is no answer, why: `aborted`, `closed`,
    /// `timeout` or `network`.
    pub word: Option<String>,
    /// The body of a success that says that it is JSON, with a token in it perhaps.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

impl JsHost {
    async fn resumed(&self) -> Resumed {
        poll_fn(|_| self.awaited.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl Host for JsHost {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    async fn fetch(&self, request: Request, limit_ms: u64, if_lost: &Error) -> Result<Answer, Lost> {
        let unsent = self.call.send(message(&request).expose(), &if_lost.to_text(), number(limit_ms));
        if let Some(word) = unsent {
            return Err(Lost::Before(interrupt(&word)));
        }
        let Resumed { status, word, body } = self.resumed().await;
        #[cfg(feature = "poison")]
        super::poison::at_answer(&request, if_lost.reference_id.as_deref());
        match (status, word.as_deref()) {
            (Some(status), _) => {
                let body = body.and_then(|body| Json::parse(&body)).unwrap_or(Json::Unreadable);
                Ok(Answer { status: status as u16, retry_after: word, body })
            }
            (None, Some("timeout")) => Err(Lost::TimedOut),
            (None, None | Some("network")) => Err(Lost::Network),
            (None, Some(word)) => Err(Lost::During(interrupt(word))),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
    fn now(&self) -> Millis {
        Date::now() as Millis
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and what is no date is none"
    )]
    fn date(&self, text: &str) -> Option<Millis> {
        // Hosts read dates out of much that is none.
        let is_date = DAYS.iter().any(|day| text.starts_with(day));
        // One of the forms does not say that it is of this zone, and is read as local time.
        let text = [text.strip_suffix(" GMT").unwrap_or(text), " GMT"].concat();
        let ms = if is_date { Date::parse(&text) } else { f64::NAN };
        (ms >= 0.0).then_some(ms as Millis)
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        let ended = match self.call.sleep(number(ms)) {
            None => self.resumed().await.word,
            already => already,
        };
        ended.map_or(Ok(()), |word| Err(interrupt(&word)))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fraction is cut off on purpose")]
    fn random(&self) -> u32 {
        (Math::random() * f64::from(u32::MAX)) as u32
    }

    fn report(&self, attempt: &Attempt) {
        if self.call.hears() {
            self.call.tell(&attempt.to_text());
        }
    }
}

/// The whole request as one text; no part of it but the body can have a line break.
fn message(request: &Request) -> Secret {
    let (method, body) = match &request.body {
        Body::None => ("GET", ""),
        Body::Empty => ("POST", ""),
        Body::Form(form) => ("POST", form.expose()),
        Body::Json(json) => ("POST", json.as_str()),
    };
    let mut parts = vec![method, "\n", &request.url];
    for (name, value) in &request.headers {
        parts.extend(["\n", name, "\n", value.expose()]);
    }
    parts.extend(["\n\n", body]);
    Secret::concat(&parts)
}

fn interrupt(word: &str) -> Interrupt {
    if word == "aborted" { Interrupt::Aborted } else { Interrupt::Closed }
}

#[allow(clippy::cast_precision_loss, reason = "no host waits that long")]
fn number(ms: u64) -> f64 {
    ms as f64
}
