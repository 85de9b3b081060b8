"""How long the pages of administrators take with many accounts and results, in a SQLite file.

    python3 tests/load/administration.py target/release/calling [accounts] [records] [folder]

Makes a database in `folder` (default: a temporary one; a million records take 1.5 GB, and as much again while it is filled), starts
the program with it, logs an administrator in, and prints the median and the longest of 15 requests for each page, in
milliseconds, the first one of each left out, and how long the whole export takes.
"""

import http.client
import json
import pathlib
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"
BOSS, PASSWORD = "boss@example.org", "kelp orbit marzipan nine"
REQUESTS = 15
TIME = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ({}) || ' seconds')"


def fill(path, accounts, records):
    """Rows as the program writes them; texts are short, and the answers of the models made up."""
    traits = json.dumps({name: 0.5 for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")})
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    with sqlite3.connect(path) as c:
        c.execute("PRAGMA synchronous = OFF")
        c.execute(numbers.format(accounts) + f"""
            INSERT INTO accounts (random_id, email, email_key, role, created_at)
            SELECT 'r' || i, 'user' || i || '@mail' || (i % 50) || '.example.org', 'user' || i || '@mail' || (i % 50) || '.example.org',
                'visitor', {TIME.format('i')} FROM n""")
        c.execute(numbers.format(records) + f"""
            INSERT INTO personality_records (text, result_big_five, source, status, owner_key_hash, created_at, finished_at,
                attempts, failures, losses, failure, begun, models, reading)
            SELECT substr(hex(zeroblob(600)), 1, 1000), ?, 'questionnaire', CASE i % 200 WHEN 7 THEN 'failed' ELSE 'done' END,
                'h' || i, {TIME.format('10 * i')}, {TIME.format('10 * i')}, 1, 0, 0,
                CASE i % 200 WHEN 7 THEN 'the model gave no numbers' END, 1, '{{}}', '{{}}' FROM n""", (traits,))
        c.execute(f"""INSERT INTO account_results (account_id, record_id, kept_at)
            SELECT 1 + id % {accounts}, id, created_at FROM personality_records WHERE id % 2""")
        c.execute(numbers.format(accounts) + f"""
            INSERT INTO drafts (key_hash, state, revision, created_at, updated_at, expires_at)
            SELECT 'd' || i, CASE i % 3 WHEN 0 THEN 'open' ELSE 'submitted' END, 1, {TIME.format('i')}, {TIME.format('i')},
                strftime('%Y-%m-%d %H:%M:%f', 'now', '+30 days') FROM n""")
        c.execute(numbers.format(accounts) + f"""
            INSERT INTO audit_log (at, act, actor, subject)
            SELECT {TIME.format(f'{accounts} - i')}, CASE i % 10 WHEN 0 THEN 'invite' ELSE 'log in' END, 'r1', '' FROM n""")
    c.close()


class Browser:
    """Keeps cookies."""

    def __init__(self, address):
        self.connection, self.cookies = http.client.HTTPConnection(address, timeout=600), {}

    def send(self, path, fields=None):
        """The answer, its body, and how long it took in milliseconds."""
        headers = {"accept": "text/html", "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        body = None
        if fields is not None:
            body, headers["content-type"] = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request("GET" if fields is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = 1000 * (time.perf_counter() - started)
        for cookie in answer.msg.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer, text.decode(), took


def logged_in(program, address, database):
    """An administrator's browser. The second factor is set behind the program's back."""
    browser, path = Browser(address), database.removeprefix("sqlite://")
    made = subprocess.run([program, "admin", "create", BOSS, "--database-url", database], capture_output=True, text=True, check=True)
    link = made.stdout.strip().splitlines()[-1]
    answer, _, _ = browser.send(link, {"new": PASSWORD})
    assert answer.status == 200, answer.status
    with sqlite3.connect(path) as c:
        c.execute("UPDATE accounts SET factor_confirmed = 1 WHERE email_key = ?", (BOSS,))
        c.execute("UPDATE account_sessions SET factor_passed = 1")
    c.close()
    return browser


def measure(browser, accounts, records):
    middle = f"user{accounts // 2}@mail{accounts // 2 % 50}.example.org"
    user = re.search(r'href="(/admin/users/[^"?]+)"', browser.send(f"/admin/users?q={middle}")[1]).group(1)
    pages = {
        "accounts, first page": "/admin/users",
        "accounts, from the middle on": f"/admin/users?after={middle}",
        "accounts, part that 1 in 50 has": "/admin/users?q=mail7.",
        "accounts, part that nobody has": "/admin/users?q=zzzz",
        "one account": user,
        "data": "/admin/data",
        "failed submissions": "/admin/failed",
        "failed, from the middle on": f"/admin/failed?before={records // 2}",
        "audit log": "/admin/audit",
        "audit log, one act, from the middle on": f"/admin/audit?act=invite&before={accounts // 2}",
    }
    for name, path in pages.items():
        times = []
        for number in range(REQUESTS + 1):
            answer, _, took = browser.send(path)
            assert answer.status == 200, (path, answer.status)
            if number:
                times.append(took)
        print(f"{name:40} {statistics.median(times):8.1f} {max(times):8.1f}")
    answer, text, took = browser.send("/admin/export", {"password": PASSWORD})
    assert answer.status == 200, answer.status
    print(f"{'export, all of it':40} {took / 1000:8.1f} s, {text.count(chr(10)):,} lines, {len(text) / 2**20:.0f} MiB")


def main():
    program = sys.argv[1]
    accounts, records = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((2, 100_000), (3, 1_000_000)))
    with tempfile.TemporaryDirectory(dir=sys.argv[4] if len(sys.argv) > 4 else None) as folder:
        database = f"sqlite://{folder}/calling.db"
        subprocess.run([program, "migrate", "up", "--database-url", database], check=True, stdout=subprocess.DEVNULL)
        fill(f"{folder}/calling.db", accounts, records)
        server = subprocess.Popen(
            [
                program, "serve", "--listen", "127.0.0.1:0", "--database-url", database,
                "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
                "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
                "--rate-limit", "0", "--log", "error",
            ],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            address = server.stdout.readline().strip().removeprefix("listening on http://")
            browser = logged_in(program, address, database)
            size = pathlib.Path(f"{folder}/calling.db").stat().st_size
            print(f"{accounts:,} accounts, {records:,} records, {size / 2**20:.0f} MiB; median and longest, in ms")
            measure(browser, accounts, records)
            print(next(line for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines() if "VmHWM" in line))
        finally:
            server.terminate()
            server.wait()


main()
