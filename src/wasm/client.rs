//! The exported client, whose methods read what the caller gives and run a sequence as a promise.
//!
//! The methods take `&self` and return at once: many calls may run on one client, and they share nothing but the
//! configuration and the token pool.

use super::bindings::HostCall;
use super::fetch::{HOST_OPTIONS, HostSettings, JsHost};
use super::js_value::{JsInput, function, has_fields, property, to_js};
use super::running_call::{self, Interruption, RunningCalls};
use crate::checked_text::{CheckedText, TextRule};
use crate::config::{Config, WarmCount};
use crate::error::Error;
use crate::ids::{RequestId, SessionId};
use crate::input::{Integer, InvalidValue, MAX_SAFE_INTEGER, read};
use crate::interac::PaymentParams;
use crate::sequence::Calls;
use crate::sessions::{Product, SessionParams};
use crate::token_pool::TokenPool;
use js_sys::Promise;
use serde::Deserialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The client behind the class `FlinksPay`. Errors are plain objects with the fields of [`Error`].
#[wasm_bindgen]
pub struct Client(Rc<State>);

struct State {
    config: Config,
    pool: TokenPool,
    host: Rc<HostSettings>,
}

/// The options of a call beside [`HOST_OPTIONS`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallOptions {
    interval_ms: Option<Integer<1, MAX_SAFE_INTEGER>>,
    product: Option<Product>,
}

/// A method of the class `FlinksPay` and its arguments, checked.
enum Method {
    StartPayment(PaymentParams),
    InitiateSession(PaymentParams),
    SendRequest(PaymentParams),
    CreatePaymentRequest(SessionId),
    GetPaymentRequest(RequestId),
    WaitForPayment(RequestId, u64),
    CancelPaymentRequest(RequestId),
    CreateSession(Box<SessionParams>),
    GetSessionStatus(SessionId, Option<Product>),
    GetSessionDetails(SessionId, Option<Product>),
    CancelSession(SessionId),
    ConfirmGuarantee(SessionId, bool),
    Warm(u64),
}

#[wasm_bindgen]
impl Client {
    /// Reads and checks the options; `global` is the global scope.
    ///
    /// # Errors
    /// `invalid_config`, with the option's name.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, global: &JsValue) -> Result<Self, JsValue> {
        Self::build(options, global).map_err(|error| to_js(&error))
    }

    /// Runs one of the class's methods, and returns the promise of its result.
    pub fn run(&self, name: String, input: JsValue, options: JsValue, accepted: JsValue, call: HostCall) -> Promise {
        let state = Rc::clone(&self.0);
        let interruption = Rc::<Interruption>::default();
        let (host_call, host_interruption) = (call.clone(), Rc::clone(&interruption));
        running_call::start(call, interruption, async move {
            let result = async {
                let method = read_method(&name, input, &options, &accepted, &state.config)?;
                let host = JsHost::new(&state.host, &options, host_call, host_interruption)?;
                run_method(&host, &state, method).await
            };
            result.await.map_err(|error| to_js(&error))
        })
    }

    /// Ends the calls that run, refuses later ones, and drops the tokens.
    pub fn close(&self) {
        self.0.host.running.close();
        self.0.pool.close();
    }

    fn build(options: JsValue, global: &JsValue) -> Result<Self, Box<Error>> {
        if !options.is_object() {
            return Err(Error::config(
                "baseUrl",
                "baseUrl is missing: new FlinksPay() takes an object with baseUrl, username and password.",
            ));
        }
        if is_window(global) && property(&options, "allowCredentialsInBrowser") != Some(JsValue::TRUE) {
            return Err(Error::config(
                "allowCredentialsInBrowser",
                "Credentials in a window can be read by everybody: call Flinks from a server, or set allowCredentialsInBrowser.",
            ));
        }
        let hook =
            |name| function(&options, name).map_err(|_| Error::config(name, format!("{name} must be a function.")));
        let (fetch, on_event) = (hook("fetch")?, hook("onEvent")?);
        let config = Config::new(JsInput(options), &["fetch", "onEvent", "allowCredentialsInBrowser"])?;
        let running = RunningCalls::default();
        let host = HostSettings { fetch, on_event, sends_user_agent: !is_browser(global), running };
        Ok(Self(Rc::new(State { config, pool: TokenPool::default(), host: Rc::new(host) })))
    }
}

async fn run_method(host: &JsHost, state: &State, method: Method) -> Result<JsValue, Box<Error>> {
    let calls = Calls::new(host, &state.config, &state.pool);
    Ok(match method {
        Method::StartPayment(params) => to_js(&calls.start_payment(&params).await?),
        Method::InitiateSession(params) => to_js(&calls.initiate_session(&params).await?),
        Method::SendRequest(params) => to_js(&calls.send_request(&params).await?),
        Method::CreatePaymentRequest(id) => to_js(&calls.create_payment_request(&id).await?),
        Method::GetPaymentRequest(id) => to_js(&calls.get_payment_request(&id).await?),
        Method::WaitForPayment(id, ms) => to_js(&calls.wait_for_payment(&id, ms).await?),
        Method::CancelPaymentRequest(id) => to_js(&calls.cancel_payment_request(&id).await?),
        Method::CreateSession(params) => to_js(&calls.create_session(&params).await?),
        Method::GetSessionStatus(id, product) => to_js(&calls.get_session_status(&id, product).await?),
        Method::GetSessionDetails(id, product) => to_js(&calls.get_session_details(&id, product).await?),
        Method::CancelSession(id) => to_js(&calls.cancel_session(&id).await?),
        Method::ConfirmGuarantee(id, accepted) => to_js(&calls.confirm_guarantee(&id, accepted).await?),
        Method::Warm(count) => to_js(&calls.warm(count).await?),
    })
}

