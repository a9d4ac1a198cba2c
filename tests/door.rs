//! The door to the JavaScript host, in Node and in Chromium: what the exported client does with a `fetch`, a signal and
//! real Response objects. The upstream is a function, since what is tested is this side of it.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test"
)]

use flinkspay_edge::wasm::{Call, Client, sign_webhook, verify_webhook};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// A Flinks that answers every step at once; the parameters of its `fetch` are kept in `sent`.
const UPSTREAM: &str = r#"
    const sent = [];
    const json = (value, init) => new Response(JSON.stringify(value), {
        headers: { "content-type": "application/json; charset=utf-8" }, ...init });
    let tokens = 0;
    const answers = {
        authorize: () => json({ access_token: `t${++tokens}`, token_type: "bearer", expires_in: 299 }),
        initiate: (init) => json({ sessionId: `s-${init.headers.authorization.slice(8)}`, referenceId: "R" }),
        paymentrequests: (init) => json({ requestId: `r-${JSON.parse(init.body).sessionId}` }),
    };
    const fetch = async (url, init) => {
        sent.push({ url, init });
        const step = url.split("/").pop();
        return (answers[step] ?? (() => json({ status: "Accepted" })))(init);
    };
"#;

/// A client, with what the class keeps of it.
struct Owned {
    client: Rc<Client>,
    options: JsValue,
    closed: Cell<bool>,
}

/// Runs a script that may use `sent`, `json`, `answers`, `fetch` and gives the options of a client.
fn client(script: &str) -> Owned {
    let options = evaluate(&format!(
        "{UPSTREAM}\nconst options = {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', fetch, \
         allowCredentialsInBrowser: true }};\n{script}\nglobalThis.sent = sent; return options;"
    ));
    Owned {
        client: Rc::new(Client::new(&options, &js_sys::global()).expect("a client")),
        options,
        closed: Cell::new(false),
    }
}

fn evaluate(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).expect("the script runs")
}

/// The call on the host's side, as it ships.
const CALL: &str = include_str!("../pkg/call.js");

/// The class of calls.
fn class() -> Function {
    let script = ["return globalThis.Call ??= (() => {", &CALL.replace("export ", ""), "; return Call; })()"].concat();
    evaluate(&script).unchecked_into()
}

/// What the class `FlinksPay` does for one of its methods.
fn call(client: &Owned, method: &str, input: &JsValue, options: &JsValue) -> Promise {
    let given = Array::of3(&JsValue::NULL, &client.options, options);
    let call: Call = Reflect::construct(&class(), &given).expect("a call").unchecked_into();
    if client.closed.get() {
        end_all();
    }
    let result = get(call.as_ref(), "result").unchecked_into();
    let resumed: JsValue = AsRef::<JsValue>::as_ref(&call).clone();
    let place = Cell::new(client.client.run(method, input, options, &JsValue::UNDEFINED, call));
    let running = Rc::clone(&client.client);
    let resume =
        Closure::<dyn Fn(JsValue, JsValue, JsValue)>::new(move |status: JsValue, word: JsValue, body: JsValue| {
            let body = body.dyn_into::<Uint8Array>().ok().map(|body| body.to_vec());
            place.set(running.resume(place.get(), status.as_f64(), word.as_string(), body));
        });
    Reflect::set(&resumed, &"resume".into(), &resume.into_js_value()).expect("a call");
    result
}

/// What the class makes of what the instance throws.
fn thrown(error: &JsValue) -> JsValue {
    parsed(&error.as_string().expect("text"))
}

fn verify(given: &JsValue) -> Result<String, JsValue> {
    let [scheme, body, headers, secrets, header, tolerance] =
        ["scheme", "body", "headers", "secrets", "header", "toleranceSeconds"].map(|name| given_or_none(given, name));
    verify_webhook(&scheme, &body, &headers, &secrets, &header, &tolerance)
}

fn sign(given: &JsValue) -> Result<String, JsValue> {
    let [scheme, body, secret, header] = ["scheme", "body", "secret", "header"].map(|name| given_or_none(given, name));
    sign_webhook(&scheme, &body, &secret, &header)
}

