//! Everything that a caller gives, as values that JavaScript has: what is taken, and what is refused by its path.

use super::support::{
    call, clean_up, client, code_and_field, evaluate, evaluate_text, get, params, refused_call_field, settle,
};
use flinkspay_edge::wasm::{Client, funds_of, sign_webhook, verify_webhook};
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn invalid_options_are_refused_by_name() {
    let refused_option = |options: &str| {
        let error = Client::new(evaluate(&format!(
            "return {{ baseUrl: 'https://pay.example.com', username: 'u', password: 'p', allowCredentialsInBrowser: true, {options} }}"
        )), &js_sys::global())
        .err()
        .expect("refused");
        get(&error, "field").as_string().expect("a field")
    };
    assert_eq!(refused_option("baseUrl: 'http://pay.example.com'"), "baseUrl");
    assert_eq!(refused_option("username: () => 'u'"), "username");
    assert_eq!(refused_option("timeoutMs: NaN"), "timeoutMs");
    assert_eq!(refused_option("deadlineMs: 2 ** 64"), "deadlineMs");
    assert_eq!(refused_option("fetch: 'fetch'"), "fetch");
    assert_eq!(refused_option("onEvent: {}"), "onEvent");
    let error = Client::new(JsValue::UNDEFINED, &js_sys::global()).err().expect("refused");
    assert_eq!(get(&error, "code"), JsValue::from("invalid_config"));
}

