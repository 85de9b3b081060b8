#!/usr/bin/env python3
"""Sends a server of its own broken requests, and counts its answers.

    cargo build --release && python3 tests/load/fuzzed_requests.py target/release/calling [--requests N] [--seed N]

The requests begin as what the site's own pages and programs send: every path, with the cookies of a questionnaire and of an
account or an administrator, every field of every form, JSON as described and as clients write it.
Then bits, pieces that parsers trip over, and parts of other requests are put into the path, the query, the headers, the cookies,
the body, or the bytes of the whole request. Everything follows from the seed, but for what the server's keys are.

A fault is a panic in the log, an answer of 500 or above (503 with Retry-After aside, which says that the server is busy), an
answer that is not HTTP, and a server that is not ready afterwards. Needs Python only (Linux). docs/SECURITY.md has the figures.
"""

import argparse
import base64
import collections
import contextlib
import hmac
import html
import json
import multiprocessing
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "kelp orbit marzipan nine"
# How often the cookies and keys are made anew.
RENEWED = 300
# Seconds until an answer has to have begun, and until a request that may be incomplete is given up.
PATIENCE, UNFINISHED = 60, 0.3

PAGES = """/ /about /account /account/codes /account/delete /account/email /account/password /account/second-factor /admin
/admin/audit /admin/data /admin/erase /admin/failed /admin/invite /admin/users /admin/users/1
/admin/users/1/remove /api /api/openapi.json /api/v1/careers /api/v1/careers/{career} /api/v1/statistics /begin /careers
/careers/{career} /compare /deleted /discard /discarded /favicon.ico /forget /forgotten /health /link/{key} /login
/login/code /manager /manager.json /manager/policy /manager/servers /metrics /privacy /questions /questions/1 /questions/3/shell
/questions/9 /questions/check /ready /recover /register /results/{key} /results/{key}/careers /results/{key}/careers.csv
/results/{key}/careers.json /results/{key}/careers/{career} /results/{key}/careers/interests /results/{key}/compare
/results/{key}/delete /results/{key}/export.csv /results/{key}/export.json /results/{key}/interests
/results/{key}/interests/delete /results/{key}/keep /results/{key}/shortlist /results/{key}/why /robots.txt /sample
/shared/{shared} /shared/{shared}/careers /shared/{shared}/careers/{career} /shared/{shared}/interests /shortlist /side-by-side
/sitemap.xml /statistics /traits /traits/openness /types /types/INTJ /nowhere""".split()
ACTIONS = """/account/codes /account/delete /account/email /account/password /account/results /account/second-factor
/admin/audit /admin/erase /admin/failed /admin/invite /admin/users/1/disable
/admin/users/1/enable /admin/users/1/link /admin/users/1/remove /answers /begin /discard /link/{key}
/manager/policy /manager/servers/1/remove /manager/size /manager/stop /questions/1 /questions/5 /questions/9 /questions/check
/questions/random /results/{key}/again /results/{key}/answers /results/{key}/delete /results/{key}/interests
/results/{key}/interests/delete /results/{key}/interests/share /results/{key}/keep /results/{key}/research /results/{key}/share
/results/{key}/shortlist /results/{key}/unshare /shortlist""".split()
# What takes longer than all others, since it hashes a password, and what ends a session; and how seldom they are asked.
SLOW = "/login /login/code /register /recover".split()
ENDING = "/account/sessions /forget /logout".split()
SELDOM = 0.005
# Writes everything that is stored.
SLOWEST, HARDLY_EVER = "/admin/export", 0.00005
PROGRAMS = "/classify_mbti /classify_big_five /get_career_recommendations".split()
QUERIES = "q page sort order education outlook pay type trait soc a b next step from to after before format".split()
FIELDS = "email password new code next codes confirm agree go version role user value network title".split()
METHODS = "GET HEAD POST PUT DELETE OPTIONS PATCH TRACE CONNECT PROPFIND".split()
TEXTS = ["I like quiet mornings and long lists of what to do.", "I worry, and I talk to everybody.", "x", "", "Ünïcödé 🦀 text"]
PIECES = [
    b"\0", b"\xff", b"\xc3\x28", b"\xef\xbb\xbf", "🦀".encode(), "\u202e".encode(), b"\\ud800", b"\\u0000", b"\"", b"'", b"\\", b"{",
    b"}", b"[", b"]", b"=", b"&", b"%", b"%00", b"%2e%2e%2f", b"..", b"//", b";", b",", b":", b"@", b"?", b"#", b" ", b"\t",
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"-1", b"0", b"1e999", b"NaN", b"18446744073709551616", b"true", b"null", b"<script>",
    b"' OR 1=1 --", b"%ef%bf%bd", b"\x7f", b"A" * 300, b"0x41", b"${7*7}", b"{{", b"=cmd|x",
]
HEADERS = [
    "accept: */*", "accept: application/json;q=0.5, text/html", "accept: ,;q=", "accept-encoding: br, gzip;q=0, *;q=1e9",
    "accept-language: de-DE;q=2", "content-type: application/json; charset=latin1", "content-type: multipart/form-data; boundary=x",
    "content-type: application/x-www-form-urlencoded; charset=utf-16", "content-type: /", "content-encoding: gzip",
    "transfer-encoding: chunked", "transfer-encoding: identity, chunked", "content-length: 5", "content-length: -1",
    "expect: 100-continue", "upgrade: websocket", "connection: upgrade, keep-alive", "host: [::1", "host: a b", "host:",
    "origin: null", "origin: https://elsewhere.example", "sec-fetch-site: cross-site", "referer: \x80\xff", "range: bytes=9-1,-5",
    "if-none-match: *", "if-modified-since: Sun, 99 Foo 2026 25:61:61 GMT", "x-forwarded-for: 1.2.3.4, ::1, _hidden, \"[::1]:80\"",
    "x-forwarded-proto: https", "x-forwarded-host: evil.example", "forwarded: for=\"[2001:db8::1]\";proto=https;by=,,",
    "authorization: Bearer x", "authorization: Basic !!!", "cookie: calling_draft=%00; calling_draft=; =; a", "cookie: \xff=\xfe",
    "user-agent:", "te: trailers", "traceparent: 00-zz-xx-01", "x-request-id: " + "a" * 500, "prefer: respond-async",
]


