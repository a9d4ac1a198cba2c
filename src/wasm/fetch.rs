//! The host's `fetch`, clock and randomness behind the trait [`Host`], for one call.
//!
//! Every request has `redirect: "manual"` (a followed redirect would carry the token or the payor's data to another host),
//! forbids caching, and has one abort controller and one timer for headers and body. Bodies are read as a stream and
//! counted after decompression, since `Content-Length` is the size before it.

use super::Inner;
use super::bindings::{self, Bytes, Call, Piece, Reader, Received, Unread, Utf8, apply, call, parse_json};
use super::given::{bare, function, property};
use super::running::{Stop, Timer, Watch};
use super::to_js;
use crate::error::{Error, Stage};
use crate::host::{Answer, Attempt, Body, HeaderValue, Host, Interrupt, Json, Lost, Misfit, Request, fixed};
use crate::token::Millis;
use js_sys::{Array, ArrayBuffer, Date, Function, JSON, Math, Uint8Array};
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, RequestCache, RequestInit, RequestRedirect, TextDecoder, TextDecoderOptions,
};

/// How much of a body is read.
const MAX_BODY_BYTES: u32 = 65_536;
/// How many pieces of a body may be empty. A stream that is ready at once leaves no timer its turn, and would have no end.
const MOST_EMPTY_PIECES: u32 = 1_000;
/// What a reader that fills views is given at a time; hardly any answer is longer.
const VIEW_BYTES: u32 = 2_048;
/// Some firewalls refuse requests that do not say who sends them, and Workers do not.
const USER_AGENT: &str = concat!("flinkspay-edge/", env!("CARGO_PKG_VERSION"));

/// A request that is about to leave, as `beforeSend` is told.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Announced<'error> {
    stage: Stage,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'error str>,
}

/// The host for one call.
pub struct JsHost {
    client: Rc<Inner>,
    call: Call,
    watch: Rc<Watch>,
    before_send: Option<Function>,
    /// The call's own listener and the client's.
    listeners: [Option<Function>; 2],
    signal: Option<AbortSignal>,
}

/// A value that `JSON.parse` has given, or that `JSON.stringify` will be given.
pub struct HostJson(JsValue);

impl Json for HostJson {
    fn write<B: Serialize>(body: &B) -> Self {
        Self(to_js(body))
    }

    fn read<T: DeserializeOwned>(self) -> Option<T> {
        // A list would be an object without fields.
        let is_list = Array::is_array(&self.0);
        (!is_list).then(|| serde_wasm_bindgen::from_value(bare(self.0)).ok()).flatten()
    }
}

/// Why an answer could not be received.
enum Failed {
    /// By the host.
    Network(JsValue),
    /// By the caller's `fetch`, which is no `fetch`.
    BadFetch(Misfit, JsValue),
}

impl JsHost {
    /// Begins a call, unless the client is closed or one of the call's options is wrong.
    pub fn new(client: &Rc<Inner>, options: &JsValue, call: Call, watch: Rc<Watch>) -> Result<Self, Box<Error>> {
        let hook =
            |name| function(options, name).map_err(|_| Error::input(name, format!("{name} must be a function.")));
        let before_send = hook("beforeSend")?;
        let listeners = [hook("onEvent")?, client.on_event.clone()];
        if client.calls.are_closed() {
            return Err(Error::closed());
        }
        let signal = listen(options, &call)?;
        client.calls.begin(&watch);
        if signal.as_ref().is_some_and(|signal| property(signal, "aborted") == Some(JsValue::TRUE)) {
            watch.end(Interrupt::Aborted);
        }
        Ok(Self { client: Rc::clone(client), call, watch, before_send, listeners, signal })
    }

    /// Who ended the call, if somebody did; what a signal was aborted with is told.
    fn interrupt(&self) -> Option<Interrupt> {
        let ended = self.watch.ended()?;
        if let (Interrupt::Aborted, Some(signal)) = (ended, &self.signal) {
            self.call.set_cause(&property(signal, "reason").unwrap_or(JsValue::UNDEFINED));
        }
        Some(ended)
    }

