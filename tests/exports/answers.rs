//! What the client makes of answers and of the `fetch` that gives them.

use super::support::{
    call, client, evaluate, evaluate_text, expected_failure, failure_of, get, params, refused_call_field, settle,
    start_payment,
};
use flinkspay_edge::wasm::funds_of;
use js_sys::{Array, Promise};
use std::collections::HashSet;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn starts_a_payment_without_following_redirects() {
    let client = client("");
    let started = start_payment(&client).await.expect("a payment");
    assert_eq!(get(&started, "requestId").as_string().as_deref(), Some("r-s-1"));
    let sent = Array::from(&evaluate(
        "return sent.map(({ init }) => `${init.method} ${init.redirect} ${init.signal.aborted}`)",
    ));
    assert_eq!(sent.to_vec(), vec![JsValue::from("POST manual false"); 3]);
}

#[wasm_bindgen_test]
async fn two_hundred_concurrent_calls_do_not_mix() {
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
    assert_eq!(get(&start_payment(&client).await.expect("a payment"), "sessionId"), JsValue::from("s-1"));
}

#[wasm_bindgen_test]
async fn an_unreadable_answer_to_initiate_is_unknown() {
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
        let failed = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, expected_failure("upstream_protocol", "initiate", "unknown"), "{answer}");
    }
}

#[wasm_bindgen_test]
async fn cancels_a_body_after_64_kib() {
    let client = client(
        r#"let pulled = 0;
        globalThis.cancelled = false;
        answers.initiate = () => new Response(new ReadableStream({
            pull(stream) { pulled += 1024; globalThis.pulled = pulled; stream.enqueue(new Uint8Array(1024).fill(32)); },
            cancel() { globalThis.cancelled = true; },
        }), { headers: { "content-type": "application/json" } });"#,
    );
    let failed = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
    assert_eq!(failed, expected_failure("upstream_protocol", "initiate", "unknown"));
    assert_eq!(evaluate("return cancelled"), JsValue::TRUE);
    let pulled = evaluate("return pulled").as_f64().expect("a number");
    assert!((65_536.0..=68_608.0).contains(&pulled), "{pulled}");
}

/// A body whose pieces are always ready, so that no timer fires while it is read.
const READY_PIECES: &str =
    "globalThis.pulled = 0; globalThis.cancelled = false; const ready = (piece, count) => new Response(
    new ReadableStream({
        pull(stream) { pulled += 1; if (pulled > count) stream.close(); else stream.enqueue(piece(pulled)); },
        cancel() { cancelled = true; },
    }), { headers: { 'content-type': 'application/json' } });";

#[wasm_bindgen_test]
async fn a_body_of_too_many_empty_pieces_is_cancelled() {
    for piece in ["() => new Uint8Array(0)", "(count) => new Uint8Array(count % 100 ? 0 : 1).fill(32)"] {
        let client = client(&format!("{READY_PIECES} answers.initiate = () => ready({piece}, Infinity);"));
        let failed = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, expected_failure("upstream_protocol", "initiate", "unknown"), "{piece}");
        assert_eq!(evaluate("return cancelled"), JsValue::TRUE, "{piece}");
        let pulled = evaluate("return pulled").as_f64().expect("a number");
        assert!((1_000.0..=1_100.0).contains(&pulled), "{piece}: {pulled}");
    }
    // A few empty pieces are allowed.
    let text = r#"new TextEncoder().encode('{"sessionId":"s-1"}')"#;
    let client = client(&format!(
        "{READY_PIECES} const text = {text}; answers.initiate = () => ready((count) => count % 50 ? new Uint8Array(0) \
         : text.subarray(count / 50 - 1, count / 50), 50 * text.length);"
    ));
    assert_eq!(get(&start_payment(&client).await.expect("a payment"), "sessionId"), JsValue::from("s-1"));
}

