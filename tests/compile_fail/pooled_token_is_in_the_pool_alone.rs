use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::AccessToken;
use flinkspay_edge::token_pool::TokenPool;

fn in_both<J: Json>(config: &Config, pool: &TokenPool, token: AccessToken, params: &PaymentParams) {
    if let Some(reservation) = pool.reserve(0, 1) {
        reservation.fill(token, 0);
    }
    let _request = interac::initiate::<J>(config, token, params);
}

fn main() {}
