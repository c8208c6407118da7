//! What a document over HTTP costs, in processor time of the server, against the same conversion in process. The budget is
//! 1.3 of it.
//!
//! Processor time, not time on the clock: the client runs on the same machine and would be measured as well. It comes from
//! `/proc` (Linux) in ticks of usually 10 ms, so each measure runs for some seconds. In-process and server rounds take
//! turns, so that what else the machine does hits both.

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use granule::convert::{Converter, Options};
use granule::mapping::packs;

/// That of the binary: what is compared differs in one thing only.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds of each measure.
const ROUNDS: usize = 5;
/// Bytes that are converted in one round.
const ROUND_BYTES: usize = 12_000_000;

/// User and system time of a process in ticks.
fn ticks(process: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // the name of the program may hold spaces; it ends with the last bracket
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_granule"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut log = BufReader::new(child.stderr.take().expect("its log is piped"));
        let mut line = String::new();
        log.read_line(&mut line).expect("it logs where it listens");
        let address = line.split_whitespace().find_map(|w| w.strip_prefix("address=")).expect("an address").to_owned();
        // the log is read on, as it is in service
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { child, address }
    }

    fn ticks(&self) -> u64 {
        ticks(&self.child.id().to_string()).expect("the server runs")
    }

    /// Sends a document several times on one connection.
    fn convert(&self, document: &[u8], times: usize) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit can be set");
        stream.set_nodelay(true).expect("packets can be sent at once");
        let mut reader = BufReader::new(stream.try_clone().expect("the socket can be shared"));
        let head = format!(
            "POST /fhir/$convert HTTP/1.1\r\nHost: bench\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n",
            document.len()
        );
        let mut body = Vec::new();
        for _ in 0..times {
            stream.write_all(head.as_bytes()).expect("the head is sent");
            stream.write_all(document).expect("the body is sent");
            let (mut line, mut length, mut first) = (String::new(), 0, true);
            loop {
                line.clear();
                reader.read_line(&mut line).expect("an answer");
                if first {
                    assert!(line.contains(" 200 "), "{line}");
                    first = false;
                }
                if let Some(n) = line.strip_prefix("content-length: ") {
                    length = n.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            body.resize(length, 0);
            reader.read_exact(&mut body).expect("the body of the answer");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Clients at the same time. One alone lets the server sleep between two documents, and each begins with cold caches; eight
/// keep it busy.
const CLIENTS: [usize; 2] = [1, 8];

fn main() -> ExitCode {
    if ticks("self").is_none() {
        println!("needs /proc (Linux); nothing is measured");
        return ExitCode::SUCCESS;
    }
    let converter = Converter::new(packs::compile(packs::builtin()).expect("the built-in packs are sound"));
    let options = Options { parallel_from: usize::MAX, ..Options::default() };
    let server = Server::start();
    println!("processor time of one document in milliseconds, and its ratio to that in process\n");
    println!("{:<24} {:>9} {:>11} {:>18} {:>18}", "document", "bytes", "in process", "1 client", "8 clients");
    let mut logs = [0.0; CLIENTS.len()];
    let samples = ["minimal.xml", "text-only.xml", "uk-discharge.xml", "c32.xml", "ccd.xml", "discharge-summary.xml"];
    for name in samples {
        let document = fs::read(format!("{}/samples/{name}", env!("CARGO_MANIFEST_DIR"))).expect("the sample is there");
        let times = ROUND_BYTES / document.len() / 8 * 8;
        let in_process = || {
            for _ in 0..times {
                let done = converter.convert(black_box(&document), &options).expect("it converts");
                black_box(done.bundle.to_json(false));
            }
        };
        let over_http = |clients: usize| {
            std::thread::scope(|s| {
                for _ in 0..clients {
                    s.spawn(|| server.convert(&document, times / clients));
                }
            });
        };
        in_process();
        over_http(8);
        let (mut own, mut served) = (0, [0; CLIENTS.len()]);
        for _ in 0..ROUNDS {
            let before = ticks("self").unwrap_or(0);
            in_process();
            own += ticks("self").unwrap_or(0) - before;
            for (clients, sum) in CLIENTS.iter().zip(&mut served) {
                let before = server.ticks();
                over_http(*clients);
                *sum += server.ticks() - before;
            }
        }
        // ticks are hundredths of a second on every Linux that Rust supports
        let each = |ticks: u64| ticks as f64 * 10.0 / (times * ROUNDS) as f64;
        print!("{name:<24} {:>9} {:>11.3}", document.len(), each(own));
        for (sum, log) in served.iter().zip(&mut logs) {
            let ratio = *sum as f64 / own as f64;
            *log += ratio.ln();
            print!(" {:>11.3} {ratio:>6.2}", each(*sum));
        }
        println!();
    }
    let [one, busy] = logs.map(|log: f64| (log / samples.len() as f64).exp());
    println!("\ngeometric mean of the ratios: {one:.2} with one client, {busy:.2} busy (budget 1.3)");
    ExitCode::SUCCESS
}