    fn nothing_or_interrupt(&self) -> Result<(), Lost> {
        self.interrupt().map_or(Ok(()), |interrupt| Err(Lost::Before(interrupt)))
    }

    /// Tells the caller, and waits for its promise if it gives one: whoever could not write the request down must not
    /// have it sent.
    async fn announce(&self, if_lost: &Error) -> Result<(), Lost> {
        let Some(before_send) = &self.before_send else { return Ok(()) };
        let request = Announced { stage: if_lost.stage, session_id: if_lost.session_id.as_deref() };
        let refused = |thrown: JsValue| {
            self.call.set_cause(&thrown);
            Lost::Before(Interrupt::Aborted)
        };
        let promise = told(before_send, &request).map_err(refused)?;
        let Some(promise) = promise else { return Ok(()) };
        let waited: Result<Result<JsValue, JsValue>, Stop> =
            self.watch.or(JsFuture::from(self.call.guarded(&promise))).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(thrown)) => Err(refused(thrown)),
            Err(Stop::Ended(interrupt)) => Err(Lost::Before(self.interrupt().unwrap_or(interrupt))),
            Err(Stop::Rang) => Err(Lost::BeforeInTime),
        }
    }

    async fn send(
        &self,
        url: &str,
        init: RequestInit,
        limit_ms: u64,
        if_lost: &Error,
    ) -> Result<Answer<HostJson>, Lost> {
        self.nothing_or_interrupt()?;
        let _timer = Timer::start(&self.call, &self.watch, limit_ms);
        // Of no other use, and each look at the host's clock is a call of it.
        let began_at = self.before_send.as_ref().map(|_| self.now());
        self.announce(if_lost).await?;
        self.nothing_or_interrupt()?;
        // It may have kept the thread, where no timer rings.
        if began_at.is_some_and(|began_at| self.now().saturating_sub(began_at) >= limit_ms) {
            return Err(Lost::BeforeInTime);
        }
        let Ok(controller) = AbortController::new() else { return Err(Lost::Network) };
        init.set_signal(Some(&controller.signal()));
        self.call.set_controller(&controller);
        self.call.set_if_lost(&to_js(if_lost));
        let received = self.watch.or(self.exchange(url, &init)).await;
        #[cfg(feature = "poison")]
        super::poison::at_answer(url, if_lost.reference_id.as_deref());
        match received {
            Ok(Ok(received)) => Ok(received),
            Ok(Err(failed)) => Err(self.lost(failed)),
            Err(stop) => {
                controller.abort();
                Err(match stop {
                    Stop::Ended(_) => self.interrupt().map_or(Lost::Network, Lost::During),
                    Stop::Rang => Lost::TimedOut,
                })
            }
        }
    }

    fn lost(&self, failed: Failed) -> Lost {
        let (lost, thrown) = match failed {
            Failed::BadFetch(misfit, thrown) => (Lost::BadFetch(misfit), thrown),
            Failed::Network(thrown) => (Lost::Network, thrown),
        };
        self.call.set_failure(&thrown);
        lost
    }

    async fn exchange(&self, url: &str, init: &RequestInit) -> Result<Answer<HostJson>, Failed> {
        let promise = match &self.client.fetch {
            Some(fetch) => {
                let thrown = call(fetch, &JsValue::UNDEFINED, url, init);
                thrown.map_err(|thrown| Failed::BadFetch(misfit_of(&thrown).unwrap_or(Misfit::Threw), thrown))
            }
            None => bindings::fetch(url, init).map_err(|thrown| Failed::BadFetch(Misfit::Missing, thrown)),
        };
        let promise = promise?.unwrap_or(JsValue::UNDEFINED);
        let response: Result<JsValue, JsValue> = JsFuture::from(self.call.guarded(&promise)).await;
        let response = response.map_err(failure_of)?;
        if !response.is_object() {
            let is_nothing = response.is_undefined() || response.is_null();
            let misfit = if is_nothing { Misfit::Nothing } else { Misfit::NoResponse };
            return Err(Failed::BadFetch(misfit, response));
        }
        self.receive(response.unchecked_ref()).await
    }

    /// Reads what need not be a Response, by its fields: none of them may throw into this code.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates to a status that HTTP has not"
    )]
    async fn receive(&self, response: &Received) -> Result<Answer<HostJson>, Failed> {
        let no_response = || Failed::BadFetch(Misfit::NoResponse, response.into());
        let thrown = |thrown| Failed::BadFetch(Misfit::NoResponse, thrown);
        // What has no status would look like an answer that the host hides.
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
            Some(body) if is_success && is_json(content_type.as_deref()) => self.read(&body).await?,
            Some(body) => {
                // A body that nobody reads would hold its connection.
                if let Ok(Some(promise)) = body.stop() {
                    self.ignore(&promise);
                }
                None
            }
            None => None,
        };
        Ok(Answer { status, retry_after: if is_success { None } else { header("retry-after")? }, body: json })
    }

    /// The JSON of a body, unless it is too long, no UTF-8 or no JSON.
    async fn read(&self, body: &Unread) -> Result<Option<HostJson>, Failed> {
        let mut reading = Reading::new(self, body)?;
        let mut body = Gathered::default();
        let mut empty_pieces: u32 = 0;
        while let Some(piece) = reading.next().await? {
            let length = piece.length();
            if length == 0 {
                empty_pieces = empty_pieces.saturating_add(1);
            }
            if empty_pieces > MOST_EMPTY_PIECES || !body.take(piece, length) {
                return Ok(None);
            }
        }
        let bytes = body.bytes();
        let text = UTF8.with(|utf8| utf8.text(&bytes).ok().flatten());
        let json = text.and_then(|text| parse_json(&text).ok());
        Ok(json.map(|value| HostJson(value.unwrap_or(JsValue::NULL))))
    }

    /// Lets a promise settle unobserved, so that its rejection is not reported as unhandled.
    fn ignore(&self, promise: &JsValue) {
        drop(JsFuture::<JsValue>::from(self.call.guarded(promise)));
    }
}

