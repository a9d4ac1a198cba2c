//! What the door needs of the host beyond web-sys. All of it may come from a `fetch` that the caller injected, so every
//! access is caught: an exception that escapes into a running future would leave its promise pending for ever.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Looked up at each call, so that a replaced global is seen.
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    pub fn fetch(url: &str, init: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(callback: &Function, ms: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue);

    /// What the class keeps of a call outside this instance, so that it can settle the call if the instance is lost.
    pub type CallState;

    /// Throws when the caller was told already, so that nothing more may be sent.
    #[wasm_bindgen(method, setter, structural, catch, js_name = ifLost)]
    pub fn set_if_lost(this: &CallState, error: &JsValue) -> Result<(), JsValue>;

    /// A Response of the Fetch standard.
    pub type Response;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn status(this: &Response) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn redirected(this: &Response) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn headers(this: &Response) -> Result<Headers, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn body(this: &Response) -> Result<Option<Stream>, JsValue>;

    /// The headers of a Response.
    pub type Headers;

    #[wasm_bindgen(method, structural, catch)]
    pub fn get(this: &Headers, name: &str) -> Result<Option<String>, JsValue>;

    /// The body of a Response.
    pub type Stream;

    #[wasm_bindgen(method, structural, catch, js_name = getReader)]
    pub fn reader(this: &Stream) -> Result<Reader, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    pub fn cancel(this: &Stream) -> Result<JsValue, JsValue>;

    /// The default reader of a stream.
    pub type Reader;

    #[wasm_bindgen(method, structural, catch)]
    pub fn read(this: &Reader) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = cancel)]
    pub fn cancel_reader(this: &Reader) -> Result<JsValue, JsValue>;

    /// What a read resolves to.
    pub type Chunk;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn done(this: &Chunk) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn value(this: &Chunk) -> Result<Bytes, JsValue>;

    /// The bytes of a chunk, perhaps of another realm.
    #[wasm_bindgen(extends = Uint8Array)]
    pub type Bytes;

    #[wasm_bindgen(method, getter, structural, catch, js_name = byteLength)]
    pub fn size(this: &Bytes) -> Result<JsValue, JsValue>;
}
