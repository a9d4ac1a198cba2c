//! The host's `fetch`, clock and randomness behind the trait [`Host`], for one call. What does it is `pkg/call.js`: each
//! request has `redirect: "manual"`, one abort controller and one timer for headers and body together, and of a body at
//! most 64 KiB are read.

use super::bindings::{Call, Exchanged};
use super::convert::{from_js, to_js};
use crate::error::Error;
use crate::host::{Answer, Attempt, Body, Host, Interrupt, Lost, Request};
use crate::json::Json;
use crate::request::key;
use crate::secret::Secret;
use crate::token::Millis;
use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What each form of an HTTP-date begins with.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The host for one call.
pub struct JsHost(pub Call);

impl Host for JsHost {
    async fn fetch(&self, request: Request, limit_ms: u64, if_lost: &Error) -> Result<Answer, Lost> {
        let exchanged = self.0.send(message(&request).expose(), &about(if_lost), number(limit_ms));
        // It does not reject.
        let Ok(exchanged): Result<JsValue, _> = JsFuture::from(exchanged).await else { return Err(Lost::Network) };
        #[cfg(feature = "poison")]
        super::poison::at_answer(&request, if_lost.reference_id.as_deref());
        read(exchanged.unchecked_ref())
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
        let ended: Result<JsValue, _> = JsFuture::from(self.0.sleep(number(ms))).await;
        match ended.ok().and_then(|ended| ended.as_string()) {
            Some(word) => Err(interrupt(&word)),
            None => Ok(()),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fraction is cut off on purpose")]
    fn random(&self) -> u32 {
        (Math::random() * f64::from(u32::MAX)) as u32
    }

    fn report(&self, attempt: &Attempt) {
        if self.0.hears() {
            self.0.tell(&to_js(attempt));
        }
    }
}

/// The whole request as one text; no part of it but the body can have a line break.
fn message(request: &Request) -> Secret {
    let json;
    let (method, body) = match &request.body {
        Body::None => ("GET", ""),
        Body::Empty => ("POST", ""),
        Body::Form(form) => ("POST", form.expose()),
        Body::Json(value) => {
            json = value.to_text();
            ("POST", json.as_str())
        }
    };
    let mut parts = vec![method, "\n", &request.url];
    for (name, value) in &request.headers {
        parts.extend(["\n", name, "\n", value.expose()]);
    }
    parts.extend(["\n\n", body]);
    Secret::concat(&parts)
}

/// What an error says of the request, as JSON.
fn about(error: &Error) -> String {
    let text = |text: &str| Json::Text(text.to_owned());
    let mut entries = vec![key("stage", text(error.stage.as_str())), key("outcome", text(error.outcome.as_str()))];
    entries.extend(error.reference_id.as_deref().map(|id| key("referenceId", text(id))));
    entries.extend(error.session_id.as_deref().map(|id| key("sessionId", text(id))));
    Json::Object(entries).to_text()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn read(exchanged: &Exchanged) -> Result<Answer, Lost> {
    if let Some(word) = exchanged.lost() {
        return Err(match word.as_str() {
            "timeout" => Lost::TimedOut,
            "network" => Lost::Network,
            word if exchanged.sent() => Lost::During(interrupt(word)),
            word => Lost::Before(interrupt(word)),
        });
    }
    let body = exchanged.body();
    let body = if body.is_undefined() { Json::Unreadable } else { from_js(&body) };
    Ok(Answer { status: exchanged.status() as u16, retry_after: exchanged.retry_after(), body })
}

fn interrupt(word: &str) -> Interrupt {
    if word == "aborted" { Interrupt::Aborted } else { Interrupt::Closed }
}

#[allow(clippy::cast_precision_loss, reason = "no host waits that long")]
fn number(ms: u64) -> f64 {
    ms as f64
}
