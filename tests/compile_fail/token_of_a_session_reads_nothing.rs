use flinkspay_edge::config::Config;
use flinkspay_edge::host::Json;
use flinkspay_edge::sessions;
use flinkspay_edge::token::{SessionToken, SpentToken};
use flinkspay_edge::token_pool::TokenPool;

fn reads<J: Json>(config: &Config, token: &SessionToken) {
    let _request = sessions::status::<J>(config, token, token.session_id());
}

fn is_shared(pool: &TokenPool, spent: SpentToken, bound: SessionToken) {
    let _shared = pool.share(spent);
    let _shared = pool.share(bound);
}

fn main() {}