#[wasm_bindgen_test]
async fn invalid_parameters_are_refused_by_name_before_anything_is_sent() {
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
async fn client_uris_are_sent_as_the_json_that_was_given() {
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
fn a_browser_window_is_refused_by_default() {
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

#[wasm_bindgen_test]
async fn an_unknown_method_is_refused() {
    let client = client("");
    for method in ["", "refund", "__proto__", "constructor", "StartPayment"] {
        let refused = code_and_field(call(&client, method, &params(), &JsValue::UNDEFINED)).await;
        assert_eq!(refused, ["invalid_input", "method"].map(str::to_owned), "{method}");
    }
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
}

#[wasm_bindgen_test]
async fn interval_ms_is_only_for_wait_for_payment() {
    let client = client("");
    let start = call(&client, "startPayment", &params(), &evaluate("return { intervalMs: 5 }"));
    assert_eq!(refused_call_field(start).await.as_deref(), Some("intervalMs"));
    for wrong in ["0", "1.5", "'5'", "null", "NaN"] {
        let options = evaluate(&format!("return {{ intervalMs: {wrong} }}"));
        let wait = call(&client, "waitForPayment", &"r".into(), &options);
        assert_eq!(refused_call_field(wait).await.as_deref(), Some("intervalMs"), "{wrong}");
    }
}

/// Valid input of every kind.
pub const VALID_INPUTS: &str = r"
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

/// The names of the inputs in [`VALID_INPUTS`]; each has a reader.
pub const READERS: [&str; 8] = ["payment", "session", "geft", "options", "webhook", "callOptions", "kept", "known"];

/// The field that a reader refuses of the value that the script gives, if any.
pub async fn refused_field(client: &Client, reader: &str, script: &str) -> Option<String> {
    let given = evaluate(&format!("{VALID_INPUTS} {script}"));
    let begun = |promise: Promise| {
        clean_up();
        settle(promise)
    };
    let error = match reader {
        "payment" => begun(call(client, "startPayment", &given, &JsValue::UNDEFINED)).await.err(),
        "session" | "geft" => begun(call(client, "createSession", &given, &JsValue::UNDEFINED)).await.err(),
        "callOptions" => begun(call(client, "startPayment", &params(), &given)).await.err(),
        // An empty global scope, as on a server.
        "options" => Client::new(given, &Object::new()).err(),
        "kept" => funds_of(given, JsValue::UNDEFINED).err(),
        "known" => funds_of(evaluate("return { status: 'Settled' }"), given).err(),
        _ => verify_webhook(given).err(),
    }?;
    let code = get(&error, "code").as_string().expect("a code");
    // The webhook is read to its end: it has no valid signature.
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

pub fn paths_of(reader: &str) -> Vec<String> {
    Array::from(&evaluate(&format!("{VALID_INPUTS} return paths({reader})")))
        .iter()
        .filter_map(|path| path.as_string())
        .collect()
}

#[wasm_bindgen_test]
async fn valid_input_is_taken_from_every_kind_of_object() {
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
            let taken = refused_field(&client, reader, &format!("const given = {reader}; return {shape};")).await;
            assert_eq!(taken, None, "{reader}: {shape}");
        }
    }
    let sent = "return sent.at(-1).init.body";
    for clean in [
        "Object.assign(Object.create(null), { a: 1, [Symbol('s')]: 2 })",
        "{ a: 1, b: undefined, get [Symbol.iterator]() { throw 1 } }",
    ] {
        let given = evaluate(&format!("{VALID_INPUTS} return {{ ...payment, clientUris: {clean} }}"));
        settle(call(&client, "initiateSession", &given, &JsValue::UNDEFINED)).await.expect("a session");
        assert!(evaluate_text(sent).ends_with(r#""clientURIs":{"a":1}}"#), "{}", evaluate_text(sent));
    }
    let own = evaluate(&format!(
        "{VALID_INPUTS} return {{ ...payment, referenceId: new URL('https://a.example/b'), clientUris: {{ \
         url: new URL('https://a.example/b'), day: new Date(0), map: Object.defineProperty({{}}, 'hidden', {{ value: 1 }}) }} }}"
    ));
    settle(call(&client, "initiateSession", &own, &JsValue::UNDEFINED)).await.expect("a session");
    let body = evaluate_text(sent);
    assert!(body.starts_with(r#"{"referenceId":"https://a.example/b","amount":12.5,"#), "{body}");
    let uris = r#""clientURIs":{"url":"https://a.example/b","day":"1970-01-01T00:00:00.000Z","map":{}}}"#;
    assert!(body.ends_with(uris), "{body}");
}

#[wasm_bindgen_test]
async fn inherited_names_are_refused_in_input_and_dropped_from_answers() {
    let client = client(
        "answers.details = () => json({ status: 'Completed', more: 1, payor: { toString: 'x', constructor: 1, email: 'e' } });",
    );
    for name in ["toString", "constructor", "valueOf", "hasOwnProperty", "__defineGetter__", "__proto__"] {
        for (reader, field) in [("payment", "clientUris"), ("geft", "options.redirectPreferences")] {
            let script = format!("return changed({reader}, '{field}', {{ a: {{ ['{name}']: 1 }} }})");
            let path = format!("{field}.a.{name}");
            assert_eq!(refused_field(&client, reader, &script).await.as_deref(), Some(path.as_str()), "{script}");
        }
        let header = evaluate(&format!("return {{ scheme: 'geft', secret: 'k', body: '{{}}', header: '{name}' }}"));
        assert_eq!(get(&sign_webhook(header).expect_err("refused"), "field"), JsValue::from("header"), "{name}");
    }
    let details =
        settle(call(&client, "getSessionDetails", &"s-1".into(), &JsValue::UNDEFINED)).await.expect("details");
    assert_eq!(json_of_field(&details, "payor"), r#"{"email":"e"}"#);
}

fn json_of_field(object: &JsValue, name: &str) -> String {
    js_sys::JSON::stringify(&get(object, name)).expect("JSON").into()
}

#[wasm_bindgen_test]
async fn unknown_fields_are_refused_by_path() {
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
            assert_eq!(refused_field(&client, reader, &script).await.as_deref(), Some(path), "{script}");
        }
        let script = format!("return changed({reader}, '{path}', undefined)");
        assert_eq!(refused_field(&client, reader, &script).await, None, "{script}");
    }
    for path in ["clientUris.__proto__", "clientUris.list.__proto__"] {
        let script = "return { ...payment, clientUris: JSON.parse('@') }".replace(
            '@',
            if path == "clientUris.__proto__" { r#"{"__proto__":{"a":1.5}}"# } else { r#"{"list":[{"__proto__":1}]}"# },
        );
        assert_eq!(refused_field(&client, "payment", &script).await.as_deref(), Some(path), "{script}");
    }
    let script = "return { ...geft, options: { redirectPreferences: JSON.parse('{\"__proto__\":null}') } }";
    let found = refused_field(&client, "geft", script).await;
    assert_eq!(found.as_deref(), Some("options.redirectPreferences.__proto__"));
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
        assert_eq!(refused_field(&client, reader, &script).await, None, "{reader}");
        let unequal = evaluate_text(
            "return JSON.stringify([...new Set([...all, ...Object.keys(reads)])].filter((path) => reads[path] !== 1) \
             .map((path) => `${path} ${reads[path] ?? 0}`))",
        );
        // It is not read on a server.
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
    let counts = evaluate_text("return JSON.stringify(Object.entries(counts).sort())");
    let once = r#"[["amount",1],["email",1],["firstName",1],["lastName",1],["payee",1],["payor",1],["product",1]]"#;
    assert_eq!(counts, once);
    assert!(evaluate_text("return sent.at(-1).init.body").contains(r#""amount":12.5,"#));
}

#[wasm_bindgen_test]
async fn the_first_required_field_is_named_where_no_object_is_given() {
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
            assert_eq!(refused_field(&client, reader, &script).await.as_deref(), Some(field), "{reader}: {given}");
        }
    }
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));
}

#[wasm_bindgen_test]
async fn a_promise_in_place_of_input_is_named() {
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
        assert!(message.ends_with("is missing, since a promise was given: await it."), "{message}");
    }
}
