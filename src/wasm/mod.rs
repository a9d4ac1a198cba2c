//! The door to the JavaScript host: the exported client, whose methods read what the caller gives and run a sequence as a
//! promise.
//!
//! Exported methods take `&self` and return at once: many calls may run on one client, and nothing of one is seen by
//! another but the configuration and the pool.

mod bindings;
mod fetch;
mod funds;
mod given;
mod headers;
#[cfg(feature = "poison")]
mod poison;
mod running;
mod webhook;

use crate::config::{Config, WarmCount};
use crate::error::Error;
use crate::input::{Given, MOST_WHOLE, Whole, read};
use crate::interac::{PaymentParams, invalid};
use crate::sequence;
use crate::sessions::{Product, SessionParams};
use crate::token::{RequestId, SessionId, TokenPool};
pub use bindings::Call;
use fetch::JsHost;
pub use funds::funds_of;
use given::{Value, function, property};
use js_sys::{Function, Promise};
use running::{Calls, Watch};
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
pub use webhook::{sign_webhook, verify_webhook};

/// Small code, and memory that grows a page at a time.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What the class `FlinksPay` stands on. Errors are plain objects of the fields of [`Error`].
#[wasm_bindgen]
pub struct Client(Rc<Inner>);

struct Inner {
    config: Config,
    pool: TokenPool,
    fetch: Option<Function>,
    on_event: Option<Function>,
    /// Whether requests say who sends them. Browsers do that, and would ask the other side before they send it themselves.
    names_itself: bool,
    calls: Calls,
}

/// What the host reads of a call's options.
const HOOKS: [&str; 3] = ["signal", "beforeSend", "onEvent"];

/// What a call takes besides its parameters and [`HOOKS`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallOptions {
    interval_ms: Option<Whole<1, MOST_WHOLE>>,
    product: Option<Product>,
}

/// What a call asks for, read and checked.
enum Ask {
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

    /// Runs one of the class's methods, and gives the promise of its result.
    pub fn run(&self, method: String, input: JsValue, options: JsValue, accepted: JsValue, call: Call) -> Promise {
        let client = Rc::clone(&self.0);
        let watch = Rc::<Watch>::default();
        let (of_host, watched) = (call.clone(), Rc::clone(&watch));
        running::start(call, watch, async move {
            let ended = async {
                let ask = ask(&method, input, &options, &accepted, &client.config)?;
                let host = JsHost::new(&client, &options, of_host, watched)?;
                perform(&host, &client, ask).await
            };
            ended.await.map_err(|error| to_js(&error))
        })
    }

    /// Ends the calls that run, refuses later ones, and drops the tokens that are kept ready.
    pub fn close(&self) {
        self.0.calls.close();
        self.0.pool.close();
    }

    fn build(options: JsValue, global: &JsValue) -> Result<Self, Box<Error>> {
        if !options.is_object() {
            return Err(Error::config(
                "baseUrl",
                "new FlinksPay() takes an object with baseUrl, username and password.",
            ));
        }
        if is_window(global) && property(&options, "allowCredentialsInBrowser") != Some(JsValue::TRUE) {
            return Err(Error::config(
                "allowCredentialsInBrowser",
                "Credentials in a window can be read by everybody: call Flinks from a server, or set this to true.",
            ));
        }
        let hook =
            |name| function(&options, name).map_err(|_| Error::config(name, format!("{name} must be a function.")));
        let (fetch, on_event) = (hook("fetch")?, hook("onEvent")?);
        let config = Config::new(Value(options), &["fetch", "onEvent", "allowCredentialsInBrowser"])?;
        let (pool, calls) = (TokenPool::default(), Calls::default());
        Ok(Self(Rc::new(Inner { config, pool, fetch, on_event, names_itself: !is_browser(global), calls })))
    }
}

async fn perform(host: &JsHost, client: &Inner, ask: Ask) -> Result<JsValue, Box<Error>> {
    let Inner { config, pool, .. } = client;
    Ok(match ask {
        Ask::StartPayment(params) => to_js(&sequence::start_payment(host, config, pool, &params).await?),
        Ask::InitiateSession(params) => to_js(&sequence::initiate_session(host, config, pool, &params).await?),
        Ask::SendRequest(params) => to_js(&sequence::send_request(host, config, pool, &params).await?),
        Ask::CreatePaymentRequest(id) => to_js(&sequence::create_payment_request(host, config, pool, &id).await?),
        Ask::GetPaymentRequest(id) => to_js(&sequence::get_payment_request(host, config, pool, &id).await?),
        Ask::WaitForPayment(id, ms) => to_js(&sequence::wait_for_payment(host, config, pool, &id, ms).await?),
        Ask::CancelPaymentRequest(id) => to_js(&sequence::cancel_payment_request(host, config, pool, &id).await?),
        Ask::CreateSession(params) => to_js(&sequence::create_session(host, config, pool, &params).await?),
        Ask::GetSessionStatus(id, product) => {
            to_js(&sequence::get_session_status(host, config, pool, &id, product).await?)
        }
        Ask::GetSessionDetails(id, product) => {
            to_js(&sequence::get_session_details(host, config, pool, &id, product).await?)
        }
        Ask::CancelSession(id) => to_js(&sequence::cancel_session(host, config, pool, &id).await?),
        Ask::ConfirmGuarantee(id, accepted) => {
            to_js(&sequence::confirm_guarantee(host, config, pool, &id, accepted).await?)
        }
        Ask::Warm(count) => to_js(&sequence::warm(host, config, pool, count).await?),
    })
}