impl Drop for JsHost {
    fn drop(&mut self) {
        self.client.calls.finish(&self.watch);
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
    ) -> Result<Answer<HostJson>, Lost> {
        self.send(&request.url, init(&request, self.client.names_itself), limit_ms, if_lost).await
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; the year is after 1970")]
    fn now(&self) -> Millis {
        Date::now() as Millis
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        if let Some(interrupt) = self.interrupt() {
            return Err(interrupt);
        }
        let _timer = Timer::start(&self.call, &self.watch, ms);
        match self.watch.or(core::future::pending::<()>()).await {
            Err(Stop::Ended(interrupt)) => Err(self.interrupt().unwrap_or(interrupt)),
            Err(Stop::Rang) | Ok(()) => Ok(()),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fraction is cut off on purpose")]
    fn random(&self) -> u32 {
        (Math::random() * f64::from(u32::MAX)) as u32
    }

    fn report(&self, attempt: &Attempt) {
        for listener in self.listeners.iter().flatten() {
            // What a listener throws or rejects with must not touch a payment.
            if let Ok(Some(promise)) = told(listener, attempt) {
                self.ignore(&promise);
            }
        }
    }
}

/// Tells a function of the caller's, which may give a promise.
fn told<T: Serialize>(listener: &Function, what: &T) -> Result<Option<JsValue>, JsValue> {
    let given = apply(listener, &JsValue::UNDEFINED, &Array::of1(&to_js(what)))?;
    Ok(given.filter(|given| given.is_object() || given.is_function()))
}

/// Listens to the caller's signal, if there is one. By its shape and not by its class, which may be of another realm.
fn listen(options: &JsValue, call: &Call) -> Result<Option<AbortSignal>, Box<Error>> {
    let refused = || Error::input("signal", "signal must be an AbortSignal.");
    let signal = property(options, "signal").ok_or_else(refused)?;
    if signal.is_undefined() || signal.is_null() {
        return Ok(None);
    }
    let has_function = |name| property(&signal, name).is_some_and(|value| value.is_function());
    let has_aborted = property(&signal, "aborted").is_some_and(|value| value.as_bool().is_some());
    if !(has_aborted && has_function("addEventListener") && has_function("removeEventListener")) {
        return Err(refused());
    }
    let signal: AbortSignal = signal.unchecked_into();
    call.listen(&signal).map_err(|_| refused())?;
    Ok(Some(signal))
}

fn failure_of(thrown: JsValue) -> Failed {
    match misfit_of(&thrown) {
        Some(misfit) => Failed::BadFetch(misfit, thrown),
        None => Failed::Network(thrown),
    }
}

/// The faults of programs: no network throws them.
fn misfit_of(thrown: &JsValue) -> Option<Misfit> {
    let text = |name| property(thrown, name).and_then(|value| value.as_string()).unwrap_or_default();
    let is_of_a_program = matches!(text("name").as_str(), "ReferenceError" | "SyntaxError" | "RangeError");
    if text("message").starts_with("Illegal invocation") {
        return Some(Misfit::Unbound);
    }
    is_of_a_program.then_some(Misfit::Threw)
}

fn no_stream(thrown: JsValue) -> Failed {
    Failed::BadFetch(Misfit::NoStream, thrown)
}

impl Serialize for HeaderValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(text) => fixed(text, serializer),
            Self::Hidden(secret) => serializer.serialize_str(secret.expose()),
        }
    }
}

