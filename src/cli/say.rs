//! What the program says: results on standard output, words about them on standard error. Whoever reads either may go
//! away (`| head`, a pager that is closed): that is no fault, and no work is left undone for it.

use std::io::{ErrorKind, Write, stdout};

/// Writes a line to standard error, like `eprintln!`, which panics when nobody reads it.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

/// Writes to standard output.
///
/// # Errors
/// When it cannot be written, for another reason than that its reader has gone.
pub(super) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(e).context("cannot write to standard output"))
        }
        _ => Ok(()),
    }
}
