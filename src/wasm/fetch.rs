//! The host's `fetch`, clock and randomness behind the trait [`Host`], for one call. Each request has one abort controller and
//! one timer, for headers and body together.

use super::bindings::{HostCall, Received, apply, call_fetch, global_fetch};
use super::body::{ReceiveError, read_json};
use super::host_json::HostJson;
use super::js_value::{function, property, to_js};
use super::request_init::request_init;
use super::running_call::{Interruption, RunningCalls, Stopped, Timer, ignore};
use crate::error::{Error, Stage};
use crate::host::{Answer, Attempt, FetchDefect, FetchFailure, Host, Interrupt, Request};
use crate::token::Millis;
use js_sys::{Array, Date, Function, Math};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestInit};

/// The options of a call that [`JsHost`] reads.
pub const HOST_OPTIONS: [&str; 3] = ["signal", "beforeSend", "onEvent"];

/// What a client's calls have in common on the host's side.
pub struct HostSettings {
    /// The caller's `fetch`, if it gave one.
    pub fetch: Option<Function>,
    /// The client's own listener.
    pub on_event: Option<Function>,
    /// Whether to send a user agent. Browsers send their own, and would need a CORS preflight for another.
    pub sends_user_agent: bool,
    /// The calls that run.
    pub running: RunningCalls,
}

/// The host for one call.
pub struct JsHost {
    settings: Rc<HostSettings>,
    call: HostCall,
    interruption: Rc<Interruption>,
    before_send: Option<Function>,
    /// The call's own listener and the client's.
    listeners: [Option<Function>; 2],
    signal: Option<AbortSignal>,
}

/// A request that is about to be sent, for `beforeSend`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestToSend<'error> {
    stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'error str>,
}

impl JsHost {
    /// Begins a call, unless the client is closed or one of the call's options is wrong.
    pub fn new(
        settings: &Rc<HostSettings>,
        options: &JsValue,
        call: HostCall,
        interruption: Rc<Interruption>,
    ) -> Result<Self, Box<Error>> {
        let hook =
            |name| function(options, name).map_err(|_| Error::input(name, format!("{name} must be a function.")));
        let before_send = hook("beforeSend")?;
        let listeners = [hook("onEvent")?, settings.on_event.clone()];
        if settings.running.are_closed() {
            return Err(Error::closed());
        }
        let signal = listen(options, &call)?;
        settings.running.add(&interruption);
        if signal.as_ref().is_some_and(|signal| property(signal, "aborted") == Some(JsValue::TRUE)) {
            interruption.interrupt(Interrupt::Aborted);
        }
        Ok(Self { settings: Rc::clone(settings), call, interruption, before_send, listeners, signal })
    }

    /// What ended the call, if anything. The reason of an aborted signal becomes the error's cause.
    fn interrupt(&self) -> Option<Interrupt> {
        let interrupt = self.interruption.get()?;
        if let (Interrupt::Aborted, Some(signal)) = (interrupt, &self.signal) {
            self.call.set_cause(&property(signal, "reason").unwrap_or(JsValue::UNDEFINED));
        }
        Some(interrupt)
    }

    fn fail_if_interrupted(&self) -> Result<(), FetchFailure> {
        self.interrupt().map_or(Ok(()), |interrupt| Err(FetchFailure::NotSent(interrupt)))
    }

