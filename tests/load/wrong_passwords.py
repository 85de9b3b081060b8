"""What wrong passwords from many addresses do to everybody else.

    python3 tests/load/wrong_passwords.py target/release/calling [attempts]

Starts the program with a database of its own and its default limits on log-ins. A hundred connections send 100,000 wrong passwords
under 1,000 addresses (X-Forwarded-For), every second one for one account and the others for addresses that have none. Meanwhile
a visitor opens pages, and the owner of the account logs in from a browser that has logged in before. Prints how the attempts
were answered, the times of the pages, and how many of the owner's log-ins succeeded.
"""

import collections
import http.client
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"
OWNER, PASSWORD = "owner@example.org", "kelp orbit marzipan nine"
CONNECTIONS, ADDRESSES = 100, 1000
PAGES = ["/", "/login", "/careers"]


def post(connection, path, fields, **more):
    """The status and the cookies that were set."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html", **more}
    connection.request("POST", path, urllib.parse.urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return answer.status, "; ".join(cookies)


def attack(address, numbers, answers):
    connection = http.client.HTTPConnection(address, timeout=60)
    for number in numbers:
        source = number % ADDRESSES
        email = OWNER if number // ADDRESSES % 2 else f"nobody{number % 5000}@example.org"
        fields = {"email": email, "password": f"lamp ferry quince {number}"}
        forwarded = {"x-forwarded-for": f"203.{source // 250}.{source % 250}.7"}
        status, _ = post(connection, "/login", fields, **forwarded)
        answers[status] += 1


def open_pages(address, over, times):
    connection = http.client.HTTPConnection(address, timeout=60)
    while not over.is_set():
        for path in PAGES:
            started = time.perf_counter()
            connection.request("GET", path, headers={"x-forwarded-for": "198.51.100.1"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            times.append(1000 * (time.perf_counter() - started))
        time.sleep(0.02)


def log_in(address, over, cookies, logins):
    connection = http.client.HTTPConnection(address, timeout=60)
    while not over.is_set():
        started = time.perf_counter()
        fields = {"email": OWNER, "password": PASSWORD}
        status, _ = post(connection, "/login", fields, cookie=cookies, **{"x-forwarded-for": "198.51.100.2"})
        logins.append((status, time.perf_counter() - started))
        time.sleep(0.5)


def at(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def measure(address, count):
    status, cookies = post(http.client.HTTPConnection(address), "/register", {"email": OWNER, "new": PASSWORD})
    assert status == 200, status
    answers, times, logins, over = collections.Counter(), [], [], threading.Event()
    others = [
        threading.Thread(target=open_pages, args=(address, over, times)),
        threading.Thread(target=log_in, args=(address, over, cookies, logins)),
    ]
    attackers = [
        threading.Thread(target=attack, args=(address, range(first, count, CONNECTIONS), answers))
        for first in range(CONNECTIONS)
    ]
    started = time.perf_counter()
    for thread in others + attackers:
        thread.start()
    for thread in attackers:
        thread.join()
    took = time.perf_counter() - started
    over.set()
    for thread in others:
        thread.join()
    right = sum(status == 303 for status, _ in logins)
    print(f"{count} wrong passwords in {took:.0f} s: {dict(sorted(answers.items()))}")
    print(f"{len(times)} pages: median {at(times, .5):.1f} ms, 95th percentile {at(times, .95):.1f} ms, "
          f"longest {max(times):.0f} ms")
    print(f"the owner's log-ins: {right} of {len(logins)}, longest {max(took for _, took in logins):.2f} s")


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [
                program, "serve", "--listen", "127.0.0.1:0", "--database-url", f"sqlite://{folder}/calling.db",
                "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
                "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
                "--rate-limit", "0", "--trusted-proxies", "127.0.0.1", "--log", "error",
            ],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            address = server.stdout.readline().strip().removeprefix("listening on http://")
            measure(address, count)
        finally:
            server.terminate()
            server.wait()


main()
