//! `verifyWebhook` and `signWebhook`, with every form of body and headers.

use super::support::{evaluate, get};
use flinkspay_edge::wasm::{sign_webhook, verify_webhook};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// The result of `verifyWebhook` for the options of the script: the event's type, or the error's code and field.
fn verify_result(script: &str) -> String {
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
fn verifies_webhooks_with_every_form_of_body_and_headers() {
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
fn refuses_invalid_webhooks_and_options() {
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
        assert_eq!(verify_result(&script), said, "{body} {scheme} {more}");
    }
    assert_eq!(verify_result("return undefined"), "invalid_input scheme");
}

#[wasm_bindgen_test]
fn webhook_bodies_and_headers_that_throw_are_refused() {
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
fn the_error_says_what_was_given_in_place_of_headers() {
    for (given, field, said) in [
        ("headers: Promise.resolve(new Headers())", "headers", "is a promise: await it"),
        ("headers: Object.assign(Promise.resolve(), { get() {} })", "headers", "is a promise: await it"),
        ("headers: async () => new Headers()", "headers", "is a function: call it"),
        ("headers: 'x-webhook-signature: s'", "headers", "must be the request's Headers"),
        ("headers: new Request('https://shop.example')", "headers", "not the request"),
        ("headers: { headers: { 'x-webhook-signature': 's' } }", "headers", "not the request"),
        ("headers: ['x-webhook-signature']", "headers", "is a list, but neither"),
        ("headers: [{ key: 'x-webhook-signature', value: 's' }]", "headers", "is a list, but neither"),
        ("headers: [['x-webhook-signature']]", "headers", "is a list, but neither"),
        ("headers: new Set(['x-webhook-signature'])", "headers", "is a list, but neither"),
        ("headers: (function* () { throw 1 })()", "headers", "cannot be read"),
        ("headers: { get [Symbol.iterator]() { throw 1 } }", "headers", "cannot be read"),
        ("headers: { 'x-webhook-signature': 7 }", "headers.x-webhook-signature", "must be text"),
        ("headers: { 'x-webhook-signature': [['s']] }", "headers.x-webhook-signature", "must be text"),
        ("headers: { get: async () => 's' }", "headers.x-webhook-signature", "must be text"),
        ("body: Promise.resolve('{}')", "body", "is a promise: await it"),
        // Only one of two values can be from Flinks.
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
