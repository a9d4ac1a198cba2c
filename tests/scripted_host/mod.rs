//! A host that answers from a script. Its clock moves only when the script or a pause moves it.

use flinkspay_edge::error::Error;
use flinkspay_edge::host::{Answer, Attempt, Body, FetchFailure, Host, Interrupt, Json, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What was sent: method and URL, headers in alphabetical order, body.
pub type Sent = (String, Vec<(String, String)>, String);

/// This host's JSON: its text.
#[derive(Clone, Debug)]
pub struct JsonText(pub String);

impl Json for JsonText {
    fn write<B: Serialize>(body: &B) -> Self {
        Self(serde_json::to_string(body).expect("a body is JSON"))
    }

    fn read<T: DeserializeOwned>(self) -> Option<T> {
        let value: Value = serde_json::from_str(&self.0).expect("a script's JSON");
        // serde would read a list as the fields of a struct in order.
        value.is_object().then(|| serde_json::from_value(value).ok()).flatten()
    }
}

/// What the host answers to one request.
#[derive(Clone)]
pub struct Reply {
    after_ms: u64,
    then_jump_ms: i64,
    result: Result<(u16, Option<String>, Option<JsonText>), FetchFailure>,
    meanwhile: Option<Rc<dyn Fn()>>,
}

impl Reply {
    pub fn json(status: u16, text: &str) -> Self {
        let body = Some(JsonText(text.to_owned()));
        Self { after_ms: 0, then_jump_ms: 0, result: Ok((status, None, body)), meanwhile: None }
    }

    /// An answer whose body is no JSON.
    pub fn status(status: u16) -> Self {
        Self { after_ms: 0, then_jump_ms: 0, result: Ok((status, None, None)), meanwhile: None }
    }

    pub fn lost(lost: FetchFailure) -> Self {
        Self { after_ms: 0, then_jump_ms: 0, result: Err(lost), meanwhile: None }
    }

    pub fn after(self, after_ms: u64) -> Self {
        Self { after_ms, ..self }
    }

    /// Does this before the answer comes.
    pub fn meanwhile(self, act: impl Fn() + 'static) -> Self {
        Self { meanwhile: Some(Rc::new(act)), ..self }
    }

    pub fn then_jump(self, then_jump_ms: i64) -> Self {
        Self { then_jump_ms, ..self }
    }

    pub fn retry_after(self, text: &str) -> Self {
        let result = self.result.map(|(status, _, body)| (status, Some(text.to_owned()), body));
        Self { result, ..self }
    }
}

pub struct ScriptedHost {
    script: RefCell<VecDeque<Reply>>,
    now: Cell<u64>,
    random: u32,
    sent: RefCell<Vec<Sent>>,
    limits: RefCell<Vec<u64>>,
    waits: RefCell<Vec<u64>>,
    attempts: RefCell<Vec<String>>,
    if_lost: RefCell<Vec<Error>>,
}

impl ScriptedHost {
    /// The clock starts at midnight of 1 January 2026, UTC.
    pub fn new(script: Vec<Reply>) -> Self {
        Self {
            script: RefCell::new(script.into()),
            now: Cell::new(1_767_225_600_000),
            random: 0,
            sent: RefCell::default(),
            limits: RefCell::default(),
            waits: RefCell::default(),
            attempts: RefCell::default(),
            if_lost: RefCell::default(),
        }
    }

    /// The same, with these bits as randomness.
    pub fn with_random(self, random: u32) -> Self {
        Self { random, ..self }
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    pub fn requests(&self) -> usize {
        assert_eq!(self.script.borrow().len(), 0, "the script was not played to its end");
        self.sent.borrow().len()
    }

    pub fn count(&self, path: &str) -> usize {
        self.sent.borrow().iter().filter(|(line, _, _)| line.ends_with(path)).count()
    }

    pub fn header(&self, request: usize, name: &str) -> Option<&'static str> {
        let sent = self.sent.borrow();
        let value = sent[request].1.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
        value.map(|value| &*value.leak())
    }

    pub fn body(&self, request: usize) -> &'static str {
        self.sent.borrow()[request].2.clone().leak()
    }

    pub fn limits(&self) -> Vec<u64> {
        self.limits.borrow().clone()
    }

    pub fn waits(&self) -> Vec<u64> {
        self.waits.borrow().clone()
    }

    /// The errors that callers would get if the instance were lost during each request.
    pub fn if_lost(&self) -> Vec<Error> {
        self.if_lost.borrow().clone()
    }

    /// Stage, number and outcome of each attempt that was reported.
    pub fn attempts(&self) -> Vec<String> {
        self.attempts.borrow().clone()
    }
}

impl Host for ScriptedHost {
    type Json = JsonText;

    async fn fetch(
        &self,
        request: Request<JsonText>,
        limit_ms: u64,
        if_lost: &Error,
    ) -> Result<Answer<JsonText>, FetchFailure> {
        self.if_lost.borrow_mut().push(if_lost.clone());
        let reply = self.script.borrow_mut().pop_front().expect("the script has no answer to this request");
        if !matches!(reply.result, Err(FetchFailure::NotSent(_) | FetchFailure::NotSentInTime)) {
            self.sent.borrow_mut().push(record(&request));
            self.limits.borrow_mut().push(limit_ms);
        }
        if let Some(act) = &reply.meanwhile {
            act();
        }
        self.now.set((self.now.get() + reply.after_ms).checked_add_signed(reply.then_jump_ms).expect("a time"));
        reply.result.map(|(status, retry_after, body)| Answer { status, retry_after, body })
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    async fn sleep(&self, ms: u64) -> Result<(), Interrupt> {
        self.waits.borrow_mut().push(ms);
        self.now.set(self.now.get() + ms);
        Ok(())
    }

    fn random(&self) -> u32 {
        self.random
    }

    fn report(&self, attempt: &Attempt) {
        let value = serde_json::to_value(attempt).expect("an attempt");
        let words = [&value["stage"], &value["outcome"]].map(|word| word.as_str().expect("a word").to_owned());
        self.attempts.borrow_mut().push(format!("{} {} {}", words[0], attempt.attempt, words[1]));
    }
}

/// Runs a future that never waits for anything but its host.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a scripted host never waits"),
    }
}

pub fn sent((line, headers, body): (&str, Vec<(&str, &str)>, &str)) -> Sent {
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (line.to_owned(), headers, body.to_owned())
}

fn record(request: &Request<JsonText>) -> Sent {
    let (method, body) = match &request.body {
        Body::None => ("GET", String::new()),
        Body::Empty => ("POST", String::new()),
        Body::Form(form) => ("POST", form.expose().to_owned()),
        Body::Json(JsonText(text)) => ("POST", text.clone()),
    };
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.expose().to_owned())).collect();
    headers.sort();
    (format!("{method} {}", request.url), headers, body)
}
