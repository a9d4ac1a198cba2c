//! The host's `fetch`, clock and randomness behind the trait [`Host`], for one call.
//!
//! Every request has `redirect: "manual"` (a followed redirect would carry the token or the payor's data to another
//! host), one abort controller and one timer for headers and body together. Bodies are read as a stream and counted after
//! decompression, since `Content-Length` is the size before it.

use super::bindings::{self, Bytes, CallState, Chunk, Reader, Response, Stream};
use super::convert::{from_js, function, property, to_js, write};
use super::watch::{Calls, Listener, Stop, Timer, Watch};
use crate::error::{Error, Stage};
use crate::host::{Answer, Attempt, Body, Host, Interrupt, Lost, Request};
use crate::json::Json;
use crate::token::Millis;
use js_sys::{Function, JSON, Math, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect, TextDecoder, TextDecoderOptions};

/// How much of a body is read.
const MAX_BODY_BYTES: u32 = 65_536;

/// A request that is about to leave.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Announced<'error> {
    stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'error str>,
}

/// The host for one call.
pub struct JsHost {
    calls: Rc<Calls>,
    watch: Rc<Watch>,
    _listener: Option<Listener>,
    fetch: Option<Function>,
    before_send: Option<Function>,
    /// The call's own listener and the client's.
    listeners: [Option<Function>; 2],
    call: CallState,
}

impl JsHost {
    /// Starts a call, unless the client is closed or one of the call's options is wrong.
    pub fn new(
        calls: &Rc<Calls>,
        options: &JsValue,
        fetch: Option<Function>,
        on_event: Option<Function>,
        call: CallState,
    ) -> Result<Self, Error> {
        let given =
            |name| function(options, name).map_err(|_| Error::input(name, "beforeSend and onEvent must be functions."));
        let before_send = given("beforeSend")?;
        let listeners = [given("onEvent")?, on_event];
        let watch = calls.start()?;
        match listen(&watch, property(options, "signal")) {
            Ok(listener) => {
                Ok(Self { calls: Rc::clone(calls), watch, _listener: listener, fetch, before_send, listeners, call })
            }
            Err(error) => {
                calls.finish(&watch);
                Err(error)
            }
        }
    }

    async fn exchange(&self, request: &Request, controller: &AbortController) -> Result<Answer, JsValue> {
        let init = init(request, controller)?;
        let promise = match &self.fetch {
            Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(&request.url), &init)?,
            None => bindings::fetch(&request.url, &init)?,
        };
        let response: JsValue = JsFuture::from(Promise::resolve(&promise)).await?;
        read(response.unchecked_ref()).await
    }
}

impl Drop for JsHost {
    fn drop(&mut self) {
        self.calls.finish(&self.watch);
    }
}

impl Host for JsHost {
    async fn fetch(&self, request: Request, limit_ms: u64, if_lost: &Error) -> Result<Answer, Lost> {
        if let Some(interrupt) = self.watch.ended() {
            return Err(Lost::Before(interrupt));
        }
        if let Some(before_send) = &self.before_send {
            let announced = Announced { stage: if_lost.stage, session_id: if_lost.session_id.as_deref() };
            // Whoever could not write it down must not have it sent.
            if before_send.call1(&JsValue::UNDEFINED, &to_js(&announced)).is_err() {
                return Err(Lost::Before(Interrupt::Aborted));
            }
        }
        if self.call.set_if_lost(&to_js(if_lost)).is_err() {
            return Err(Lost::Before(Interrupt::Closed));
        }
        let Ok(controller) = AbortController::new() else { return Err(Lost::Network) };
        let _timer = Timer::start(&self.watch, limit_ms);
        let exchanged = self.watch.or(self.exchange(&request, &controller)).await;
        #[cfg(feature = "poison")]
        super::poison::at_answer(&request, if_lost.reference_id.as_deref());
        match exchanged {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Lost::Network),
            Err(stop) => {
                controller.abort();
                Err(match stop {
                    Stop::Ended(interrupt) => Lost::During(interrupt),
                    Stop::Rang => Lost::TimedOut,
                })
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
    fn now(&self) -> Millis {
        js_sys::Date::now() as Millis
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        let _timer = Timer::start(&self.watch, ms);
        match self.watch.or(core::future::pending::<()>()).await {
            Ok(()) | Err(Stop::Rang) => Ok(()),
            Err(Stop::Ended(interrupt)) => Err(interrupt),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fraction is cut off on purpose")]
    fn random(&self) -> u32 {
        (Math::random() * f64::from(u32::MAX)) as u32
    }

    fn report(&self, attempt: &Attempt) {
        for listener in self.listeners.iter().flatten() {
            // What a listener throws must not touch a payment.
            let _ = listener.call1(&JsValue::UNDEFINED, &to_js(attempt));
        }
    }
}

fn listen(watch: &Rc<Watch>, signal: JsValue) -> Result<Option<Listener>, Error> {
    if signal.is_undefined() || signal.is_null() {
        return Ok(None);
    }
    // By its shape and not by its class, which may be of another realm.
    let is_signal = property(&signal, "aborted").as_bool().is_some()
        && property(&signal, "addEventListener").is_function()
        && property(&signal, "removeEventListener").is_function();
    if !is_signal {
        return Err(Error::input("signal", "signal must be an AbortSignal."));
    }
    Listener::start(watch, signal.unchecked_into()).map(Some)
}

fn init(request: &Request, controller: &AbortController) -> Result<JsValue, JsValue> {
    let init = RequestInit::new();
    match &request.body {
        Body::None => init.set_method("GET"),
        Body::Empty => init.set_method("POST"),
        Body::Form(form) => {
            init.set_method("POST");
            init.set_body(&JsValue::from_str(form.expose()));
        }
        Body::Json(json) => {
            init.set_method("POST");
            init.set_body(&write(json)?);
        }
    }
    let headers = Object::new();
    for (name, value) in &request.headers {
        Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value.expose()))?;
    }
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&controller.signal()));
    Ok(init.into())
}