fn given_or_none(given: &JsValue, name: &str) -> JsValue {
    Reflect::get(given, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn parsed(json: &str) -> JsValue {
    JSON::parse(json).expect("JSON")
}

/// What the class does when it is closed.
fn end_all() {
    class();
    evaluate("for (const call of Call.running) call.end('closed')");
}

fn params() -> JsValue {
    evaluate("return { referenceId: 'R', amount: '12.50', customerName: 'Zoë', customerEmail: 'z@example.com' }")
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("a property")
}

async fn settle(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

/// Code, stage and outcome of a call that must fail.
async fn failure(promise: Promise) -> [String; 3] {
    let error = settle(promise).await.expect_err("the call fails");
    ["code", "stage", "outcome"].map(|name| get(&error, name).as_string().expect("text"))
}

fn words(code: &str, stage: &str, outcome: &str) -> [String; 3] {
    [code, stage, outcome].map(str::to_owned)
}

async fn start(client: &Owned) -> Result<JsValue, JsValue> {
    settle(call(client, "startPayment", &params(), &JsValue::UNDEFINED)).await
}

#[wasm_bindgen_test]
async fn starts_a_payment_and_follows_no_redirect() {
    let client = client("");
    let started = start(&client).await.expect("a payment");
    assert_eq!(get(&started, "requestId").as_string().as_deref(), Some("r-s-1"));
    let sent = Array::from(&evaluate(
        "return sent.map(({ init }) => `${init.method} ${init.redirect} ${init.signal.aborted}`)",
    ));
    assert_eq!(sent.to_vec(), vec![JsValue::from("POST manual false"); 3]);
}

#[wasm_bindgen_test]
async fn two_hundred_calls_at_once_do_not_mix() {
    let client = client("");
    let calls: Array = (0..200).map(|_| call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).collect();
    let all = settle(Promise::all(&calls)).await.expect("every call ends well");
    let all = Array::from(&all);
    let ids = all.iter().map(|started| {
        let [session, request] = ["sessionId", "requestId"].map(|name| get(&started, name).as_string().expect("an id"));
        assert_eq!(request, format!("r-{session}"));
        session
    });
    assert_eq!(ids.collect::<std::collections::HashSet<_>>().len(), 200);
}

#[wasm_bindgen_test]
async fn reads_answers_in_many_pieces_and_with_a_byte_order_mark() {
    let client = client(
        r#"answers.initiate = () => {
            const bytes = new TextEncoder().encode('\ufeff{"SESSIONID":"s-1","other":"é😀"}');
            return new Response(new ReadableStream({ start(stream) {
                for (const byte of bytes) stream.enqueue(Uint8Array.of(byte));
                stream.close();
            } }), { status: 201, headers: { "content-type": "application/problem+json" } });
        }"#,
    );
    assert_eq!(get(&start(&client).await.expect("a payment"), "sessionId"), JsValue::from("s-1"));
}

#[wasm_bindgen_test]
async fn an_answer_that_cannot_be_read_leaves_the_outcome_unknown() {
    for answer in [
        "new Response(null, { status: 204 })",
        "new Response('', { headers: { 'content-type': 'application/json' } })",
        "new Response('{\"sessionId\":\"s\"}', { headers: { 'content-type': 'text/html' } })",
        "new Response('{\"sessionId\":\"s\"')",
        "new Response(Uint8Array.of(0x22, 0xff, 0x22), { headers: { 'content-type': 'application/json' } })",
        "json({ sessionId: 's', filler: 'x'.repeat(65536) })",
        "json({ sessionId: 's/../t' })",
        "json(null)",
        "json(['s'])",
        "json({ sessionId: { toString: 's' } })",
        "new Response('['.repeat(60000) + ']'.repeat(60000), { headers: { 'content-type': 'application/json' } })",
    ] {
        let client = client(&format!("answers.initiate = () => {answer};"));
        let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, words("upstream_protocol", "initiate", "unknown"), "{answer}");
    }
}

#[wasm_bindgen_test]
async fn reads_64_kib_and_then_cancels() {
    let client = client(
        r#"let pulled = 0;
        globalThis.cancelled = false;
        answers.initiate = () => new Response(new ReadableStream({
            pull(stream) { pulled += 1024; globalThis.pulled = pulled; stream.enqueue(new Uint8Array(1024).fill(32)); },
            cancel() { globalThis.cancelled = true; },
        }), { headers: { "content-type": "application/json" } });"#,
    );
    let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
    assert_eq!(failed, words("upstream_protocol", "initiate", "unknown"));
    assert_eq!(evaluate("return cancelled"), JsValue::TRUE);
    let pulled = evaluate("return pulled").as_f64().expect("a number");
    assert!((65_536.0..=68_608.0).contains(&pulled), "{pulled}");
}

#[wasm_bindgen_test]
async fn whatever_an_injected_fetch_does_the_call_settles() {
    for (answer, code) in [
        ("undefined", "network"),
        ("({})", "network"),
        ("'text'", "network"),
        ("({ status: 200, headers: new Headers({ 'content-type': 'application/json' }), body: {} })", "network"),
        ("(() => { throw new Error('lost') })()", "network"),
        ("(() => { const read = json({ sessionId: 's' }); read.text(); return read; })()", "network"),
        ("Object.defineProperty(json({}), 'redirected', { value: true })", "unexpected_redirect"),
        ("({ status: 0, type: 'opaqueredirect', headers: new Headers(), body: null })", "unexpected_redirect"),
        ("({ status: 999, headers: new Headers(), body: null })", "upstream_protocol"),
    ] {
        let client = client(&format!("answers.initiate = () => {answer};"));
        let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, words(code, "initiate", "unknown"), "{answer}");
    }
    let client = client("options.fetch = () => { throw new Error('at once') };");
    let failed = failure(call(&client, "getPaymentRequest", &"r".into(), &JsValue::UNDEFINED)).await;
    assert_eq!(failed, words("network", "authorize", "not_sent"));
}

