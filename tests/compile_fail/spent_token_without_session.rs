use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::AccessToken;

fn skips_the_session<J: Json>(config: &Config, token: AccessToken, params: &PaymentParams) {
    let (_request, spent) = interac::initiate::<J>(config, token, params);
    let _request = interac::payment_request::<J>(config, &spent);
}

fn main() {}
