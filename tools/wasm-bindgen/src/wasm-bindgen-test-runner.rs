//! The test runner of `cargo test --target wasm32-unknown-unknown` and wasm-pack, in the version of this workspace's lock file.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
