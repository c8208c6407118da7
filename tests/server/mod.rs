//! A running server of the tests, and a client that can do what well-behaved ones do not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take before the test fails; generous, as test machines are busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server process; killed when the test is over.
pub struct Running {
    child: Child,
    pub addr: SocketAddr,
    pub metrics: Option<SocketAddr>,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// A server on a free port, ready.
    pub fn start(args: &[&str]) -> Running {
        let mut child = Command::new(env!("CARGO_BIN_EXE_granule"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let own = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in stderr.lines() {
                let mut log = own.lock().unwrap();
                log.push_str(&line.unwrap());
                log.push('\n');
            }
        });
        let mut running = Running { child, addr: ([127, 0, 0, 1], 0).into(), metrics: None, log, reader: Some(reader) };
        running.wait_for_line("event=listening address=");
        let log = running.log();
        let word = |name: &str| {
            log.split_whitespace().find_map(|w| w.strip_prefix(name)).map(|a| a.parse::<SocketAddr>().unwrap())
        };
        running.addr = word("address=").unwrap();
        running.metrics = word("metrics=");
        running
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn wait_for_line(&self, part: &str) {
        wait(|| self.log().contains(part), || format!("no line with {part} in\n{}", self.log()));
    }

    pub fn wait_for_metric(&self, line: &str) {
        let text = || String::from_utf8(get(self.metrics.unwrap_or(self.addr), "/metrics").body).unwrap();
        wait(|| text().lines().any(|l| l == line), || format!("no {line} in\n{}", text()));
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits until the process has ended, and all that it logged is read.
    pub fn exit_code(&mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                if let Some(reader) = self.reader.take() {
                    reader.join().unwrap();
                }
                return status.code().expect("it was killed by a signal");
            }
            assert!(Instant::now() < until, "it does not end\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait(mut done: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An answer of the server.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// A connection on which a test sends what it likes.
pub struct Open {
    stream: TcpStream,
    head_only: bool,
}

impl Open {
    pub fn to(addr: SocketAddr) -> Open {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Open { stream, head_only: false }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The head of a request for a conversion.
    pub fn begin(&mut self, length: usize) {
        self.send(
            format!("POST /fhir/$convert HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
                .as_bytes(),
        );
    }

    pub fn answer(self) -> Answer {
        let mut reader = BufReader::new(self.stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {line:?}")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if !self.head_only {
            let length = answer.header("content-length").unwrap().parse().unwrap();
            answer.body = vec![0; length];
            reader.read_exact(&mut answer.body).unwrap();
        }
        answer
    }
}

/// A request (`GET /path`) with headers and a body.
pub fn request(addr: SocketAddr, line: &str, headers: &[&str], body: &[u8]) -> Answer {
    let mut open = Open::to(addr);
    open.head_only = line.starts_with("HEAD ");
    let mut head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for h in headers {
        head.push_str(h);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    open.send(head.as_bytes());
    open.send(body);
    open.answer()
}

pub fn get(addr: SocketAddr, path: &str) -> Answer {
    request(addr, &format!("GET {path}"), &[], b"")
}

/// A conversion.
pub fn post(addr: SocketAddr, query: &str, document: &[u8]) -> Answer {
    request(addr, &format!("POST /fhir/$convert{query}"), &["Content-Type: application/xml"], document)
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

pub fn read_sample(name: &str) -> Vec<u8> {
    std::fs::read(sample(name)).unwrap()
}

pub fn granule(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_granule")).args(args).output().unwrap()
}

/// What the command line writes for a sample.
pub fn cli(name: &str, args: &[&str]) -> Vec<u8> {
    let path = sample(name);
    let mut all = vec!["convert", path.to_str().unwrap()];
    all.extend(args);
    let out = granule(&all);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// The document with its sections repeated until it has about `size` bytes.
pub fn repeated(text: &str, size: usize) -> String {
    let from = text.find("<structuredBody>").unwrap() + "<structuredBody>".len();
    let to = text.find("</structuredBody>").unwrap();
    let rounds = size / (to - from) + 1;
    let sections: String =
        (0..rounds).map(|n| text[from..to].replace("extension=\"", &format!("extension=\"{n}-"))).collect();
    format!("{}{sections}{}", &text[..from], &text[to..])
}

/// The document with another time of birth; one that is no time is an error of the conversion.
pub fn born(text: &str, value: &str) -> String {
    let changed = text.replacen("birthTime value=\"19580704\"", &format!("birthTime value=\"{value}\""), 1);
    assert_ne!(changed, text);
    changed
}

/// The document with a mark in every text that a person wrote, and in every extension of an id.
pub fn marked(text: &str, mark: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('>') {
        let (tag, after) = rest.split_at(at + 1);
        out.push_str(&tag.replace("extension=\"", &format!("extension=\"{mark}")));
        let value = after.find('<').map_or("", |end| &after[..end]);
        if !value.trim().is_empty() {
            out.push_str(mark);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
