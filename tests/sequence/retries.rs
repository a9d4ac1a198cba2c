//! Retries, pauses, deadlines and what an error says after the last attempt.

use crate::scripted_host::{Reply, ScriptedHost, run};
use crate::support::{config, get_status, params, request, session, start_payment, token};
use flinkspay_edge::error::{Code, Outcome, Stage, Step};
use flinkspay_edge::host::{FetchDefect, FetchFailure, Interrupt};
use flinkspay_edge::sequence::Calls;
use flinkspay_edge::token_pool::TokenPool;

#[test]
fn a_step_that_may_have_created_something_is_never_retried() {
    let ambiguous: [(Reply, Code); 13] = [
        (Reply::lost(FetchFailure::Network), Code::Network),
        (Reply::lost(FetchFailure::BadFetch(FetchDefect::Nothing)), Code::Network),
        (Reply::lost(FetchFailure::TimedOut), Code::Timeout),
        (Reply::lost(FetchFailure::Interrupted(Interrupt::Aborted)), Code::Aborted),
        (Reply::lost(FetchFailure::Interrupted(Interrupt::Closed)), Code::Closed),
        (Reply::status(408), Code::UpstreamUnavailable),
        (Reply::status(425), Code::UpstreamUnavailable),
        (Reply::status(500), Code::UpstreamUnavailable),
        (Reply::status(503), Code::UpstreamUnavailable),
        (Reply::status(307), Code::UnexpectedRedirect),
        (Reply::status(0), Code::UnexpectedRedirect),
        (Reply::status(204), Code::UpstreamProtocol),
        (Reply::json(200, r#"{"sessionId":"../x","requestId":7}"#), Code::UpstreamProtocol),
    ];
    for (reply, code) in ambiguous {
        let (host, result) = start_payment(vec![token("t1"), reply.clone()]);
        let error = result.expect_err("no answer");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Step(Step::Initiate), Outcome::Unknown));
        assert!(!error.retryable);
        assert_eq!((error.reference_id.as_deref(), error.session_id.as_deref()), (Some("User1234"), None));
        assert_eq!(host.requests(), 2);

        let (host, result) = start_payment(vec![token("t1"), session("s-1"), reply]);
        let error = result.expect_err("no answer");
        assert_eq!(
            (error.code, error.stage, error.outcome),
            (code, Stage::Step(Step::PaymentRequest), Outcome::Unknown)
        );
        assert_eq!((error.reference_id.as_deref(), error.session_id.as_deref()), (Some("User1234"), Some("s-1")));
        assert_eq!(host.requests(), 3);
    }
}

#[test]
fn a_4xx_has_a_code_by_its_status_and_is_not_retried() {
    for (status, code, retryable) in [
        (400, Code::Rejected, false),
        (403, Code::Forbidden, false),
        (404, Code::NotFound, false),
        (409, Code::Conflict, false),
        (422, Code::Rejected, false),
        (429, Code::RateLimited, true),
    ] {
        for script in [vec![token("t1")], vec![token("t1"), session("s-1")]] {
            let sent = script.len() + 1;
            let (host, result) = start_payment([script, vec![Reply::status(status)]].concat());
            let error = result.expect_err("refused");
            assert_eq!((error.code, error.outcome, error.retryable), (code, Outcome::Rejected, retryable));
            assert_eq!(error.status, Some(status));
            assert_eq!(host.requests(), sent);
        }
    }
    let (host, result) = start_payment(vec![token("t1"), session("s-1"), Reply::status(401)]);
    assert_eq!(result.expect_err("refused").code, Code::TokenRejected);
    assert_eq!(host.requests(), 3);
}

#[test]
fn authorize_is_attempted_three_times_but_not_after_a_refusal() {
    let (host, result) = start_payment(vec![
        Reply::lost(FetchFailure::Network),
        Reply::status(503),
        token("t1"),
        session("s-1"),
        request("r-1"),
    ]);
    assert!(result.is_ok());
    assert_eq!(host.attempts()[..3], ["authorize 1 not_sent", "authorize 2 not_sent", "authorize 3 ok"]);

    let (host, result) =
        start_payment(vec![Reply::status(500), Reply::lost(FetchFailure::TimedOut), Reply::status(429)]);
    let error = result.expect_err("three failures");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::RateLimited, Stage::Step(Step::Authorize), Outcome::Rejected)
    );
    assert!(error.retryable);
    assert_eq!(host.requests(), 3);

    for (status, code) in [(400, Code::Rejected), (401, Code::CredentialsRejected), (403, Code::Forbidden)] {
        let (host, result) = start_payment(vec![Reply::status(status)]);
        let error = result.expect_err("refused");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Step(Step::Authorize), Outcome::Rejected));
        assert_eq!(host.requests(), 1);
    }
}

