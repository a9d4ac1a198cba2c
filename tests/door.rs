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

use flinkspay_edge::wasm::{Call, Client, funds_of, sign_webhook, verify_webhook};
use js_sys::{Array, Function, Object, Promise, Reflect};
use std::collections::HashSet;
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
        sessions: (init) => json({ sessionId: `s-${init.headers.authorization.slice(8)}` }),
        paymentrequests: (init) => json({ requestId: `r-${JSON.parse(init.body).sessionId}` }),
    };
    const fetch = async (url, init) => {
        sent.push({ url, init });
        const step = url.split("/").pop();
        return (answers[step] ?? (() => json({ status: "Accepted" })))(init);
    };
"#;

/// What the class keeps of a call; `last` is the latest one. The instance must never throw into it.
const CALL: &str = r"
    return globalThis.Call ??= class {
        lost = new Promise((_, reject) => { this.lose = reject; });
        onAbort = () => this.enter(2);
        listen(signal) { this.signal = signal; signal.addEventListener('abort', this.onAbort); }
        stopListening() { this.signal?.removeEventListener('abort', this.onAbort); }
        told = (settle) => (value) => { settle?.(value); this.enter(0); };
        guarded = (promise) => ({ then: (one, other) => Promise.resolve(promise).then(this.told(one), this.told(other)) });
        attach(go) { globalThis.last = this; this.go = go; }
        enter(why) { try { this.go?.(why); } catch (error) { this.lose(`trapped: ${error.stack}`); } }
        startTimer(ms) { this.timer = setTimeout(() => this.enter(1), ms); }
        stopTimer() { clearTimeout(this.timer); }
    };
";

/// Runs a script that may use `sent`, `json`, `answers`, `fetch` and gives the options of a client.
fn client(script: &str) -> Client {
    let options = evaluate(&format!(
        "{UPSTREAM}\nconst options = {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', fetch, \
         allowCredentialsInBrowser: true }};\n{script}\nglobalThis.sent = sent; return options;"
    ));
    Client::new(options, &js_sys::global()).expect("a client")
}

fn evaluate(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).expect("the script runs")
}

/// What the class `FlinksPay` does for one of its methods.
fn call(client: &Client, method: &str, input: &JsValue, options: &JsValue) -> Promise {
    let class: Function = evaluate(CALL).unchecked_into();
    let call = Reflect::construct(&class, &Array::new()).expect("a call");
    let lost = get(&call, "lost");
    let call: Call = call.unchecked_into();
    let running = client.run(method.to_owned(), input.clone(), options.clone(), JsValue::UNDEFINED, call);
    Promise::race(&Array::of2(&running, &lost))
}

fn params() -> JsValue {
    evaluate("return { referenceId: 'R', amount: '12.50', customerName: 'Zoë', customerEmail: 'z@example.com' }")
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("a property")
}

async fn settle(promise: Promise) -> Result<JsValue, JsValue> {
    let settled = JsFuture::from(promise).await;
    if let Some(trap) = settled.as_ref().err().and_then(JsValue::as_string) {
        panic!("{trap}");
    }
    settled
}

/// What a call that must fail says of the fault: the code, and the field.
async fn fault(promise: Promise) -> [String; 2] {
    let error = settle(promise).await.expect_err("the call fails");
    ["code", "field"].map(|name| get(&error, name).as_string().unwrap_or_default())
}

fn text(script: &str) -> String {
    evaluate(script).as_string().expect("text")
}

/// Code, stage and outcome of a call that must fail.
async fn failure(promise: Promise) -> [String; 3] {
    let error = settle(promise).await.expect_err("the call fails");
    ["code", "stage", "outcome"].map(|name| get(&error, name).as_string().expect("text"))
}

fn words(code: &str, stage: &str, outcome: &str) -> [String; 3] {
    [code, stage, outcome].map(str::to_owned)
}

async fn start(client: &Client) -> Result<JsValue, JsValue> {
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
    assert_eq!(ids.collect::<HashSet<_>>().len(), 200);
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

/// A body of pieces that are always ready, so that no timer has its turn while it is read.
const READY: &str = "globalThis.pulled = 0; globalThis.cancelled = false; const ready = (piece, count) => new Response(
    new ReadableStream({
        pull(stream) { pulled += 1; if (pulled > count) stream.close(); else stream.enqueue(piece(pulled)); },
        cancel() { cancelled = true; },
    }), { headers: { 'content-type': 'application/json' } });";

#[wasm_bindgen_test]
async fn a_body_of_empty_pieces_ends() {
    for piece in ["() => new Uint8Array(0)", "(count) => new Uint8Array(count % 100 ? 0 : 1).fill(32)"] {
        let client = client(&format!("{READY} answers.initiate = () => ready({piece}, Infinity);"));
        let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, words("upstream_protocol", "initiate", "unknown"), "{piece}");
        assert_eq!(evaluate("return cancelled"), JsValue::TRUE, "{piece}");
        let pulled = evaluate("return pulled").as_f64().expect("a number");
        assert!((1_000.0..=1_100.0).contains(&pulled), "{piece}: {pulled}");
    }
    // Some are taken, wherever they stand.
    let text = r#"new TextEncoder().encode('{"sessionId":"s-1"}')"#;
    let client = client(&format!(
        "{READY} const text = {text}; answers.initiate = () => ready((count) => count % 50 ? new Uint8Array(0) \
         : text.subarray(count / 50 - 1, count / 50), 50 * text.length);"
    ));
    assert_eq!(get(&start(&client).await.expect("a payment"), "sessionId"), JsValue::from("s-1"));
}

