"""Whether the time of a login tells if an address has an account: wrong passwords for a known and an unknown one, in turns.

    python3 tests/load/login_times.py target/release/calling [pairs]

Starts the program with a database of its own, without limits on one client and without pauses after failed log-ins. Prints both
medians and the 95 % interval of their difference (percentiles of 2,000 resamples of the pairs), in milliseconds.
"""

import http.client
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"


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


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [
                program, "serve", "--listen", "127.0.0.1:0", "--database-url", f"sqlite://{folder}/calling.db",
                "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
                "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
                "--rate-limit", "0", "--login-pauses", "off", "--log", "error",
            ],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            address = server.stdout.readline().strip().removeprefix("listening on http://")
            connection = http.client.HTTPConnection(address)
            status, _ = post(connection, "/register", {"email": "known@example.org", "new": "kelp orbit marzipan nine"})
            assert status == 200, status
            pairs = []
            for number in range(count + 20):
                times = {}
                # Each is first as often as the other.
                order = ["known@example.org", f"nobody{number}@example.org"]
                for email in order if number % 2 else reversed(order):
                    status, took = post(connection, "/login", {"email": email, "password": "lamp ferry quince eleven"})
                    assert status == 422, status
                    times[email.startswith("known")] = took
                # The first ones find empty caches.
                if number >= 20:
                    pairs.append((times[True], times[False]))
        finally:
            server.terminate()
            server.wait()
    draw = random.Random(1)
    resampled = sorted(difference(draw.choices(pairs, k=len(pairs))) for _ in range(2000))
    known, unknown = (statistics.median(pair[which] for pair in pairs) for which in (0, 1))
    print(f"{count} pairs: known {known:.2f} ms, unknown {unknown:.2f} ms, difference {difference(pairs):.2f} ms, "
          f"95 % interval {resampled[50]:.2f} to {resampled[1949]:.2f} ms")


main()
