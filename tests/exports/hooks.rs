//! What a caller can do during a call: `signal`, `close()`, `beforeSend`, `onEvent`, and the time limits.

use super::input::VALID_INPUTS;
use super::support::{
    call, client, evaluate, evaluate_text, expected_failure, failure_of, params, settle, start_payment,
};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// The failure of a payment that hangs at initiate, where `hung` is set, until this limit has passed. On a busy machine the
/// limit may pass before that, and is then doubled.
async fn failure_of_hung_payment(limit: &str, script: &str, options: &JsValue) -> [String; 3] {
    let mut ms = 40;
    loop {
        evaluate("globalThis.hung = false");
        let client = client(&format!("options.{limit} = {ms}; {script}"));
        let failed = failure_of(call(&client, "startPayment", &params(), options)).await;
        if evaluate("return hung") == JsValue::TRUE || ms > 10_000 {
            return failed;
        }
        ms *= 2;
    }
}

#[wasm_bindgen_test]
async fn a_step_times_out_at_its_headers_and_at_its_body() {
    let stalled_body = "new Response(new ReadableStream({}), { headers: { 'content-type': 'application/json' } })";
    for (limit, code, stalled) in [
        ("timeoutMs", "timeout", "new Promise(() => {})"),
        ("timeoutMs", "timeout", stalled_body),
        ("deadlineMs", "deadline_exceeded", "new Promise(() => {})"),
    ] {
        let script = format!("answers.initiate = () => {{ globalThis.hung = true; return {stalled}; }};");
        let failed = failure_of_hung_payment(limit, &script, &JsValue::UNDEFINED).await;
        assert_eq!(failed, expected_failure(code, "initiate", "unknown"), "{limit} {stalled}");
        assert_eq!(evaluate("return sent[1].init.signal.aborted"), JsValue::TRUE, "{limit} {stalled}");
    }
}

#[wasm_bindgen_test]
async fn an_aborted_signal_ends_the_call_at_once() {
    // It is aborted once initiate is sent: by then the call waits for the answer.
    let stalled =
        client("answers.initiate = () => { setTimeout(() => controller.abort(), 0); return new Promise(() => {}); };");
    let options = evaluate("globalThis.controller = new AbortController(); return { signal: controller.signal };");
    let failed = failure_of(call(&stalled, "startPayment", &params(), &options)).await;
    assert_eq!(failed, expected_failure("aborted", "initiate", "unknown"));

    let untouched = client("");
    let options = evaluate("return { signal: AbortSignal.abort() }");
    let failed = failure_of(call(&untouched, "startPayment", &params(), &options)).await;
    assert_eq!(failed, expected_failure("aborted", "authorize", "not_sent"));
    assert_eq!(evaluate("return sent.length"), JsValue::from(0));

    let failed = failure_of(call(&untouched, "startPayment", &params(), &evaluate("return { signal: {} }"))).await;
    assert_eq!(failed, expected_failure("invalid_input", "input", "not_sent"));
}

#[wasm_bindgen_test]
async fn the_reason_of_the_signal_is_the_cause() {
    for when in ["controller.abort(reason)", "setTimeout(() => controller.abort(reason), 20)"] {
        let client = client("answers.initiate = () => new Promise(() => {});");
        let options = evaluate(&format!(
            "const controller = new AbortController(); const reason = {{ why: 'the buyer left' }}; {when}; \
             return {{ signal: controller.signal }};"
        ));
        let [code, ..] = failure_of(call(&client, "startPayment", &params(), &options)).await;
        assert_eq!((code.as_str(), evaluate_text("return last.cause.why").as_str()), ("aborted", "the buyer left"));
    }
}

/// Counts timers, listeners on a signal and open bodies; `abort(ms)` aborts the signal.
const COUNT_RESOURCES: &str = r"
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
        let client = client(&format!("{COUNT_RESOURCES} {script}"));
        let ended = settle(call(&client, "startPayment", &params(), &evaluate("return { signal }"))).await;
        assert_eq!(ended.is_ok(), ends_well, "{script}");
        let left = evaluate("restore(); return `${listeners} listeners, ${timers.size} timers, ${open} bodies`");
        assert_eq!(left, JsValue::from("0 listeners, 0 timers, 0 bodies"), "{script}");
    }
}

#[wasm_bindgen_test]
async fn close_ends_running_calls_and_refuses_later_ones() {
    let client = client(
        "globalThis.isSent = new Promise((resolve) => { \
         answers.initiate = () => { resolve(); return new Promise(() => {}); }; });",
    );
    let running = call(&client, "startPayment", &params(), &JsValue::UNDEFINED);
    settle(evaluate("return isSent").unchecked_into()).await.expect("initiate is sent");
    client.close();
    assert_eq!(failure_of(running).await, expected_failure("closed", "initiate", "unknown"));
    let late = call(&client, "getPaymentRequest", &"r".into(), &JsValue::UNDEFINED);
    assert_eq!(failure_of(late).await, expected_failure("closed", "input", "not_sent"));
}

