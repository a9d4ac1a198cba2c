//! What the exports need of the host beyond js-sys and web-sys: JSON and UTF-8 whose text stays on the host's side, and the
//! part of a call that pkg/ keeps.
//!
//! Functions that may throw in every call return an `Option`, although they always have a value when they do not throw: for
//! a plain value, wasm-bindgen takes a slot of its table before it checks whether the host threw, and never frees it then.

use js_sys::{Array, Function, JsString, Promise, Symbol, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    /// Looked up at each call, so that a replaced global is seen.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    pub fn global_fetch(url: &str, init: &JsValue) -> Result<Option<JsValue>, JsValue>;

    /// Calls a function of the caller's.
    #[wasm_bindgen(js_namespace = Reflect, js_name = apply, catch)]
    pub fn apply(function: &Function, this: &JsValue, arguments: &Array) -> Result<Option<JsValue>, JsValue>;

    /// Calls the caller's `fetch`; faster than `apply`, since it needs no list of arguments.
    #[wasm_bindgen(js_namespace = ["Function", "prototype", "call"], js_name = call, catch)]
    pub fn call_fetch(
        function: &Function,
        this: &JsValue,
        url: &str,
        init: &JsValue,
    ) -> Result<Option<JsValue>, JsValue>;

    /// `JSON.parse` of text that stays with the host; `None` for `null`.
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    pub fn parse_json(text: &JsString) -> Result<Option<JsValue>, JsValue>;

    /// Whether a value is a list. Even this throws for a revoked proxy.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    pub fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    /// The tag of a value, such as `[object Map]`.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call, catch)]
    pub fn tag_of(value: &JsValue) -> Result<Option<String>, JsValue>;

    /// The names of an object's own fields that JSON would write.
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    pub fn keys(object: &JsValue) -> Result<Option<Array>, JsValue>;

    /// All items of an iterable.
    #[wasm_bindgen(js_namespace = Array, js_name = from, catch)]
    pub fn list_of(iterable: &JsValue) -> Result<Option<Array>, JsValue>;

    /// The items of a list, with nested lists flattened one level.
    #[wasm_bindgen(js_namespace = ["Array", "prototype", "flat"], js_name = call, catch)]
    pub fn flat(list: &Array) -> Result<Option<Array>, JsValue>;

    /// The property of an object under a symbol.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    pub fn get_by(object: &JsValue, symbol: &Symbol) -> Result<Option<JsValue>, JsValue>;

    /// `Object.prototype`.
    #[wasm_bindgen(thread_local_v2, js_namespace = Object, js_name = prototype)]
    pub static OBJECT_PROTOTYPE: JsValue;

    /// Whether an object has a property of its own.
    #[wasm_bindgen(js_namespace = Object, js_name = hasOwn, catch)]
    pub fn has_own(object: &JsValue, name: &JsValue) -> Result<bool, JsValue>;

    /// The prototype of an object, if it has one.
    #[wasm_bindgen(js_namespace = Reflect, js_name = getPrototypeOf, catch)]
    pub fn prototype_of(object: &JsValue) -> Result<Option<JsValue>, JsValue>;

    /// The names of all own properties of an object.
    #[wasm_bindgen(js_namespace = Object, js_name = getOwnPropertyNames)]
    pub fn own_names(object: &JsValue) -> Array;

    /// Changes or removes the prototype of an object.
    #[wasm_bindgen(js_namespace = Object, js_name = setPrototypeOf)]
    pub fn set_prototype_of(object: &JsValue, prototype: &JsValue) -> JsValue;

    /// Bytes of a buffer. The constructors throw once the buffer was transferred.
    #[wasm_bindgen(extends = js_sys::Uint8Array, js_name = Uint8Array)]
    pub type Bytes;

    /// A copy of a view.
    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    pub fn copy(view: &JsValue) -> Result<Bytes, JsValue>;

    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    pub fn new(buffer: &JsValue, from: &JsValue, length: &JsValue) -> Result<Bytes, JsValue>;

    /// An answer. The caller's `fetch` may return anything, and web-sys does not catch what its getters throw.
    #[wasm_bindgen(extends = web_sys::Response, js_name = Response)]
    pub type Received;

    #[wasm_bindgen(method, structural, getter, catch, js_name = status)]
    pub fn its_status(this: &Received) -> Result<Option<f64>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = redirected)]
    pub fn was_redirected(this: &Received) -> Result<Option<bool>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = headers)]
    pub fn its_headers(this: &Received) -> Result<Option<web_sys::Headers>, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch, js_name = body)]
    pub fn its_body(this: &Received) -> Result<Option<Stream>, JsValue>;

    /// The body of an answer.
    #[wasm_bindgen(extends = web_sys::ReadableStream, js_name = ReadableStream)]
    pub type Stream;

    #[wasm_bindgen(method, structural, catch, js_name = getReader)]
    pub fn reader(this: &Stream) -> Result<Option<Reader>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = getReader)]
    pub fn filling_reader(this: &Stream, options: &JsValue) -> Result<Option<Reader>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = cancel)]
    pub fn stop(this: &Stream) -> Result<Option<JsValue>, JsValue>;

    /// The reader of a body.
    #[wasm_bindgen(extends = web_sys::ReadableStreamDefaultReader, js_name = ReadableStreamDefaultReader)]
    pub type Reader;

    #[wasm_bindgen(method, structural, catch, js_name = read)]
    pub fn next(this: &Reader) -> Result<Option<JsValue>, JsValue>;

    /// Only workerd has it: it fills the view, unless the body ends first.
    #[wasm_bindgen(method, structural, catch, js_name = readAtLeast)]
    pub fn fill(this: &Reader, least: u32, into: &Uint8Array) -> Result<Option<JsValue>, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = cancel)]
    pub fn stop(this: &Reader) -> Result<Option<JsValue>, JsValue>;

    /// A result of `read`.
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

    /// The part of a call that outlives this instance (`Call` in pkg/src/instance.ts). The host enters a call only through it,
    /// so that it notices a trap and never enters an instance that is lost.
    #[derive(Clone)]
    pub type HostCall;

    /// Sets the function through which it enters, or removes it.
    #[wasm_bindgen(method, structural)]
    pub fn attach(this: &HostCall, enter: &JsValue);

    /// Enters the call.
    #[wasm_bindgen(method, structural)]
    pub fn enter(this: &HostCall, why: u32);

    /// Wraps a promise: it never settles once the instance is lost, and when it settles, the host enters the call.
    #[wasm_bindgen(method, structural)]
    pub fn guarded(this: &HostCall, promise: &JsValue) -> Promise;

    /// Starts the one timer of the call.
    #[wasm_bindgen(method, structural, js_name = startTimer)]
    pub fn start_timer(this: &HostCall, ms: f64);

    /// Stops it, whether it has fired or not.
    #[wasm_bindgen(method, structural, js_name = stopTimer)]
    pub fn stop_timer(this: &HostCall);

    /// Lets the caller's signal end the call.
    #[wasm_bindgen(method, structural, catch)]
    pub fn listen(this: &HostCall, signal: &AbortSignal) -> Result<(), JsValue>;

    /// Stops listening to the signal.
    #[wasm_bindgen(method, structural, js_name = stopListening)]
    pub fn stop_listening(this: &HostCall);

    /// Sets the error for the caller if this instance is lost now.
    #[wasm_bindgen(method, structural, setter, js_name = ifLost)]
    pub fn set_if_lost(this: &HostCall, error: &JsValue);

    /// Sets the controller that aborts the request if this instance is lost now.
    #[wasm_bindgen(method, structural, setter, js_name = controller)]
    pub fn set_controller(this: &HostCall, controller: &web_sys::AbortController);

    /// Sets the error's cause: what the caller's own code threw, or the reason of its signal.
    #[wasm_bindgen(method, structural, setter, js_name = cause)]
    pub fn set_cause(this: &HostCall, thrown: &JsValue);

    /// Sets the error's cause to what `fetch` threw or returned. It may hold what was read or sent.
    #[wasm_bindgen(method, structural, setter, js_name = failure)]
    pub fn set_failure(this: &HostCall, thrown: &JsValue);
}