#[test]
fn initiate_is_retried_once_after_a_401_with_a_new_token() {
    let (host, result) =
        start_payment(vec![token("t1"), Reply::status(401), token("t2"), session("s-2"), request("r-2")]);
    assert_eq!(result.expect("a payment").session_id, "s-2");
    assert_eq!(host.header(1, "authorization"), Some("Bearer t1"));
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));
    assert_eq!(host.header(4, "authorization"), Some("Bearer t2"));

    let (host, result) = start_payment(vec![token("t1"), Reply::status(401), token("t2"), Reply::status(401)]);
    let error = result.expect_err("two refusals");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::TokenRejected, Stage::Step(Step::Initiate), Outcome::Rejected)
    );
    assert_eq!(host.count("/initiate"), 2);
}

#[test]
fn waits_as_long_as_retry_after_says_within_the_deadline() {
    let (host, result) = get_status(vec![
        Reply::status(429).retry_after("3"),
        token("t1"),
        Reply::status(503).retry_after("Thu, 01 Jan 2026 00:00:05 GMT"),
        Reply::json(200, r#"{"status":"Initiated"}"#),
    ]);
    assert_eq!(result.expect("a status").status, "Initiated");
    // The clock starts at midnight of that day; the second wait ends at the date.
    assert_eq!(host.waits(), [3_000, 2_000]);

    for (said, reported) in [
        ("60", Some(60_000)),
        ("99999999999999999999999", Some(86_400_000)),
        ("Fri, 02 Jan 2026 00:00:01 GMT", Some(86_400_000)),
        ("Wed, 31 Dec 2025 23:59:59 GMT", Some(0)),
        ("soon", None),
        ("-1", None),
        ("", None),
    ] {
        let (host, result) = start_payment(vec![token("t1"), Reply::status(429).retry_after(said)]);
        let error = result.expect_err("limited");
        assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, reported), "{said:?}");
        assert_eq!(host.requests(), 2);
    }
    // It is also reported for an unreadable 2xx.
    let (_, result) = start_payment(vec![token("t1"), Reply::status(200).retry_after("7")]);
    let error = result.expect_err("no session");
    assert_eq!((error.code, error.retry_after_ms), (Code::UpstreamProtocol, Some(7_000)));

    let (host, result) = start_payment(vec![Reply::status(429).retry_after("26")]);
    let error = result.expect_err("limited");
    assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, Some(26_000)));
    assert_eq!((host.requests(), host.waits().len()), (1, 0));
}

#[test]
fn pauses_double_with_full_jitter() {
    for (random, waits) in [(0, [0, 0]), (u32::MAX / 2 + 1, [125, 250]), (u32::MAX, [249, 499])] {
        let host =
            ScriptedHost::new(vec![Reply::status(503), Reply::status(503), Reply::status(503)]).with_random(random);
        let error = run(Calls::new(&host, &config(), &TokenPool::default()).start_payment(&params()))
            .expect_err("three failures");
        assert_eq!((error.code, error.stage), (Code::UpstreamUnavailable, Stage::Step(Step::Authorize)));
        assert_eq!(host.waits(), waits);
    }
}

#[test]
fn nothing_is_sent_after_the_deadline() {
    let (host, result) = start_payment(vec![token("t1").after(24_000), session("s-1").after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::DeadlineExceeded, Stage::Step(Step::PaymentRequest), Outcome::NotSent)
    );
    assert_eq!(error.session_id.as_deref(), Some("s-1"));
    assert_eq!(host.requests(), 2);
    assert_eq!(host.limits(), [8_000, 1_000]);

    let (_, result) = start_payment(vec![token("t1").after(24_000), Reply::lost(FetchFailure::TimedOut).after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::Unknown));
}

#[test]
fn a_token_that_died_before_the_payment_request_is_replaced() {
    // 20 seconds of life, dead after 10.
    let short = Reply::json(200, r#"{"access_token":"t1","token_type":"Bearer","expires_in":20}"#);
    let (host, result) = start_payment(vec![short.clone(), session("s-1").after(10_000), token("t2"), request("r-1")]);
    assert_eq!(result.expect("a payment").session_id, "s-1");
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));
    assert_eq!(host.body(3), r#"{"sessionId":"s-1"}"#);

    let (host, result) = start_payment(vec![short.after(10_000)]);
    let error = result.expect_err("dead on arrival");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::UpstreamProtocol, Stage::Step(Step::Authorize), Outcome::NotSent)
    );
    assert_eq!(host.requests(), 1);
}

#[test]
fn no_dead_token_is_sent_after_the_clock_jumps() {
    // After the clock is set back, the token's age is not known, so another one is used.
    let (host, result) =
        start_payment(vec![token("t1"), session("s-1").then_jump(-600_000), token("t2"), request("r-1")]);
    assert_eq!(result.expect("a payment").session_id, "s-1");
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));

    // After it is set forward, the deadline has passed.
    let (host, result) = start_payment(vec![token("t1"), session("s-1").then_jump(600_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::NotSent));
    assert_eq!(host.requests(), 2);
}

