//! A Flinks Pay as its public pages describe it, and strict where they are silent: one session for each token, a token is
//! valid for its session only, tokens expire by the server's clock, and each change of a session succeeds once.

use crate::json_input::PlainJson;
use flinkspay_edge::config::Config;
use flinkspay_edge::error::{Stage, Step};
use flinkspay_edge::host::{Body, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A session and a payment request that exist from the beginning.
pub const SHOP_SESSION: &str = "shop-session";
pub const SHOP_REQUEST: &str = "shop-request";

/// The mark of credentials, tokens and personal data: it must not appear anywhere else.
pub const CANARY: &str = "canary";
pub const USERNAME: &str = "canary-user";
pub const PASSWORD: &str = "canary-pass";
pub const CUSTOMER_NAME: &str = "canary O'Neil";
pub const CUSTOMER_EMAIL: &str = "canary@mail.example";
pub const ORIGIN: &str = "https://pay.example.com";
/// The two as HTTP Basic (RFC 7617).
const BASIC: &str = "Basic Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXBhc3M=";

/// From this read on, the payment request that exists is settled.
const SETTLED_AT_READ: usize = 3;

/// A request as Flinks reads it: its token, and the session or payment request that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentRequest {
    pub step: Step,
    pub token: Option<String>,
    pub about: Option<String>,
}

/// What a request has changed at Flinks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    Token {
        token: String,
        expires_in: i64,
    },
    /// A session, which may be payable at once.
    Session {
        token: String,
        session: String,
        payable: bool,
    },
    Payable {
        request: String,
    },
    Changed,
}

/// What Flinks responds.
pub struct Reply {
    pub status: u16,
    pub body: Option<PlainJson>,
}

/// The state of Flinks.
#[derive(Debug, Hash)]
pub struct Upstream {
    tokens: BTreeMap<String, Token>,
    /// The sessions, and the payment request that exists, which can be cancelled by its own id.
    sessions: BTreeMap<String, Session>,
    reads: usize,
}

#[derive(Debug, Hash)]
struct Token {
    dies_at: u64,
    session: Option<String>,
}

#[derive(Debug, Default, Hash)]
struct Session {
    /// A session of v2 needs no payment request.
    payable: bool,
    done: BTreeSet<Step>,
}

impl Default for Upstream {
    fn default() -> Self {
        let sessions = [SHOP_SESSION, SHOP_REQUEST].map(|id| (id.to_owned(), Session::default())).into();
        Self { tokens: BTreeMap::new(), sessions, reads: 0 }
    }
}

impl Upstream {
    /// Handles a request. Ids have the number of the caller in them, so that they do not depend on the order of two callers.
    pub fn handle(
        &mut self,
        request: &SentRequest,
        caller: usize,
        now: u64,
        expires_in: i64,
    ) -> (Reply, Option<Effect>) {
        if request.step == Step::Authorize {
            return self.authorize(caller, now, expires_in);
        }
        let Some(token) = request.token.as_deref().filter(|token| self.is_good(token, now)) else {
            return (refuse(401), None);
        };
        let about = request.about.as_deref().unwrap_or_default();
        match request.step {
            Step::Authorize | Step::Initiate | Step::SendRequest | Step::Session => {
                self.start(caller, token, request.step != Step::Initiate)
            }
            Step::PaymentRequest | Step::Cancel | Step::Guarantee => self.change(token, about, request.step),
            Step::Status => (self.status(about), None),
            Step::SessionStatus | Step::SessionDetails => (self.session_status(about), None),
        }
    }

    pub fn is_payable(&self, session: &str) -> bool {
        self.sessions.get(session).is_some_and(|session| session.payable)
    }

    pub fn payable_sessions(&self) -> usize {
        self.sessions.values().filter(|session| session.payable).count()
    }

    fn is_good(&self, token: &str, now: u64) -> bool {
        self.tokens.get(token).is_some_and(|held| now < held.dies_at)
    }

    fn authorize(&mut self, caller: usize, now: u64, expires_in: i64) -> (Reply, Option<Effect>) {
        let token = name("canary", caller, self.tokens.keys());
        let dies_at = now.saturating_add(expires_in.unsigned_abs().saturating_mul(1_000));
        self.tokens.insert(token.clone(), Token { dies_at, session: None });
        let body = json!({ "access_token": token, "token_type": "bearer", "expires_in": expires_in });
        (Reply { status: 200, body: Some(PlainJson(body)) }, Some(Effect::Token { token, expires_in }))
    }

    fn start(&mut self, caller: usize, token: &str, payable: bool) -> (Reply, Option<Effect>) {
        let session = name("s", caller, self.sessions.keys());
        match self.tokens.get_mut(token) {
            Some(held) if held.session.is_none() => held.session = Some(session.clone()),
            _ => return (refuse(401), None),
        }
        self.sessions.insert(session.clone(), Session { payable, ..Session::default() });
        let reply = answer(&[("sessionId", &session)]);
        (reply, Some(Effect::Session { token: token.to_owned(), session, payable }))
    }