    /// Calls `beforeSend` and waits for its promise: if the caller could not record the request, it must not be sent.
    async fn run_before_send(&self, if_lost: &Error) -> Result<(), FetchFailure> {
        let Some(before_send) = &self.before_send else { return Ok(()) };
        let request = RequestToSend { stage: if_lost.stage, session_id: if_lost.session_id.as_deref() };
        let refused = |thrown: JsValue| {
            self.call.set_cause(&thrown);
            FetchFailure::NotSent(Interrupt::Aborted)
        };
        let promise = call_with(before_send, &request).map_err(refused)?;
        let Some(promise) = promise else { return Ok(()) };
        let waited: Result<Result<JsValue, JsValue>, Stopped> =
            self.interruption.race(JsFuture::from(self.call.guarded(&promise))).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(thrown)) => Err(refused(thrown)),
            Err(Stopped::Interrupted(interrupt)) => Err(FetchFailure::NotSent(self.interrupt().unwrap_or(interrupt))),
            Err(Stopped::TimedOut) => Err(FetchFailure::NotSentInTime),
        }
    }

    async fn send(
        &self,
        url: &str,
        init: RequestInit,
        limit_ms: u64,
        if_lost: &Error,
    ) -> Result<Answer<HostJson>, FetchFailure> {
        self.fail_if_interrupted()?;
        let _timer = Timer::start(&self.call, &self.interruption, limit_ms);
        // Only beforeSend needs it, and reading the clock is a call of the host.
        let began_at = self.before_send.as_ref().map(|_| self.now());
        self.run_before_send(if_lost).await?;
        self.fail_if_interrupted()?;
        // beforeSend may have blocked the thread, so that the timer could not fire.
        if began_at.is_some_and(|began_at| self.now().saturating_sub(began_at) >= limit_ms) {
            return Err(FetchFailure::NotSentInTime);
        }
        let Ok(controller) = AbortController::new() else { return Err(FetchFailure::Network) };
        init.set_signal(Some(&controller.signal()));
        self.call.set_controller(&controller);
        self.call.set_if_lost(&to_js(if_lost));
        let received = self.interruption.race(self.exchange(url, &init)).await;
        #[cfg(feature = "poison")]
        super::poison::at_answer(url, if_lost.reference_id.as_deref());
        match received {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failure(error)),
            Err(stopped) => {
                controller.abort();
                Err(match stopped {
                    Stopped::Interrupted(_) => {
                        self.interrupt().map_or(FetchFailure::Network, FetchFailure::Interrupted)
                    }
                    Stopped::TimedOut => FetchFailure::TimedOut,
                })
            }
        }
    }

    fn failure(&self, error: ReceiveError) -> FetchFailure {
        let (failure, thrown) = match error {
            ReceiveError::BadFetch(defect, thrown) => (FetchFailure::BadFetch(defect), thrown),
            ReceiveError::Network(thrown) => (FetchFailure::Network, thrown),
        };
        self.call.set_failure(&thrown);
        failure
    }

    async fn exchange(&self, url: &str, init: &RequestInit) -> Result<Answer<HostJson>, ReceiveError> {
        let promise = match &self.settings.fetch {
            Some(fetch) => call_fetch(fetch, &JsValue::UNDEFINED, url, init)
                .map_err(|thrown| ReceiveError::BadFetch(defect_of(&thrown).unwrap_or(FetchDefect::Threw), thrown)),
            None => global_fetch(url, init).map_err(|thrown| ReceiveError::BadFetch(FetchDefect::Missing, thrown)),
        };
        let promise = promise?.unwrap_or(JsValue::UNDEFINED);
        let response: Result<JsValue, JsValue> = JsFuture::from(self.call.guarded(&promise)).await;
        let response = response.map_err(rejection)?;
        if !response.is_object() {
            let is_nothing = response.is_undefined() || response.is_null();
            let defect = if is_nothing { FetchDefect::Nothing } else { FetchDefect::NoResponse };
            return Err(ReceiveError::BadFetch(defect, response));
        }
        self.receive(response.unchecked_ref()).await
    }

    /// Reads an answer by its fields, since it may be no `Response` at all; nothing of it may throw into this code.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates to a status that HTTP does not have"
    )]
    async fn receive(&self, response: &Received) -> Result<Answer<HostJson>, ReceiveError> {
        let no_response = || ReceiveError::BadFetch(FetchDefect::NoResponse, response.into());
        let thrown = |thrown| ReceiveError::BadFetch(FetchDefect::NoResponse, thrown);
        // Without a status it would look like an answer that the host hides.
        let status = response
            .its_status()
            .ok()
            .flatten()
            .filter(|status| *status >= 0.0 && status.fract() == 0.0)
            .ok_or_else(no_response)?;
        let was_redirected = response.was_redirected().map_err(thrown)?.unwrap_or(false);
        let status = if was_redirected { 0 } else { status as u16 };
        let headers = response.its_headers().ok().flatten().ok_or_else(no_response)?;
        let header = |name| headers.get(name).map_err(thrown);
        let content_type = header("content-type")?;
        let is_success = (200..=299).contains(&status);
        let json = match response.its_body().map_err(thrown)? {
            Some(body) if is_success && is_json(content_type.as_deref()) => read_json(&self.call, &body).await?,
            Some(body) => {
                // An unread body would hold its connection.
                if let Ok(Some(promise)) = body.stop() {
                    ignore(&self.call, &promise);
                }
                None
            }
            None => None,
        };
        let retry_after = if is_success { None } else { header("retry-after")? };
        Ok(Answer { status, retry_after, body: json.map(HostJson) })
    }
}

