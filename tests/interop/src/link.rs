// SPDX-License-Identifier: MIT
//! Links libhlhost from HLKIT_BUILD/lib (build script of ../hlkit).

fn main() {
    let build = std::env::var("HLKIT_BUILD").expect("HLKIT_BUILD is set");
    println!("cargo::rustc-link-search=native={build}/lib");
    println!("cargo::rustc-link-lib=static=hlhost");
    println!("cargo::rerun-if-env-changed=HLKIT_BUILD");
    println!("cargo::rerun-if-changed={build}/lib/libhlhost.a");
}
