//! The door to the JavaScript host: the exported client. It reads what the caller gives at once, field by field, so that
//! a getter which throws is a field that cannot be read, and then runs a sequence that settles the caller's promise.
//!
//! Exported methods take `&self` and return at once: many calls may run on one client, and nothing of one is seen by
//! another but the configuration and the pool.

mod bindings;
mod convert;
mod host;
#[cfg(feature = "poison")]
mod poison;
mod task;
mod webhook;

use crate::config::{Config, Options, warm_count};
use crate::error::Error;
use crate::interac::{GivenParams, PaymentParams};
use crate::json::Json;
use crate::sequence::{Ask, Change, Create, Read, perform};
use crate::sessions::SessionParams;
use crate::token::{RequestId, SessionId, TokenPool};
pub use bindings::Call;
use convert::{given, plain, property, scalar, scalar_of};
use host::{JsHost, Resumed};
use std::rc::Rc;
use task::{Task, Tasks};
use wasm_bindgen::prelude::*;
pub use webhook::{sign_webhook, verify_webhook};

/// Small code, and memory that grows a page at a time.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What the class `FlinksPay` stands on. Errors are the fields of [`Error`] in JSON.
#[wasm_bindgen]
pub struct Client(Rc<Inner>);

struct Inner {
    config: Config,
    pool: TokenPool,
    tasks: Tasks,
}

#[wasm_bindgen]
impl Client {
    /// Reads and checks the options; `global` is the global scope.
    ///
    /// # Errors
    /// `invalid_config`, with the option's name.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, global: &JsValue) -> Result<Self, JsValue> {
        Self::build(options, global).map_err(|error| thrown(&error))
    }

    /// Runs one of the class's methods until it waits, and gives its place for [`Self::resume`]. The end of it settles the
    /// call.
    #[must_use]
    pub fn run(&self, method: &str, input: &JsValue, options: &JsValue, accepted: &JsValue, call: Call) -> usize {
        let ask = ask(method, input, options, accepted, self.0.config.warm_tokens);
        let inner = Rc::clone(&self.0);
        self.0.tasks.go_on(Task::new(JsHost { call, awaited: Rc::default() }, |host| async move {
            let begun = ask.and_then(|ask| begin(&host.call).map(|()| ask));
            let ended = match begun {
                Ok(ask) => perform(&host, &inner.config, &inner.pool, ask).await,
                Err(error) => Err(error),
            };
            match ended {
                Ok(reply) => host.call.done(&reply),
                Err(error) => host.call.fail(&error.to_text()),
            }
        }))
    }

    /// Goes on with the call at a place, and gives where it waits now: the status of an answer, with its `Retry-After` if it
    /// is no success and with its body if it is one; or, with no status, why there is none.
    #[must_use]
    pub fn resume(&self, place: usize, status: Option<f64>, word: Option<String>, body: Option<Vec<u8>>) -> usize {
        self.0.tasks.resume(place, Resumed { status, word, body: body.map(Into::into) })
    }

    /// Drops the tokens that are kept ready, now and later.
    pub fn close(&self) {
        self.0.pool.close();
    }

    fn build(options: &JsValue, global: &JsValue) -> Result<Self, Box<Error>> {
        if !options.is_object() {
            return Err(Error::config(
                "baseUrl",
                "new FlinksPay() takes an object with baseUrl, username and password.",
            ));
        }
        if is_window(global) && property(options, "allowCredentialsInBrowser") != JsValue::TRUE {
            return Err(Error::config(
                "allowCredentialsInBrowser",
                "Credentials in a window can be read by everybody: call Flinks from a server, or set this to true.",
            ));
        }
        let option = |name| scalar(options, name);
        for name in ["fetch", "onEvent"] {
            let value = property(options, name);
            if !(value.is_function() || value.is_undefined() || value.is_null()) {
                return Err(Error::config(name, "fetch and onEvent must be functions."));
            }
        }
        let config = Config::new(Options {
            base_url: option("baseUrl"),
            username: option("username"),
            password: option("password"),
            timeout_ms: option("timeoutMs"),
            deadline_ms: option("deadlineMs"),
            warm_tokens: option("warmTokens"),
            instance: option("instance"),
            client_id: option("clientId"),
            credentials_in: option("credentialsIn"),
            basic_encoding: option("basicEncoding"),
            token_header: option("tokenHeader"),
            amount_as: option("amountAs"),
        })?;
        Ok(Self(Rc::new(Inner { config, pool: TokenPool::default(), tasks: Tasks::default() })))
    }
}