#[test]
fn a_read_is_retried_after_transient_failures_and_once_with_a_new_token() {
    let accepted = || Reply::json(200, r#"{"status":"Accepted"}"#);
    let (host, result) = get_status(vec![token("t1"), Reply::status(401), token("t2"), accepted()]);
    assert!(result.expect("a status").paid);
    assert_eq!(host.header(3, "authorization"), Some("Bearer t2"));

    let (host, result) = get_status(vec![token("t1"), Reply::status(401), token("t2"), Reply::status(401)]);
    assert_eq!(result.expect_err("refused twice").code, Code::TokenRejected);
    assert_eq!(host.requests(), 4);

    let (host, result) =
        get_status(vec![token("t1"), Reply::status(503), Reply::lost(FetchFailure::Network), accepted()]);
    assert!(result.is_ok());
    assert_eq!((host.requests(), host.waits().len()), (4, 2));

    let (_, result) = get_status(vec![token("t1"), Reply::status(404)]);
    let error = result.expect_err("unknown");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::NotFound, Stage::Step(Step::Status), Outcome::Rejected)
    );

    for foreign in [
        r#"{"requestId":"r-2","status":"Settled"}"#,
        r#"{"requestId":null,"status":"Settled"}"#,
        r#"{"requestId":"r-1"}"#,
        r#"{"requestId":"r-1","status":""}"#,
    ] {
        let (_, result) = get_status(vec![token("t1"), Reply::json(200, foreign)]);
        assert_eq!(result.expect_err(foreign).code, Code::UpstreamProtocol);
    }
}

#[test]
fn an_ended_call_sends_nothing_more() {
    for (interrupt, code) in [(Interrupt::Aborted, Code::Aborted), (Interrupt::Closed, Code::Closed)] {
        let (host, result) = start_payment(vec![token("t1"), Reply::lost(FetchFailure::NotSent(interrupt))]);
        let error = result.expect_err("ended");
        assert_eq!((error.code, error.stage, error.outcome), (code, Stage::Step(Step::Initiate), Outcome::NotSent));
        assert_eq!(host.attempts(), ["authorize 1 ok"]);
    }
}

#[test]
fn nothing_is_sent_if_before_send_takes_too_long() {
    let (host, result) = start_payment(vec![token("t1"), Reply::lost(FetchFailure::NotSentInTime).after(8_000)]);
    let error = result.expect_err("late");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::Timeout, Stage::Step(Step::Initiate), Outcome::NotSent)
    );
    assert!(error.retryable);
    assert_eq!((host.requests(), host.attempts()), (1, vec!["authorize 1 ok".to_owned()]));

    // The deadline counts where it comes before timeoutMs.
    let (_, result) =
        start_payment(vec![token("t1").after(24_000), Reply::lost(FetchFailure::NotSentInTime).after(1_000)]);
    let error = result.expect_err("late");
    assert_eq!((error.code, error.outcome), (Code::DeadlineExceeded, Outcome::NotSent));

    let late = || Reply::lost(FetchFailure::NotSentInTime);
    let (host, result) = start_payment(vec![late(), late(), late()]);
    let error = result.expect_err("three times late");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::Timeout, Stage::Step(Step::Authorize), Outcome::NotSent)
    );
    assert_eq!((host.requests(), host.waits().len()), (0, 2));
}

#[test]
fn a_defective_fetch_is_invalid_config_or_unknown_where_it_may_have_created_something() {
    let (host, result) = start_payment(vec![Reply::lost(FetchFailure::BadFetch(FetchDefect::Nothing))]);
    let error = result.expect_err("no fetch");
    assert_eq!(
        (error.code, error.stage, error.outcome),
        (Code::InvalidConfig, Stage::Step(Step::Authorize), Outcome::NotSent)
    );
    assert_eq!((error.field.as_deref(), error.retryable, host.requests()), (Some("fetch"), false, 1));
    let says = "fetch must send the request and return a Response: it returned nothing, so check that it returns what it awaits.";
    assert_eq!(error.message, says);

    let (_, result) = get_status(vec![token("t1"), Reply::lost(FetchFailure::BadFetch(FetchDefect::Nothing))]);
    assert_eq!(result.expect_err("no fetch").code, Code::InvalidConfig);

    let (_, result) = start_payment(vec![token("t1"), Reply::lost(FetchFailure::BadFetch(FetchDefect::Nothing))]);
    let error = result.expect_err("no fetch");
    assert_eq!((error.code, error.field, error.outcome), (Code::Network, None, Outcome::Unknown));
}

#[test]
fn the_error_of_a_lost_instance_is_unknown_once_a_session_may_exist() {
    let (host, _) = start_payment(vec![token("t1"), session("s-1"), request("r-1")]);
    let errors = host.if_lost().into_iter().map(|error| {
        assert_eq!((error.code, error.retryable), (Code::InstanceLost, false));
        assert_eq!(error.reference_id.as_deref(), Some("User1234"));
        (error.stage, error.outcome, error.session_id.is_some())
    });
    assert_eq!(
        errors.collect::<Vec<_>>(),
        [
            (Stage::Step(Step::Authorize), Outcome::NotSent, false),
            (Stage::Step(Step::Initiate), Outcome::Unknown, false),
            (Stage::Step(Step::PaymentRequest), Outcome::Unknown, true),
        ]
    );
}