#[wasm_bindgen_test]
async fn a_body_of_64_kib_may_come_in_any_pieces() {
    let text = r#"new TextEncoder().encode('{"sessionId":"s-1"}'.padEnd(65536))"#;
    for size in [65_536, 65_535, 32_768, 1_000, 31] {
        for (more, is_taken) in [("0", true), ("1", false)] {
            let client = client(&format!(
                "{READY_PIECES} const text = {text}; answers.initiate = () => ready((count) => {{ \
                 const at = (count - 1) * {size}; \
                 return at < 65536 ? text.subarray(at, at + {size}) : new Uint8Array({more}).fill(32); }}, \
                 Math.ceil(65536 / {size}) + 1);"
            ));
            assert_eq!(start_payment(&client).await.is_ok(), is_taken, "{size} {more}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_call_settles_whatever_the_injected_fetch_does() {
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
        let failed = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, expected_failure(code, "initiate", "unknown"), "{answer}");
    }
}

/// What a defective `fetch` returns, as an expression, and a part of the message about it.
const DEFECTIVE_FETCHES: [(&str, &str); 13] = [
    ("(() => { throw new Error('at once') })()", "it threw an error of its own"),
    ("undefined", "it returned nothing"),
    ("null", "it returned nothing"),
    ("{}", "it returned no Response"),
    ("'text'", "it returned no Response"),
    ("Promise.resolve()", "it returned nothing"),
    ("Promise.resolve({})", "it returned no Response"),
    ("Promise.resolve('text')", "it returned no Response"),
    (
        "Promise.resolve({ ok: true, status: 200, json: async () => ({ access_token: 't', status: 'Accepted' }) })",
        "it returned no Response",
    ),
    (
        "Promise.resolve({ status: 200, headers: new Headers({ 'content-type': 'application/json' }), body: { pipe() {} } })",
        "not a ReadableStream",
    ),
    ("Promise.reject(new ReferenceError('agent is not defined'))", "it threw an error of its own"),
    ("Promise.reject(new TypeError('Illegal invocation'))", "without its object"),
    (
        "(() => { throw new TypeError('Illegal invocation: function called with incorrect this reference') })()",
        "without its object",
    ),
];

#[wasm_bindgen_test]
async fn a_defective_fetch_is_named_and_called_once() {
    let replaced = |step: &str, gives: &str| {
        client(&format!(
            "globalThis.tries = 0; options.fetch = (url, init) => {{ if (!url.endsWith('/{step}')) return fetch(url, init); \
             tries += 1; return ({gives}); }};"
        ))
    };
    for (gives, says) in DEFECTIVE_FETCHES {
        for (step, stage) in [("authorize", "authorize"), ("r-1", "status")] {
            let client = replaced(step, gives);
            let error = settle(call(&client, "getPaymentRequest", &"r-1".into(), &JsValue::UNDEFINED)).await;
            let error = error.expect_err("the call fails");
            let said = ["code", "field", "stage", "outcome"].map(|name| get(&error, name).as_string().expect("text"));
            assert_eq!(said, ["invalid_config", "fetch", stage, "not_sent"].map(str::to_owned), "{gives}");
            let message = get(&error, "message").as_string().expect("text");
            assert!(message.starts_with("fetch must send the request and return a Response: "), "{message}");
            assert!(message.contains(says), "{gives}: {message}");
            assert_eq!(get(&error, "retryable"), JsValue::FALSE, "{gives}");
            assert_eq!(evaluate("return tries"), JsValue::from(1), "{gives}");
        }
        let client = replaced("initiate", gives);
        let failed = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(failed, expected_failure("network", "initiate", "unknown"), "{gives}");
        assert_eq!(evaluate("return tries"), JsValue::from(1), "{gives}");
    }
}

#[wasm_bindgen_test]
async fn the_global_fetch_is_looked_up_at_each_call() {
    let client = client("delete options.fetch; globalThis.native = globalThis.fetch; globalThis.fake = fetch;");
    evaluate("globalThis.fetch = undefined");
    let missing = settle(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await.expect_err("no fetch");
    evaluate("globalThis.fetch = fake");
    let started = start_payment(&client).await;
    evaluate("globalThis.fetch = native");
    let [code, field, message] =
        ["code", "field", "message"].map(|name| get(&missing, name).as_string().expect("text"));
    assert_eq!([code.as_str(), &field], ["invalid_config", "fetch"]);
    assert!(message.ends_with("this host has no fetch of its own, so pass one as the option fetch."), "{message}");
    assert!(started.is_ok());
}

#[wasm_bindgen_test]
async fn a_response_that_throws_while_it_is_read_is_unknown() {
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
        let [_, stage, outcome] = failure_of(call(&client, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        assert_eq!([stage.as_str(), outcome.as_str()], ["initiate", "unknown"], "{answer}");
    }
}

#[wasm_bindgen_test]
async fn requests_forbid_caching() {
    let client = client("");
    start_payment(&client).await.expect("a payment");
    settle(call(&client, "getPaymentRequest", &"r".into(), &JsValue::UNDEFINED)).await.expect("a status");
    let sent = evaluate_text("return sent.map(({ init }) => init.cache).join()");
    let known = evaluate(
        "try { return new Request('https://example.com', { cache: 'no-store' }).cache === 'no-store' } catch { return false }",
    );
    assert_eq!(sent, if known == JsValue::TRUE { ["no-store"; 5].join(",") } else { [""; 5].join(",") });
}

#[wasm_bindgen_test]
async fn requests_have_a_user_agent_outside_browsers() {
    let client = client("");
    start_payment(&client).await.expect("a payment");
    let named = evaluate_text("return JSON.stringify(sent.map(({ init }) => init.headers['user-agent'] ?? null))");
    let is_browser = evaluate("return navigator.userAgent.startsWith('Mozilla/')") == JsValue::TRUE;
    let own = format!("\"flinkspay-edge/{}\"", env!("CARGO_PKG_VERSION"));
    let expected = if is_browser { "null" } else { own.as_str() };
    assert_eq!(named, format!("[{expected},{expected},{expected}]"));
}

#[wasm_bindgen_test]
async fn the_product_decides_whether_a_scheduled_debit_is_paid() {
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
            let status = settle(call(&client, method, &"s-1".into(), &options)).await.expect("a status");
            assert_eq!(get(&status, "funds"), JsValue::from(funds), "{method}");
            assert_eq!(get(&status, "paid"), JsValue::from(funds == "guaranteed"), "{method}");
        }
    }
    for wrong in ["'interac'", "'GEFT'", "null", "1"] {
        let options = evaluate(&format!("return {{ product: {wrong} }}"));
        let refused = call(&client, "getSessionStatus", &"s-1".into(), &options);
        assert_eq!(refused_call_field(refused).await.as_deref(), Some("product"), "{wrong}");
    }
    for method in ["getPaymentRequest", "cancelSession", "warm"] {
        let refused = call(&client, method, &"s-1".into(), &evaluate("return { product: 'geft' }"));
        assert_eq!(refused_call_field(refused).await.as_deref(), Some("product"), "{method}");
    }
}

#[wasm_bindgen_test]
fn funds_of_gives_the_meaning_of_a_kept_answer() {
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
