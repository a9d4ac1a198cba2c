//! What the door needs of the host beyond js-sys: the call of `pkg/call.js`, and the parameters of a payment by name.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// One call, on the host's side. Its methods do not throw, whatever the caller has injected.
    pub type Call;

    /// From here on the caller's signal can end the call. It gives the option that is wrong, or `closed`, or nothing.
    #[wasm_bindgen(method, structural)]
    pub fn begin(this: &Call) -> Option<String>;

    /// Sends a request, with what the caller is told if this instance is lost meanwhile. It resolves to an [`Exchanged`].
    #[wasm_bindgen(method, structural)]
    pub fn send(this: &Call, message: &str, if_lost: &str, limit_ms: f64) -> Promise;

    /// Waits. It resolves to who ended the call meanwhile.
    #[wasm_bindgen(method, structural)]
    pub fn sleep(this: &Call, ms: f64) -> Promise;

    /// Whether somebody listens to what the call does.
    #[wasm_bindgen(method, getter, structural)]
    pub fn hears(this: &Call) -> bool;

    /// Tells them.
    #[wasm_bindgen(method, structural)]
    pub fn tell(this: &Call, event: &JsValue);

    /// Settles the call.
    #[wasm_bindgen(method, structural)]
    pub fn done(this: &Call, value: &JsValue);

    /// Settles the call with the fields of an error.
    #[wasm_bindgen(method, structural)]
    pub fn fail(this: &Call, error: &JsValue);

    /// What became of a request.
    pub type Exchanged;

    /// Whether it left.
    #[wasm_bindgen(method, getter, structural)]
    pub fn sent(this: &Exchanged) -> bool;

    /// Why there is no answer: `aborted`, `closed`, `timeout` or `network`.
    #[wasm_bindgen(method, getter, structural)]
    pub fn lost(this: &Exchanged) -> Option<String>;

    /// The status; 0 for an answer that came through a redirect, and for what is no number.
    #[wasm_bindgen(method, getter, structural)]
    pub fn status(this: &Exchanged) -> f64;

    /// The `Retry-After` header of an answer that is no success.
    #[wasm_bindgen(method, getter, structural, js_name = retryAfter)]
    pub fn retry_after(this: &Exchanged) -> Option<String>;

    /// The body of a success, parsed; `undefined` where it is no JSON.
    #[wasm_bindgen(method, getter, structural)]
    pub fn body(this: &Exchanged) -> JsValue;

    /// The parameters of a payment, as the caller gave them: each may be a getter that throws.
    pub type GivenPayment;

    #[wasm_bindgen(method, getter, structural, catch, js_name = referenceId)]
    pub fn reference_id(this: &GivenPayment) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch)]
    pub fn amount(this: &GivenPayment) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch, js_name = customerName)]
    pub fn customer_name(this: &GivenPayment) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch, js_name = customerEmail)]
    pub fn customer_email(this: &GivenPayment) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, structural, catch, js_name = clientUris)]
    pub fn client_uris(this: &GivenPayment) -> Result<JsValue, JsValue>;

    /// The shortest decimal of a number.
    #[wasm_bindgen(js_name = String)]
    pub fn decimal_of(value: f64) -> String;

    /// A property of what `JSON.parse` made, which has no getters.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get)]
    pub fn value_of(object: &JsValue, key: &JsValue) -> JsValue;
}
