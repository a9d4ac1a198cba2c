use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::interac::{self, PaymentParams};
use flinkspay_edge::token::{AccessToken, TokenPool};

fn in_both<J: Json>(config: &Config, pool: &TokenPool, token: AccessToken, params: &PaymentParams) {
    if let Some(seat) = pool.seat(0, 1) {
        seat.fill(token, 0);
    }
    let _request = interac::initiate::<J>(config, token, params);
}

fn main() {}
