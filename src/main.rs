//! Command line of granule: arguments → run → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    granule::cli::run()
}
