//! After a prototype pollution every object has the same properties: none of them may count as input or as an answer.

use super::input::{READERS, VALID_INPUTS, paths_of, refused_field};
use super::support::{call, client, code_and_field, evaluate, evaluate_text, failure_of, get, params, settle};
use super::support::{clean_up, pollute};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn properties_of_object_prototype_are_not_input() {
    let client = client("");
    let removed = "const removed = (given, path) => { const [name, ...rest] = path.split('.'); \
        const { [name]: inner, ...others } = given; \
        return rest.length > 0 ? { ...others, [name]: removed(inner, rest.join('.')) } : others; };";
    for reader in READERS {
        for path in paths_of(reader).into_iter().filter(|path| !path.contains(".list")) {
            let script = format!("{removed} return removed({reader}, '{path}');");
            let expected = refused_field(&client, reader, &script).await;
            let sent = "return JSON.stringify(sent.at(-1) ?? null)";
            let body = evaluate_text(sent);
            let name = path.rsplit('.').next().expect("a name");
            evaluate(&format!(
                "{VALID_INPUTS} globalThis.inherited = '{path}'.split('.').reduce((value, name) => value[name], {reader})"
            ));
            for value in
                ["value: inherited", "get() { return inherited }", "get() { throw new Error('no') }", "value: Symbol()"]
            {
                pollute(name, value);
                let found = refused_field(&client, reader, &script).await;
                clean_up();
                assert_eq!(found, expected, "{reader} {path}: {value}");
                let without_tokens = |text: String| text.replace(|letter: char| letter.is_ascii_digit(), "");
                assert_eq!(
                    without_tokens(evaluate_text(sent)),
                    without_tokens(body.clone()),
                    "{reader} {path}: {value}"
                );
            }
        }
    }
}

#[wasm_bindgen_test]
async fn properties_of_object_prototype_are_not_options() {
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
        let given = evaluate(&format!("{VALID_INPUTS} return payment;"));
        let begun = call(&client, "startPayment", &given, &evaluate("return {}"));
        clean_up();
        let started = settle(begun).await;
        evaluate("globalThis.fetch = native");
        assert!(started.is_ok(), "{name}");
        assert_eq!(evaluate("return stolen"), JsValue::FALSE, "{name}");
        let headers = evaluate_text(
            "return JSON.stringify(Object.keys(sent[1].init.headers).filter((name) => name !== 'user-agent'))",
        );
        assert_eq!(headers, r#"["accept","authorization","content-type"]"#, "{name}");
        let sent = evaluate_text("return sent[0].init.body + sent[1].init.body");
        assert!(sent.starts_with("grant_type=client_credentials{") && sent.contains(r#""amount":12.5,"#), "{sent}");
    }
}

#[wasm_bindgen_test]
async fn properties_of_object_prototype_are_not_answers() {
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
        let failed = failure_of(call(&polluted, "startPayment", &params(), &JsValue::UNDEFINED)).await;
        clean_up();
        assert_eq!(failed[0], "upstream_protocol", "{name}");
    }
    let polluted = client(
        "const [token, empty, other] = [answers.authorize(), json({}), json({ Status: 'Initiated' })]; \
         answers.authorize = () => token.clone(); answers['r-1'] = () => empty; answers['r-2'] = () => other;",
    );
    pollute("status", "value: 'Settled'");
    let without = failure_of(call(&polluted, "getPaymentRequest", &"r-1".into(), &JsValue::UNDEFINED)).await;
    let other = settle(call(&polluted, "getPaymentRequest", &"r-2".into(), &JsValue::UNDEFINED)).await;
    clean_up();
    assert_eq!(without[0], "upstream_protocol");
    assert_eq!(get(&other.expect("a status"), "status"), JsValue::from("Initiated"));
}

#[wasm_bindgen_test]
async fn fields_of_classes_win_over_object_prototype() {
    let client = client("");
    let given = evaluate(
        r"class Base { get amount() { return '7'; } get customerEmail() { return 'z@example.com'; } }
        class Cart extends Base { referenceId = 'R'; get customerName() { return 'Z'; } }
        return new Cart();",
    );
    for name in ["referenceId", "amount", "customerName", "customerEmail", "clientUris"] {
        pollute(name, "value: 'inherited'");
        let begun = call(&client, "initiateSession", &given, &JsValue::UNDEFINED);
        clean_up();
        settle(begun).await.expect("a session");
        let body = evaluate_text("return sent.at(-1).init.body");
        assert_eq!(body, r#"{"referenceId":"R","amount":7,"customerName":"Z","customerEmail":"z@example.com"}"#);
    }
    let endless = evaluate("const endless = new Proxy({}, { getPrototypeOf: () => endless }); return endless;");
    pollute("referenceId", "value: 'inherited'");
    let refused = code_and_field(call(&client, "initiateSession", &endless, &JsValue::UNDEFINED)).await;
    clean_up();
    assert_eq!(refused, ["invalid_input", "referenceId"].map(str::to_owned));
}