/// Reads the arguments of a method.
fn read_method(
    name: &str,
    input: JsValue,
    options: &JsValue,
    accepted: &JsValue,
    config: &Config,
) -> Result<Method, Box<Error>> {
    let CallOptions { interval_ms, product } = call_options(options)?;
    if interval_ms.is_some() && name != "waitForPayment" {
        return Err(Error::input(
            "intervalMs",
            "intervalMs is not known here: it is an option of waitForPayment only.",
        ));
    }
    if product.is_some() && !matches!(name, "getSessionStatus" | "getSessionDetails") {
        return Err(Error::input(
            "product",
            "product is not known here: it is an option of getSessionStatus and getSessionDetails only.",
        ));
    }
    Ok(match name {
        "startPayment" => Method::StartPayment(payment_params(input)?),
        "initiateSession" => Method::InitiateSession(payment_params(input)?),
        "sendRequest" => Method::SendRequest(payment_params(input)?),
        "createPaymentRequest" => Method::CreatePaymentRequest(id(&input, "sessionId")?),
        "getPaymentRequest" => Method::GetPaymentRequest(id(&input, "requestId")?),
        // Flinks asks for polls at most every 30 seconds.
        "waitForPayment" => {
            Method::WaitForPayment(id(&input, "requestId")?, interval_ms.map_or(30_000, |Integer(ms)| ms))
        }
        "cancelPaymentRequest" => Method::CancelPaymentRequest(id(&input, "requestId")?),
        "createSession" => {
            Method::CreateSession(Box::new(SessionParams::new(JsInput(input), config.largest_geft_amount)?))
        }
        "getSessionStatus" => Method::GetSessionStatus(id(&input, "sessionId")?, product),
        "getSessionDetails" => Method::GetSessionDetails(id(&input, "sessionId")?, product),
        "cancelSession" => Method::CancelSession(id(&input, "sessionId")?),
        "confirmGuarantee" => {
            let accepted =
                accepted.as_bool().ok_or_else(|| Error::input("accepted", "accepted must be true or false."))?;
            Method::ConfirmGuarantee(id(&input, "sessionId")?, accepted)
        }
        "warm" => Method::Warm(warm_count(input, config.warm_tokens)?),
        _ => return Err(Error::input("method", "method must be a method of the class FlinksPay.")),
    })
}

fn call_options(options: &JsValue) -> Result<CallOptions, Box<Error>> {
    // Most calls have none.
    if options.is_undefined() {
        return Ok(CallOptions { interval_ms: None, product: None });
    }
    if !has_fields(options, &[HOST_OPTIONS.as_slice(), &["intervalMs", "product"]].concat()) {
        return Err(Error::input("options", "options must be an object with signal, beforeSend or onEvent."));
    }
    read(JsInput(options.clone()), &HOST_OPTIONS).map_err(InvalidValue::into_input_error)
}

fn payment_params(params: JsValue) -> Result<PaymentParams, Box<Error>> {
    #[cfg(feature = "poison")]
    super::poison::at_input(&property(&params, "referenceId").unwrap_or_default());
    PaymentParams::new(JsInput(params))
}

fn warm_count(count: JsValue, default: u64) -> Result<u64, Box<Error>> {
    let count: Option<WarmCount> = read(JsInput(count), &[]).map_err(|_| {
        Error::input("count", "count must be a whole number from 0 to 100: how many tokens to keep ready.")
    })?;
    Ok(count.map_or(default, |Integer(count)| count))
}

/// Reads an id. `field` is its name in the error.
fn id<R: TextRule>(value: &JsValue, field: &'static str) -> Result<CheckedText<R>, Box<Error>> {
    let id = value.as_string().and_then(|text| CheckedText::parse(&text));
    id.ok_or_else(|| Error::input(field, format!("{field} must be {}.", R::requirement())))
}

/// Whether this is the global scope of a page, and not of a worker or a server.
fn is_window(global: &JsValue) -> bool {
    let has = |name| property(global, name).is_some_and(|value| value.is_object());
    has("window") && has("document")
}

/// Whether this is a page or a worker of a browser: the user agent of every browser begins like this, and of no server.
fn is_browser(global: &JsValue) -> bool {
    let navigator = property(global, "navigator").unwrap_or_default();
    let user_agent = property(&navigator, "userAgent").and_then(|text| text.as_string());
    is_window(global) || user_agent.is_some_and(|text| text.starts_with("Mozilla/"))
}
