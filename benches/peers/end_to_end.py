"""Loads a server on the original's stack, then Calling, with the same closed loop.

    target/peers/python/bin/python benches/peers/end_to_end.py

Both read the first 512 tokens of the same texts with the same base-size checkpoints;
Calling's cache of windows is off. benches/closed_loop generates the load. One server runs
at a time, and each gets a warm-up before it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from checkpoints import BASE, ROOT, SMALL, make
from compare import BUNDLED
from contestants import build

START_SECONDS = 300
STOP_SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """What the users of one server experienced, and the memory it used."""

    name: str
    completed: int
    per_second: float
    failed: int
    median_seconds: float
    megabytes: float


def resident_bytes(root: int) -> int:
    """Resident memory of a process and all its descendants."""
    parents: dict[int, int] = {}
    resident: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue  # The process has ended.
        process = int(fields["Pid"])
        parents[process] = int(fields["PPid"])
        resident[process] = 1024 * int(fields.get("VmRSS", "0 kB").split()[0])
    family = {root}
    while more := {p for p, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(resident.get(process, 0) for process in family)


class Memory(threading.Thread):
    """Records a server's largest resident memory, sampled twice a second."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.largest = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Samples until `over` is set."""
        while not self.over.wait(0.5):
            self.largest = max(self.largest, resident_bytes(self.process))


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when /ready answers 200; raises if the server ends or takes too long."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"the server was not ready within {START_SECONDS} s")


@contextmanager
def serving(
    command: list[str], port: int, environment: dict[str, str], log: Path
) -> Iterator[tuple[str, int]]:
    """Runs a server during the context; yields its address and process id."""
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as lines:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=lines, stderr=lines
        )
        try:
            wait_until_ready(url, server)
            yield url, server.pid
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def original(checkpoints: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """The command of the original's stack: one worker, as in the original, and a long timeout."""
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [str(gunicorn), "--chdir", str(Path(__file__).parent), "--workers", "1"]
    command += ["--timeout", "600", "--bind", f"127.0.0.1:{port}", "original:create()"]
    return command, {"CHECKPOINTS": str(checkpoints)}


def calling(
    program: Path, checkpoints: Path, port: int, database: Path
) -> tuple[list[str], dict[str, str]]:
    """Calling's command: default settings, but without the cache and without the rate limit,
    since all users here are one client."""
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    command = [str(program), "--listen", f"127.0.0.1:{port}"]
    command += ["--database-url", f"sqlite://{database}", "--rate-limit", "0"]
    command += ["--reuse-memory", "0", "--metrics-listen", "off"]
    command += ["--mbti-model", str(checkpoints / "albert")]
    command += ["--big-five-model", str(checkpoints / "bert")]
    return command, {}


def load(
    generator: Path, url: str, name: str, checkpoints: Path, users: int, seconds: int
) -> dict[str, str]:
    """Runs the closed loop; returns the last row of its table, by column."""
    command = [str(generator), "--url", url, "--name", name, "--page", ""]
    command += ["--users", str(users), "--seconds", str(seconds)]
    # Texts have 512 tokens in BERT's count. ALBERT's tokenizer gives a few more, which Calling
    # reads in a second window and the original's stack omits.
    command += ["--first-tokens", "512", "--model", str(checkpoints / "bert")]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout, flush=True)
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    head, row = (re.split(r"\s*\|\s*", line.strip("| ")) for line in (rows[0], rows[-1]))
    return dict(zip(head, row, strict=True))


def measure(
    name: str,
    server: tuple[list[str], dict[str, str]],
    port: int,
    generator: Path,
    checkpoints: Path,
    options: argparse.Namespace,
) -> Outcome:
    """Starts a server, measures it under load, and stops it."""
    log = options.work / f"{port}.log"
    with serving(server[0], port, server[1], log) as (url, process):
        load(generator, url, f"{name}, warming up", checkpoints, 2, options.warm_up)
        memory = Memory(process)
        memory.start()
        row = load(generator, url, name, checkpoints, options.users, options.seconds)
        memory.over.set()
        memory.join()
    return Outcome(
        name=name,
        completed=int(row["completed"]),
        per_second=float(row["a second"]),
        failed=int(row["failed"]),
        median_seconds=float(row["p50 s"]),
        megabytes=memory.largest / 1e6,
    )


def table(outcomes: list[Outcome], users: int, seconds: int) -> str:
    """Both as Markdown, and how many times the throughput is."""
    lines = [
        f"{users} users for {seconds} s, the first 512 tokens of each text:",
        "",
        "| server | answers per second | median | failed | memory |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {o.name} | {o.per_second:.2f} | {o.median_seconds:.1f} s | {o.failed}"
        f" | {o.megabytes:.0f} MB |"
        for o in outcomes
    ]
    first, last = outcomes
    if first.per_second:
        lines += ["", f"{last.per_second / first.per_second:.1f} times the throughput."]
    return "\n".join(lines) + "\n"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--warm-up", type=int, default=10, help="seconds, with two users")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "peers")
    parser.add_argument("--calling", type=Path, help="the program, if already built")
    parser.add_argument("--closed-loop", type=Path, help="the load generator, if already built")
    parser.add_argument("--small", action="store_true", help="small checkpoints, for a trial run")
    return parser.parse_args()


def main() -> int:
    """Measures both servers, one after the other; returns 1 if a request failed."""
    options = parse()
    options.work = options.work.resolve()
    checkpoints = options.work / ("small" if options.small else "base")
    for name, bundled in BUNDLED.items():
        make(name, SMALL if options.small else BASE, checkpoints, bundled)
    program = options.calling or build(["build", "--release", "--bin", "calling"])[0]
    generator = options.closed_loop or build(["bench", "--no-run", "--bench", "closed_loop"])[0]
    generator = generator.resolve()
    outcomes = []
    for name in ("Flask, gunicorn, PyTorch f32", "Calling"):
        port = free_port()
        if name == "Calling":
            server = calling(program.resolve(), checkpoints, port, options.work / "end-to-end.db")
        else:
            server = original(checkpoints, port)
        outcomes.append(measure(name, server, port, generator, checkpoints, options))
    text = table(outcomes, options.users, options.seconds)
    print(text)
    kept = {"users": options.users, "seconds": options.seconds}
    kept |= {"servers": [asdict(outcome) for outcome in outcomes]}
    (options.work / "end-to-end.json").write_text(json.dumps(kept, indent=1) + "\n")
    (options.work / "end-to-end.md").write_text(text)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