#[wasm_bindgen_test]
async fn a_step_is_cut_at_its_headers_and_at_its_body() {
    for stalled in [
        "new Promise(() => {})",
        "new Response(new ReadableStream({}), { headers: { 'content-type': 'application/json' } })",
    ] {
        let client = client(&format!("options.timeoutMs = 30; answers.initiate = () => {stalled};"));
        let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, words("timeout", "initiate", "unknown"), "{stalled}");
        assert_eq!(evaluate("return sent[1].init.signal.aborted"), JsValue::TRUE);
    }
    let client = client("options.deadlineMs = 30; answers.initiate = () => new Promise(() => {});");
    let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
    assert_eq!(failed, words("deadline_exceeded", "initiate", "unknown"));
}

#[wasm_bindgen_test]
async fn a_signal_ends_the_call_at_once() {
    let stalled = client("answers.initiate = () => new Promise(() => {});");
    let options = evaluate(
        "const controller = new AbortController(); setTimeout(() => controller.abort(), 20); \
         return { signal: controller.signal };",
    );
    let failed = failure(call(&stalled, "startPayment", &params(), &options)).await;
    assert_eq!(failed, words("aborted", "initiate", "unknown"));

    let untouched = client("");
    let options = evaluate("return { signal: AbortSignal.abort() }");
    let failed = failure(call(&untouched, "startPayment", &params(), &options)).await;
    assert_eq!(failed, words("aborted", "authorize", "not_sent"));
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));

    let failed = failure(call(&untouched, "startPayment", &params(), &evaluate("return { signal: {} }"))).await;
    assert_eq!(failed, words("invalid_input", "input", "not_sent"));
}

