use flinkspay_edge::config::Config;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::AccessToken;

fn twice(config: &Config, token: AccessToken, params: &PaymentParams) {
    let _first = interac::initiate(config, token, params);
    let _second = interac::initiate(config, token, params);
}

fn main() {}
