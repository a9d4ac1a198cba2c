//! What the door needs of the host beyond js-sys and web-sys: JSON and UTF-8 whose text stays on the host's side, and what
//! the class in pkg/ keeps of a call.
//!
//! What may throw in call after call gives an `Option`, although it has a value whenever it does not throw: for a plain value
//! wasm-bindgen takes a slot of its table before it looks whether the host threw, and then never gives it back.

use js_sys::{Array, Function, JsString, Promise, Symbol, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    /// Looked up at each call, so that a replaced global is seen.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    pub fn fetch(url: &str, init: &JsValue) -> Result<Option<JsValue>, JsValue>;

    /// Calls a function of the caller's.
    #[wasm_bindgen(js_namespace = Reflect, js_name = apply, catch)]
    pub fn apply(function: &Function, this: &JsValue, arguments: &Array) -> Result<Option<JsValue>, JsValue>;

    /// Calls the caller's `fetch`, without a list of its arguments.
    #[wasm_bindgen(js_namespace = ["Function", "prototype", "call"], js_name = call, catch)]
    pub fn call(function: &Function, this: &JsValue, url: &str, init: &JsValue) -> Result<Option<JsValue>, JsValue>;

    /// `JSON.parse` of a text that the host has; nothing for `null`.
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    pub fn parse_json(text: &JsString) -> Result<Option<JsValue>, JsValue>;

    /// Whether a value is a list. A proxy that was revoked throws even here.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    pub fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// What the language calls a value, such as `[object Map]`.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call, catch)]
    pub fn tag_of(value: &JsValue) -> Result<Option<String>, JsValue>;

    /// The names of an object's own fields that JSON would write.
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    pub fn keys(object: &JsValue) -> Result<Option<Array>, JsValue>;

    /// All that can be gone through, at once.
    #[wasm_bindgen(js_namespace = Array, js_name = from, catch)]
    pub fn list_of(iterable: &JsValue) -> Result<Option<Array>, JsValue>;

    /// The items of a list, with those of lists in it in their place.
    #[wasm_bindgen(js_namespace = ["Array", "prototype", "flat"], js_name = call, catch)]
    pub fn flat(list: &Array) -> Result<Option<Array>, JsValue>;

    /// What an object has under a symbol.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    pub fn get_by(object: &JsValue, symbol: &Symbol) -> Result<Option<JsValue>, JsValue>;

    /// What all objects inherit from.
    #[wasm_bindgen(thread_local_v2, js_namespace = Object, js_name = prototype)]
    pub static ROOT: JsValue;

    /// Whether an object has a property of its own.
    #[wasm_bindgen(js_namespace = Object, js_name = hasOwn, catch)]
    pub fn has_own(object: &JsValue, name: &JsValue) -> Result<bool, JsValue>;

    /// What an object inherits from, if it does.
    #[wasm_bindgen(js_namespace = Reflect, js_name = getPrototypeOf, catch)]
    pub fn prototype_of(object: &JsValue) -> Result<Option<JsValue>, JsValue>;

    /// The names of all that an object has itself.
    #[wasm_bindgen(js_namespace = Object, js_name = getOwnPropertyNames)]
    pub fn own_names(object: &JsValue) -> Array;

    /// Has an object of ours inherit from another one, or from none.
    #[wasm_bindgen(js_namespace = Object, js_name = setPrototypeOf)]
    pub fn set_prototype_of(object: &JsValue, prototype: &JsValue) -> JsValue;

    /// Bytes of a buffer, which throws once it was handed over to somebody else.
    #[wasm_bindgen(extends = js_sys::Uint8Array, js_name = Uint8Array)]
    pub type Bytes;

    /// A copy of a view.
    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    pub fn copy(view: &JsValue) -> Result<Bytes, JsValue>;

    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    pub fn new(buffer: &JsValue, from: &JsValue, length: &JsValue) -> Result<Bytes, JsValue>;

    /// An answer. The caller's `fetch` may give anything, and what its getters throw web-sys does not catch.
    #[wasm_bindgen(extends = web_sys::Response, js_name = Response)]
    pub type Received;

    #[wasm_bindgen(method, structural, getter, catch, js_name = status)]
    pub fn its_status(this: &Received) -> Result<Option<f64>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = redirected)]
    pub fn was_redirected(this: &Received) -> Result<Option<bool>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = headers)]
    pub fn its_headers(this: &Received) -> Result<Option<web_sys::Headers>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = body)]
    pub fn its_body(this: &Received) -> Result<Option<Unread>, JsValue>;

    /// The body of an answer.
    #[wasm_bindgen(extends = web_sys::ReadableStream, js_name = ReadableStream)]
    pub type Unread;

    #[wasm_bindgen(method, structural, catch, js_name = getReader)]
    pub fn reader(this: &Unread) -> Result<Option<Reader>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = getReader)]
    pub fn filling_reader(this: &Unread, options: &JsValue) -> Result<Option<Reader>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = cancel)]
    pub fn stop(this: &Unread) -> Result<Option<JsValue>, JsValue>;

    /// The reader of a body.
    #[wasm_bindgen(extends = web_sys::ReadableStreamDefaultReader, js_name = ReadableStreamDefaultReader)]
    pub type Reader;

    #[wasm_bindgen(method, structural, catch, js_name = read)]
    pub fn next(this: &Reader) -> Result<Option<JsValue>, JsValue>;

    /// workerd's own: what is not full holds the end.
    #[wasm_bindgen(method, structural, catch, js_name = readAtLeast)]
    pub fn fill(this: &Reader, least: u32, into: &Uint8Array) -> Result<Option<JsValue>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = cancel)]
    pub fn stop(this: &Reader) -> Result<Option<JsValue>, JsValue>;

    /// What a reader has read.
    #[wasm_bindgen(extends = web_sys::ReadableStreamReadResult, js_name = Object)]
    pub type Piece;

    #[wasm_bindgen(method, structural, getter, catch, js_name = done)]
    pub fn is_end(this: &Piece) -> Result<Option<bool>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = value)]
    pub fn bytes(this: &Piece) -> Result<Option<Uint8Array>, JsValue>;

    /// A decoder whose text stays with the host.
    #[wasm_bindgen(extends = web_sys::TextDecoder)]
    pub type Utf8;

    #[wasm_bindgen(method, structural, catch, js_name = decode)]
    pub fn text(this: &Utf8, bytes: &JsValue) -> Result<Option<JsString>, JsValue>;

    /// A call on the host's side, which outlives this instance (pkg/src/instance.ts). It is the only way into a call from
    /// the host, so that it sees a trap and lets nothing into an instance that is lost.
    #[derive(Clone)]
    pub type Call;

    /// Gives it the way in, or takes it away.
    #[wasm_bindgen(method, structural)]
    pub fn attach(this: &Call, enter: &JsValue);

    /// Goes in.
    #[wasm_bindgen(method, structural)]
    pub fn enter(this: &Call, why: u32);

    /// A promise of the host's as one that stays silent once the instance is lost. After it has settled the host goes in.
    #[wasm_bindgen(method, structural)]
    pub fn guarded(this: &Call, promise: &JsValue) -> Promise;

    /// Starts the one timer of the call.
    #[wasm_bindgen(method, structural, js_name = startTimer)]
    pub fn start_timer(this: &Call, ms: f64);

    /// Stops it, whether it has rung or not.
    #[wasm_bindgen(method, structural, js_name = stopTimer)]
    pub fn stop_timer(this: &Call);

    /// Has the caller's signal end the call.
    #[wasm_bindgen(method, structural, catch)]
    pub fn listen(this: &Call, signal: &AbortSignal) -> Result<(), JsValue>;

    /// Has it end the call no more.
    #[wasm_bindgen(method, structural, js_name = stopListening)]
    pub fn stop_listening(this: &Call);

    /// What the caller is told if this instance is lost now.
    #[wasm_bindgen(method, structural, setter, js_name = ifLost)]
    pub fn set_if_lost(this: &Call, error: &JsValue);

    /// What ends the request that is on its way if this instance is lost now.
    #[wasm_bindgen(method, structural, setter, js_name = controller)]
    pub fn set_controller(this: &Call, controller: &web_sys::AbortController);

    /// What the caller's own code threw, or what its signal was aborted with.
    #[wasm_bindgen(method, structural, setter, js_name = cause)]
    pub fn set_cause(this: &Call, thrown: &JsValue);

    /// What `fetch` threw, or gave in place of an answer: it may hold what was read or sent.
    #[wasm_bindgen(method, structural, setter, js_name = failure)]
    pub fn set_failure(this: &Call, thrown: &JsValue);
}
