use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::{AccessToken, ReadToken};
use flinkspay_edge::token_pool::TokenPool;

fn starts<J: Json>(config: &Config, token: ReadToken, params: &PaymentParams) {
    let _request = interac::initiate::<J>(config, token, params);
}

fn is_shared_and_starts<J: Json>(config: &Config, pool: &TokenPool, token: AccessToken, params: &PaymentParams) {
    let _shared = pool.share(token);
    let _request = interac::initiate::<J>(config, token, params);
}

fn waits_in_the_pool(pool: &TokenPool, token: ReadToken) {
    if let Some(reservation) = pool.reserve(0, 1) {
        reservation.fill(token, 0);
    }
}

fn main() {}