async fn read(response: &Response) -> Result<Answer, JsValue> {
    let was_redirected = response.redirected()?.is_truthy();
    let status = if was_redirected { 0 } else { status(&response.status()?) };
    let header = |name| response.headers().and_then(|headers| headers.get(name));
    let is_success = (200..=299).contains(&status);
    let body = match response.body()? {
        Some(stream) if is_success && is_json(header("content-type")?) => read_body(&stream).await?,
        Some(stream) => {
            // A body that nobody reads would hold its connection.
            ignore(stream.cancel());
            Json::Unreadable
        }
        None => Json::Unreadable,
    };
    let retry_after = if is_success { None } else { header("retry-after")? };
    Ok(Answer { status, retry_after, body })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and what is no number is 0")]
fn status(value: &JsValue) -> u16 {
    value.as_f64().unwrap_or(0.0) as u16
}

fn is_json(content_type: Option<String>) -> bool {
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    matches!(essence, "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The reader of a body. One that is dropped before the end cancels the stream: nobody reads on, and an open body would
/// hold its connection.
struct Reading {
    reader: Reader,
    at_end: bool,
}

impl Reading {
    fn start(stream: &Stream) -> Result<Self, JsValue> {
        Ok(Self { reader: stream.reader()?, at_end: false })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, JsValue> {
        let chunk: JsValue = JsFuture::from(Promise::resolve(&self.reader.read()?)).await?;
        let chunk: Chunk = chunk.unchecked_into();
        self.at_end = chunk.done()?.is_truthy();
        if self.at_end { Ok(None) } else { chunk.value().map(Some) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.at_end {
            ignore(self.reader.cancel_reader());
        }
    }
}

async fn read_body(stream: &Stream) -> Result<Json, JsValue> {
    let mut reading = Reading::start(stream)?;
    let mut chunks: Vec<Bytes> = Vec::new();
    let mut total: u32 = 0;
    while let Some(bytes) = reading.next().await? {
        total = total.saturating_add(size(&bytes)?);
        if total > MAX_BODY_BYTES {
            return Ok(Json::Unreadable);
        }
        chunks.push(bytes);
    }
    let text = decode(&chunks, total)?;
    Ok(text.and_then(|text| JSON::parse(&text).ok()).map_or(Json::Unreadable, from_js))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and more than the cap is refused"
)]
fn size(bytes: &Bytes) -> Result<u32, JsValue> {
    bytes.size()?.as_f64().map(|size| size as u32).ok_or(JsValue::UNDEFINED)
}

/// The text, or nothing where the bytes are no UTF-8.
fn decode(chunks: &[Bytes], total: u32) -> Result<Option<String>, JsValue> {
    let options = TextDecoderOptions::new();
    options.set_fatal(true);
    let decoder = TextDecoder::new_with_label_and_options("utf-8", &options)?;
    if let [only] = chunks {
        return Ok(decoder.decode_with_buffer_source(only).ok());
    }
    let all = Uint8Array::new_with_length(total);
    let mut offset: u32 = 0;
    for chunk in chunks {
        all.set(chunk, offset);
        offset = offset.saturating_add(size(chunk)?);
    }
    Ok(decoder.decode_with_buffer_source(&all).ok())
}

/// Lets a promise settle unobserved, so that its rejection is not reported as unhandled.
fn ignore(promise: Result<JsValue, JsValue>) {
    if let Ok(promise) = promise {
        drop(JsFuture::from(Promise::resolve(&promise)));
    }
}
