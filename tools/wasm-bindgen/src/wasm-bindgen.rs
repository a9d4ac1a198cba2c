//! wasm-bindgen's own command, pinned by this workspace's lock file instead of `cargo install`.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
