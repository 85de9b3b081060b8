#!/usr/bin/env python3
"""Attacks a server of its own with default settings and a soft limit of 1,024 open files, and tells what others noticed.

    cargo build --release && python3 tests/load/attacks.py target/release/calling [ATTACK ...]

Every address of 127.0.0.0/8 is one of this machine (Linux), so each client can have an address of its own. Others request
/about from 127.0.0.2 every 50 ms, on a new connection each time. Needs Python only. docs/SECURITY.md has the figures.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import random
import re
import resource
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
ATTACKER = "127.0.0.1"
OTHER = "127.0.0.2"
FILES = 1024
# Seconds until a server is ready, or has done what it still has to.
PATIENCE = 180


class Server:
    """The program in a folder of its own, with an SQLite file."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.database = pathlib.Path(self.folder.name) / "calling.db"
        self.log_file = pathlib.Path(self.folder.name) / "log"
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        command = [program, "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--datasets", ROOT / "datasets"]
        command += ["--database-url", f"sqlite://{self.database}"]
        with open(self.log_file, "w") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard)))
        said = self.process.stdout.readline()
        self.port = int(said.strip().rpartition(":")[2])
        began = time.monotonic()
        while True:
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5).close()
                return
            if time.monotonic() - began > PATIENCE:
                raise SystemExit("the server is not ready")
            time.sleep(0.1)

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def disk(self):
        return sum(file.stat().st_size for file in self.database.parent.glob("calling.db*"))

    def log(self):
        return self.log_file.read_text(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.folder.cleanup()


async def ask(port, source, method, path, headers=(), body=b"", kept=None):
    """The status, the head and the body of an answer. `kept` is a connection to use again."""
    reader, writer = kept or await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}", *headers]
    if kept is None:
        lines.append("connection: close")
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = re.search(r"content-length: (\d+)", head)
    content = await (reader.readexactly(int(length[1])) if length else reader.read()) if method != "HEAD" else b""
    if kept is None:
        writer.close()
    return int(head.split(" ", 2)[1]), head, content


FORM = ("sec-fetch-site: same-origin", "content-type: application/x-www-form-urlencoded")


async def begin(port, source):
    """The status, and the cookie of a new draft."""
    status, head, _ = await ask(port, source, "POST", "/begin", FORM, b"agree=1")
    cookie = re.search(r"set-cookie: (calling_draft=[^;]+)", head)
    return status, cookie and f"cookie: {cookie[1]}"


async def send_text(port, source, number, kept=None):
    body = json.dumps({"text": f"Text {number}: I like quiet mornings."}).encode()
    return await ask(port, source, "POST", "/get_career_recommendations", ["content-type: application/json"], body, kept)


class Others:
    """Requests pages meanwhile."""

    def __init__(self, port):
        self.port, self.took, self.failed = port, [], 0
        self.task = asyncio.create_task(self.run())

    async def run(self):
        while True:
            began = time.monotonic()
            try:
                status, _, _ = await asyncio.wait_for(ask(self.port, OTHER, "GET", "/about"), 10)
                self.failed += status != 200
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.failed += 1
            self.took.append(time.monotonic() - began)
            await asyncio.sleep(0.05)

    def told(self):
        self.task.cancel()
        return f"others: {len(self.took)} pages, {self.failed} failed, {percentiles(self.took)}"


def percentiles(took):
    took = sorted(took)
    return f"p95 {took[len(took) * 95 // 100] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms" if took else "none"


async def held(server, count, every, opening):
    """Opens connections at a pace and holds them. What others noticed, and how much memory it took at most."""
    others, before, most, connections = Others(server.port), server.memory(), 0, []
    for number in range(count):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, local_addr=(ATTACKER, 0))
            connections.append(writer)
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(opening(writer, number), 0.2)
        most = max(most, server.memory())
        await asyncio.sleep(every)
    for _ in range(100):
        most = max(most, server.memory())
        await asyncio.sleep(0.1)
    for writer in connections:
        writer.close()
    return f"{count} connections; memory {before / 1e6:.0f} to {most / 1e6:.0f} MB (+{(most - before) / 1e6:.1f}); {others.told()}"


async def stalled(server):
    """Posts that never send their last byte, 20 a second."""
    head = b"\r\n".join([b"POST /classify_mbti HTTP/1.1", b"host: localhost", b"content-type: application/json",
                         b"content-length: 1000", b"", b"{"])

    async def opening(writer, _):
        writer.write(head)
        await writer.drain()

    return await held(server, 1010, 0.05, opening)


async def large(server):
    """Forms of 1.56 MB without their end, with a draft, eight a second."""
    _, cookie = await begin(server.port, ATTACKER)
    lines = ["POST /questions/7 HTTP/1.1", "host: localhost", *FORM, cookie, "content-length: 2000000", "", "q01="]
    form = "\r\n".join(lines).encode() + b"x" * 1_560_000

    async def opening(writer, _):
        writer.write(form)
        await writer.drain()

    return await held(server, 400, 0.05, opening)