/// The headers of a request, as a plain object.
struct SentHeaders<'request> {
    headers: &'request [(&'static str, HeaderValue)],
    names_client: bool,
}

impl Serialize for SentHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut headers = serializer.serialize_struct("SentHeaders", self.headers.len())?;
        for (name, value) in self.headers {
            headers.serialize_field(name, value)?;
        }
        if self.names_client {
            headers.serialize_field("user-agent", &HeaderValue::Fixed(USER_AGENT))?;
        }
        headers.end()
    }
}

fn init(request: &Request<HostJson>, names_client: bool) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(if matches!(request.body, Body::None) { "GET" } else { "POST" });
    match &request.body {
        Body::None | Body::Empty => {}
        Body::Form(form) => init.set_body(&JsValue::from_str(form.expose())),
        Body::Json(HostJson(body)) => {
            // Only what throws while it is written has no text, and the core's structs do not.
            init.set_body(&JSON::stringify(body).map_or(JsValue::UNDEFINED, JsValue::from));
        }
    }
    init.set_headers(&to_js(&SentHeaders { headers: &request.headers, names_client }));
    init.set_redirect(RequestRedirect::Manual);
    if knows_no_store() {
        init.set_cache(RequestCache::NoStore);
    }
    init
}

/// Whether the host takes `cache: "no-store"`: workerd throws on the field before its compatibility date for it. Asked once,
/// with a request that is not sent.
fn knows_no_store() -> bool {
    thread_local! {
        static KNOWN: bool = {
            let init = RequestInit::new();
            init.set_cache(RequestCache::NoStore);
            web_sys::Request::new_with_str_and_init("https://example.com", &init).is_ok()
        };
    }
    KNOWN.with(|known| *known)
}

thread_local! {
    /// It refuses what is no UTF-8, and takes a byte order mark away.
    static UTF8: Utf8 = {
        let options = TextDecoderOptions::new();
        options.set_fatal(true);
        let decoder = TextDecoder::new_with_label_and_options("utf-8", &options);
        decoder.map_or_else(|_| JsValue::UNDEFINED.unchecked_into(), JsCast::unchecked_into)
    };
}

thread_local! {
    /// Whether the host is workerd, whose readers of bytes give most bodies with their end at once: any other reader takes
    /// another turn for the end.
    static FILLS: bool = {
        let class = property(&js_sys::global(), "ReadableStreamBYOBReader").unwrap_or_default();
        can_fill(&property(&class, "prototype").unwrap_or_default())
    };
    static INTO_VIEWS: JsValue = to_js(&ReaderOptions { mode: "byob" });
}

#[derive(serde::Serialize)]
struct ReaderOptions {
    mode: &'static str,
}

