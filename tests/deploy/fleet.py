"""The parts of a deployment as processes on this machine: PostgreSQL, servers of Calling, and HAProxy in front of them.

To be used inside private.sh: the ports are fixed, and what is left running ends with its namespaces.
"""

import contextlib
import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
BINARY = os.environ.get("CALLING_BINARY", str(TARGET / "debug/calling"))
# The same numbers on every processor.
PRECISION = os.environ.get("CALLING_PRECISION", "reference")
PATIENCE = 60.0
SITE = "http://127.0.0.1:8000"


class TooLate(Exception):
    """Something did not happen in time."""


def within(seconds, what, condition):
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TooLate(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def slowdown():
    """How many times longer a program takes now than while no other program needs the processors; 1 at least."""
    began, ends = time.perf_counter(), time.process_time() + 0.5
    while time.process_time() < ends:
        pass
    return max(1.0, (time.perf_counter() - began) / 0.5)


def status(port, path, timeout=2.0):
    """The HTTP status of a page; None if there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Database:
    """A separate PostgreSQL server. It refuses to run as root, so it runs as the user of its package."""

    PORT = 5433

    def __init__(self, durable=True):
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.user = pwd.getpwnam("postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="calling-database-"))
        os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.url = f"postgres://calling@127.0.0.1:{self.PORT}/calling"
        self.run("initdb", "-D", str(self.folder / "data"), "-U", "calling", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = ["listen_addresses=127.0.0.1", f"port={self.PORT}", f"unix_socket_directories={self.folder}", "max_connections=200"]
        if not durable:
            options += ["fsync=off", "synchronous_commit=off"]
        with open(self.folder / "data/postgresql.conf", "a") as settings:
            settings.writelines(line.replace("=", " = '", 1) + "'\n" for line in options)
        self.start()
        self.sql("CREATE DATABASE calling", database="postgres")

    def run(self, program, *arguments):
        """Runs one of PostgreSQL's programs as that user; returns its output."""
        done = subprocess.run(
            [self.bin / program, *arguments], user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[], cwd="/tmp",
            env={"PATH": "/usr/bin:/bin"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done.stdout

    def control(self, *arguments):
        """Runs pg_ctl with its output in a file, because the server would keep a pipe open."""
        with open(self.folder / "control.log", "ab") as log:
            subprocess.run([self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", *arguments],
                           user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[], cwd="/tmp", env={"PATH": "/usr/bin:/bin"},
                           stdout=log, stderr=log, check=True)

    def start(self):
        self.control("start")

    def stop(self):
        self.control("-m", "fast", "stop")

    def restart(self):
        self.control("-m", "fast", "restart")

    def sql(self, query, database="calling"):
        """The rows of a query as psql prints them."""
        return self.run("psql", "-h", str(self.folder), "-p", str(self.PORT), "-U", "calling", "-d", database, "-v", "ON_ERROR_STOP=1",
                        "-qAtc", query).strip()

    def remove(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.control("-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


# Small models with random weights, for tests to which the readings do not matter.
SMALL = {
    "CALLING_MBTI_MODEL": str(PROJECT / "tests/fixtures/models/albert-spiece"),
    "CALLING_BIG_FIVE_MODEL": str(PROJECT / "tests/fixtures/models/bert-vocab-txt"),
}


class Server:
    """One server of Calling on its own port."""

    def __init__(self, port, database, binary=BINARY, home=PROJECT, **settings):
        # The working directory holds the datasets of its release.
        self.port, self.binary, self.home, self.process = port, binary, home, None
        self.log = tempfile.TemporaryFile()
        self.settings = {
            "DATABASE_URL": database,
            "CALLING_LISTEN": f"127.0.0.1:{port}",
            "CALLING_METRICS_LISTEN": "off",
            "CALLING_TRUSTED_PROXIES": "127.0.0.1",
            "CALLING_RATE_LIMIT": "0",
            "CALLING_PRECISION": PRECISION,
            "CALLING_WORKERS": "2",
            **settings,
        }

    def start(self, wait=True):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLING_") and name != "DATABASE_URL"}
        self.process = subprocess.Popen([self.binary, "serve"], cwd=self.home, env=environment | self.settings,
                                        stdout=self.log, stderr=self.log)
        if wait:
            self.ready()
        return self

    def ready(self):
        within(PATIENCE, f"the server on {self.port} is ready", lambda: self.is_ready() or self.ended())

    def is_ready(self):
        return status(self.port, "/ready") == 200

    def ended(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the server on {self.port} ended with {self.process.returncode}: {self.said()[-600:]}")
        return False

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Sends SIGTERM; returns the seconds until it ended, which must be without an error and within ten seconds."""
        began = time.monotonic()
        self.process.terminate()
        code = self.process.wait(timeout=2 * PATIENCE)
        took = time.monotonic() - began
        if code != 0:
            raise RuntimeError(f"the server on {self.port} ended with {code}")
        if took > 10 and took > 10 * slowdown():
            raise TooLate(f"the server on {self.port} took {took:.1f} s to stop")
        return took

    def freeze(self):
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)


class Balancer:
    """HAProxy in place of AWS's load balancer. `share` divides all its times.

    `frozen`: servers may freeze, so whoever is silent for three seconds, or through a check's whole interval, is given up. Without
    it both have half a minute, since on a busy machine a server may be slow.
    """

    def __init__(self, pages, api, share=1.0, frozen=False):
        self.folder = Path(tempfile.mkdtemp(prefix="calling-balancer-"))
        self.socket = self.folder / "socket"
        self.log = self.folder / "log"
        self.slow = 120 / share
        lines = lambda ports: "\n".join(f"    server {port} 127.0.0.1:{port} weight 100" for port in ports)  # noqa: E731
        filled = (PROJECT / "tests/deploy/balancer.cfg.in").read_text()
        milliseconds = lambda seconds: f"{max(1, round(seconds * 1000))}ms"  # noqa: E731
        for name, value in {
            "LOG": "stdout", "SOCKET": str(self.socket), "SHARE": f"{share:g}", "PAGES": lines(pages),
            "API": lines(api), "INTERVAL": milliseconds(10 / share), "SLOW": milliseconds(self.slow),
            "TIMEOUT": "3s" if frozen else "30s", "CHECK": milliseconds(10 / share) if frozen else "30s",
        }.items():
            filled = filled.replace(f"@{name}@", value)
        settings = self.folder / "haproxy.cfg"
        settings.write_text(filled)
        subprocess.run(["haproxy", "-c", "-q", "-f", settings], check=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["haproxy", "-db", "-f", settings], stdout=log, stderr=subprocess.STDOUT)
        within(PATIENCE, "the load balancer answers", lambda: status(8000, "/health") is not None)

    def ask(self, command):
        """The answer to a command on HAProxy's control socket."""
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.socket))
            link.sendall(command.encode() + b"\n")
            said = b""
            while part := link.recv(65536):
                said += part
        return said.decode()

    def servers(self, pool):
        """Each server's state and its share of the full weight, 0 to 1."""
        rows = [line.split(",") for line in self.ask("show stat").splitlines() if line and not line.startswith("#")]
        return {row[1]: (row[17].split(" ")[0], float(row[18] or 0) / 100) for row in rows if row[0] == pool and row[1] != "BACKEND"}

    def up(self, pool, port):
        return self.servers(pool)[str(port)][0] == "UP"

    def requests(self):
        """The requests it forwarded: (second, milliseconds, status, pool, server, method, path)."""
        rows = []
        for line in self.log.read_text(errors="replace").splitlines():
            words = line.split()
            if len(words) == 6 and "/" in words[3] and words[0].replace(".", "").isdigit():
                pool, server = words[3].split("/", 1)
                rows.append((float(words[0]), int(words[1]), int(words[2]), pool, server, words[4], words[5]))
        return rows

    def remove(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
