//! The door to the JavaScript host: the exported client. It reads what the caller gives at once, field by field, so that
//! a getter which throws is a field that cannot be read, and then runs a sequence as a promise.
//!
//! Exported methods take `&self` and return their promise at once: many calls may run on one client, and nothing of one
//! is seen by another but the configuration.

mod bindings;
mod convert;
mod host;
#[cfg(feature = "poison")]
mod poison;
mod watch;
mod webhook;

use crate::config::{Config, Options, warm_count};
use crate::error::Error;
use crate::interac::{GivenParams, PaymentParams};
use crate::json::Json;
use crate::sequence;
use crate::sessions::SessionParams;
use crate::token::{RequestId, SessionId, TokenPool};
pub use bindings::CallState;
use convert::{from_js, function, plain, property, scalar, to_js};
use host::JsHost;
use js_sys::{Function, Promise};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use watch::Calls;
pub use webhook::{sign_webhook, verify_webhook};

/// Small code, and memory that grows a page at a time.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What the class `FlinksPay` stands on. Errors are plain objects of [`Error`]'s fields.
#[wasm_bindgen]
pub struct Client {
    config: Rc<Config>,
    pool: Rc<TokenPool>,
    fetch: Option<Function>,
    on_event: Option<Function>,
    calls: Rc<Calls>,
}

#[wasm_bindgen]
impl Client {
    /// Reads and checks the options.
    ///
    /// # Errors
    /// `invalid_config`, with the option's name.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        Self::build(options).map_err(|error| to_js(&error))
    }

    /// Authorize, initiate, payment request.
    #[wasm_bindgen(js_name = startPayment)]
    pub fn start_payment(&self, params: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, payment_params(params), async |host, config, pool, params| {
            sequence::start_payment(host, config, pool, &params).await
        })
    }

    /// Authorize, initiate.
    #[wasm_bindgen(js_name = initiateSession)]
    pub fn initiate_session(&self, params: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, payment_params(params), async |host, config, pool, params| {
            sequence::initiate_session(host, config, pool, &params).await
        })
    }

    /// Authorize, payment request.
    #[wasm_bindgen(js_name = createPaymentRequest)]
    pub fn create_payment_request(&self, session_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, session_id_of(session_id), async |host, config, pool, session_id| {
            sequence::create_payment_request(host, config, pool, &session_id).await
        })
    }

    /// Authorize, status.
    #[wasm_bindgen(js_name = getPaymentRequest)]
    pub fn get_payment_request(&self, request_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, request_id_of(request_id), async |host, config, pool, request_id| {
            sequence::get_payment_request(host, config, pool, &request_id).await
        })
    }

    /// Authorize, sendrequest.
    #[wasm_bindgen(js_name = sendRequest)]
    pub fn send_request(&self, params: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, payment_params(params), async |host, config, pool, params| {
            sequence::send_request(host, config, pool, &params).await
        })
    }

    /// Authorize, status, until it is final.
    #[wasm_bindgen(js_name = waitForPayment)]
    pub fn wait_for_payment(&self, request_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        let input = request_id_of(request_id).and_then(|request_id| Ok((request_id, interval_ms(options)?)));
        self.run(options, state, input, async |host, config, pool, (request_id, interval_ms)| {
            sequence::wait_for_payment(host, config, pool, &request_id, interval_ms).await
        })
    }

    /// Authorize, cancel a payment request of v1.
    #[wasm_bindgen(js_name = cancelPaymentRequest)]
    pub fn cancel_payment_request(&self, request_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, request_id_of(request_id), async |host, config, pool, request_id| {
            sequence::cancel_payment_request(host, config, pool, &request_id).await
        })
    }

    /// Authorize, session of v2.
    #[wasm_bindgen(js_name = createSession)]
    pub fn create_session(&self, params: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, SessionParams::new(&plain(params)), async |host, config, pool, params| {
            sequence::create_session(host, config, pool, &params).await
        })
    }

    /// Authorize, status of a session of v2.
    #[wasm_bindgen(js_name = getSessionStatus)]
    pub fn get_session_status(&self, session_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, session_id_of(session_id), async |host, config, pool, session_id| {
            sequence::get_session_status(host, config, pool, &session_id).await
        })
    }

    /// Authorize, details of a session of v2.
    #[wasm_bindgen(js_name = getSessionDetails)]
    pub fn get_session_details(&self, session_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, session_id_of(session_id), async |host, config, pool, session_id| {
            sequence::get_session_details(host, config, pool, &session_id).await
        })
    }

    /// Authorize, cancel a session of v2.
    #[wasm_bindgen(js_name = cancelSession)]
    pub fn cancel_session(&self, session_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, session_id_of(session_id), async |host, config, pool, session_id| {
            sequence::cancel_session(host, config, pool, &session_id).await
        })
    }

    /// Authorize, accept or refuse the guarantee of a session of v2.
    #[wasm_bindgen(js_name = confirmGuarantee)]
    pub fn confirm_guarantee(
        &self,
        session_id: &JsValue,
        accepted: &JsValue,
        options: &JsValue,
        state: CallState,
    ) -> Promise {
        let accepted = accepted.as_bool().ok_or(Error::input("accepted", "accepted must be true or false."));
        let input = session_id_of(session_id).and_then(|session_id| Ok((session_id, accepted?)));
        self.run(options, state, input, async |host, config, pool, (session_id, accepted)| {
            sequence::confirm_guarantee(host, config, pool, &session_id, accepted).await
        })
    }

    /// Authorize, until so many tokens are ready.
    pub fn warm(&self, count: &JsValue, options: &JsValue, state: CallState) -> Promise {
        let count = if count.is_object() { Json::Unreadable } else { from_js(count.clone()) };
        let count = warm_count(&count, self.config.warm_tokens)
            .ok_or(Error::input("count", "count must be a whole number from 0 to 100: how many tokens to keep ready."));
        self.run(options, state, count, async |host, config, pool, count| {
            sequence::warm(host, config, pool, count).await
        })
    }

    /// Ends the calls that run, refuses later ones and drops the tokens that are kept ready.
    pub fn close(&self) {
        self.calls.close();
        self.pool.close();
    }

    fn build(options: &JsValue) -> Result<Self, Error> {
        if !options.is_object() {
            return Err(Error::config(
                "baseUrl",
                "new FlinksPay() takes an object with baseUrl, username and password.",
            ));
        }
        if is_window() && property(options, "allowCredentialsInBrowser") != JsValue::TRUE {
            return Err(Error::config(
                "allowCredentialsInBrowser",
                "Credentials in a window can be read by everybody: call Flinks from a server, or set this to true.",
            ));
        }
        let given = |name| scalar(options, name);
        let function =
            |name| function(options, name).map_err(|_| Error::config(name, "fetch and onEvent must be functions."));
        let config = Config::new(Options {
            base_url: given("baseUrl"),
            username: given("username"),
            password: given("password"),
            timeout_ms: given("timeoutMs"),
            deadline_ms: given("deadlineMs"),
            warm_tokens: given("warmTokens"),
            instance: given("instance"),
            client_id: given("clientId"),
            credentials_in: given("credentialsIn"),
            basic_encoding: given("basicEncoding"),
            token_header: given("tokenHeader"),
            amount_as: given("amountAs"),
        })?;
        Ok(Self {
            config: Rc::new(config),
            pool: Rc::default(),
            fetch: function("fetch")?,
            on_event: function("onEvent")?,
            calls: Rc::default(),
        })
    }

    /// Runs a sequence for one call, or rejects with the error of its input.
    fn run<Input: 'static, T: Serialize>(
        &self,
        options: &JsValue,
        state: CallState,
        input: Result<Input, Error>,
        sequence: impl AsyncFnOnce(&JsHost, &Config, &TokenPool, Input) -> Result<T, Error> + 'static,
    ) -> Promise {
        let started = input.and_then(|input| {
            let host = JsHost::new(&self.calls, options, self.fetch.clone(), self.on_event.clone(), state)?;
            Ok((input, host))
        });
        let (input, host) = match started {
            Ok(started) => started,
            Err(error) => return Promise::reject(&to_js(&error)),
        };
        let (config, pool) = (Rc::clone(&self.config), Rc::clone(&self.pool));
        future_to_promise(async move {
            match sequence(&host, &config, &pool, input).await {
                Ok(value) => Ok(to_js(&value)),
                Err(error) => Err(to_js(&error)),
            }
        })
    }
}