async def unread(server):
    """Clients that ask for a large file again and again and read nothing."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/").read().decode()
    font = re.search(r'"(/[^"]+\.woff2)"', page)[1]

    async def opening(writer, _):
        writer.write(f"GET {font} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode() * 64)
        await writer.drain()

    return await held(server, 1000, 0.03, opening)


async def heads(server):
    """Malformed heads."""
    async def opening(writer, _):
        writer.write(b"GET / HTTP/9.9\r\n\r\n")
        await writer.drain()

    said = await held(server, 3000, 0, opening)
    return f"{said}; {server.log().count('ERROR')} lines at level ERROR"


async def disk(server):
    """One address stores as much as it can for a minute."""
    others, before, until = Others(server.port), server.disk(), time.monotonic() + 60
    taken = refused = 0

    async def write():
        nonlocal taken, refused
        cookie = None
        while time.monotonic() < until:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                if cookie is None or random.random() < 0.05:
                    cookie = (await begin(server.port, ATTACKER))[1] or cookie
                if cookie is None:
                    continue
                fields = "&".join(f"q{n:02}=" + random.choice("abcdefghij") * 5000 for n in range(1, 27))
                status, _, _ = await ask(server.port, ATTACKER, "POST", "/answers", [*FORM, cookie], fields.encode())
                taken, refused = taken + (status == 200), refused + (status != 200)

    await asyncio.gather(*(write() for _ in range(8)))
    grown = server.disk() - before
    return f"{grown / 1e6:.1f} MB on the disk, {taken} posts taken, {refused} refused; {others.told()}"


async def programs(server):
    """1,500 programs send six words each, wait for the answer and pause; visitors post forms."""
    until, answers, took, refused = time.monotonic() + 60, {}, [], 0

    async def program(number):
        source = f"127.1.{number // 250}.{number % 250 + 1}"
        await asyncio.sleep(random.uniform(0, 5))
        while time.monotonic() < until:
            try:
                status, _, _ = await send_text(server.port, source, f"{number} {random.random()}")
            except (OSError, asyncio.IncompleteReadError):
                status = "none"
            answers[status] = answers.get(status, 0) + 1
            await asyncio.sleep(random.uniform(1, 5))

    async def visitor(number):
        nonlocal refused
        source = f"127.2.0.{number + 1}"
        cookie = None
        while time.monotonic() < until:
            began = time.monotonic()
            if cookie is None:
                status, cookie = await begin(server.port, source)
            else:
                body = f"q01=I+mended+a+radio+{random.random()}&go=next".encode()
                status, _, _ = await ask(server.port, source, "POST", "/questions/7", [*FORM, cookie], body)
            took.append(time.monotonic() - began)
            refused += status != 303
            await asyncio.sleep(1)

    await asyncio.gather(*(program(n) for n in range(1500)), *(visitor(n) for n in range(10)))
    told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items(), key=str))
    return f"form posts: {len(took)}, {refused} refused, {percentiles(took)}; programs were answered {told}"


async def busy(server):
    """The database is locked again and again until 1,000 texts were answered 503; then rows that nobody knows are counted."""
    told, answers, wanted = set(), {}, 1000

    async def program(number):
        sent = 0
        while answers.get(503, 0) < wanted:
            sent += 1
            source = f"127.3.{number}.{sent % 250 + 1}"
            try:
                status, head, _ = await send_text(server.port, source, f"{number}.{sent}")
            except (OSError, asyncio.IncompleteReadError):
                status, head = "none", ""
            answers[status] = answers.get(status, 0) + 1
            location = re.search(r"location: (\S+)", head)
            if location:
                told.add(location[1])
            await asyncio.sleep(0.05)

    async def lock():
        database = sqlite3.connect(server.database, isolation_level=None, timeout=30)
        with contextlib.closing(database):
            while answers.get(503, 0) < wanted:
                database.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(random.uniform(2, 8))
                database.execute("COMMIT")
                await asyncio.sleep(random.uniform(0.1, 1))

    await asyncio.gather(lock(), *(program(n) for n in range(100)))
    database = sqlite3.connect(server.database, timeout=30)
    with contextlib.closing(database):
        began = time.monotonic()
        while True:
            rows, = database.execute("SELECT COUNT(*) FROM personality_records").fetchone()
            if rows == len(told) or time.monotonic() - began > PATIENCE:
                break
            await asyncio.sleep(1)
    return f"answers {answers}; {rows} rows, {len(told)} addresses told: {rows - len(told)} rows without a holder"


ATTACKS = [stalled, large, unread, heads, disk, programs, busy]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path, help="the calling binary")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=", ".join(a.__name__ for a in ATTACKS))
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    for attack in ATTACKS:
        if asked.attacks and attack.__name__ not in asked.attacks:
            continue
        server = Server(asked.program.resolve())
        try:
            print(f"{attack.__name__}: {asyncio.run(attack(server))}", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
