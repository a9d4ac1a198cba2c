//! What the door needs of the host beyond js-sys: the call of `pkg/call.js`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// One call, on the host's side. Its methods do not throw, whatever the caller has injected.
    pub type Call;

    /// From here on the caller's signal can end the call. It gives the option that is wrong, or `closed`, or nothing.
    #[wasm_bindgen(method, structural)]
    pub fn begin(this: &Call) -> Option<String>;

    /// Sends a request, with the error that the caller is told if this instance is lost meanwhile. What becomes of it
    /// comes with [`super::Client::resume`]; where it was not sent, this gives who ended the call, and nothing comes.
    #[wasm_bindgen(method, structural)]
    pub fn send(this: &Call, message: &str, if_lost: &str, limit_ms: f64) -> Option<String>;

    /// Waits. The end of it comes with [`super::Client::resume`], unless this gives who has ended the call already.
    #[wasm_bindgen(method, structural)]
    pub fn sleep(this: &Call, ms: f64) -> Option<String>;

    /// Whether somebody listens to what the call does.
    #[wasm_bindgen(method, getter, structural)]
    pub fn hears(this: &Call) -> bool;

    /// Tells them, in JSON.
    #[wasm_bindgen(method, structural)]
    pub fn tell(this: &Call, event: &str);

    /// Settles the call with a result in JSON.
    #[wasm_bindgen(method, structural)]
    pub fn done(this: &Call, result: &str);

    /// Settles the call with the fields of an error in JSON.
    #[wasm_bindgen(method, structural)]
    pub fn fail(this: &Call, error: &str);
}
