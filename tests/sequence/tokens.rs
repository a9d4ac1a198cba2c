//! The token pool: warm tokens, and the token that reads share.

use crate::json_input::with;
use crate::scripted_host::{Reply, ScriptedHost, run};
use crate::support::{config, config_of, options, params, request, session, settled, token};
use flinkspay_edge::error::{Code, Error, Stage, Step};
use flinkspay_edge::host::Host;
use flinkspay_edge::ids::{RequestId, SessionId};
use flinkspay_edge::sequence::{Calls, StartedPayment};
use flinkspay_edge::token_pool::TokenPool;
use serde_json::json;
use std::rc::Rc;

/// What a payment sends when the pool was warmed with these answers first.
fn start_payment_after_warm(
    warm: Vec<Reply>,
    count: u64,
    script: Vec<Reply>,
) -> (ScriptedHost, Result<StartedPayment, Box<Error>>) {
    let pool = TokenPool::default();
    let host = ScriptedHost::new([warm, script].concat());
    run(Calls::new(&host, &config(), &pool).warm(count)).expect("warm");
    let result = run(Calls::new(&host, &config(), &pool).start_payment(&params()));
    (host, result)
}

#[test]
fn a_payment_with_a_warm_token_saves_a_request() {
    let (host, result) =
        start_payment_after_warm(vec![token("w1"), token("w2")], 2, vec![session("s-1"), request("r-1")]);
    assert_eq!(result.expect("a payment").request_id, "r-1");
    assert_eq!(host.requests(), 4);
    for step in [2, 3] {
        assert_eq!(host.header(step, "authorization"), Some("Bearer w1"), "the oldest, for its session alone");
    }
}

#[test]
fn warm_fills_the_pool_up_to_the_count() {
    let pool = TokenPool::default();
    let warm = |script, count| {
        let host = ScriptedHost::new(script);
        let result = run(Calls::new(&host, &config(), &pool).warm(count));
        (result.map(|warm| warm.ready), host.requests())
    };
    assert_eq!(warm(Vec::new(), 0), (Ok(0), 0));
    assert_eq!(warm(vec![token("a"), token("b")], 2), (Ok(2), 2));
    assert_eq!(warm(Vec::new(), 2), (Ok(2), 0));
    assert_eq!(warm(vec![token("c")], 3), (Ok(3), 1));
    assert_eq!(warm(Vec::new(), 1), (Ok(3), 0), "nothing is taken out");
    // What came before the failure is kept.
    let (result, requests) = warm(vec![token("d"), Reply::status(401)], 9);
    let error = result.expect_err("refused");
    assert_eq!((error.code, error.stage, requests), (Code::CredentialsRejected, Stage::Step(Step::Authorize), 2));
    assert_eq!(warm(Vec::new(), 4), (Ok(4), 0));
}

#[test]
fn tokens_that_are_dead_on_arrival_are_not_kept() {
    let pool = TokenPool::default();
    let late = |name: &str| token(name).after(269_000);
    let slow = config_of(with(&options(), "deadlineMs", json!(900_000)));
    let host = ScriptedHost::new(vec![late("a"), token("b"), late("c")]);
    let warm = run(Calls::new(&host, &slow, &pool).warm(3)).expect("no error");
    // The clock went on past the life of the second.
    assert_eq!((warm.ready, host.requests()), (0, 3));
    assert_eq!(host.attempts(), ["authorize 1 ok"; 3]);
}

#[test]
fn a_refused_warm_token_empties_the_pool_and_is_replaced_by_a_new_one() {
    let warm = || vec![token("w1"), token("w2")];
    let (host, result) =
        start_payment_after_warm(warm(), 2, vec![Reply::status(401), token("new"), session("s-1"), request("r-1")]);
    assert!(result.is_ok());
    let used: Vec<_> = (2..6).filter_map(|step| host.header(step, "authorization")).skip(2).collect();
    assert_eq!(used, ["Bearer new", "Bearer new"]);

    // A payment request is not repeated; the next call has a new token all the same.
    let pool = TokenPool::default();
    let host = ScriptedHost::new([warm(), vec![Reply::status(401), token("new"), request("r-1")]].concat());
    run(Calls::new(&host, &config(), &pool).warm(2)).expect("warm");
    let session_id = SessionId::parse("s-1").expect("an id");
    let call_create = || run(Calls::new(&host, &config(), &pool).create_payment_request(&session_id));
    assert_eq!(call_create().expect_err("refused").code, Code::TokenRejected);
    assert!(call_create().is_ok());
    assert_eq!(host.header(4, "authorization"), Some("Bearer new"));
}