/// Counts the timers and the listeners on a signal that are left; `abort(ms)` aborts it.
const COUNTING: &str = r"
    const { setTimeout, clearTimeout } = globalThis;
    globalThis.restore = () => Object.assign(globalThis, { setTimeout, clearTimeout });
    globalThis.listeners = 0;
    globalThis.open = 0;
    globalThis.timers = new Set();
    globalThis.setTimeout = (ring, ms) => {
        const timer = setTimeout(() => { timers.delete(timer); ring(); }, ms);
        timers.add(timer);
        return timer;
    };
    globalThis.clearTimeout = (timer) => { timers.delete(timer); clearTimeout(timer); };
    const controller = new AbortController();
    for (const [name, change] of [['addEventListener', 1], ['removeEventListener', -1]]) {
        const method = controller.signal[name];
        controller.signal[name] = function (...given) { listeners += change; return method.apply(this, given); };
    }
    globalThis.signal = controller.signal;
    const abort = (ms) => setTimeout(() => controller.abort(), ms);
    const stalledBody = () => {
        open += 1;
        const body = new ReadableStream({ cancel() { open -= 1; } });
        return new Response(body, { headers: { 'content-type': 'application/json' } });
    };
";

#[wasm_bindgen_test]
async fn a_call_leaves_no_listener_timer_or_body_behind() {
    for (script, ends_well) in [
        ("", true),
        ("answers.initiate = () => new Promise(() => {}); abort(20);", false),
        ("answers.initiate = stalledBody; abort(20);", false),
        ("answers.initiate = stalledBody; options.timeoutMs = 20;", false),
        ("answers.initiate = () => new Response('x'.repeat(70000), { status: 500 });", false),
    ] {
        let client = client(&format!("{COUNTING} {script}"));
        let ended = settle(call(&client, "startPayment", &params(), &evaluate("return { signal }"))).await;
        assert_eq!(ended.is_ok(), ends_well, "{script}");
        let left = evaluate("restore(); return `${listeners} listeners, ${timers.size} timers, ${open} bodies`");
        assert_eq!(left, JsValue::from("0 listeners, 0 timers, 0 bodies"), "{script}");
    }
}

#[wasm_bindgen_test]
async fn closing_ends_the_calls_that_run_and_refuses_later_ones() {
    let client = client("answers.initiate = () => new Promise(() => {});");
    let running = call(&client, "startPayment", &params(), &JsValue::UNDEFINED);
    settle(evaluate("return new Promise((resolve) => setTimeout(resolve, 10))").unchecked_into())
        .await
        .expect("a pause");
    client.closed.set(true);
    client.client.close();
    end_all();
    assert_eq!(failure(running).await, words("closed", "initiate", "unknown"));
    let late = call(&client, "getPaymentRequest", &"r".into(), &JsValue::UNDEFINED);
    assert_eq!(failure(late).await, words("closed", "input", "not_sent"));
}

#[wasm_bindgen_test]
async fn tells_of_attempts_and_survives_a_listener_that_throws() {
    let client = client(
        "globalThis.events = []; options.onEvent = (event) => { events.push(Object.keys(event).join()); throw new Error(); };",
    );
    assert!(start(&client).await.is_ok());
    let events = Array::from(&evaluate("return events")).to_vec();
    let with_token = JsValue::from("stage,attempt,status,durationMs,outcome,tokenAgeMs");
    assert_eq!(events, [JsValue::from("stage,attempt,status,durationMs,outcome"), with_token.clone(), with_token]);
}

#[wasm_bindgen_test]
fn bad_input_is_named_and_nothing_is_sent() {
    let refused = |options: &str| {
        let error = Client::new(&evaluate(&format!(
            "return {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', allowCredentialsInBrowser: true, {options} }}"
        )), &js_sys::global())
        .err()
        .expect("refused");
        get(&thrown(&error), "field").as_string().expect("a field")
    };
    assert_eq!(refused("baseUrl: 'http://pay.example.com'"), "baseUrl");
    assert_eq!(refused("username: () => 'u'"), "username");
    assert_eq!(refused("timeoutMs: NaN"), "timeoutMs");
    assert_eq!(refused("deadlineMs: 2 ** 64"), "deadlineMs");
    assert_eq!(refused("fetch: 'fetch'"), "fetch");
    assert_eq!(refused("onEvent: {}"), "onEvent");
    let error = Client::new(&JsValue::UNDEFINED, &js_sys::global()).err().expect("refused");
    assert_eq!(get(&thrown(&error), "code"), JsValue::from("invalid_config"));
}