impl Drop for JsHost {
    fn drop(&mut self) {
        self.settings.running.remove(&self.interruption);
        self.call.stop_listening();
    }
}

impl Host for JsHost {
    type Json = HostJson;

    async fn fetch(
        &self,
        request: Request<HostJson>,
        limit_ms: u64,
        if_lost: &Error,
    ) -> Result<Answer<HostJson>, FetchFailure> {
        self.send(&request.url, request_init(&request, self.settings.sends_user_agent), limit_ms, if_lost).await
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
    fn now(&self) -> Millis {
        Date::now() as Millis
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        if let Some(interrupt) = self.interrupt() {
            return Err(interrupt);
        }
        let _timer = Timer::start(&self.call, &self.interruption, ms);
        match self.interruption.race(core::future::pending::<()>()).await {
            Err(Stopped::Interrupted(interrupt)) => Err(self.interrupt().unwrap_or(interrupt)),
            Err(Stopped::TimedOut) | Ok(()) => Ok(()),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fraction is cut off on purpose")]
    fn random(&self) -> u32 {
        (Math::random() * f64::from(u32::MAX)) as u32
    }

    fn report(&self, attempt: &Attempt) {
        for listener in self.listeners.iter().flatten() {
            // What a listener throws or rejects with must not affect a payment.
            if let Ok(Some(promise)) = call_with(listener, attempt) {
                ignore(&self.call, &promise);
            }
        }
    }
}

/// Calls a function of the caller's, which may return a promise.
fn call_with<T: Serialize>(listener: &Function, argument: &T) -> Result<Option<JsValue>, JsValue> {
    let returned = apply(listener, &JsValue::UNDEFINED, &Array::of1(&to_js(argument)))?;
    Ok(returned.filter(|returned| returned.is_object() || returned.is_function()))
}

/// Listens to the caller's signal, if there is one. It is recognised by its shape, since its class may be of another realm.
fn listen(options: &JsValue, call: &HostCall) -> Result<Option<AbortSignal>, Box<Error>> {
    let invalid = || Error::input("signal", "signal must be an AbortSignal.");
    let signal = property(options, "signal").ok_or_else(invalid)?;
    if signal.is_undefined() || signal.is_null() {
        return Ok(None);
    }
    let has_function = |name| property(&signal, name).is_some_and(|value| value.is_function());
    let has_aborted = property(&signal, "aborted").is_some_and(|value| value.as_bool().is_some());
    if !(has_aborted && has_function("addEventListener") && has_function("removeEventListener")) {
        return Err(invalid());
    }
    let signal: AbortSignal = signal.unchecked_into();
    call.listen(&signal).map_err(|_| invalid())?;
    Ok(Some(signal))
}

fn rejection(thrown: JsValue) -> ReceiveError {
    match defect_of(&thrown) {
        Some(defect) => ReceiveError::BadFetch(defect, thrown),
        None => ReceiveError::Network(thrown),
    }
}

/// Recognises errors of the code of a `fetch`: no network throws them.
fn defect_of(thrown: &JsValue) -> Option<FetchDefect> {
    let text = |name| property(thrown, name).and_then(|value| value.as_string()).unwrap_or_default();
    let is_code_error = matches!(text("name").as_str(), "ReferenceError" | "SyntaxError" | "RangeError");
    if text("message").starts_with("Illegal invocation") {
        return Some(FetchDefect::Unbound);
    }
    is_code_error.then_some(FetchDefect::Threw)
}

fn is_json(content_type: Option<&str>) -> bool {
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    matches!(essence, "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
