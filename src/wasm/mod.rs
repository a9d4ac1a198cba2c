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

use crate::config::{Config, Options};
use crate::error::Error;
use crate::interac::{GivenParams, PaymentParams};
use crate::sequence;
use crate::token::{RequestId, SessionId};
pub use bindings::CallState;
use convert::{plain, property, scalar, to_js};
use host::JsHost;
use js_sys::{Function, Promise};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use watch::Calls;

/// Small code, and memory that grows a page at a time.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What the class `FlinksPay` stands on. Errors are plain objects of [`Error`]'s fields.
#[wasm_bindgen]
pub struct Client {
    config: Rc<Config>,
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
        self.run(options, state, payment_params(params), async |host, config, params| {
            sequence::start_payment(host, config, &params).await
        })
    }

    /// Authorize, initiate.
    #[wasm_bindgen(js_name = initiateSession)]
    pub fn initiate_session(&self, params: &JsValue, options: &JsValue, state: CallState) -> Promise {
        self.run(options, state, payment_params(params), async |host, config, params| {
            sequence::initiate_session(host, config, &params).await
        })
    }

    /// Authorize, payment request.
    #[wasm_bindgen(js_name = createPaymentRequest)]
    pub fn create_payment_request(&self, session_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        let session_id = session_id.as_string().and_then(|text| SessionId::parse(&text)).ok_or(Error::input(
            "sessionId",
            "sessionId must be the id that initiateSession returned: ASCII letters, digits and hyphens.",
        ));
        self.run(options, state, session_id, async |host, config, session_id| {
            sequence::create_payment_request(host, config, &session_id).await
        })
    }

    /// Authorize, status.
    #[wasm_bindgen(js_name = getPaymentRequest)]
    pub fn get_payment_request(&self, request_id: &JsValue, options: &JsValue, state: CallState) -> Promise {
        let request_id = request_id.as_string().and_then(|text| RequestId::parse(&text)).ok_or(Error::input(
            "requestId",
            "requestId must be the id that startPayment returned: ASCII letters, digits and hyphens.",
        ));
        self.run(options, state, request_id, async |host, config, request_id| {
            sequence::get_payment_request(host, config, &request_id).await
        })
    }

    /// Ends the calls that run and refuses later ones.
    pub fn close(&self) {
        self.calls.close();
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
        let config = Config::new(Options {
            base_url: given("baseUrl"),
            username: given("username"),
            password: given("password"),
            timeout_ms: given("timeoutMs"),
            deadline_ms: given("deadlineMs"),
            instance: given("instance"),
            credentials_in: given("credentialsIn"),
            basic_encoding: given("basicEncoding"),
            token_header: given("tokenHeader"),
            amount_as: given("amountAs"),
        })?;
        Ok(Self {
            config: Rc::new(config),
            fetch: function(options, "fetch")?,
            on_event: function(options, "onEvent")?,
            calls: Rc::default(),
        })
    }

    /// Runs a sequence for one call, or rejects with the error of its input.
    fn run<Input: 'static, T: Serialize>(
        &self,
        options: &JsValue,
        state: CallState,
        input: Result<Input, Error>,
        sequence: impl AsyncFnOnce(&JsHost, &Config, Input) -> Result<T, Error> + 'static,
    ) -> Promise {
        let signal = property(options, "signal");
        let started = input.and_then(|input| {
            let host = JsHost::new(&self.calls, signal, self.fetch.clone(), self.on_event.clone(), state)?;
            Ok((input, host))
        });
        let (input, host) = match started {
            Ok(started) => started,
            Err(error) => return Promise::reject(&to_js(&error)),
        };
        let config = Rc::clone(&self.config);
        future_to_promise(async move {
            match sequence(&host, &config, input).await {
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

fn function(options: &JsValue, field: &'static str) -> Result<Option<Function>, Error> {
    let value = property(options, field);
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    value.dyn_into().map(Some).map_err(|_| Error::config(field, "fetch and onEvent must be functions."))
}

/// A page's global scope, but no worker's and no server's.
fn is_window() -> bool {
    let global = js_sys::global();
    property(&global, "window").is_object() && property(&global, "document").is_object()
}