#[wasm_bindgen_test]
async fn a_body_of_64_kib_may_come_in_any_pieces() {
    let text = r#"new TextEncoder().encode('{"sessionId":"s-1"}'.padEnd(65536))"#;
    for size in [65_536, 65_535, 32_768, 1_000, 31] {
        for (more, is_taken) in [("0", true), ("1", false)] {
            let client = client(&format!(
                "{READY} const text = {text}; answers.initiate = () => ready((count) => {{ \
                 const at = (count - 1) * {size}; \
                 return at < 65536 ? text.subarray(at, at + {size}) : new Uint8Array({more}).fill(32); }}, \
                 Math.ceil(65536 / {size}) + 1);"
            ));
            assert_eq!(start(&client).await.is_ok(), is_taken, "{size} {more}");
        }
    }
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
    client.close();
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
        let error = Client::new(evaluate(&format!(
            "return {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', allowCredentialsInBrowser: true, {options} }}"
        )), &js_sys::global())
        .err()
        .expect("refused");
        get(&error, "field").as_string().expect("a field")
    };
    assert_eq!(refused("baseUrl: 'http://pay.example.com'"), "baseUrl");
    assert_eq!(refused("username: () => 'u'"), "username");
    assert_eq!(refused("timeoutMs: NaN"), "timeoutMs");
    assert_eq!(refused("deadlineMs: 2 ** 64"), "deadlineMs");
    assert_eq!(refused("fetch: 'fetch'"), "fetch");
    assert_eq!(refused("onEvent: {}"), "onEvent");
    let error = Client::new(JsValue::UNDEFINED, &js_sys::global()).err().expect("refused");
    assert_eq!(get(&error, "code"), JsValue::from("invalid_config"));
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
        ("{ ...params, clientUris: { a: 1n } }", "clientUris.a"),
        ("{ ...params, clientUris: (() => { const a = {}; a.a = a; return a; })() }", "clientUris.a.a.a.a.a.a.a.a"),
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
         clientUris: { urls: { a: 1.5 }, list: [null, true, 'é'] } }",
    );
    settle(call(&client, "initiateSession", &given, &JsValue::UNDEFINED)).await.expect("a session");
    let body = evaluate("return sent[1].init.body").as_string().expect("text");
    assert!(body.contains(r#""amount":9999999999999.99,"#), "{body}");
    assert!(body.ends_with(r#""clientURIs":{"urls":{"a":1.5},"list":[null,true,"é"]}}"#), "{body}");
}

#[wasm_bindgen_test]
fn a_window_is_refused_unless_it_is_asked_for() {
    let in_window = evaluate("return typeof window === 'object' && typeof document === 'object'") == JsValue::TRUE;
    let options = Object::new();
    for (name, value) in [("baseUrl", "https://pay.example.com"), ("username", "u"), ("password", "p")] {
        Reflect::set(&options, &name.into(), &value.into()).expect("an object");
    }
    let refused = Client::new(options.into(), &js_sys::global()).err();
    assert_eq!(refused.is_some(), in_window);
    if let Some(error) = refused {
        assert_eq!(get(&error, "field"), JsValue::from("allowCredentialsInBrowser"));
    }
}

/// What `verifyWebhook` says of the given script's options: the event's type, or the error's code and field.
fn verified(script: &str) -> String {
    let given = evaluate(&format!(
        "const body = JSON.stringify({{ sessionId: 's-1', status: 'Completed', when: new Date().toISOString(), name: 'é' }}); \
         globalThis.body = body; {script}"
    ));
    match verify_webhook(given) {
        Ok(event) => get(&event, "type").as_string().expect("a type"),
        Err(error) => {
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
    let signed = sign_webhook(given).expect("a header");
    let signature = get(&signed, "X-Webhook-Signature").as_string().expect("a signature");
    for shape in [
        "body, headers: { 'x-webhook-signature': @ }",
        "body, headers: new Headers({ 'X-Webhook-Signature': @ })",
        "body: new TextEncoder().encode(body), headers: { 'X-Webhook-Signature': @ }",
        "body: new TextEncoder().encode(body).buffer, headers: { 'X-Webhook-Signature': @ }",
        "body: new TextEncoder().encode('[' + body + ']').subarray(1, body.length + 1), headers: { 'x-webhook-signature': @ }",
        "body: new DataView(new TextEncoder().encode(body).buffer), headers: { 'X-WEBHOOK-SIGNATURE': @ }",
        "body, headers: { 'x-webhook-signature': [@] }",
        "body, headers: { 'x-webhook-signature': [@, @] }",
        "body, headers: { 'X-Webhook-Signature': @, 'x-webhook-signature': @ }",
        "body, headers: { 'x-webhook-signature': undefined, 'X-Webhook-Signature': @ }",
        "body, headers: new (class { get 'x-webhook-signature'() { return @ } })",
        "body, headers: Object.assign(Object.create(null), { 'x-webhook-signature': @ })",
        "body, headers: new Map([['x-Webhook-signature', @]])",
        "body, headers: new Headers({ 'X-Webhook-Signature': @ }).entries()",
        "body, headers: (function* () { yield ['a', 'b']; yield ['x-webhook-signature', @]; })()",
        "body, headers: [['x-webhook-signature', @]]",
        "body, headers: [['x-webhook-signature', [@]]]",
        "body, headers: ['Host', 'shop.example', 'X-Webhook-Signature', @]",
        "body, headers: { get: (name) => name === 'x-webhook-signature' ? @ : null }",
        "body, headers: { get: (name) => name === 'X-Webhook-Signature' ? [@] : undefined }",
        "body, headers: { get: 'a header', 'x-webhook-signature': @ }",
        "body, headers: new Headers([['X-Webhook-Signature', @], ['X-Webhook-Signature', @]])",
    ] {
        let shape = shape.replace('@', &format!("'{signature}'"));
        let given = evaluate(&format!("return {{ secrets: ['old', 'key'], scheme: 'geft', {shape} }}"));
        let event = verify_webhook(given).expect("an event");
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
        let headers = sign_webhook(given.into()).expect("a header");
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
        (timeless, "flinks", "headers: { 'Flinks-Authenticity-Key': @ },", "SessionSetupStatusChanged"),
        (timeless, "flinks", "headers: new Headers({ 'flinks-authenticity-key': @ }),", "SessionSetupStatusChanged"),
        (timeless, "flinks", "header: 'X-A', headers: { 'flinks-authenticity-key': @ },", "webhook_signature "),
        (
            timeless,
            "flinks",
            "headers: { 'x-flinks-signature': 'AA==', 'flinks-authenticity-key': @ },",
            "SessionSetupStatusChanged",
        ),
        (timeless, "geft", "headers: { 'flinks-authenticity-key': @ },", "webhook_signature "),
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
             'X-Flinks-Signature': {0:?} }}, {1} }}",
            signature(body, scheme),
            more.replace('@', &format!("{:?}", signature(body, scheme)))
        );
        assert_eq!(verified(&script), said, "{body} {scheme} {more}");
    }
    assert_eq!(verified("return undefined"), "invalid_input scheme");
}

/// What no `fetch` does, as the expression that a `fetch` gives, and what is said of it.
const NO_FETCH: [(&str, &str); 13] = [
    ("(() => { throw new Error('at once') })()", "it failed by itself"),
    ("undefined", "it gave nothing"),
    ("null", "it gave nothing"),
    ("{}", "no Response"),
    ("'text'", "no Response"),
    ("Promise.resolve()", "it gave nothing"),
    ("Promise.resolve({})", "no Response"),
    ("Promise.resolve('text')", "no Response"),
    (
        "Promise.resolve({ ok: true, status: 200, json: async () => ({ access_token: 't', status: 'Accepted' }) })",
        "no Response",
    ),
    (
        "Promise.resolve({ status: 200, headers: new Headers({ 'content-type': 'application/json' }), body: { pipe() {} } })",
        "no ReadableStream",
    ),
    ("Promise.reject(new ReferenceError('agent is not defined'))", "it failed by itself"),
    ("Promise.reject(new TypeError('Illegal invocation'))", "without its object"),
    (
        "(() => { throw new TypeError('Illegal invocation: function called with incorrect this reference') })()",
        "without its object",
    ),
];

#[wasm_bindgen_test]
async fn a_fetch_that_is_none_is_named_and_tried_once() {
    let replaced = |step: &str, gives: &str| {
        client(&format!(
            "globalThis.tries = 0; options.fetch = (url, init) => {{ if (!url.endsWith('/{step}')) return fetch(url, init); \
             tries += 1; return ({gives}); }};"
        ))
    };
    for (gives, says) in NO_FETCH {
        for (step, stage) in [("authorize", "authorize"), ("r-1", "status")] {
            let client = replaced(step, gives);
            let error = settle(call(&client, "getPaymentRequest", &"r-1".into(), &JsValue::UNDEFINED)).await;
            let error = error.expect_err("the call fails");
            let said = ["code", "field", "stage", "outcome"].map(|name| get(&error, name).as_string().expect("text"));
            assert_eq!(said, ["invalid_config", "fetch", stage, "not_sent"].map(str::to_owned), "{gives}");
            let message = get(&error, "message").as_string().expect("text");
            assert!(message.starts_with("fetch must send the request and give a Response: "), "{message}");
            assert!(message.contains(says), "{gives}: {message}");
            assert_eq!(get(&error, "retryable"), JsValue::FALSE, "{gives}");
            assert_eq!(evaluate("return tries"), JsValue::from(1), "{gives}");
        }
        let client = replaced("initiate", gives);
        let failed = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, words("network", "initiate", "unknown"), "{gives}");
        assert_eq!(evaluate("return tries"), JsValue::from(1), "{gives}");
    }
}