#[wasm_bindgen_test]
async fn reports_attempts_and_ignores_a_listener_that_throws() {
    let client = client(
        "globalThis.events = []; options.onEvent = (event) => { events.push(Object.keys(event).join()); throw new Error(); };",
    );
    assert!(start_payment(&client).await.is_ok());
    let events = Array::from(&evaluate("return events")).to_vec();
    let with_token = JsValue::from("stage,attempt,status,durationMs,outcome,tokenAgeMs");
    assert_eq!(events, [JsValue::from("stage,attempt,status,durationMs,outcome"), with_token.clone(), with_token]);
}

#[wasm_bindgen_test]
async fn a_request_is_sent_after_the_promise_of_before_send() {
    let client = client(
        "globalThis.order = []; options.fetch = (url, init) => { order.push(url.split('/').pop()); return fetch(url, init); };",
    );
    let options = evaluate(
        "return { async beforeSend({ stage, sessionId }) { order.push(`${stage} ${sessionId ?? ''}`); \
         await new Promise((resolve) => setTimeout(resolve, 20)); order.push('written'); } }",
    );
    settle(call(&client, "startPayment", &params(), &options)).await.expect("a payment");
    assert_eq!(
        evaluate_text("return order.join()"),
        "authorize ,written,authorize,initiate ,written,initiate,payment_request s-1,written,paymentrequests"
    );
}

#[wasm_bindgen_test]
async fn a_before_send_that_throws_or_rejects_aborts_before_sending() {
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
            let failed = failure_of(call(&client, "startPayment", &params(), &options)).await;
            assert_eq!(failed, expected_failure("aborted", stage, "not_sent"), "{refuses}");
            assert_eq!(evaluate_text("return last.cause.message"), "the disk is full", "{refuses}");
            assert_eq!(evaluate_text("return sent.map(({ url }) => url.split('/').pop()).join()"), steps, "{refuses}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_before_send_that_never_settles_times_out() {
    for (limit, code) in [("timeoutMs", "timeout"), ("deadlineMs", "deadline_exceeded")] {
        for promise in ["new Promise(() => {})", "{ then() {} }"] {
            let options = evaluate(&format!(
                "globalThis.began = performance.now(); return {{ beforeSend({{ stage }}) {{ \
                 if (stage === 'initiate') {{ globalThis.hung = true; return {promise}; }} }} }}"
            ));
            let failed = failure_of_hung_payment(limit, "", &options).await;
            assert_eq!(failed, expected_failure(code, "initiate", "not_sent"), "{limit} {promise}");
            assert_eq!(evaluate("return sent.length"), JsValue::from(1), "{limit} {promise}");
            let took = evaluate("return performance.now() - began").as_f64().expect("a number");
            assert!(took >= 30.0, "{limit} {promise} {took}");
        }
    }
    let client = client("");
    let options = evaluate(
        "const controller = new AbortController(); setTimeout(() => controller.abort('gone'), 20); \
         return { signal: controller.signal, beforeSend: () => new Promise(() => {}) };",
    );
    let failed = failure_of(call(&client, "startPayment", &params(), &options)).await;
    assert_eq!(failed, expected_failure("aborted", "authorize", "not_sent"));
    assert_eq!(evaluate_text("return last.cause"), "gone");
}

/// Collects unhandled rejections until `heard` is called.
const COLLECT_UNHANDLED_REJECTIONS: &str = r"
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
async fn no_rejection_of_the_callers_code_is_unhandled() {
    evaluate(&format!("{COLLECT_UNHANDLED_REJECTIONS} Promise.reject(new Error('control'));"));
    let heard = settle(evaluate("return heard()").unchecked_into()).await.expect("text");
    assert_eq!(heard, JsValue::from("Error: control"));

    evaluate(COLLECT_UNHANDLED_REJECTIONS);
    let listening = client("options.onEvent = async () => { throw new Error('listener'); };");
    let options = evaluate("return { async onEvent() { throw new Error('listener'); } }");
    assert!(settle(call(&listening, "startPayment", &params(), &options)).await.is_ok());
    // It rejects after the call is over.
    let late = client("options.timeoutMs = 20;");
    let options =
        evaluate("return { beforeSend: () => new Promise((_, reject) => { globalThis.rejectLate = reject; }) }");
    let failed = failure_of(call(&late, "startPayment", &params(), &options)).await;
    assert_eq!(failed, expected_failure("timeout", "authorize", "not_sent"));
    evaluate("rejectLate(new Error('late'))");
    let loses = "answers.initiate = () => new Promise((_, reject) => { globalThis.hung = true; globalThis.rejectLate = reject; });";
    let failed = failure_of_hung_payment("timeoutMs", loses, &JsValue::UNDEFINED).await;
    assert_eq!(failed, expected_failure("timeout", "initiate", "unknown"));
    evaluate("rejectLate(new Error('lost'))");
    let refused = client(
        "answers.sessions = () => new Response(new ReadableStream({ cancel() { throw new Error('cancel') } }), { status: 500 });",
    );
    let given = evaluate(&format!("{VALID_INPUTS} return session"));
    let failed = failure_of(call(&refused, "createSession", &given, &JsValue::UNDEFINED)).await;
    assert_eq!(failed, expected_failure("upstream_unavailable", "session", "unknown"));
    let heard = settle(evaluate("return heard()").unchecked_into()).await.expect("text");
    assert_eq!(heard, JsValue::from(""));
}