/// What a method of the class asks for.
fn ask(
    method: &str,
    input: &JsValue,
    options: &JsValue,
    accepted: &JsValue,
    warm_tokens: usize,
) -> Result<Ask, Box<Error>> {
    Ok(match method {
        "startPayment" => Ask::Create(Create::Payment(payment_params(input)?)),
        "initiateSession" => Ask::Create(Create::Session(payment_params(input)?)),
        "sendRequest" => Ask::Create(Create::Emailed(payment_params(input)?)),
        "createSession" => Ask::Create(Create::V2(SessionParams::new(&plain(input))?)),
        "createPaymentRequest" => Ask::CreatePaymentRequest(session_id_of(input)?),
        "cancelPaymentRequest" => Ask::Change(Change::CancelPaymentRequest(request_id_of(input)?)),
        "cancelSession" => Ask::Change(Change::CancelSession(session_id_of(input)?)),
        "confirmGuarantee" => {
            let accepted =
                accepted.as_bool().ok_or_else(|| Error::input("accepted", "accepted must be true or false."));
            Ask::Change(Change::ConfirmGuarantee(session_id_of(input)?, accepted?))
        }
        "getPaymentRequest" => Ask::Read(Read::PaymentRequest(request_id_of(input)?)),
        "getSessionStatus" => Ask::Read(Read::SessionStatus(session_id_of(input)?)),
        "getSessionDetails" => Ask::Read(Read::SessionDetails(session_id_of(input)?)),
        "waitForPayment" => Ask::Read(Read::FinalPaymentRequest(request_id_of(input)?, interval_ms(options)?)),
        _ => Ask::Warm(warm_count(&scalar_of(input), warm_tokens).ok_or_else(|| {
            Error::input("count", "count must be a whole number from 0 to 100: how many tokens to keep ready.")
        })?),
    })
}

/// Begins, unless the client is closed or an option of the call is wrong.
fn begin(call: &Call) -> Result<(), Box<Error>> {
    match call.begin().as_deref() {
        None => Ok(()),
        Some("closed") => Err(Error::closed()),
        Some("signal") => Err(Error::input("signal", "signal must be an AbortSignal.")),
        Some("beforeSend") => Err(Error::input("beforeSend", "beforeSend and onEvent must be functions.")),
        Some(_) => Err(Error::input("onEvent", "beforeSend and onEvent must be functions.")),
    }
}

/// What the class makes a `FlinksPayError` of.
fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&error.to_text())
}

fn payment_params(params: &JsValue) -> Result<PaymentParams, Box<Error>> {
    #[cfg(feature = "poison")]
    poison::at_input(&property(params, "referenceId"));
    // A field whose getter throws was given, and cannot be read.
    let field = |name, read: fn(&JsValue) -> Json| given(params, name).map_or(Json::Unreadable, |value| read(&value));
    PaymentParams::new(GivenParams {
        reference_id: field("referenceId", scalar_of),
        amount: field("amount", scalar_of),
        customer_name: field("customerName", scalar_of),
        customer_email: field("customerEmail", scalar_of),
        client_uris: field("clientUris", plain),
    })
}

fn session_id_of(value: &JsValue) -> Result<SessionId, Box<Error>> {
    value.as_string().and_then(|text| SessionId::parse(&text)).ok_or_else(|| {
        Error::input(
            "sessionId",
            "sessionId must be the id of a session as Flinks gave it: ASCII letters, digits and hyphens.",
        )
    })
}

fn request_id_of(value: &JsValue) -> Result<RequestId, Box<Error>> {
    value.as_string().and_then(|text| RequestId::parse(&text)).ok_or_else(|| {
        Error::input(
            "requestId",
            "requestId must be the id of a payment request as Flinks gave it: ASCII letters, digits and hyphens.",
        )
    })
}

/// Flinks asks to be polled no more often than every 30 seconds.
fn interval_ms(options: &JsValue) -> Result<u64, Box<Error>> {
    match scalar(options, "intervalMs") {
        Json::Null => Ok(30_000),
        Json::Integer(ms) if ms >= 1 => Ok(ms.unsigned_abs()),
        _ => Err(Error::input("intervalMs", "intervalMs must be a whole number of milliseconds from 1.")),
    }
}

/// A page's global scope, but no worker's and no server's.
fn is_window(global: &JsValue) -> bool {
    property(global, "window").is_object() && property(global, "document").is_object()
}
