//! `glue MODULE FOLDER` writes the JavaScript and the module that the package ships, with wasm-bindgen's own options. wasm-bindgen's
//! command could do it too, but takes more than twice as long to compile.

use anyhow::Context;
use std::env::args_os;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut paths = args_os().skip(1);
    let module = paths.next().context("usage: glue MODULE FOLDER")?;
    let folder = paths.next().context("usage: glue MODULE FOLDER")?;
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}