#[wasm_bindgen_test]
async fn the_global_fetch_is_looked_up_at_each_call() {
    let client = client("delete options.fetch; globalThis.native = globalThis.fetch; globalThis.fake = fetch;");
    evaluate("globalThis.fetch = undefined");
    let missing = settle(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await.expect_err("no fetch");
    evaluate("globalThis.fetch = fake");
    let started = start(&client).await;
    evaluate("globalThis.fetch = native");
    let [code, field, message] =
        ["code", "field", "message"].map(|name| get(&missing, name).as_string().expect("text"));
    assert_eq!([code.as_str(), &field], ["invalid_config", "fetch"]);
    assert!(message.ends_with("this host has none, so give one as the option fetch."), "{message}");
    assert!(started.is_ok());
}

#[wasm_bindgen_test]
async fn responses_that_throw_where_they_are_read_are_answers_that_were_lost() {
    for answer in [
        "{ get redirected() { throw new Error('no') } }",
        "{ get status() { throw new Error('no') } }",
        "{ status: 200, get headers() { throw new Error('no') } }",
        "{ status: 200, headers: { get() { throw new Error('no') } } }",
        "{ status: 200, headers: { get: () => 7 } , body: null, redirected: 'no' }",
        "{ status: 200, headers, get body() { throw new Error('no') } }",
        "{ status: 200, headers, body: { getReader() { throw new Error('no') } } }",
        "{ status: 200, headers, body: { getReader: () => undefined } }",
        "{ status: 200, headers, body: { getReader: () => ({}) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read() { throw new Error('no') } }) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read: async () => undefined, cancel: async () => {} }) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read: async () => ({ done: false }) }) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read: async () => ({ get done() { throw new Error('no') } }) }) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read: async () => ({ done: false, value: 'text' }) }) } }",
        "{ status: 200, headers, body: { getReader: () => ({ read: () => Promise.reject(new Error('no')) }) } }",
        "{ status: 500, headers, body: { cancel() { throw new Error('no') } } }",
        "new Response(new ReadableStream({ start(stream) { stream.enqueue(undefined); } }), { headers })",
        "new Response(new ReadableStream({ start(stream) { stream.enqueue('{}'); stream.close(); } }), { headers })",
        "new Proxy(json({}), { get() { throw new Error('no') } })",
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
    ] {
        let client = client(&format!(
            "const headers = new Headers({{ 'content-type': 'application/json' }}); answers.initiate = () => ({answer});"
        ));
        let [_, stage, outcome] = failure(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!([stage.as_str(), outcome.as_str()], ["initiate", "unknown"], "{answer}");
    }
}

#[wasm_bindgen_test]
async fn no_answer_comes_out_of_a_cache() {
    let client = client("");
    start(&client).await.expect("a payment");
    settle(call(&client, "getPaymentRequest", &"r".into(), &JsValue::UNDEFINED)).await.expect("a status");
    let sent = text("return sent.map(({ init }) => init.cache).join()");
    let known = evaluate(
        "try { return new Request('https://example.com', { cache: 'no-store' }).cache === 'no-store' } catch { return false }",
    );
    assert_eq!(sent, if known == JsValue::TRUE { ["no-store"; 5].join(",") } else { [""; 5].join(",") });
}

#[wasm_bindgen_test]
async fn what_a_signal_was_aborted_with_is_the_cause() {
    for when in ["controller.abort(reason)", "setTimeout(() => controller.abort(reason), 20)"] {
        let client = client("answers.initiate = () => new Promise(() => {});");
        let options = evaluate(&format!(
            "const controller = new AbortController(); const reason = {{ why: 'the buyer left' }}; {when}; \
             return {{ signal: controller.signal }};"
        ));
        let [code, ..] = failure(call(&client, "startPayment", &params(), &options)).await;
        assert_eq!((code.as_str(), text("return last.cause.why").as_str()), ("aborted", "the buyer left"));
    }
}

#[wasm_bindgen_test]
async fn a_method_that_there_is_not_is_named() {
    let client = client("");
    for method in ["", "refund", "__proto__", "constructor", "StartPayment"] {
        let refused = fault(call(&client, method, &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(refused, ["invalid_input", "method"].map(str::to_owned), "{method}");
    }
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
}

/// What is no text, no object of fields and no flag, wherever it stands.
const NONSENSE: [&str; 13] = [
    "NaN",
    "Infinity",
    "-Infinity",
    "7",
    "null",
    "() => 'text'",
    "Symbol('text')",
    "10n",
    "new Date(NaN)",
    "['text']",
    "''",
    "{ toJSON() { throw new Error('no') } }",
    "(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })()",
];

/// Proxies and getters that throw, and what cannot be read of them.
const SPITEFUL: [(&str, &str); 4] = [
    ("new Proxy(@, { ownKeys() { throw new Error('no') } })", ""),
    ("new Proxy(@, { get() { throw new Error('no') } })", "?"),
    ("new Proxy(@, { getOwnPropertyDescriptor() { throw new Error('no') } })", ""),
    ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()", ""),
];

/// A payment and a session that are good, of classes and of plain objects.
const GOOD: &str = r"
    const payment = { referenceId: 'R', amount: '12.50', customerName: 'Zoë', customerEmail: 'z@example.com',
        clientUris: { success: 'https://a.example', list: [null, true, 1.5, { deep: 'é' }] } };
    const session = { product: 'e-transfer', referenceId: 'R', type: 'e-Transfer', direction: 'CREDIT', currency: 'CAD',
        amount: '12.50', options: { notificationPreferences: { sendInteracLink: false, language: 'FR' } },
        payor: { firstName: 'Zoë', middleName: 'M', lastName: 'Z', email: 'z@example.com' },
        payee: { account: { institutionCode: '001', transitNumber: '00001', accountNumber: '0000001', accountLabel: 'x' } } };
    const geft = { product: 'geft', referenceId: 'R', type: 'EFT', direction: 'DEBIT', currency: 'CAD', amount: '1',
        options: { notificationPreferences: { language: 'EN' }, showConsentScreen: true,
            limits: { minimumAmount: '1', maximumAmount: '2' }, redirectPreferences: { url: 'https://a.example' } },
        payor: { firstName: 'Zoë', middleName: 'M', lastName: 'Z', email: 'z@example.com', phone: '5145550100', occupation: 'x',
            dateOfBirth: '1985-03-15', address: { addressLine1: '1', addressLine2: '2', unit: '3', city: 'Montréal',
                province: 'QC', country: 'Canada', postalCode: 'H2Y1C6' } } };
    const options = { baseUrl: 'https://pay.example.com', username: 'u', password: 'p', allowCredentialsInBrowser: true,
        timeoutMs: 1, deadlineMs: 1, warmTokens: 1, instance: 'i', clientId: 'c', credentialsIn: 'form',
        basicEncoding: 'raw', tokenHeader: 'bearertoken', amountAs: 'string', largestGeftAmount: '5',
        fetch: async () => {}, onEvent() {} };
    const webhook = { scheme: 'geft', secrets: ['k'], header: 'X-A', toleranceSeconds: 1, body: '{}', headers: { 'x-a': 's' } };
    const kept = { status: 'Completed', statusDetails: 'EFT0301', schedule: { transactions: [{ id: 't', status: 'Settled' }] },
        guaranteeDetails: { guaranteeAccepted: true } };
    const known = { product: 'geft', before: 'none' };
    const callOptions = { beforeSend() {}, onEvent() {}, signal: new AbortController().signal };
    /** A copy whose field at the path is the value. */
    const changed = (given, path, value) => {
        const [name, ...rest] = path.split('.');
        const copy = Array.isArray(given) ? [...given] : { ...given };
        Object.defineProperty(copy, name, { value: rest.length > 0 ? changed(given[name], rest.join('.'), value) : value,
            enumerable: true, configurable: true, writable: true });
        return copy;
    };
    /** All paths of fields, the objects' among them. */
    const paths = (given, before = '') => Object.entries(given).flatMap(([name, value]) => [before + name,
        ...(typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
            ? paths(value, `${before}${name}.`) : [])]);
";

/// All that is given anywhere: its name in [`GOOD`], and what reads it.
const READERS: [&str; 8] = ["payment", "session", "geft", "options", "webhook", "callOptions", "kept", "known"];

/// How a reader takes what the script gives: nothing, or the field that it refuses.
async fn refused(client: &Client, reader: &str, script: &str) -> Option<String> {
    let given = evaluate(&format!("{GOOD} {script}"));
    let begun = |promise: Promise| {
        clean();
        settle(promise)
    };
    let error = match reader {
        "payment" => begun(call(client, "startPayment", &given, &JsValue::UNDEFINED)).await.err(),
        "session" | "geft" => begun(call(client, "createSession", &given, &JsValue::UNDEFINED)).await.err(),
        "callOptions" => begun(call(client, "startPayment", &params(), &given)).await.err(),
        // As on a server, in Chromium too.
        "options" => Client::new(given, &Object::new()).err(),
        "kept" => funds_of(given, JsValue::UNDEFINED).err(),
        "known" => funds_of(evaluate("return { status: 'Settled' }"), given).err(),
        _ => verify_webhook(given).err(),
    }?;
    let code = get(&error, "code").as_string().expect("a code");
    // The webhook of these tests has no signature that is good.
    if code == "webhook_signature" {
        return None;
    }
    let expected = if reader == "options" { "invalid_config" } else { "invalid_input" };
    assert_eq!(code, expected, "{script}");
    let message = get(&error, "message").as_string().expect("a message");
    let field = get(&error, "field").as_string().expect("a field");
    assert!(message.starts_with(&field) || field == "scheme" || field == "baseUrl", "{field}: {message}");
    Some(field)
}

fn paths_of(reader: &str) -> Vec<String> {
    Array::from(&evaluate(&format!("{GOOD} return paths({reader})")))
        .iter()
        .filter_map(|path| path.as_string())
        .collect()
}

#[wasm_bindgen_test]
async fn what_is_good_is_taken_whatever_objects_it_stands_on() {
    let client = client("");
    for reader in READERS {
        for shape in [
            "given",
            "(function freeze(value) { if (typeof value === 'object') Object.values(value).forEach((inner) => inner && freeze(inner)); \
             return Object.freeze(value); })({ ...given, ...(given.signal && { signal: undefined }) })",
            "Object.assign(Object.create(null), given)",
            "Object.create(given)",
            "{ ...given, [Symbol('more')]: 1, more: undefined }",
            "new Proxy(given, {})",
            "new (class { constructor() { Object.assign(this, given) } method() {} get other() { throw new Error('no') } })()",
        ] {
            let taken = refused(&client, reader, &format!("const given = {reader}; return {shape};")).await;
            assert_eq!(taken, None, "{reader}: {shape}");
        }
    }
    let sent = "return sent.at(-1).init.body";
    for clean in [
        "Object.assign(Object.create(null), { a: 1, [Symbol('s')]: 2 })",
        "{ a: 1, b: undefined, get [Symbol.iterator]() { throw 1 } }",
    ] {
        let given = evaluate(&format!("{GOOD} return {{ ...payment, clientUris: {clean} }}"));
        settle(call(&client, "initiateSession", &given, &JsValue::UNDEFINED)).await.expect("a session");
        assert!(text(sent).ends_with(r#""clientURIs":{"a":1}}"#), "{}", text(sent));
    }
    let own = evaluate(&format!(
        "{GOOD} return {{ ...payment, referenceId: new URL('https://a.example/b'), clientUris: {{ \
         url: new URL('https://a.example/b'), day: new Date(0), map: Object.defineProperty({{}}, 'hidden', {{ value: 1 }}) }} }}"
    ));
    settle(call(&client, "initiateSession", &own, &JsValue::UNDEFINED)).await.expect("a session");
    let body = text(sent);
    assert!(body.starts_with(r#"{"referenceId":"https://a.example/b","amount":12.5,"#), "{body}");
    let uris = r#""clientURIs":{"url":"https://a.example/b","day":"1970-01-01T00:00:00.000Z","map":{}}}"#;
    assert!(body.ends_with(uris), "{body}");
}

#[wasm_bindgen_test]
async fn nonsense_is_refused_by_its_path_wherever_it_stands() {
    let client = client("");
    for reader in READERS {
        for path in paths_of(reader) {
            // A server does not look at it, and a window wants it to be true.
            if path == "allowCredentialsInBrowser" {
                continue;
            }
            // What is handed on as it is, and may hold most things.
            let is_open = ["clientUris.", "options.redirectPreferences.", "schedule", "guaranteeDetails"]
                .iter()
                .any(|open| path.starts_with(open));
            for given in NONSENSE {
                let is_object = given.contains("Date") || given.contains("toJSON") || given.starts_with('[');
                let script = format!("return changed({reader}, '{path}', {given})");
                let found = refused(&client, reader, &script).await;
                let is_taken = match path.as_str() {
                    "timeoutMs" | "deadlineMs" | "warmTokens" | "toleranceSeconds" => given == "7",
                    "fetch" | "onEvent" | "beforeSend" => given == "() => 'text'",
                    // As with `fetch` itself, null is none.
                    "signal" => given == "null",
                    "secrets" => given == "['text']",
                    "body" => given == "''",
                    // Like headers that are not there.
                    "headers" => is_object && given != "['text']",
                    _ if is_open => matches!(given, "7" | "null" | "''" | "['text']" | "new Date(NaN)"),
                    path => path.starts_with("headers.") && matches!(given, "null" | "''" | "['text']"),
                };
                let found = match found {
                    // What is missing in it, or more than it may have.
                    Some(field) if is_object && field.starts_with(&format!("{path}.")) => Some(path.clone()),
                    found => found,
                };
                assert_eq!(found, (!is_taken).then(|| path.clone()), "{script}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn what_throws_while_it_is_read_is_refused_by_its_path() {
    let client = client("");
    for reader in READERS {
        for path in paths_of(reader) {
            if path == "allowCredentialsInBrowser" || path.starts_with("headers.") {
                continue;
            }
            let (holder, name) = path.rsplit_once('.').unwrap_or(("", &path));
            let inner = format!(
                "Object.defineProperty({{ ...at('{holder}') }}, '{name}', {{ enumerable: true, get() {{ throw 1 }} }})"
            );
            let script = format!(
                "const at = (path) => path ? path.split('.').reduce((value, name) => value[name], {reader}) : {reader}; \
                 return {};",
                if holder.is_empty() { inner } else { format!("changed({reader}, '{holder}', {inner})") }
            );
            assert_eq!(refused(&client, reader, &script).await, Some(path.clone()), "{script}");
        }
    }
}

#[wasm_bindgen_test]
async fn proxies_that_throw_are_refused_and_never_trap() {
    let client = client("");
    for reader in READERS {
        let holders = paths_of(reader).into_iter().filter_map(|path| Some(path.rsplit_once('.')?.0.to_owned()));
        let holders: HashSet<_> = holders.collect();
        for holder in holders {
            for (proxy, found) in SPITEFUL {
                let proxy = proxy
                    .replace('@', &format!("'{holder}'.split('.').reduce((value, name) => value[name], {reader})"));
                let script = format!("return changed({reader}, '{holder}', {proxy})");
                let refused = refused(&client, reader, &script).await;
                if holder == "headers" {
                    continue;
                }
                let field = refused.expect(&script);
                let is_there = if found == "?" { field.starts_with(&holder) } else { field == holder };
                assert!(is_there, "{field}: {script}");
            }
        }
        for (proxy, _) in SPITEFUL {
            let script = format!("return {};", proxy.replace('@', reader));
            // Of an answer nobody asks what else it has.
            let is_seen = reader != "kept" || proxy.contains(" get() ") || proxy.contains("revoke");
            assert_eq!(refused(&client, reader, &script).await.is_some(), is_seen, "{script}");
        }
    }
}

/// Writes to what all objects inherit from, as a program does that is attacked or old.
fn pollute(name: &str, value: &str) {
    let accessor = if value.starts_with("get") { "set(value) {}" } else { "writable: true" };
    evaluate(&format!(
        "Object.defineProperty(Object.prototype, '{name}', {{ {value}, {accessor}, configurable: true }}); \
         globalThis.polluted = '{name}';"
    ));
}

/// The host cannot work with it for long: all that is given has been read when a call has begun.
fn clean() {
    evaluate("delete Object.prototype[globalThis.polluted]");
}

#[wasm_bindgen_test]
async fn what_all_objects_inherit_is_given_by_nobody() {
    let client = client("");
    let removed = "const removed = (given, path) => { const [name, ...rest] = path.split('.'); \
        const { [name]: inner, ...others } = given; \
        return rest.length > 0 ? { ...others, [name]: removed(inner, rest.join('.')) } : others; };";
    for reader in READERS {
        for path in paths_of(reader).into_iter().filter(|path| !path.contains(".list")) {
            let script = format!("{removed} return removed({reader}, '{path}');");
            let expected = refused(&client, reader, &script).await;
            let sent = "return JSON.stringify(sent.at(-1) ?? null)";
            let body = text(sent);
            let name = path.rsplit('.').next().expect("a name");
            evaluate(&format!(
                "{GOOD} globalThis.inherited = '{path}'.split('.').reduce((value, name) => value[name], {reader})"
            ));
            for value in
                ["value: inherited", "get() { return inherited }", "get() { throw new Error('no') }", "value: Symbol()"]
            {
                pollute(name, value);
                let found = refused(&client, reader, &script).await;
                clean();
                assert_eq!(found, expected, "{reader} {path}: {value}");
                let without_tokens = |text: String| text.replace(|letter: char| letter.is_ascii_digit(), "");
                assert_eq!(without_tokens(text(sent)), without_tokens(body.clone()), "{reader} {path}: {value}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn options_that_all_objects_inherit_are_none() {
    for (name, value) in [
        ("instance", "value: 'other'"),
        ("tokenHeader", "value: 'bearertoken'"),
        ("credentialsIn", "value: 'form'"),
        ("amountAs", "value: 'string'"),
        ("fetch", "value: async () => { globalThis.stolen = true; }"),
        ("onEvent", "value: () => { globalThis.stolen = true; }"),
        ("beforeSend", "value: () => { throw new Error('no'); }"),
        ("signal", "value: AbortSignal.abort()"),
        ("intervalMs", "value: 1"),
        ("product", "value: 'geft'"),
    ] {
        pollute(name, value);
        let client = client(
            "delete options.fetch; globalThis.stolen = false; globalThis.native = globalThis.fetch; globalThis.fetch = fetch;",
        );
        let given = evaluate(&format!("{GOOD} return payment;"));
        let begun = call(&client, "startPayment", &given, &evaluate("return {}"));
        clean();
        let started = settle(begun).await;
        evaluate("globalThis.fetch = native");
        assert!(started.is_ok(), "{name}");
        assert_eq!(evaluate("return stolen"), JsValue::FALSE, "{name}");
        let headers =
            text("return JSON.stringify(Object.keys(sent[1].init.headers).filter((name) => name !== 'user-agent'))");
        assert_eq!(headers, r#"["accept","authorization","content-type"]"#, "{name}");
        let sent = text("return sent[0].init.body + sent[1].init.body");
        assert!(sent.starts_with("grant_type=client_credentials{") && sent.contains(r#""amount":12.5,"#), "{sent}");
    }
}

#[wasm_bindgen_test]
async fn answers_have_nothing_that_all_objects_inherit() {
    for (name, step) in [
        ("access_token", "authorize"),
        ("sessionId", "initiate"),
        ("requestId", "paymentrequests"),
        ("id", "paymentrequests"),
    ] {
        let polluted = client(&format!(
            "const empty = json({{ token_type: 'bearer', expires_in: 299 }}); answers.{step} = () => empty;"
        ));
        pollute(name, "value: 'inherited'");
        let failed = failure(call(&polluted, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        clean();
        assert_eq!(failed[0], "upstream_protocol", "{name}");
    }
    let polluted = client(
        "const [token, empty, other] = [answers.authorize(), json({}), json({ Status: 'Initiated' })]; \
         answers.authorize = () => token.clone(); answers['r-1'] = () => empty; answers['r-2'] = () => other;",
    );
    pollute("status", "value: 'Settled'");
    let without = failure(call(&polluted, "getPaymentRequest", &"r-1".into(), &JsValue::UNDEFINED)).await;
    let other = settle(call(&polluted, "getPaymentRequest", &"r-2".into(), &JsValue::UNDEFINED)).await;
    clean();
    assert_eq!(without[0], "upstream_protocol");
    assert_eq!(get(&other.expect("a status"), "status"), JsValue::from("Initiated"));
}

#[wasm_bindgen_test]
async fn classes_count_whatever_all_objects_inherit() {
    let client = client("");
    let given = evaluate(
        r"class Base { get amount() { return '7'; } get customerEmail() { return 'z@example.com'; } }
        class Cart extends Base { referenceId = 'R'; get customerName() { return 'Z'; } }
        return new Cart();",
    );
    for name in ["referenceId", "amount", "customerName", "customerEmail", "clientUris"] {
        pollute(name, "value: 'inherited'");
        let begun = call(&client, "initiateSession", &given, &JsValue::UNDEFINED);
        clean();
        settle(begun).await.expect("a session");
        let body = text("return sent.at(-1).init.body");
        assert_eq!(body, r#"{"referenceId":"R","amount":7,"customerName":"Z","customerEmail":"z@example.com"}"#);
    }
    let endless = evaluate("const endless = new Proxy({}, { getPrototypeOf: () => endless }); return endless;");
    pollute("referenceId", "value: 'inherited'");
    let refused = fault(call(&client, "initiateSession", &endless, &JsValue::UNDEFINED)).await;
    clean();
    assert_eq!(refused, ["invalid_input", "referenceId"].map(str::to_owned));
}

/// What could be given in place of call options, or of an object whose fields are all optional, and has none of them.
const NO_OBJECT_OF_FIELDS: [&str; 14] = [
    "[]",
    "new Map([['language', 'FR'], ['signal', null]])",
    "new Set()",
    "new Date(0)",
    "new Date(NaN)",
    "Promise.resolve({})",
    "new Error('no')",
    "/a/",
    "new Uint8Array(0)",
    "new URLSearchParams('language=FR')",
    "new Headers()",
    "new Boolean(true)",
    "7",
    "() => {}",
];

#[wasm_bindgen_test]
async fn what_has_no_fields_is_refused_where_all_are_optional() {
    let client = client("");
    for given in NO_OBJECT_OF_FIELDS {
        let params = params();
        let options = evaluate(&format!("return {given}"));
        let said = fault(call(&client, "startPayment", &params, &options)).await;
        assert_eq!(said, ["invalid_input", "options"].map(str::to_owned), "{given}");
        let known = refused(&client, "known", &format!("return {given}")).await;
        assert_eq!(known.as_deref(), Some("options"), "{given}");
        for path in ["options", "options.notificationPreferences"] {
            let script = format!("return changed(session, '{path}', {given})");
            assert_eq!(refused(&client, "session", &script).await.as_deref(), Some(path), "{script}");
        }
        for path in ["options.limits", "payor.address"] {
            let script = format!("return changed(geft, '{path}', {given})");
            assert_eq!(refused(&client, "geft", &script).await.as_deref(), Some(path), "{script}");
        }
    }
    let signal =
        fault(call(&client, "startPayment", &params(), &evaluate("return new AbortController().signal"))).await;
    assert_eq!(signal, ["invalid_input", "options"].map(str::to_owned));
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
    // A class that calls itself something, and has fields.
    for named in ["get signal() { return undefined; } get onEvent() { return () => {}; }", "beforeSend() {}"] {
        let options =
            evaluate(&format!("return new (class {{ get [Symbol.toStringTag]() {{ return 'Mine'; }} {named} }})();"));
        settle(call(&client, "startPayment", &params(), &options)).await.expect("a payment");
    }
    let script = "return changed(geft, 'options.limits', new (class { get [Symbol.toStringTag]() { return 'Mine'; } \
        get minimumAmount() { return '1.00'; } })())";
    assert_eq!(refused(&client, "geft", script).await, None);
    settle(call(&client, "startPayment", &params(), &Object::new())).await.expect("a payment");
}

#[wasm_bindgen_test]
async fn names_that_every_object_has_are_refused_in_what_is_sent_and_left_out_of_what_is_answered() {
    let client = client(
        "answers.details = () => json({ status: 'Completed', more: 1, payor: { toString: 'x', constructor: 1, email: 'e' } });",
    );
    for name in ["toString", "constructor", "valueOf", "hasOwnProperty", "__defineGetter__", "__proto__"] {
        for (reader, field) in [("payment", "clientUris"), ("geft", "options.redirectPreferences")] {
            let script = format!("return changed({reader}, '{field}', {{ a: {{ ['{name}']: 1 }} }})");
            let path = format!("{field}.a.{name}");
            assert_eq!(refused(&client, reader, &script).await.as_deref(), Some(path.as_str()), "{script}");
        }
        let header = evaluate(&format!("return {{ scheme: 'geft', secret: 'k', body: '{{}}', header: '{name}' }}"));
        assert_eq!(get(&sign_webhook(header).expect_err("refused"), "field"), JsValue::from("header"), "{name}");
    }
    let details =
        settle(call(&client, "getSessionDetails", &"s-1".into(), &JsValue::UNDEFINED)).await.expect("details");
    assert_eq!(text_of(&details, "payor"), r#"{"email":"e"}"#);
}

fn text_of(object: &JsValue, name: &str) -> String {
    js_sys::JSON::stringify(&get(object, name)).expect("JSON").into()
}

#[wasm_bindgen_test]
async fn requests_say_who_sends_them_where_no_browser_does() {
    let client = client("");
    start(&client).await.expect("a payment");
    let named = text("return JSON.stringify(sent.map(({ init }) => init.headers['user-agent'] ?? null))");
    let is_browser = evaluate("return navigator.userAgent.startsWith('Mozilla/')") == JsValue::TRUE;
    let own = format!("\"flinkspay-edge/{}\"", env!("CARGO_PKG_VERSION"));
    let expected = if is_browser { "null" } else { own.as_str() };
    assert_eq!(named, format!("[{expected},{expected},{expected}]"));
}

#[wasm_bindgen_test]
async fn unknown_and_misplaced_names_are_refused_by_their_path() {
    let client = client("");
    for (reader, path) in [
        ("payment", "ammount"),
        ("payment", "clientUrls"),
        ("session", "payor.nickname"),
        ("session", "options.notificationPreferences.sms"),
        ("session", "payee.account.iban"),
        ("session", "payee.name"),
        ("geft", "options.limits.most"),
        ("geft", "payor.address.street"),
        ("geft", "options.guarantee"),
        ("options", "baseURL"),
        ("options", "__proto__"),
        ("payment", "__proto__"),
        ("webhook", "secret"),
        ("callOptions", "timeoutMs"),
        ("known", "funds"),
    ] {
        for value in ["1", "null", "'text'", "{}", "() => {}"] {
            let script = format!("return changed({reader}, '{path}', {value})");
            assert_eq!(refused(&client, reader, &script).await.as_deref(), Some(path), "{script}");
        }
        let script = format!("return changed({reader}, '{path}', undefined)");
        assert_eq!(refused(&client, reader, &script).await, None, "{script}");
    }
    for path in ["clientUris.__proto__", "clientUris.list.__proto__"] {
        let script = "return { ...payment, clientUris: JSON.parse('@') }".replace(
            '@',
            if path == "clientUris.__proto__" { r#"{"__proto__":{"a":1.5}}"# } else { r#"{"list":[{"__proto__":1}]}"# },
        );
        assert_eq!(refused(&client, "payment", &script).await.as_deref(), Some(path), "{script}");
    }
    let script = "return { ...geft, options: { redirectPreferences: JSON.parse('{\"__proto__\":null}') } }";
    let found = refused(&client, "geft", script).await;
    assert_eq!(found.as_deref(), Some("options.redirectPreferences.__proto__"));
}

#[wasm_bindgen_test]
async fn what_has_no_end_is_refused_by_its_path() {
    let client = client("");
    let script = "const a = {}; a.a = a; return { ...payment, clientUris: a }";
    assert_eq!(refused(&client, "payment", script).await.as_deref(), Some("clientUris.a.a.a.a.a.a.a.a"));
    let script = "const a = []; a.push(a); return { ...payment, clientUris: { a } }";
    assert_eq!(refused(&client, "payment", script).await.as_deref(), Some("clientUris.a"));
    let script = "const a = { toJSON: () => a }; return { ...payment, clientUris: { a } }";
    assert_eq!(refused(&client, "payment", script).await.as_deref(), Some("clientUris.a"));
    let script = "return { ...payment, clientUris: { list: Array(1e6) } }";
    assert_eq!(refused(&client, "payment", script).await.as_deref(), Some("clientUris.list"));
    let script = "return { ...payment, clientUris: { list: new Proxy([], { get: (_, name) => name === 'length' ? 2 ** 53 : 1 }) } }";
    assert_eq!(refused(&client, "payment", script).await.as_deref(), Some("clientUris.list"));
}

#[wasm_bindgen_test]
async fn every_field_is_read_once() {
    let client = client("");
    for reader in READERS {
        let script = format!(
            "const reads = globalThis.reads = {{}}; \
             const watched = (object, path) => new Proxy(object, {{ get(target, name) {{ \
                 const at = path + String(name); reads[at] = (reads[at] ?? 0) + 1; \
                 const value = Reflect.get(target, name); \
                 return typeof value === 'object' && !(value instanceof AbortSignal) && value !== null \
                     ? watched(value, at + '.') : value; }} }}); \
             globalThis.all = paths({reader}); return watched({reader}, '');"
        );
        assert_eq!(refused(&client, reader, &script).await, None, "{reader}");
        let unequal = text(
            "return JSON.stringify([...new Set([...all, ...Object.keys(reads)])].filter((path) => reads[path] !== 1) \
             .map((path) => `${path} ${reads[path] ?? 0}`))",
        );
        // No server looks at it.
        let unread = if reader == "options" { r#"["allowCredentialsInBrowser 0"]"# } else { "[]" };
        assert_eq!(unequal, unread, "{reader}");
    }
    let cart = evaluate(
        r"globalThis.counts = {};
        const read = (name, value) => { counts[name] = (counts[name] ?? 0) + 1; return value; };
        class Payor { get firstName() { return read('firstName', 'Z') } get lastName() { return read('lastName', 'Z') }
            get email() { return read('email', 'z@example.com') } }
        class Cart { get product() { return read('product', 'e-transfer') } get amount() { return read('amount', '12.50') }
            get payor() { return read('payor', new Payor()) } get payee() { return read('payee', undefined) }
            get total() { return read('total', 1) } }
        return new Cart();",
    );
    settle(call(&client, "createSession", &cart, &JsValue::UNDEFINED)).await.expect("a session");
    let counts = text("return JSON.stringify(Object.entries(counts).sort())");
    let once = r#"[["amount",1],["email",1],["firstName",1],["lastName",1],["payee",1],["payor",1],["product",1]]"#;
    assert_eq!(counts, once);
    assert!(text("return sent.at(-1).init.body").contains(r#""amount":12.5,"#));
}

#[wasm_bindgen_test]
async fn what_no_object_is_names_what_is_missing() {
    let client = client("");
    for given in ["undefined", "null", "7", "'text'", "true", "() => {}", "Symbol()", "10n", "new Date(NaN)", "{}"] {
        let script = format!("return {given}");
        for (reader, field) in [
            ("payment", "referenceId"),
            ("session", "product"),
            ("options", "baseUrl"),
            ("webhook", "scheme"),
            ("kept", "status"),
        ] {
            assert_eq!(refused(&client, reader, &script).await.as_deref(), Some(field), "{reader}: {given}");
        }
    }
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
}

#[wasm_bindgen_test]
fn webhooks_in_bodies_and_headers_that_throw_are_refused() {
    for (given, said) in [
        (
            "body: (() => { const { buffer } = new Uint8Array(8); structuredClone(buffer, { transfer: [buffer] }); return buffer; })()",
            "body",
        ),
        (
            "body: (() => { const view = new Uint8Array(8); structuredClone(view.buffer, { transfer: [view.buffer] }); return view; })()",
            "body",
        ),
        ("body: { byteLength: 2 ** 40, length: 2 ** 40 }", "body"),
        ("body: { byteLength: 1, length: 2 ** 40 }", "body"),
        ("body: { byteLength: 1, get length() { throw 1 } }", "body"),
        ("body: { byteLength: 1, [Symbol.iterator]() { throw 1 } }", "body"),
        ("body: { byteLength: -1 }", "body"),
        ("body: { get byteLength() { throw 1 } }", "body"),
        ("body: new Proxy(new Uint8Array(1), {})", "body"),
        ("body: new Uint8Array(1048577)", "body"),
        ("get body() { throw 1 }", "body"),
        ("get headers() { throw 1 }", "headers"),
        ("headers: new Proxy({}, { ownKeys() { throw 1 } })", "headers"),
        (
            "headers: (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
            "headers",
        ),
        ("headers: { get() { throw 1 } }", ""),
        ("headers: { get get() { throw 1 } }", ""),
        ("headers: { get 'x-webhook-signature'() { throw 1 } }", ""),
        ("headers: { 'x-webhook-signature': ['a', 'b'] }", ""),
    ] {
        let given =
            evaluate(&format!("return {{ scheme: 'geft', secrets: ['k'], body: '{{}}', headers: {{}}, {given} }}"));
        let shown = format!("{said}: {given:?}");
        let error = verify_webhook(given).expect_err("refused");
        assert_eq!(get(&error, "field").as_string().unwrap_or_default(), said, "{shown}");
        let code = if said.is_empty() { "webhook_signature" } else { "invalid_input" };
        assert_eq!(get(&error, "code"), JsValue::from(code), "{shown}");
    }
}

#[wasm_bindgen_test]
async fn what_was_not_awaited_is_called_a_promise() {
    let promise = || evaluate("return Promise.resolve({})");
    let client = client("");
    for (field, error) in [
        ("referenceId", settle(call(&client, "startPayment", &promise(), &JsValue::UNDEFINED)).await.err()),
        ("baseUrl", Client::new(promise(), &Object::new()).err()),
        ("status", funds_of(promise(), JsValue::UNDEFINED).err()),
        ("scheme", verify_webhook(promise()).err()),
    ] {
        let error = error.expect("refused");
        assert_eq!(get(&error, "field"), JsValue::from(field));
        let message = get(&error, "message").as_string().expect("a message");
        assert!(message.ends_with("was given is a promise: await it."), "{message}");
    }
}

#[wasm_bindgen_test]
fn webhooks_whose_headers_are_something_else_are_told_what_was_given() {
    for (given, field, said) in [
        ("headers: Promise.resolve(new Headers())", "headers", "is a promise: await it"),
        ("headers: Object.assign(Promise.resolve(), { get() {} })", "headers", "is a promise: await it"),
        ("headers: async () => new Headers()", "headers", "is a function: call it"),
        ("headers: 'x-webhook-signature: s'", "headers", "must be the request's Headers"),
        ("headers: new Request('https://shop.example')", "headers", "was the request given"),
        ("headers: { headers: { 'x-webhook-signature': 's' } }", "headers", "was the request given"),
        ("headers: ['x-webhook-signature']", "headers", "is a list of neither"),
        ("headers: [{ key: 'x-webhook-signature', value: 's' }]", "headers", "is a list of neither"),
        ("headers: [['x-webhook-signature']]", "headers", "is a list of neither"),
        ("headers: new Set(['x-webhook-signature'])", "headers", "is a list of neither"),
        ("headers: (function* () { throw 1 })()", "headers", "cannot be read"),
        ("headers: { get [Symbol.iterator]() { throw 1 } }", "headers", "cannot be read"),
        ("headers: { 'x-webhook-signature': 7 }", "headers.x-webhook-signature", "must be text"),
        ("headers: { 'x-webhook-signature': [['s']] }", "headers.x-webhook-signature", "must be text"),
        ("headers: { get: async () => 's' }", "headers.x-webhook-signature", "must be text"),
        ("body: Promise.resolve('{}')", "body", "is a promise: await it"),
        // Of two that differ, nobody knows which is Flinks'.
        ("headers: { 'x-webhook-signature': ['a', 'b'] }", "", "more than once"),
        ("headers: { 'x-webhook-signature': 'a', 'X-Webhook-Signature': 'b' }", "", "more than once"),
        ("headers: [['x-webhook-signature', 'a'], ['X-Webhook-Signature', 'b']]", "", "more than once"),
        ("headers: new Headers([['X-Webhook-Signature', 'a'], ['X-Webhook-Signature', 'b']])", "", "more than once"),
        ("headers: new Map()", "", "header is missing"),
        ("headers: []", "", "header is missing"),
        ("headers: { 'x-webhook-signature': [] }", "", "header is missing"),
        ("headers: { 'x-webhook-signature': null }", "", "header is missing"),
    ] {
        let given =
            evaluate(&format!("return {{ scheme: 'geft', secrets: ['k'], body: '{{}}', headers: {{}}, {given} }}"));
        let shown = format!("{said}: {given:?}");
        let error = verify_webhook(given).expect_err("refused");
        assert_eq!(get(&error, "field").as_string().unwrap_or_default(), field, "{shown}");
        let message = get(&error, "message").as_string().expect("a message");
        assert!(message.contains(said), "{shown}: {message}");
    }
}

#[wasm_bindgen_test]
async fn the_request_leaves_after_what_before_send_waits_for() {
    let client = client(
        "globalThis.order = []; options.fetch = (url, init) => { order.push(url.split('/').pop()); return fetch(url, init); };",
    );
    let options = evaluate(
        "return { async beforeSend({ stage, sessionId }) { order.push(`${stage} ${sessionId ?? ''}`); \
         await new Promise((resolve) => setTimeout(resolve, 20)); order.push('written'); } }",
    );
    settle(call(&client, "startPayment", &params(), &options)).await.expect("a payment");
    assert_eq!(
        text("return order.join()"),
        "authorize ,written,authorize,initiate ,written,initiate,payment_request s-1,written,paymentrequests"
    );
}

#[wasm_bindgen_test]
async fn what_before_send_throws_or_rejects_with_ends_the_call_with_nothing_sent() {
    for refuses in [
        "throw reason",
        "return Promise.reject(reason)",
        "return { then(_, reject) { setTimeout(() => reject(reason), 10); } }",
        "return { get then() { throw reason } }",
    ] {
        for (stage, steps) in [("authorize", ""), ("initiate", "authorize"), ("payment_request", "authorize,initiate")]
        {
            let client = client("");
            let options = evaluate(&format!(
                "const reason = new Error('the disk is full'); \
                 return {{ beforeSend({{ stage }}) {{ if (stage === '{stage}') {{ {refuses}; }} }} }}"
            ));
            let failed = failure(call(&client, "startPayment", &params(), &options)).await;
            assert_eq!(failed, words("aborted", stage, "not_sent"), "{refuses}");
            assert_eq!(text("return last.cause.message"), "the disk is full", "{refuses}");
            assert_eq!(text("return sent.map(({ url }) => url.split('/').pop()).join()"), steps, "{refuses}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_before_send_that_never_settles_ends_within_the_limits() {
    for (limit, code) in [("timeoutMs", "timeout"), ("deadlineMs", "deadline_exceeded")] {
        for promise in ["new Promise(() => {})", "{ then() {} }"] {
            let client = client(&format!("options.{limit} = 40;"));
            let options = evaluate(&format!(
                "globalThis.began = performance.now(); return {{ beforeSend({{ stage }}) {{ if (stage === 'initiate') return {promise}; }} }}"
            ));
            let failed = failure(call(&client, "startPayment", &params(), &options)).await;
            assert_eq!(failed, words(code, "initiate", "not_sent"), "{limit} {promise}");
            assert_eq!(evaluate("return sent.length"), JsValue::from(1), "{limit} {promise}");
            let took = evaluate("return performance.now() - began").as_f64().expect("a number");
            assert!((30.0..1_000.0).contains(&took), "{limit} {promise} {took}");
        }
    }
    let client = client("");
    let options = evaluate(
        "const controller = new AbortController(); setTimeout(() => controller.abort('gone'), 20); \
         return { signal: controller.signal, beforeSend: () => new Promise(() => {}) };",
    );
    let failed = failure(call(&client, "startPayment", &params(), &options)).await;
    assert_eq!(failed, words("aborted", "authorize", "not_sent"));
    assert_eq!(text("return last.cause"), "gone");
}

/// Collects rejections that nobody handles, until `heard` is called.
const LISTENING: &str = r"
    const unhandled = [];
    const listener = (event) => { event.preventDefault?.(); unhandled.push(String(event.reason ?? event)); };
    const isNode = typeof process === 'object' && typeof process.on === 'function';
    if (isNode) process.on('unhandledRejection', listener); else addEventListener('unhandledrejection', listener);
    globalThis.heard = async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (isNode) process.off('unhandledRejection', listener); else removeEventListener('unhandledrejection', listener);
        return unhandled.join();
    };
";

#[wasm_bindgen_test]
async fn no_rejection_of_the_callers_code_is_left_unhandled() {
    evaluate(&format!("{LISTENING} Promise.reject(new Error('control'));"));
    let heard = settle(evaluate("return heard()").unchecked_into()).await.expect("text");
    assert_eq!(heard, JsValue::from("Error: control"));

    evaluate(LISTENING);
    let listening = client("options.onEvent = async () => { throw new Error('listener'); };");
    let options = evaluate("return { async onEvent() { throw new Error('listener'); } }");
    assert!(settle(call(&listening, "startPayment", &params(), &options)).await.is_ok());
    // Too late: the call is over when it rejects.
    let late = client("options.timeoutMs = 20;");
    let options = evaluate(
        "return { beforeSend: () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 40)) }",
    );
    let failed = failure(call(&late, "startPayment", &params(), &options)).await;
    assert_eq!(failed, words("timeout", "authorize", "not_sent"));
    let lost = client(
        "options.timeoutMs = 20; \
         answers.initiate = () => new Promise((_, reject) => setTimeout(() => reject(new Error('lost')), 40)); \
         answers.sessions = () => new Response(new ReadableStream({ cancel() { throw new Error('cancel') } }), { status: 500 });",
    );
    let failed = failure(call(&lost, "startPayment", &params(), &JsValue::UNDEFINED)).await;
    assert_eq!(failed, words("timeout", "initiate", "unknown"));
    let given = evaluate(&format!("{GOOD} return session"));
    let failed = failure(call(&lost, "createSession", &given, &JsValue::UNDEFINED)).await;
    assert_eq!(failed, words("upstream_unavailable", "session", "unknown"));
    let heard = settle(evaluate("return heard()").unchecked_into()).await.expect("text");
    assert_eq!(heard, JsValue::from(""));
}

/// Amounts of every length, each with what must be sent for it: its shortest decimal.
fn amounts(count: usize) -> Vec<(String, String)> {
    let most = 999_999_999_999_999_u64;
    let edges = [
        1,
        5,
        9,
        10,
        11,
        50,
        99,
        100,
        101,
        110,
        1_250,
        99_999,
        100_000,
        9_007_199_254_740_991 / 100,
        most - 99,
        most - 1,
        most,
    ];
    // A generator by Marsaglia: the same amounts at each run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let random = core::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 8) % 10_u64.pow(1 + u32::try_from(state % 15).expect("small")) % most + 1
    });
    let cents = edges.into_iter().chain(random.take(count));
    cents
        .map(|cents| {
            let (dollars, rest) = (cents / 100, cents % 100);
            let shortest = match (rest, rest % 10) {
                (0, _) => dollars.to_string(),
                (_, 0) => format!("{dollars}.{}", rest / 10),
                _ => format!("{dollars}.{rest:02}"),
            };
            (format!("{dollars}.{rest:02}"), shortest)
        })
        .collect()
}

#[wasm_bindgen_test]
async fn every_amount_is_sent_as_its_shortest_decimal() {
    // Answers that cost little: nobody reads those of the sessions.
    let client = client(
        r#"const read = (text) => { let rest = [new TextEncoder().encode(text)]; return { cancel: async () => {},
            read: async () => ({ done: rest.length === 0, value: rest.pop() }) } };
        globalThis.bodies = [];
        options.fetch = async (url, init) => {
            if (!url.endsWith("/sessions")) return { status: 200, headers: { get: () => "application/json" }, body: {
                getReader: () => read('{"access_token":"t","token_type":"bearer","expires_in":299}') } };
            bodies.push(init.body);
            return { status: 400, headers: { get: () => null }, body: null };
        };"#,
    );
    let give: Function = evaluate(
        "return (amount, minimumAmount, maximumAmount) => ({ product: 'geft', amount: '1', options: { limits: { minimumAmount, \
         maximumAmount } }, payor: { firstName: 'Z', lastName: 'Z' }, ...(amount && { product: 'e-transfer', amount, \
         options: undefined, payor: { firstName: 'Z', lastName: 'Z', email: 'z@example.com' } }) })",
    )
    .unchecked_into();
    let amounts = amounts(20_000);
    let mut calls = 0;
    for three in amounts.chunks(300) {
        let promises = Array::new();
        let mut expected = HashSet::new();
        for some in three.chunks(3) {
            let [given, least, most] = [0, 1, 2].map(|index| some.get(index).or(some.first()).expect("an amount"));
            let of_amount = give.call1(&JsValue::UNDEFINED, &given.0.as_str().into()).expect("parameters");
            let of_limits = give
                .call3(&JsValue::UNDEFINED, &JsValue::UNDEFINED, &least.0.as_str().into(), &most.0.as_str().into())
                .expect("parameters");
            for params in [of_amount, of_limits] {
                promises.push(&call(&client, "createSession", &params, &JsValue::UNDEFINED));
                calls += 1;
            }
            expected.insert(format!(
                r#"{{"type":"e-Transfer","direction":"DEBIT","currency":"CAD","amount":{},"payor":{{"firstName":"Z","lastName":"Z","email":"z@example.com"}}}}"#,
                given.1
            ));
            expected.insert(format!(
                r#"{{"type":"EFT","direction":"DEBIT","currency":"CAD","amount":1,"options":{{"guarantee":{{"enable":true}},"limits":{{"minimumAmount":{},"maximumAmount":{}}}}},"payor":{{"firstName":"Z","lastName":"Z"}}}}"#,
                least.1, most.1
            ));
        }
        settle(Promise::all_settled(&promises)).await.expect("all are over");
        let sent = Array::from(&evaluate("return bodies.splice(0)"));
        assert_eq!(sent.length(), promises.length());
        let sent: HashSet<_> = sent.iter().filter_map(|body| body.as_string()).collect();
        assert_eq!(sent.symmetric_difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new());
    }
    assert!(calls >= 13_000);
}

#[wasm_bindgen_test]
async fn version_1_sends_amounts_as_the_options_say() {
    for (more, written) in [("", "12.5"), ("options.amountAs = 'string';", "\"12.50\"")] {
        let client = client(more);
        for method in ["startPayment", "initiateSession", "sendRequest"] {
            let _ = settle(call(&client, method, &params(), &JsValue::UNDEFINED)).await;
            let bodies = text("return sent.splice(0).map(({ init }) => init.body).join()");
            assert!(bodies.contains(&format!(r#""amount":{written},"#)), "{bodies}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_interval_is_for_what_waits_alone() {
    let client = client("");
    let start = call(&client, "startPayment", &params(), &evaluate("return { intervalMs: 5 }"));
    assert_eq!(field_of(start).await.as_deref(), Some("intervalMs"));
    for wrong in ["0", "1.5", "'5'", "null", "NaN"] {
        let options = evaluate(&format!("return {{ intervalMs: {wrong} }}"));
        let wait = call(&client, "waitForPayment", &"r".into(), &options);
        assert_eq!(field_of(wait).await.as_deref(), Some("intervalMs"), "{wrong}");
    }
}

#[wasm_bindgen_test]
async fn a_product_says_what_a_scheduled_debit_is_worth() {
    let client = client(
        "const scheduled = () => json({ status: 'Completed', statusDetails: 'EFT0301' }); \
         answers.status = scheduled; answers.details = scheduled;",
    );
    for (options, funds) in [
        ("{ product: 'geft' }", "guaranteed"),
        ("{ product: 'eft' }", "scheduled"),
        ("{ product: 'e-transfer' }", "none"),
        ("{ product: undefined }", "scheduled"),
        ("undefined", "scheduled"),
    ] {
        for method in ["getSessionStatus", "getSessionDetails"] {
            let options = evaluate(&format!("return {options}"));
            let told = settle(call(&client, method, &"s-1".into(), &options)).await.expect("a status");
            assert_eq!(get(&told, "funds"), JsValue::from(funds), "{method}");
            assert_eq!(get(&told, "paid"), JsValue::from(funds == "guaranteed"), "{method}");
        }
    }
    for wrong in ["'interac'", "'GEFT'", "null", "1"] {
        let options = evaluate(&format!("return {{ product: {wrong} }}"));
        let refused = call(&client, "getSessionStatus", &"s-1".into(), &options);
        assert_eq!(field_of(refused).await.as_deref(), Some("product"), "{wrong}");
    }
    for method in ["getPaymentRequest", "cancelSession", "warm"] {
        let refused = call(&client, method, &"s-1".into(), &evaluate("return { product: 'geft' }"));
        assert_eq!(field_of(refused).await.as_deref(), Some("product"), "{method}");
    }
}

#[wasm_bindgen_test]
fn a_kept_answer_means_what_it_meant() {
    let meaning = |answer: &str, known: &str| {
        let [answer, known] = [answer, known].map(|given| evaluate(&format!("return {given}")));
        js_sys::JSON::stringify(&funds_of(answer, known).expect("a meaning")).map(String::from).expect("JSON")
    };
    let guaranteed = r#"{"funds":"guaranteed","paid":true,"final":true,"rank":6}"#;
    let event = "{ type: 'SessionSetupStatusChanged', status: 'Completed', statusDetails: 'EFT0301', amount: '1.00' }";
    assert_eq!(meaning(event, "{ product: 'geft' }"), guaranteed);
    assert_eq!(meaning(event, "undefined"), r#"{"funds":"scheduled","paid":false,"final":false,"rank":4}"#);
    let returned = r#"{"funds":"returned","paid":false,"final":true,"rank":8}"#;
    assert_eq!(meaning("{ status: 'Failed' }", "{ product: 'eft', before: 'scheduled' }"), returned);
    assert_eq!(meaning("{ status: 'Mystery' }", "{}"), r#"{"funds":"none","paid":false,"final":false}"#);
}

/// The field that a call is refused for.
async fn field_of(call: Promise) -> Option<String> {
    get(&settle(call).await.expect_err("refused"), "field").as_string()
}