#[test]
fn a_refused_token_is_replaced_by_a_new_one_although_others_are_ready() {
    // The pool is filled before the first token of this call is refused.
    let pool = Rc::new(TokenPool::default());
    let filled = Rc::clone(&pool);
    let fill = move || {
        let host = ScriptedHost::new(vec![token("w1")]);
        run(Calls::new(&host, &config(), &filled).warm(1)).expect("warm");
    };
    let script = |last| vec![token("t1"), Reply::status(401).meanwhile(fill.clone()), token("t2"), last];
    let host = ScriptedHost::new(script(session("s-1")));
    assert!(run(Calls::new(&host, &config(), &pool).initiate_session(&params())).is_ok());
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));
    assert_eq!(pool.take(host.now()).map(|token| token.bearer().expose().to_owned()).as_deref(), Some("Bearer w1"));
    assert_eq!(pool.ready(host.now()), 0, "a refused token that is not from the pool does not empty it");

    // The same of a read.
    let asked = RequestId::parse("r-1").expect("an id");
    let host = ScriptedHost::new(script(settled()));
    assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked)).is_ok());
    assert_eq!((host.requests(), host.header(3, "authorization")), (4, Some("Bearer t2")));

    // Without a shared token, a read takes one from the pool, as other calls do.
    let host = ScriptedHost::new(vec![settled().then_jump(300_000), token("w2"), settled(), settled()]);
    let read = || assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked)).is_ok());
    read();
    assert_eq!(pool.ready(host.now() - 300_000), 1);
    run(Calls::new(&host, &config(), &pool).warm(1)).expect("warm");
    read();
    read();
    let carried: Vec<_> = [0, 2, 3].into_iter().filter_map(|request| host.header(request, "authorization")).collect();
    assert_eq!((host.requests(), carried), (4, vec!["Bearer t2", "Bearer w2", "Bearer w2"]));
}

#[test]
fn reads_share_a_token_that_nothing_else_uses() {
    let pool = TokenPool::default();
    let asked = RequestId::parse("r-1").expect("an id");
    let session_id = SessionId::parse("s-1").expect("an id");
    let completed = || Reply::json(200, r#"{"sessionId":"s-1","status":"Completed"}"#);
    let host = ScriptedHost::new(vec![
        token("t1"),
        settled(),
        completed(),
        completed(),
        settled(),
        token("t2"),
        session("s-2"),
        token("t3"),
        Reply::status(204),
        token("t4"),
        completed(),
        settled(),
    ]);
    assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked)).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).get_session_status(&session_id, None)).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).get_session_details(&session_id, None)).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).wait_for_payment(&asked, 30_000)).is_ok());
    // Steps that start or change something have tokens of their own.
    assert!(run(Calls::new(&host, &config(), &pool).initiate_session(&params())).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).cancel_payment_request(&asked)).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).confirm_guarantee(&session_id, true)).is_ok());
    assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked)).is_ok());
    assert_eq!(host.requests(), 12);
    let carried: Vec<_> = (0..12).filter_map(|request| host.header(request, "authorization")).collect();
    let tokens: Vec<_> = carried.iter().filter_map(|carried| carried.strip_prefix("Bearer ")).collect();
    assert_eq!(tokens, ["t1", "t1", "t1", "t1", "t2", "t3", "t4", "t1"]);
    assert_eq!(host.attempts().iter().filter(|attempt| attempt.starts_with("authorize")).count(), 4);
}

#[test]
fn a_dead_shared_token_is_replaced() {
    for jump_ms in [269_000, -1] {
        let pool = TokenPool::default();
        let asked = RequestId::parse("r-1").expect("an id");
        let host =
            ScriptedHost::new(vec![token("t1"), settled().then_jump(jump_ms), token("t2"), settled(), settled()]);
        for _ in 0..3 {
            assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked)).is_ok());
        }
        let carried: Vec<_> =
            [1, 3, 4].into_iter().filter_map(|request| host.header(request, "authorization")).collect();
        assert_eq!((host.requests(), carried), (5, vec!["Bearer t1", "Bearer t2", "Bearer t2"]), "{jump_ms}");
    }
}

#[test]
fn two_reads_each_replace_the_refused_token_they_shared() {
    let pool = Rc::new(TokenPool::default());
    let asked = || RequestId::parse("r-1").expect("an id");
    let other = Rc::clone(&pool);
    // While the first read waits, the other one is refused too, and shares the token that it gets.
    let meanwhile = move || {
        let host = ScriptedHost::new(vec![Reply::status(401), token("t2"), settled()]);
        assert!(run(Calls::new(&host, &config(), &other).get_payment_request(&asked())).is_ok());
        assert_eq!((host.requests(), host.header(0, "authorization")), (3, Some("Bearer t1")));
    };
    let refused = || Reply::status(401).meanwhile(meanwhile.clone());
    let failing = ScriptedHost::new(vec![token("t1"), settled(), refused(), Reply::status(400)]);
    assert!(run(Calls::new(&failing, &config(), &pool).get_payment_request(&asked())).is_ok());
    let error = run(Calls::new(&failing, &config(), &pool).get_payment_request(&asked())).expect_err("no token");
    assert_eq!((error.stage, failing.requests()), (Stage::Step(Step::Authorize), 4));
    let shared = || pool.shared(failing.now()).map(|token| token.bearer().expose().to_owned());
    assert_eq!(shared().as_deref(), Some("Bearer t2"), "it is the one of the other read, which was not refused");

    // A read that is refused twice leaves no token behind.
    let host = ScriptedHost::new(vec![Reply::status(401), token("t3"), Reply::status(401), token("t4"), settled()]);
    let error = run(Calls::new(&host, &config(), &pool).get_payment_request(&asked())).expect_err("refused twice");
    assert_eq!((error.code, shared()), (Code::TokenRejected, None));
    assert!(run(Calls::new(&host, &config(), &pool).get_payment_request(&asked())).is_ok());
    assert_eq!((host.requests(), host.header(4, "authorization")), (5, Some("Bearer t4")));
}
