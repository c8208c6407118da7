//! Memory of this process, where the system tells it (Linux).

use serde::Serialize;

/// Memory of the process at three moments, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// resident when the tables were compiled and no document read
    pub tables: u64,
    /// the peak when every document was converted on one thread, one after the other
    pub peak_one_thread: u64,
    /// the peak after they were converted on all threads
    pub peak_all_threads: u64,
}

/// What is resident now, in bytes; `None` where the system does not tell.
pub fn resident() -> Option<u64> {
    field("VmRSS:")
}

/// The most that was resident since the process began.
pub fn peak() -> Option<u64> {
    field("VmHWM:")
}

fn field(name: &str) -> Option<u64> {
    kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, name)
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|l| l.strip_prefix(name))?;
    Some(value.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_writes_is_read() {
        let status = "Name:\tgranule\nVmHWM:\t   46340 kB\nVmRSS:\t   40000 kB\n";
        assert_eq!(kilobytes(status, "VmHWM:"), Some(46_340 * 1024));
        assert_eq!(kilobytes(status, "VmRSS:"), Some(40_000 * 1024));
        assert_eq!(kilobytes("Name:\tgranule\n", "VmHWM:"), None);
    }
}