class Closed(Exception):
    """The server closed the connection before an answer was whole."""


class Connection:
    def __init__(self, port):
        self.port, self.socket, self.left = port, None, b""

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.left = None, b""

    def ask(self, request, head=False, patience=PATIENCE):
        """The status, the head and the body. Raises TimeoutError, OSError or Closed."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(patience)
        self.socket.sendall(request)
        while True:
            answer = self.until(b"\r\n\r\n")
            match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
            if not match:
                raise ValueError(f"not HTTP: {answer[:80]!r}")
            status = int(match[1])
            if status != 100:
                break
        lower = answer.lower()
        length = re.search(rb"\r\ncontent-length: (\d+)", lower)
        if head or status in (204, 304):
            body = b""
        elif length:
            body = self.exactly(int(length[1]))
        elif b"\r\ntransfer-encoding: chunked" in lower:
            body = b""
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                body += self.exactly(size + 2)[:-2]
            self.until(b"\r\n")
        else:
            body, lower = b"", lower + b"\r\nconnection: close"
            with contextlib.suppress(Closed):
                while True:
                    self.more()
        if b"\r\nconnection: close" in lower:
            self.close()
        return status, answer, body

    def more(self):
        got = self.socket.recv(65536)
        if not got:
            raise Closed
        self.left += got

    def until(self, end):
        while end not in self.left:
            self.more()
        head, _, self.left = self.left.partition(end)
        return head + end

    def exactly(self, size):
        while len(self.left) < size:
            self.more()
        body, self.left = self.left[:size], self.left[size:]
        return body


def written(method, path, headers, body):
    lines = [method + b" " + path + b" HTTP/1.1", *headers]
    if body or method == b"POST":
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""]) + body


class Visitor:
    """Cookies and keys of somebody who uses the site as it is meant."""

    def __init__(self, port, name, link):
        self.connection, self.cookies, self.results, self.accounts = Connection(port), {}, 0, 0
        self.name, self.link = name, link
        self.places = {"key": "x" * 43, "shared": "x" * 43, "career": "15-1252.00"}
        _, _, page = self.get("/careers")
        if career := re.search(rb'href="/careers/([a-z-]+)"', page):
            self.places["career"] = career[1].decode()
        self.join()
        self.renew()
        self.fields = collections.defaultdict(set)
        for path in PAGES:
            if "/shell" not in path:
                self.learn(path)

    def path(self, path):
        return re.sub(r"\{(\w+)\}", lambda place: self.places[place[1]], path)

    def headers(self):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [b"host: localhost", b"sec-fetch-site: same-origin", b"cookie: " + cookies.encode()]

    def get(self, path):
        return self.kept(self.ask(written(b"GET", path.encode(), self.headers(), b"")))

    def form(self, path, **fields):
        body = urllib.parse.urlencode(fields).encode()
        headers = [*self.headers(), b"content-type: application/x-www-form-urlencoded"]
        return self.kept(self.ask(written(b"POST", path.encode(), headers, body)))

    def ask(self, request):
        """Asks once more on a new connection if the old one was closed because it was idle."""
        try:
            return self.connection.ask(request)
        except (Closed, OSError):
            self.connection.close()
            return self.connection.ask(request)

    def kept(self, answer):
        """Keeps the cookies of an answer."""
        for name, value in re.findall(rb"\r\nset-cookie: ([^=]+)=([^;\r]*)", answer[1]):
            self.cookies[name.decode()] = value.decode()
        return answer

    def join(self):
        """Registers; or, with a link, becomes an administrator with a second factor."""
        if self.link is None:
            self.form("/register", email=f"{self.name}@example.org", new=PASSWORD)
        else:
            self.form(self.link, new=PASSWORD)
            _, _, page = self.get("/account/second-factor")
            self.secret = base64.b32decode(re.sub(rb"\s", b"", re.search(rb'id="secret">([^<]*)<', page)[1]))
            self.form("/account/second-factor", code=self.code())
        assert self.is_logged_in(), "the account does not open its pages"

    def is_logged_in(self):
        return self.get("/account" if self.link is None else "/admin/users")[0] == 200

    def code(self):
        """The second factor's code of this half minute (RFC 6238)."""
        mac = hmac.digest(self.secret, int(time.time() // 30).to_bytes(8), "sha1")
        return f"{(int.from_bytes(mac[mac[-1] & 15:][:4]) & 0x7FFFFFFF) % 1_000_000:06}"

    def log_in(self):
        """Logs in again after a request has logged out or changed the account, which may be gone. A code works once."""
        if self.link is not None:
            self.form("/login", email=f"{self.name}@example.org", password=PASSWORD)
            self.form("/login/code", code=self.code())
            return
        self.accounts += 1
        self.form("/register", email=f"{self.name}-{self.accounts}@example.org", new=PASSWORD)

    def renew(self):
        """Begins a questionnaire, and makes a result with a link for others: the last ones may have been deleted."""
        self.results += 1
        self.form("/begin", agree="1")
        body = json.dumps({"text": f"Somebody {self.name} {self.results % 50} who likes quiet mornings."}).encode()
        headers = [b"host: localhost", b"content-type: application/json"]
        _, head, body = self.ask(written(b"POST", b"/get_career_recommendations", headers, body))
        if key := re.search(rb"/results/([\w-]{20,})", head + body):
            self.places["key"] = key[1].decode()
        self.form(self.path("/results/{key}/share"))
        _, _, page = self.get(self.path("/results/{key}"))
        if shared := re.search(rb"/shared/([\w-]{20,})", page):
            self.places["shared"] = shared[1].decode()

    def learn(self, path):
        """The fields of the forms of a page, with the values that they have there."""
        _, _, body = self.get(self.path(path))
        for form in re.findall(rb"<form\b.*?</form>", body, re.S):
            action = re.search(rb'action="([^"]*)"', form)
            action = html.unescape(action[1].decode()) if action else self.path(path)
            for tag in re.findall(rb"<(?:input|textarea|button|select)\b[^>]*>", form):
                name, value = (re.search(rb'\b%s="([^"]*)"' % what, tag) for what in (b"name", b"value"))
                if name:
                    value = html.unescape(value[1].decode()) if value else ""
                    self.fields[self.form_of(action)].add((name[1].decode(), value))

    def form_of(self, path):
        """The same name for the forms of all results."""
        return re.sub(r"/[\w-]{40,}", "/KEY", path.split("?")[0])


class Fuzzer:
    def __init__(self, seed, visitor):
        self.random, self.visitor = random.Random(seed), visitor
        self.seen = [b"calling_draft=x; calling_owner=y", b'{"text": "I like tea."}', b"q01=tea&r01=5&go=next"]

    def mutated(self, data):
        draw, data = self.random, bytearray(data)
        for _ in range(draw.randint(1, 5)):
            at = draw.randint(0, len(data))
            end = min(at + draw.randint(0, 16), len(data))
            match draw.randrange(6):
                case 0 if at < len(data):
                    data[at] ^= 1 << draw.randrange(8)
                case 1:
                    data[at:at] = draw.choice(PIECES)
                case 2:
                    data[at:end] = draw.choice(PIECES)
                case 3:
                    del data[at:end]
                case 4:
                    other = draw.choice(self.seen)
                    start = draw.randint(0, len(other))
                    data[at:end] = other[start:start + 200]
                case _:
                    data[at:at] = data[at:end]
        return bytes(data)

    def fields(self, path):
        draw = self.random
        known = sorted(self.visitor.fields.get(self.visitor.form_of(path), ())) or [(name, "1") for name in FIELDS]
        pairs = [pair for pair in known if draw.random() < 0.8]
        pairs += [(draw.choice(FIELDS), draw.choice(TEXTS)) for _ in range(draw.randrange(3))]
        if path.startswith("/questions"):
            pairs += [(f"r{draw.randrange(62):02}", str(draw.randrange(7))), (f"q{draw.randrange(28):02}", draw.choice(TEXTS))]
        return urllib.parse.urlencode(pairs).encode()

    def json(self):
        draw = self.random
        text = f"{draw.choice(TEXTS)} {draw.randrange(50)}"
        return json.dumps({"text": text, **({"model": draw.choice(TEXTS)} if draw.random() < 0.1 else {})}).encode()

    def request(self):
        """Method, path, headers, body of the next request, before it is written."""
        draw, kind = self.random, self.random.random()
        headers, body = self.visitor.headers(), b""
        if kind < 0.04:
            method, path, body = b"POST", draw.choice(PROGRAMS), self.json()
            headers.append(b"content-type: application/json")
        elif kind < 0.55:
            method, path = draw.choice([b"GET", b"GET", b"HEAD"]), self.visitor.path(draw.choice(PAGES))
        else:
            action = draw.choice([*SLOW, *ENDING] if kind > 1 - SELDOM else ACTIONS)
            if draw.random() < HARDLY_EVER:
                action = SLOWEST
            elif action in ENDING and self.visitor.link and draw.random() < 0.98:
                # A second factor's next code is half a minute away.
                action = "/account/results"
            path = self.visitor.path(action)
            method, body = b"POST", self.fields(path)
            headers.append(b"content-type: application/x-www-form-urlencoded")
        path = path.encode()
        if draw.random() < 0.3:
            pairs = [(draw.choice(QUERIES), draw.choice([*TEXTS, "1", "-1", "0", "INTJ", "99999999999"])) for _ in range(draw.randint(1, 3))]
            path += b"?" + urllib.parse.urlencode(pairs).encode()
        return method, path, headers, body

    def next(self):
        """The bytes of the next request, whether its answer has no body, and whether it may be incomplete."""
        draw = self.random
        method, path, headers, body = self.request()
        whole = False
        for _ in range(draw.choice([1, 1, 2])):
            match draw.randrange(8):
                case 0:
                    path = b"/" + self.mutated(path[1:]).translate(None, b" \r\n")
                case 1 | 2 | 3 if body:
                    body = self.mutated(body)
                case 4:
                    headers[2] = b"cookie: " + self.mutated(headers[2][8:]).translate(None, b"\r\n")
                case 5:
                    headers.append(draw.choice(HEADERS).encode("latin-1"))
                case 6:
                    method = draw.choice(METHODS).encode()
                case 7:
                    whole = draw.random() < 0.2
        self.seen[draw.randrange(3)] = (body or path)[:2000]
        request = written(method, path, headers, body)
        if whole:
            request = self.mutated(request)
        doubtful = whole or any(h.startswith((b"transfer-", b"content-l", b"expect", b"upgrade", b"connection")) for h in headers)
        return request, method in (b"HEAD", b"CONNECT"), doubtful


def work(port, number, seed, count, link, results):
    answers, faults, logins = collections.Counter(), [], collections.Counter()
    visitor = Visitor(port, f"fuzz{number}", link)
    fuzzer, connection = Fuzzer(seed * 1000 + number, visitor), Connection(port)
    for sent in range(count):
        # What the requests delete or end is begun again.
        if sent % RENEWED == RENEWED - 1:
            visitor.renew()
            kind = "an administrator" if link else "an account"
            if not visitor.is_logged_in():
                visitor.log_in()
                logins[f"{kind} logged in again"] += 1
            else:
                logins[f"{kind} still logged in"] += 1
        request, head, doubtful = fuzzer.next()
        fault = None
        try:
            # A connection is not used again after a request whose end is not certain.
            if doubtful:
                connection.close()
            status, answer, _ = connection.ask(request, head, UNFINISHED if doubtful else PATIENCE)
            answers[status] += 1
            if status >= 500 and not (status == 503 and b"retry-after:" in answer.lower()):
                fault = answer[:200].decode("latin-1")
        except TimeoutError:
            answers["no answer yet" if doubtful else "silent"] += 1
            fault = None if doubtful else "silent"
            connection.close()
        except (Closed, OSError):
            # A server may close a connection that was idle, or one whose request it does not take.
            answers["closed, perhaps incomplete" if doubtful else "closed"] += 1
            connection.close()
        except ValueError as error:
            fault = None if doubtful else str(error)
            answers["not HTTP"] += 1
            connection.close()
        if doubtful:
            connection.close()
        if fault:
            faults.append((fault, request[:3000].decode("latin-1")))
    results.put((answers, logins, faults[:20], len(faults)))


def administrator(program, folder):
    """The path of the link with which an administrator chooses a password."""
    command = [program, "admin", "create", "fuzz0@example.org", "--database-url", f"sqlite://{folder}/calling.db"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.search(r"/link/[\w-]+", said)[0]


class Server:
    """The program with an SQLite file of its own."""

    def __init__(self, program, folder):
        self.log_file = pathlib.Path(folder) / "log"
        command = [
            program, "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--rate-limit", "0", "--login-pauses", "off",
            "--log", "warn",
            "--datasets", ROOT / "datasets", "--database-url", f"sqlite://{folder}/calling.db",
        ]
        with open(self.log_file, "w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        self.port = int(self.process.stdout.readline().strip().rpartition(":")[2])
        while not self.is_ready():
            assert self.is_alive(), "the server ended"
            time.sleep(0.1)

    def is_alive(self):
        return self.process.poll() is None

    def is_ready(self):
        request = b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        with contextlib.suppress(OSError, Closed, ValueError):
            return Connection(self.port).ask(request)[0] == 200
        return False

    def most_memory(self):
        """In MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text() if self.is_alive() else ""
        most = re.search(r"VmHWM:\s+(\d+)", status)
        return int(most[1]) / 1024 if most else float("nan")

    def stop(self):
        """The exit code, and the log."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=60)
        finally:
            self.process.kill()
        return code, self.log_file.read_text(errors="replace")


def collected(server, clients, results):
    """The answers of all clients, whether they were logged in, examples of faults, and their number."""
    answers, logins, faults, found = collections.Counter(), collections.Counter(), [], 0
    for client in clients:
        client.start()
    for _ in clients:
        while results.empty():
            assert server.is_alive() and not any(client.exitcode for client in clients), "a client or the server ended"
            time.sleep(0.1)
        some, states, kept, count = results.get()
        answers, logins, faults, found = answers + some, logins + states, faults + kept, found + count
    return answers, logins, faults, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        links = [administrator(options.program, folder), *[None] * (options.clients - 1)]
        server = Server(options.program, folder)
        try:
            began, results = time.monotonic(), multiprocessing.Queue()
            share = options.requests // options.clients
            clients = [
                multiprocessing.Process(target=work, args=(server.port, number, options.seed, share, links[number], results), daemon=True)
                for number in range(options.clients)
            ]
            answers, logins, faults, found = collected(server, clients, results)
            seconds, memory, ready = time.monotonic() - began, server.most_memory(), server.is_ready()
        finally:
            ended, log = server.stop()
    panics = log.count("panicked")
    print(f"{sum(answers.values())} requests in {seconds:.0f} s, seed {options.seed}, {os.cpu_count()} processors")
    print("answers:", ", ".join(f"{status} {count}" for status, count in sorted(answers.items(), key=str)))
    print(f"every {RENEWED} requests:", ", ".join(f"{state} {count}" for state, count in sorted(logins.items())))
    print(f"faults: {found}; panics: {panics}; ready afterwards: {ready}; exit code after SIGTERM: {ended}")
    print(f"most memory: {memory:.0f} MiB")
    lines = collections.Counter(re.sub(r"[0-9a-f-]{8,}|\d+", "#", line)[28:160] for line in log.splitlines())
    for line, count in lines.most_common(12):
        print(f"  log {count:>7} {line}")
    for fault, request in faults[:20]:
        print("----", fault, "\n", repr(request))
    if found or panics or not ready or ended:
        sys.exit(1)


if __name__ == "__main__":
    main()