fn payment_params(params: &JsValue) -> Result<PaymentParams, Error> {
    #[cfg(feature = "poison")]
    poison::at_input(&property(params, "referenceId"));
    let given = |name| scalar(params, name);
    PaymentParams::new(GivenParams {
        reference_id: given("referenceId"),
        amount: given("amount"),
        customer_name: given("customerName"),
        customer_email: given("customerEmail"),
        client_uris: plain(&property(params, "clientUris")),
    })
}

fn session_id_of(value: &JsValue) -> Result<SessionId, Error> {
    value.as_string().and_then(|text| SessionId::parse(&text)).ok_or(Error::input(
        "sessionId",
        "sessionId must be the id of a session as Flinks gave it: ASCII letters, digits and hyphens.",
    ))
}

fn request_id_of(value: &JsValue) -> Result<RequestId, Error> {
    value.as_string().and_then(|text| RequestId::parse(&text)).ok_or(Error::input(
        "requestId",
        "requestId must be the id of a payment request as Flinks gave it: ASCII letters, digits and hyphens.",
    ))
}

/// Flinks asks to be polled no more often than every 30 seconds.
fn interval_ms(options: &JsValue) -> Result<u64, Error> {
    match scalar(options, "intervalMs") {
        Json::Null => Ok(30_000),
        Json::Integer(ms) if ms >= 1 => Ok(ms.unsigned_abs()),
        _ => Err(Error::input("intervalMs", "intervalMs must be a whole number of milliseconds from 1.")),
    }
}

/// A page's global scope, but no worker's and no server's.
fn is_window() -> bool {
    let global = js_sys::global();
    property(&global, "window").is_object() && property(&global, "document").is_object()
}
