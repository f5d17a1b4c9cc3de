// serves PORT: answers each connection on 127.0.0.1 with its pid, as the
// standard library's own listener does it.

use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let port = std::env::args().nth(1).expect("PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("bind");

    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        let _ = write!(stream, "{} -\n", std::process::id());
    }
}
