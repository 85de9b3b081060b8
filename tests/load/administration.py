"""How long the pages of administrators take with many accounts and results.

    python3 tests/load/administration.py target/release/calling [accounts] [records] [where]

`where` is the address of an empty PostgreSQL database, or a folder for a SQLite file (default: a temporary one; a million records
take 1.5 GB, and as much again while it is filled). Fills the database, starts the program with it, logs an administrator in, and
prints the median and the longest of 15 requests for each page, in milliseconds, the first one of each left out, and how long
the whole export takes.
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


class Database:
    """Runs SQL in a database of either kind."""

    def __init__(self, url):
        self.url, self.postgres = url, url.startswith("postgres")

    def run(self, *statements):
        if self.postgres:
            options = ["--quiet", "--set", "ON_ERROR_STOP=1"]
            commands = [part for statement in statements for part in ("--command", statement)]
            subprocess.run(["psql", self.url, *options, *commands], check=True)
            return
        with sqlite3.connect(self.url.removeprefix("sqlite://")) as c:
            c.execute("PRAGMA synchronous = OFF")
            for statement in statements:
                c.execute(statement)
        c.close()

    def numbers(self, last):
        """The table n with the numbers i from 1 to `last`."""
        if self.postgres:
            return f"n AS (SELECT generate_series(1, {last}) AS i)"
        return f"RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"

    def ago(self, seconds):
        """The time so many seconds ago."""
        if self.postgres:
            return f"(now() AT TIME ZONE 'utc') - ({seconds}) * interval '1 second'"
        return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || ({seconds}) || ' seconds')"

    def later(self, days):
        """The time in so many days."""
        if self.postgres:
            return f"(now() AT TIME ZONE 'utc') + interval '{days} days'"
        return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '+{days} days')"

    def text(self, length):
        return f"repeat('0', {length})" if self.postgres else f"substr(hex(zeroblob({length})), 1, {length})"

    def bytes(self):
        if self.postgres:
            query = "SELECT pg_database_size(current_database())"
            return int(subprocess.run(["psql", self.url, "-Atc", query], check=True, capture_output=True, text=True).stdout)
        return pathlib.Path(self.url.removeprefix("sqlite://")).stat().st_size


def fill(database, accounts, records):
    """Rows as the program writes them; texts are short, and the answers of the models made up."""
    traits = json.dumps({name: 0.5 for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")})
    ago, address = database.ago, "'user' || i || '@mail' || (i % 50) || '.example.org'"
    of_accounts, of_records = database.numbers(accounts), database.numbers(records)
    database.run(
        f"""WITH {of_accounts}
            INSERT INTO accounts (random_id, email, email_key, role, created_at)
            SELECT 'r' || i, {address}, {address}, 'visitor', {ago('i')} FROM n""",
        f"""WITH {of_records}
            INSERT INTO personality_records (text, result_big_five, source, status, owner_key_hash, created_at, finished_at,
                attempts, failures, losses, failure, begun, models, reading)
            SELECT {database.text(1000)}, '{traits}', 'questionnaire', CASE i % 200 WHEN 7 THEN 'failed' ELSE 'done' END,
                'h' || i, {ago('10 * i')}, {ago('10 * i')}, 1, 0, 0,
                CASE i % 200 WHEN 7 THEN 'the model gave no numbers' END, TRUE, '{{}}', '{{}}' FROM n""",
        f"""INSERT INTO account_results (account_id, record_id, kept_at)
            SELECT 1 + id % {accounts}, id, created_at FROM personality_records WHERE id % 2 = 1""",
        f"""WITH {of_accounts}
            INSERT INTO drafts (key_hash, state, revision, created_at, updated_at, expires_at)
            SELECT 'd' || i, CASE i % 3 WHEN 0 THEN 'open' ELSE 'submitted' END, 1, {ago('i')}, {ago('i')}, {database.later(30)} FROM n""",
        f"""WITH {of_accounts}
            INSERT INTO audit_log (at, act, actor, subject)
            SELECT {ago(f'{accounts} - i')}, CASE i % 10 WHEN 0 THEN 'invite' ELSE 'log in' END, 'r1', '' FROM n""",
    )
    if database.postgres:
        database.run("ANALYZE")


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
    browser = Browser(address)
    arguments = ["admin", "create", BOSS, "--database-url", database.url]
    made = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    link = made.stdout.strip().splitlines()[-1]
    answer, _, _ = browser.send(link, {"new": PASSWORD})
    assert answer.status == 200, answer.status
    database.run(
        f"UPDATE accounts SET factor_confirmed = TRUE WHERE email_key = '{BOSS}'",
        "UPDATE account_sessions SET factor_passed = TRUE",
    )
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
    where = sys.argv[4] if len(sys.argv) > 4 else None
    if where and where.startswith("postgres"):
        return measured(program, Database(where), accounts, records)
    with tempfile.TemporaryDirectory(dir=where) as folder:
        measured(program, Database(f"sqlite://{folder}/calling.db"), accounts, records)


def measured(program, database, accounts, records):
    subprocess.run([program, "migrate", "up", "--database-url", database.url], check=True, stdout=subprocess.DEVNULL)
    fill(database, accounts, records)
    server = subprocess.Popen(
        [
            program, "serve", "--listen", "127.0.0.1:0", "--database-url", database.url,
            "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
            "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
            "--rate-limit", "0", "--log", "error",
        ],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        address = server.stdout.readline().strip().removeprefix("listening on http://")
        browser = logged_in(program, address, database)
        size = database.bytes() / 2**20
        print(f"{accounts:,} accounts, {records:,} records, {size:.0f} MiB; median and longest, in ms")
        measure(browser, accounts, records)
        print(next(line for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines() if "VmHWM" in line))
    finally:
        server.terminate()
        server.wait()


main()
