//! What `ics version --long` says of the build: the compiler, and of a release the commit.
#![allow(clippy::print_stdout, reason = "build scripts speak to cargo on their output")]

use std::env::var;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=ICS_COMMIT");
    let rustc = var("RUSTC").ok().and_then(|rustc| printed(&rustc, &["--version"]));
    println!("cargo:rustc-env=ICS_RUSTC={}", rustc.unwrap_or_default());
    // Whoever builds from an archive says which commit it is. Other builds than releases follow no commit: each would
    // be linked again after every one.
    let commit = var("ICS_COMMIT").ok().or_else(|| {
        (var("PROFILE").as_deref() == Ok("release")).then(|| {
            let log = printed("git", &["rev-parse", "--git-path", "logs/HEAD"])?;
            println!("cargo:rerun-if-changed={log}");
            printed("git", &["rev-parse", "HEAD"])
        })?
    });
    println!("cargo:rustc-env=ICS_BUILT_FROM={}", commit.unwrap_or_default());
}

/// What a program prints, if it is there and succeeds.
fn printed(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}
