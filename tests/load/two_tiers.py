"""Two tiers beside one process: how long an answer takes, and whether all answers are right while workers die.

    python3 tests/load/two_tiers.py target/release/calling postgres://localhost/empty [answers [waits]]

The database has to be empty. First a server of the role `web` alone is timed from its start until it listens, and its memory read.
Then three servers get one text of about 300 words each, in turns: one process that does everything, a web server whose worker
is told of new texts (`--listen-url`), and one whose worker looks ten times a second. Prints the medians. At last 100 clients send
different texts to a web server with two workers, while every three seconds a worker is killed or stopped for four seconds, and
every answer is compared with that of one process.
"""

import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"
SMALL = ["--mbti-model", FIXTURES / "albert-spiece", "--big-five-model", FIXTURES / "bert-vocab-txt"]
WORDS = "I like quiet rooms long walks lists of what to do friends who listen and work that takes days".split()


class Server:
    """A server with its own database (a schema of the given one), unless it shares that of another."""

    def __init__(self, program, role, database, *more):
        self.folder = tempfile.mkdtemp()
        command = [
            program, "serve", "--role", role, "--listen", "127.0.0.1:0", "--database-url", database, "--datasets",
            ROOT / "datasets", "--metrics-listen", "off", "--rate-limit", "0", "--log", "error", "--reuse-memory", "0",
            "--deadline", "300", "--lease", "3", *more,
        ]
        began = time.perf_counter()
        environment = {**os.environ, "TMPDIR": self.folder}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
        self.address = self.process.stdout.readline().strip().removeprefix("listening on http://")
        self.seconds = time.perf_counter() - began

    def ready(self):
        while True:
            try:
                if get(self.address, "/ready") == 200:
                    return self
            except OSError:
                pass
            assert self.process.poll() is None, "the server ended"
            time.sleep(0.05)

    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait()


def get(address, path):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


def text(number, words):
    draw = random.Random(number)
    return f"Person {number} says: " + " ".join(draw.choice(WORDS) for _ in range(words)) + "."


def ask(connection, number, words):
    body = json.dumps({"text": text(number, words)})
    connection.request("POST", "/get_career_recommendations", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    found = answer.read()
    assert answer.status == 200, (answer.status, found[:200])
    return json.loads(found)


def schemas(database, names):
    """The addresses of empty schemas of this database."""
    for name in names:
        subprocess.run(["psql", database, "--quiet", "--command", f"CREATE SCHEMA {name}"], check=True)
    return [f"{database}?options={urllib.parse.quote(f'-c search_path={name}')}" for name in names]


def waits(program, database, count):
    one, told, looked = schemas(database, ["one", "told", "looked"])
    listen = ["--listen-url", told]
    servers = [
        Server(program, "all", one), Server(program, "web", told, *listen), Server(program, "worker", told, *listen),
        Server(program, "web", looked), Server(program, "worker", looked),
    ]
    print(f"a web server listens after {servers[1].seconds:.2f} s and has {servers[1].ready().resident():.0f} MiB")
    ways = {"one process": servers[0], "two tiers, told": servers[1], "two tiers, looking": servers[3]}
    connections = {way: http.client.HTTPConnection(server.ready().address) for way, server in ways.items()}
    for server in servers:
        server.ready()
    times = {way: [] for way in ways}
    for number in range(count + 10):
        for way, connection in connections.items():
            began = time.perf_counter()
            ask(connection, number, 300)
            if number >= 10:
                times[way].append(1000 * (time.perf_counter() - began))
    for way, taken in times.items():
        ratio = statistics.median(taken) / statistics.median(times["one process"])
        print(f"{way}: median {statistics.median(taken):.1f} ms, {100 * (ratio - 1):+.0f} %")
    for server in servers:
        server.stop()


def answers_of(address, numbers):
    connection = http.client.HTTPConnection(address, timeout=600)
    return {number: ask(connection, number, 3 + number % 40) for number in numbers}


def all_answers(address, count):
    with concurrent.futures.ThreadPoolExecutor(100) as clients:
        parts = clients.map(lambda first: answers_of(address, range(first, count, 100)), range(100))
    return {number: answer for part in parts for number, answer in part.items()}


def survive(program, database, count):
    lone, shared = schemas(database, ["lone", "shared"])
    precision = [*SMALL, "--precision", "f32"]
    listen = ["--listen-url", shared]
    web = Server(program, "web", shared, *listen).ready()
    new = lambda: Server(program, "worker", shared, *precision, *listen).ready()
    workers, over, events = [new(), new()], threading.Event(), []

    def disturb():
        while not over.wait(3):
            which = random.randrange(2)
            if random.random() < 0.6:
                workers[which].process.kill()
                workers[which].process.wait()
                workers[which] = new()
                events.append("killed")
            else:
                workers[which].process.send_signal(signal.SIGSTOP)
                time.sleep(4)
                workers[which].process.send_signal(signal.SIGCONT)
                events.append("frozen")

    disturber = threading.Thread(target=disturb)
    disturber.start()
    began = time.perf_counter()
    found = all_answers(web.address, count)
    took = time.perf_counter() - began
    over.set()
    disturber.join()
    alone = Server(program, "all", lone, *precision).ready()
    expected = all_answers(alone.address, count)
    wrong = [number for number in range(count) if found.get(number) != expected[number]]
    print(f"{len(found)} of {count} answers in {took:.0f} s with {events.count('killed')} workers killed and "
          f"{events.count('frozen')} frozen; {len(wrong)} differ from those of one process{wrong[:5] or ''}")
    query = "SELECT count(*), count(DISTINCT text) FROM shared.personality_records WHERE status = 'done'"
    stored = subprocess.run(["psql", database, "-Atc", query], check=True, capture_output=True, text=True).stdout.strip()
    print(f"stored as done, and different texts among them: {stored.replace('|', ', ')}")
    for server in [web, alone, *workers]:
        server.stop()


def main():
    program, database = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    waits(program, database, int(sys.argv[4]) if len(sys.argv) > 4 else 200)
    survive(program, database, count)


main()
