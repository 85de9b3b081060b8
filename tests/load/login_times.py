"""Whether the time of an answer tells if an address has an account: known and unknown addresses, in turns.

    python3 tests/load/login_times.py target/release/calling [pairs]
    python3 tests/load/login_times.py --mail target/release/calling [pairs]

Starts the program with a database of its own, without limits on one client and without pauses after failed log-ins. Prints both
medians and the 95 % interval of their difference (percentiles of 2,000 resamples of the pairs), in milliseconds.

Without --mail: wrong passwords. With it (a build with the feature `mail`, and aiosmtpd of tests/tools.txt in target/tools or on
PYTHONPATH): the forms that send mail, registering and recovering, with a mail server of its own. Each address is mailed once for
each form, and each form waits until all earlier mails are sent. Right after it, somebody else asks for a mail, to see whether
the work on the first one delays the next request. `no pair` is the same with two unknown addresses, for comparison.
"""

import http.client
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"
PASSWORD, OTHER = "kelp orbit marzipan nine", "lamp ferry quince eleven"
# The first ones find empty caches.
UNCOUNTED = 20


def post(connection, path, fields):
    """The status, and how long the answer took."""
    body = urllib.parse.urlencode(fields)
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    started = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, 1000 * (time.perf_counter() - started)


def difference(pairs):
    return statistics.median(known for known, _ in pairs) - statistics.median(unknown for _, unknown in pairs)


def show(what, pairs, names=("known", "unknown")):
    draw = random.Random(1)
    resampled = sorted(difference(draw.choices(pairs, k=len(pairs))) for _ in range(2000))
    known, unknown = (statistics.median(pair[which] for pair in pairs) for which in (0, 1))
    print(f"{what}{len(pairs)} pairs: {names[0]} {known:.2f} ms, {names[1]} {unknown:.2f} ms, "
          f"difference {difference(pairs):.2f} ms, 95 % interval {resampled[50]:.2f} to {resampled[1949]:.2f} ms", flush=True)


def started(program, folder, *more):
    """The program, and a connection to it."""
    server = subprocess.Popen(
        [
            program, "serve", "--listen", "127.0.0.1:0", "--database-url", f"sqlite://{folder}/calling.db",
            "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
            "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
            "--rate-limit", "0", "--login-pauses", "off", "--log", "error", *more,
        ],
        stdout=subprocess.PIPE, text=True,
    )
    address = server.stdout.readline().strip().removeprefix("listening on http://")
    return server, http.client.HTTPConnection(address)


def log_in(connection, count):
    status, _ = post(connection, "/register", {"email": "known@example.org", "new": PASSWORD})
    assert status == 200, status
    pairs = []
    for number in range(count + UNCOUNTED):
        times = {}
        # Each is first as often as the other.
        order = ["known@example.org", f"nobody{number}@example.org"]
        for email in order if number % 2 else reversed(order):
            status, took = post(connection, "/login", {"email": email, "password": OTHER})
            assert status == 422, status
            times[email.startswith("known")] = took
        if number >= UNCOUNTED:
            pairs.append((times[True], times[False]))
    show("", pairs)


class Outbox:
    """The program's database, to see which mails wait."""

    def __init__(self, folder):
        self.connection = sqlite3.connect(f"{folder}/calling.db", isolation_level=None)

    def add_accounts(self, count):
        rows = ((f"r{i}", f"known{i}@example.org", f"known{i}@example.org") for i in range(count))
        self.connection.execute("BEGIN")
        self.connection.executemany(
            """INSERT INTO accounts (random_id, email, email_key, password, role, created_at)
               VALUES (?, ?, ?, '$argon2id$', 'visitor', strftime('%Y-%m-%d %H:%M:%f', 'now'))""", rows)
        self.connection.execute("COMMIT")

    def wait(self):
        while self.connection.execute("SELECT count(*) FROM outbox").fetchone()[0]:
            time.sleep(0.005)
        # What is done after the row is gone.
        time.sleep(0.03)


def mails(connection, outbox, form, path, kinds, count):
    """Pairs of the times of a form, and of what somebody else asks for right after it."""
    pairs, after = [], []
    for number in range(count + UNCOUNTED):
        times, later = {}, {}
        for place in (0, 1) if number % 2 else (1, 0):
            fields = {"email": f"{kinds[place].format(form)}{number}@example.org"}
            if form == "registering":
                fields["new"] = PASSWORD
            outbox.wait()
            status, times[place] = post(connection, path, fields)
            assert status == 200, status
            fields = {"email": f"else-{form}-{kinds[0][:2]}-{number}-{place}@example.org"}
            status, later[place] = post(connection, "/recover/mail", fields)
            assert status == 200, status
        if number >= UNCOUNTED:
            pairs.append((times[0], times[1]))
            after.append((later[0], later[1]))
    outbox.wait()
    return pairs, after


def mail(connection, folder, count):
    outbox = Outbox(folder)
    outbox.add_accounts(count + UNCOUNTED)
    for form, path in (("recovering", "/recover/mail"), ("registering", "/register")):
        for what, kinds, names in (
            ("", ("known", "nobody-{}-"), ("known", "unknown")),
            (", no pair", ("first-{}-", "second-{}-"), ("unknown", "unknown")),
        ):
            pairs, after = mails(connection, outbox, form, path, kinds, count)
            show(f"{form}{what}: ", pairs, names)
            show(f"    the next request{what}: ", after, names)
    return len(list(pathlib.Path(folder).glob("mails/*.json")))


def mail_server(folder):
    packages = [str(ROOT / "target" / "tools"), *filter(None, [os.environ.get("PYTHONPATH")])]
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests" / "it" / "mail_server.py", folder, "plain", "0"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(packages)},
    )
    return server, int(server.stdout.readline())


def main():
    with_mail = "--mail" in sys.argv
    program, *counts = [argument for argument in sys.argv[1:] if argument != "--mail"]
    count = int(counts[0]) if counts else 300 if with_mail else 1000
    with tempfile.TemporaryDirectory() as folder:
        running = []
        try:
            more = []
            if with_mail:
                pathlib.Path(folder, "mails").mkdir()
                letters, port = mail_server(f"{folder}/mails")
                running.append(letters)
                more = ["--mail-server", f"127.0.0.1:{port}", "--mail-security", "none", "--mail-from", "calling@example.org",
                        "--public-url", "https://calling.example.org"]
            server, connection = started(program, folder, *more)
            running.append(server)
            if with_mail:
                # The first request makes the tables.
                post(connection, "/recover/mail", {"email": "first@example.org"})
                print(f"{mail(connection, folder, count)} mails were sent")
            else:
                log_in(connection, count)
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


main()
