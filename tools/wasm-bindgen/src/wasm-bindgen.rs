//! wasm-bindgen's own command, in the version of this workspace's lock file.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
