//! Options, parameters and answers that the tests of the sequences share.

use crate::json_input::JsonInput;
use crate::scripted_host::{Reply, ScriptedHost, run};
use flinkspay_edge::config::Config;
use flinkspay_edge::error::Error;
use flinkspay_edge::ids::RequestId;
use flinkspay_edge::interac::{PaymentParams, PaymentRequestStatus};
use flinkspay_edge::sequence::{Calls, StartedPayment};
use flinkspay_edge::token_pool::TokenPool;
use serde_json::{Value, json};

pub fn options() -> Value {
    json!({ "baseUrl": "https://pay.example.com", "username": "merchant", "password": "pässword" })
}

pub fn config() -> Config {
    config_of(options())
}

pub fn config_of(options: Value) -> Config {
    Config::new(JsonInput::from(options), &[]).expect("a config")
}

pub fn given() -> Value {
    json!({
        "referenceId": "User1234", "amount": "12.5", "customerName": "Zoë \"Z\" O'Neil",
        "customerEmail": "zoe@example.com",
    })
}

pub fn params() -> PaymentParams {
    PaymentParams::new(JsonInput::from(given())).expect("params")
}

pub fn token(name: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"access_token":"{name}","token_type":"bearer","expires_in":299}}"#))
}

pub fn session(id: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"sessionId":"{id}","referenceId":"User1234"}}"#))
}

pub fn request(id: &str) -> Reply {
    Reply::json(200, &format!(r#"{{"requestId":"{id}"}}"#))
}

pub fn start_payment(script: Vec<Reply>) -> (ScriptedHost, Result<StartedPayment, Box<Error>>) {
    let host = ScriptedHost::new(script);
    let result = run(Calls::new(&host, &config(), &TokenPool::default()).start_payment(&params()));
    (host, result)
}

pub fn get_status(script: Vec<Reply>) -> (ScriptedHost, Result<PaymentRequestStatus, Box<Error>>) {
    let host = ScriptedHost::new(script);
    let result = run(Calls::new(&host, &config(), &TokenPool::default())
        .get_payment_request(&RequestId::parse("r-1").expect("an id")));
    (host, result)
}

pub fn settled() -> Reply {
    Reply::json(200, r#"{"status":"Settled"}"#)
}