/// Such a reader; none of a stream that is not of bytes, which throws.
fn filling_reader(body: &Unread) -> Option<Reader> {
    if !FILLS.with(|fills| *fills) {
        return None;
    }
    INTO_VIEWS.with(|options| body.filling_reader(options).ok().flatten())
}

fn can_fill(reader: &JsValue) -> bool {
    property(reader, "readAtLeast").is_some_and(|method| method.is_function())
}

/// What was read of a body: one piece, as most bodies are, or a buffer for all that may come.
#[derive(Default)]
struct Gathered {
    bytes: Option<Uint8Array>,
    length: u32,
}

impl Gathered {
    /// Takes a piece, unless it makes the body too long.
    fn take(&mut self, piece: Uint8Array, length: u32) -> bool {
        let (at, length) = (self.length, self.length.saturating_add(length));
        if length > MAX_BODY_BYTES {
            return false;
        }
        self.length = length;
        match &self.bytes {
            Some(bytes) if bytes.length() == MAX_BODY_BYTES => bytes.set(&piece, at),
            Some(first) => {
                let all = Uint8Array::new_with_length(MAX_BODY_BYTES);
                all.set(first, 0);
                all.set(&piece, at);
                self.bytes = Some(all);
            }
            None => self.bytes = Some(piece),
        }
        true
    }

    fn bytes(self) -> Uint8Array {
        match self.bytes {
            Some(bytes) if bytes.length() == self.length => bytes,
            Some(bytes) => bytes.subarray(0, self.length),
            None => Uint8Array::new_with_length(0),
        }
    }
}

fn is_json(content_type: Option<&str>) -> bool {
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    matches!(essence, "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The reader of a body. One that is dropped before the end cancels the stream: nobody reads on, and an open body would
/// hold its connection.
struct Reading<'call> {
    host: &'call JsHost,
    reader: Reader,
    /// Whether it fills views, and what is not full holds the end.
    fills: bool,
    at_end: bool,
}

impl<'call> Reading<'call> {
    fn new(host: &'call JsHost, body: &Unread) -> Result<Self, Failed> {
        let reader = match filling_reader(body) {
            Some(reader) => reader,
            None => body.reader().map_err(no_stream)?.ok_or_else(|| no_stream(body.into()))?,
        };
        // Whatever it was asked for: the stream may be the caller's own.
        let fills = FILLS.with(|fills| *fills) && can_fill(&reader);
        Ok(Self { host, reader, fills, at_end: false })
    }

    async fn next(&mut self) -> Result<Option<Uint8Array>, Failed> {
        if self.at_end {
            return Ok(None);
        }
        let read = if self.fills {
            self.reader.fill(VIEW_BYTES, &Uint8Array::new_with_length(VIEW_BYTES))
        } else {
            self.reader.next()
        };
        let promise = read.map_err(no_stream)?.unwrap_or(JsValue::UNDEFINED);
        let piece: Result<JsValue, JsValue> = JsFuture::from(self.host.call.guarded(&promise)).await;
        let piece: Piece = piece.map_err(Failed::Network)?.unchecked_into();
        let no_piece = || no_stream(piece.clone().into());
        self.at_end = piece.is_end().map_err(no_stream)?.unwrap_or(false);
        let bytes = piece.bytes().ok().flatten();
        // A view comes with the end if there was something for it.
        if self.at_end && (bytes.is_none() || !self.fills) {
            return Ok(None);
        }
        let bytes = bytes.ok_or_else(no_piece)?;
        let is_view = ArrayBuffer::is_view(&bytes);
        // A copy, since the caller's `fetch` may hand over or change what it gave; and since a class of its own may lie about
        // its length.
        let copy = if is_view { Bytes::copy(&bytes).ok() } else { None };
        self.at_end |= self.fills && copy.as_ref().is_some_and(|copy| copy.length() < VIEW_BYTES);
        copy.map(|copy| Some(copy.unchecked_into())).ok_or_else(no_piece)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if !self.at_end
            && let Ok(Some(promise)) = self.reader.stop()
        {
            self.host.ignore(&promise);
        }
    }
}