#[wasm_bindgen_test]
async fn bad_parameters_are_named_and_nothing_is_sent() {
    let client = client("");
    for (given, field) in [
        ("undefined", "referenceId"),
        ("null", "referenceId"),
        ("'text'", "referenceId"),
        ("{ ...params, referenceId: Symbol() }", "referenceId"),
        ("{ ...params, amount: 12.5 }", "amount"),
        ("{ ...params, amount: 10n }", "amount"),
        ("{ ...params, amount: '1e3' }", "amount"),
        ("{ ...params, customerName: '\\ud800' }", "customerName"),
        ("{ ...params, customerEmail: ['a@b.ca'] }", "customerEmail"),
        ("{ ...params, clientUris: { a: 1n } }", "clientUris"),
        ("{ ...params, clientUris: (() => { const a = {}; a.a = a; return a; })() }", "clientUris"),
    ] {
        let given = evaluate(&format!(
            "const params = {{ referenceId: 'R', amount: '1', customerName: 'Z', customerEmail: 'z@example.com' }}; \
             return {given};"
        ));
        let error = settle(call(&client, "startPayment", &given, &JsValue::UNDEFINED)).await.expect_err("refused");
        assert_eq!(get(&error, "field"), JsValue::from(field));
    }
    for id in [JsValue::UNDEFINED, 7.into(), "".into(), "../x".into(), "a/b".into()] {
        let error = settle(call(&client, "getPaymentRequest", &id, &JsValue::UNDEFINED)).await.expect_err("refused");
        assert_eq!(get(&error, "field"), JsValue::from("requestId"));
        let error = settle(call(&client, "createPaymentRequest", &id, &JsValue::UNDEFINED)).await.expect_err("refused");
        assert_eq!(get(&error, "field"), JsValue::from("sessionId"));
    }
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
}