/// What a method of the class asks for.
fn ask(
    method: &str,
    input: JsValue,
    options: &JsValue,
    accepted: &JsValue,
    config: &Config,
) -> Result<Ask, Box<Error>> {
    let CallOptions { interval_ms, product } = call_options(options)?;
    if interval_ms.is_some() && method != "waitForPayment" {
        return Err(Error::input("intervalMs", "intervalMs is not known here: it is an option of waitForPayment."));
    }
    if product.is_some() && !matches!(method, "getSessionStatus" | "getSessionDetails") {
        return Err(Error::input(
            "product",
            "product is not known here: it is an option of getSessionStatus and getSessionDetails.",
        ));
    }
    Ok(match method {
        "startPayment" => Ask::StartPayment(payment_params(input)?),
        "initiateSession" => Ask::InitiateSession(payment_params(input)?),
        "sendRequest" => Ask::SendRequest(payment_params(input)?),
        "createPaymentRequest" => Ask::CreatePaymentRequest(session_id_of(&input)?),
        "getPaymentRequest" => Ask::GetPaymentRequest(request_id_of(&input)?),
        // Flinks asks to be polled no more often than every 30 seconds.
        "waitForPayment" => Ask::WaitForPayment(request_id_of(&input)?, interval_ms.map_or(30_000, |Whole(ms)| ms)),
        "cancelPaymentRequest" => Ask::CancelPaymentRequest(request_id_of(&input)?),
        "createSession" => Ask::CreateSession(Box::new(SessionParams::new(Value(input), config.largest_geft_amount)?)),
        "getSessionStatus" => Ask::GetSessionStatus(session_id_of(&input)?, product),
        "getSessionDetails" => Ask::GetSessionDetails(session_id_of(&input)?, product),
        "cancelSession" => Ask::CancelSession(session_id_of(&input)?),
        "confirmGuarantee" => {
            let accepted =
                accepted.as_bool().ok_or_else(|| Error::input("accepted", "accepted must be true or false."))?;
            Ask::ConfirmGuarantee(session_id_of(&input)?, accepted)
        }
        "warm" => Ask::Warm(warm_count(input, config.warm_tokens)?),
        _ => return Err(Error::input("method", "method must be one of the class FlinksPay.")),
    })
}

fn call_options(given: &JsValue) -> Result<CallOptions, Box<Error>> {
    // Most calls have none.
    if given.is_undefined() {
        return Ok(CallOptions { interval_ms: None, product: None });
    }
    if !has_fields(given, &[HOOKS.as_slice(), &["intervalMs", "product"]].concat()) {
        return Err(Error::input("options", "options must be an object of signal, beforeSend and onEvent."));
    }
    read(Value(given.clone()), &HOOKS).map_err(invalid)
}

/// Whether it is an object that may have fields, or has one of these: what a map or a promise holds is in none.
fn has_fields(given: &JsValue, names: &[&str]) -> bool {
    let has = |name: &&str| property(given, name).is_none_or(|value| !value.is_undefined());
    given.is_object() && (Value(given.clone()).is_plain() || names.iter().any(has))
}

fn payment_params(params: JsValue) -> Result<PaymentParams, Box<Error>> {
    #[cfg(feature = "poison")]
    poison::at_input(&property(&params, "referenceId").unwrap_or_default());
    PaymentParams::new(Value(params))
}

fn warm_count(given: JsValue, default: u64) -> Result<u64, Box<Error>> {
    let count: Option<WarmCount> = read(Value(given), &[]).map_err(|_| {
        Error::input("count", "count must be a whole number from 0 to 100: how many tokens to keep ready.")
    })?;
    Ok(count.map_or(default, |Whole(count)| count))
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

/// A page's global scope, but no worker's and no server's.
fn is_window(global: &JsValue) -> bool {
    let has = |name| property(global, name).is_some_and(|value| value.is_object());
    has("window") && has("document")
}

/// A browser's page or one of its workers: all browsers call themselves so, and no server does.
fn is_browser(global: &JsValue) -> bool {
    let navigator = property(global, "navigator").unwrap_or_default();
    let user_agent = property(&navigator, "userAgent").and_then(|text| text.as_string());
    is_window(global) || user_agent.is_some_and(|text| text.starts_with("Mozilla/"))
}

/// A result, an error, an event or a body as a plain object.
fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}
