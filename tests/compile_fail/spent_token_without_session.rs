use flinkspay_edge::config::Config;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::AccessToken;

fn skips_the_session(config: &Config, token: AccessToken, params: &PaymentParams) {
    let (_request, spent) = interac::initiate(config, token, params);
    let _request = interac::payment_request(config, &spent);
}

fn main() {}