#[wasm_bindgen_test]
async fn the_redirect_object_is_passed_through_as_json_has_it() {
    let client = client("");
    let given = evaluate(
        "return { referenceId: 'R', amount: '9999999999999.99', customerName: 'Z', customerEmail: 'z@example.com', \
         clientUris: JSON.parse('{\"__proto__\":{\"a\":1.5},\"list\":[null,true,\"é\"]}') }",
    );
    settle(call(&client, "initiateSession", &given, &JsValue::UNDEFINED)).await.expect("a session");
    let body = evaluate("return sent[1].init.body").as_string().expect("text");
    assert!(body.contains(r#""amount":9999999999999.99,"#), "{body}");
    assert!(body.ends_with(r#""clientURIs":{"__proto__":{"a":1.5},"list":[null,true,"é"]}}"#), "{body}");
}

#[wasm_bindgen_test]
fn a_window_is_refused_unless_it_is_asked_for() {
    let in_window = evaluate("return typeof window === 'object' && typeof document === 'object'") == JsValue::TRUE;
    let options = Object::new();
    for (name, value) in [("baseUrl", "https://pay.example.com"), ("username", "u"), ("password", "p")] {
        Reflect::set(&options, &name.into(), &value.into()).expect("an object");
    }
    let refused = Client::new(&options, &js_sys::global()).err();
    assert_eq!(refused.is_some(), in_window);
    if let Some(error) = refused {
        assert_eq!(get(&thrown(&error), "field"), JsValue::from("allowCredentialsInBrowser"));
    }
}

/// What `verifyWebhook` says of the given script's options: the event's type, or the error's code and field.
fn verified(script: &str) -> String {
    let given = evaluate(&format!(
        "const body = JSON.stringify({{ sessionId: 's-1', status: 'Completed', when: new Date().toISOString(), name: 'é' }}); \
         globalThis.body = body; {script}"
    ));
    match verify(&given) {
        Ok(event) => get(&parsed(&event), "type").as_string().expect("a type"),
        Err(error) => {
            let error = thrown(&error);
            assert_eq!(get(&error, "stage"), JsValue::from("webhook"));
            let field = get(&error, "field").as_string().unwrap_or_default();
            format!("{} {field}", get(&error, "code").as_string().expect("a code"))
        }
    }
}

#[wasm_bindgen_test]
fn verifies_webhooks_in_every_shape_that_they_are_received_in() {
    let given = evaluate(
        "const body = '{\"sessionId\":\"s-1\",\"status\":\"Completed\",\"when\":\"' + new Date().toISOString() + '\"}'; \
         globalThis.body = body; return { body, secret: 'key', scheme: 'geft' }",
    );
    let signed = parsed(&sign(&given).expect("a header"));
    let signature = get(&signed, "X-Webhook-Signature").as_string().expect("a signature");
    for shape in [
        "body, headers: { 'x-webhook-signature': @ }",
        "body, headers: new Headers({ 'X-Webhook-Signature': @ })",
        "body: new TextEncoder().encode(body), headers: { 'X-Webhook-Signature': @ }",
        "body: new TextEncoder().encode(body).buffer, headers: { 'X-Webhook-Signature': @ }",
        "body: new TextEncoder().encode('[' + body + ']').subarray(1, body.length + 1), headers: { 'x-webhook-signature': @ }",
        "body: new DataView(new TextEncoder().encode(body).buffer), headers: { 'X-WEBHOOK-SIGNATURE': @ }",
    ] {
        let shape = shape.replace('@', &format!("'{signature}'"));
        let given = evaluate(&format!("return {{ secrets: ['old', 'key'], scheme: 'geft', {shape} }}"));
        let event = parsed(&verify(&given).expect("an event"));
        assert_eq!(get(&event, "type"), JsValue::from("SessionSetupStatusChanged"), "{shape}");
    }
}

#[wasm_bindgen_test]
fn refuses_webhooks_that_are_not_what_they_should_be() {
    let signature = |body: &str, scheme: &str| {
        let given = Object::new();
        for (name, value) in [("body", body), ("secret", "key"), ("scheme", scheme)] {
            Reflect::set(&given, &name.into(), &value.into()).expect("an object");
        }
        let headers = parsed(&sign(&given).expect("a header"));
        let name = if scheme == "geft" { "X-Webhook-Signature" } else { "X-Flinks-Signature" };
        get(&headers, name).as_string().expect("a signature")
    };
    let old = r#"{"sessionId":"s-1","status":"Completed","when":"2020-01-01T00:00:00Z"}"#;
    let future = r#"{"sessionId":"s-1","status":"Completed","when":"2999-01-01T00:00:00Z"}"#;
    let timeless = r#"{"sessionId":"s-1","status":"Completed"}"#;
    for (body, scheme, more, said) in [
        (old, "geft", "", "webhook_signature "),
        (old, "geft", "toleranceSeconds: 4e9,", "SessionSetupStatusChanged"),
        (future, "geft", "", "webhook_signature "),
        (timeless, "geft", "", "webhook_signature "),
        (timeless, "flinks", "", "SessionSetupStatusChanged"),
        (timeless, "flinks", "header: 'flinks-authenticity-key',", "webhook_signature "),
        ("not JSON", "flinks", "", "webhook_signature "),
        (r#"{"ResponseType":"PayEvent"}"#, "flinks", "", "unknown"),
        (timeless, "flinks", "scheme: 'both',", "invalid_input scheme"),
        (timeless, "flinks", "secrets: [],", "invalid_input secrets"),
        (timeless, "flinks", "secrets: ['key', ''],", "invalid_input secrets"),
        (timeless, "flinks", "secrets: 'key',", "invalid_input secrets"),
        (timeless, "flinks", "body: { sessionId: 's-1' },", "invalid_input body"),
        (timeless, "flinks", "headers: undefined,", "invalid_input headers"),
        (timeless, "flinks", "headers: {},", "webhook_signature "),
        (timeless, "flinks", "toleranceSeconds: 0,", "invalid_input toleranceSeconds"),
        (timeless, "flinks", "header: '',", "invalid_input header"),
    ] {
        let script = format!(
            "return {{ body: {body:?}, scheme: '{scheme}', secrets: ['key'], headers: {{ 'X-Webhook-Signature': {0:?}, \
             'X-Flinks-Signature': {0:?} }}, {more} }}",
            signature(body, scheme)
        );
        assert_eq!(verified(&script), said, "{body} {scheme} {more}");
    }
    assert_eq!(verified("return undefined"), "invalid_input scheme");
}
