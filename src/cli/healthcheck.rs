//! `calling healthcheck`: for the HEALTHCHECK of a container without curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use super::outcome::failed;
use crate::config::Server;

/// The longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Requests /health from the server that listens on this address.
pub fn run(server: &Server) -> ExitCode {
    let address = reachable(server.listen);
    match ask(address) {
        Ok(status) if status == "200" => ExitCode::SUCCESS,
        Ok(status) => failed(format!("http://{address}/health answered {status}")),
        Err(error) => failed(format!("http://{address}/health did not answer: {error}")),
    }
}

/// The address to connect to: loopback for a server on every interface.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The status code of `GET /health`, as text.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 64];
    let mut filled = 0;
    while filled < head.len() && !head[..filled].contains(&b'\n') {
        match stream.read(&mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    let line = String::from_utf8_lossy(&head[..filled]);
    Ok(line.split_whitespace().nth(1).unwrap_or("without a status").to_owned())
}
