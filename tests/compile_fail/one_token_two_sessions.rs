use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::AccessToken;

fn twice<J: Json>(config: &Config, token: AccessToken, params: &PaymentParams) {
    let _first = interac::initiate::<J>(config, token, params);
    let _second = interac::initiate::<J>(config, token, params);
}

fn main() {}
