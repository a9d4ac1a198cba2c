//! Amounts as they are sent.

use super::support::{call, client, evaluate, evaluate_text, params, settle};
use js_sys::{Array, Function, Promise};
use std::collections::HashSet;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Amounts of every length, each with its shortest decimal, which must be sent.
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
    // Marsaglia's xorshift: the same amounts in each run.
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
    // Cheap answers: those of the sessions are not read.
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
async fn v1_sends_amounts_as_the_option_says() {
    for (more, written) in [("", "12.5"), ("options.amountAs = 'string';", "\"12.50\"")] {
        let client = client(more);
        for method in ["startPayment", "initiateSession", "sendRequest"] {
            let _ = settle(call(&client, method, &params(), &JsValue::UNDEFINED)).await;
            let bodies = evaluate_text("return sent.splice(0).map(({ init }) => init.body).join()");
            assert!(bodies.contains(&format!(r#""amount":{written},"#)), "{bodies}");
        }
    }
}