    fn change(&mut self, token: &str, about: &str, step: Step) -> (Reply, Option<Effect>) {
        let Some(session) = self.sessions.get_mut(about) else { return (refuse(404), None) };
        match self.tokens.get_mut(token) {
            Some(held) if held.session.as_deref().is_none_or(|its| its == about) => {
                held.session = Some(about.to_owned());
            }
            _ => return (refuse(401), None),
        }
        if session.done.contains(&Step::Cancel) || !session.done.insert(step) {
            return (refuse(409), None);
        }
        if step != Step::PaymentRequest {
            return (answer(&[("sessionId", about), ("status", "Canceled")]), Some(Effect::Changed));
        }
        session.payable = true;
        let request = format!("r-{about}");
        (answer(&[("requestId", &request)]), Some(Effect::Payable { request }))
    }

    fn status(&mut self, request: &str) -> Reply {
        if request != SHOP_REQUEST {
            return refuse(404);
        }
        self.reads = SETTLED_AT_READ.min(self.reads + 1);
        let status = if self.reads == SETTLED_AT_READ { "Settled" } else { "Accepted" };
        answer(&[("requestId", request), ("status", status)])
    }

    fn session_status(&self, session: &str) -> Reply {
        if !self.sessions.contains_key(session) {
            return refuse(404);
        }
        answer(&[("sessionId", session), ("status", "Completed"), ("statusDetails", "EFT0301")])
    }
}

impl SentRequest {
    pub const fn starts_a_session(&self) -> bool {
        matches!(self.step, Step::Initiate | Step::SendRequest | Step::Session)
    }

    pub const fn reads(&self) -> bool {
        matches!(self.step, Step::Status | Step::SessionStatus | Step::SessionDetails)
    }

    /// Whether it may create or move money.
    pub const fn moves_money(&self) -> bool {
        !self.reads() && !matches!(self.step, Step::Authorize)
    }

    pub const fn stage(&self) -> Stage {
        Stage::Step(self.step)
    }

    /// Reads a request; the error is the name of the invariant that it violates.
    pub fn read(request: &Request<PlainJson>, config: &Config) -> Result<Self, &'static str> {
        let path = request.url.strip_prefix(&config.base_url).ok_or("one-origin")?;
        let header = |name| request.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.expose());
        let authorization = header("authorization").unwrap_or_default();
        let step = step_at(path, &request.body).ok_or("only-documented-requests-are-sent")?;
        if step == Step::Authorize {
            return match &request.body {
                Body::Form(form) if form.expose() == "grant_type=client_credentials" && authorization == BASIC => {
                    Ok(Self { step, token: None, about: None })
                }
                _ => Err("only-documented-requests-are-sent"),
            };
        }
        let token = authorization.strip_prefix("Bearer ").map(str::to_owned);
        let sent = Self { step, token, about: about(path, &request.body) };
        let is_clean = sent.starts_a_session() || !format!("{:?}", request.body).contains(CANARY);
        if !is_clean || path.contains(CANARY) {
            return Err("personal-data-is-sent-only-to-start-a-session");
        }
        if sent.token.is_some() { Ok(sent) } else { Err("only-documented-requests-are-sent") }
    }
}

/// The session or payment request that a request names, in its body or in its path.
fn about(path: &str, body: &Body<PlainJson>) -> Option<String> {
    let rest = path.strip_prefix("/api/v1/paymentrequests/").or_else(|| path.strip_prefix("/api/v2/sessions/"));
    let in_path = rest.and_then(|rest| rest.split('/').next());
    match body {
        Body::Json(PlainJson(body)) => body["sessionId"].as_str().or(in_path).map(str::to_owned),
        _ => in_path.map(str::to_owned),
    }
}

fn step_at(path: &str, body: &Body<PlainJson>) -> Option<Step> {
    let is_get = matches!(body, Body::None);
    Some(match path {
        "/api/v1/authorize" => Step::Authorize,
        "/api/v1/sessions/initiate" => Step::Initiate,
        "/api/v1/sessions/sendrequest" => Step::SendRequest,
        "/api/v1/paymentrequests" => Step::PaymentRequest,
        "/api/v2/sessions" => Step::Session,
        _ if path.starts_with("/api/v1/paymentrequests/") && is_get => Step::Status,
        _ if path.ends_with("/status") && is_get => Step::SessionStatus,
        _ if path.ends_with("/details") && is_get => Step::SessionDetails,
        _ if path.ends_with("/cancel") && !is_get => Step::Cancel,
        _ if path.ends_with("/guarantees/confirm") && !is_get => Step::Guarantee,
        _ => return None,
    })
}

fn answer(entries: &[(&str, &str)]) -> Reply {
    let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    Reply { status: 200, body: Some(PlainJson(Value::Object(entries.collect()))) }
}

const fn refuse(status: u16) -> Reply {
    Reply { status, body: None }
}

fn name<'known>(kind: &str, caller: usize, known: impl Iterator<Item = &'known String>) -> String {
    let prefix = format!("{kind}-{caller}-");
    let count = known.filter(|other| other.starts_with(&prefix)).count();
    format!("{prefix}{count}")
}
