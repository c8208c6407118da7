//! A FHIR server of a test: it says what the test tells it to say, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET /fhir/Patient/1`
    pub line: String,
    /// names in lower case
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn is_transaction(&self) -> bool {
        self.line == "POST /fhir"
    }
}

/// An answer: status, further headers, body.
pub struct Reply(pub u16, pub &'static [(&'static str, &'static str)], pub Value);

type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The server. It ends with the process of the tests.
pub struct Fake {
    addr: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// A server that answers each request by a closure, which gets its number too.
    pub fn start(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (own, script) = (Arc::clone(&seen), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (own, script) = (Arc::clone(&own), Arc::clone(&script));
                std::thread::spawn(move || answer(stream.unwrap(), &own, &*script));
            }
        });
        Fake { addr, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}/fhir", self.addr)
    }

    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub fn transactions(&self) -> Vec<Value> {
        self.seen().iter().filter(|r| r.is_transaction()).map(Request::json).collect()
    }
}

fn answer(stream: TcpStream, seen: &Mutex<Vec<Request>>, script: &Script) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let Some((start, _)) = line.trim_end().rsplit_once(' ') else { return };
    let mut request = Request { line: start.to_owned(), headers: Vec::new(), body: Vec::new() };
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if let Some(length) = request.header("content-length").and_then(|l| l.parse().ok()) {
        request.body = vec![0; length];
        reader.read_exact(&mut request.body).unwrap();
    }
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let Reply(status, headers, body) = script(&request, number);
    let body = body.to_string();
    let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = reader.into_inner();
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
}
