//! What the tests of the exports share: a client with a stand-in for Flinks, and the part of a call that pkg/ keeps.

use flinkspay_edge::wasm::{Client, HostCall};
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A Flinks that answers every step at once; `sent` has the arguments of its `fetch`.
const UPSTREAM: &str = r#"
    const sent = [];
    const json = (value, init) => new Response(JSON.stringify(value), {
        headers: { "content-type": "application/json; charset=utf-8" }, ...init });
    let tokens = 0;
    const answers = {
        authorize: () => json({ access_token: `t${++tokens}`, token_type: "bearer", expires_in: 299 }),
        initiate: (init) => json({ sessionId: `s-${init.headers.authorization.slice(8)}`, referenceId: "R" }),
        sessions: (init) => json({ sessionId: `s-${init.headers.authorization.slice(8)}` }),
        paymentrequests: (init) => json({ requestId: `r-${JSON.parse(init.body).sessionId}` }),
    };
    const fetch = async (url, init) => {
        sent.push({ url, init });
        const step = url.split("/").pop();
        return (answers[step] ?? (() => json({ status: "Accepted" })))(init);
    };
"#;

/// The part of a call that pkg/ keeps; `last` is the latest one. The instance must never throw into it.
const CALL: &str = r"
    return globalThis.Call ??= class {
        lost = new Promise((_, reject) => { this.lose = reject; });
        onAbort = () => this.enter(2);
        listen(signal) { this.signal = signal; signal.addEventListener('abort', this.onAbort); }
        stopListening() { this.signal?.removeEventListener('abort', this.onAbort); }
        settled = (settle) => (value) => { settle?.(value); this.enter(0); };
        guarded = (promise) => ({ then: (one, other) => Promise.resolve(promise).then(this.settled(one), this.settled(other)) });
        attach(go) { globalThis.last = this; this.go = go; }
        enter(why) { try { this.go?.(why); } catch (error) { this.lose(`trapped: ${error.stack}`); } }
        startTimer(ms) { this.timer = setTimeout(() => this.enter(1), ms); }
        stopTimer() { clearTimeout(this.timer); }
    };
";

/// A client whose options a script may change; it may also use `sent`, `json`, `answers` and `fetch`.
pub fn client(script: &str) -> Client {
    let options = evaluate(&format!(
        "{UPSTREAM}\nconst options = {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', fetch, \
         allowCredentialsInBrowser: true }};\n{script}\nglobalThis.sent = sent; return options;"
    ));
    Client::new(options, &js_sys::global()).expect("a client")
}

pub fn evaluate(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).expect("the script runs")
}

/// Calls a method as the class `FlinksPay` does.
pub fn call(client: &Client, method: &str, input: &JsValue, options: &JsValue) -> Promise {
    let class: Function = evaluate(CALL).unchecked_into();
    let call = Reflect::construct(&class, &Array::new()).expect("a call");
    let lost = get(&call, "lost");
    let call: HostCall = call.unchecked_into();
    let running = client.run(method.to_owned(), input.clone(), options.clone(), JsValue::UNDEFINED, call);
    Promise::race(&Array::of2(&running, &lost))
}

pub fn params() -> JsValue {
    evaluate("return { referenceId: 'R', amount: '12.50', customerName: 'Zoë', customerEmail: 'z@example.com' }")
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("a property")
}

pub async fn settle(promise: Promise) -> Result<JsValue, JsValue> {
    let settled = JsFuture::from(promise).await;
    if let Some(trap) = settled.as_ref().err().and_then(JsValue::as_string) {
        panic!("{trap}");
    }
    settled
}

/// Code and field of the error of a call that must fail.
pub async fn code_and_field(promise: Promise) -> [String; 2] {
    let error = settle(promise).await.expect_err("the call fails");
    ["code", "field"].map(|name| get(&error, name).as_string().unwrap_or_default())
}

pub fn evaluate_text(script: &str) -> String {
    evaluate(script).as_string().expect("text")
}

/// Code, stage and outcome of the error of a call that must fail.
pub async fn failure_of(promise: Promise) -> [String; 3] {
    let error = settle(promise).await.expect_err("the call fails");
    ["code", "stage", "outcome"].map(|name| get(&error, name).as_string().expect("text"))
}

pub fn expected_failure(code: &str, stage: &str, outcome: &str) -> [String; 3] {
    [code, stage, outcome].map(str::to_owned)
}

pub async fn start_payment(client: &Client) -> Result<JsValue, JsValue> {
    settle(call(client, "startPayment", &params(), &JsValue::UNDEFINED)).await
}

/// The field of the error of a call that must fail.
pub async fn refused_call_field(call: Promise) -> Option<String> {
    get(&settle(call).await.expect_err("refused"), "field").as_string()
}

/// Defines a property of `Object.prototype`, as an attack or an old library does.
pub fn pollute(name: &str, value: &str) {
    let accessor = if value.starts_with("get") { "set(value) {}" } else { "writable: true" };
    evaluate(&format!(
        "Object.defineProperty(Object.prototype, '{name}', {{ {value}, {accessor}, configurable: true }}); \
         globalThis.polluted = '{name}';"
    ));
}

/// Removes it again, at once after the input was read, since the host does not work with it for long.
pub fn clean_up() {
    evaluate("delete Object.prototype[globalThis.polluted]");
}
