"""How long the pages and the acts of administrators take with many accounts and results, and what visitors notice of them.

    python3 tests/load/administration.py target/release/calling [accounts] [records] [where] [length]

`where` is the address of an empty PostgreSQL database, or a folder for a SQLite file (default: a temporary one; a million records
take 4.5 GB, and as much again while it is filled). `length` is that of each result's text (default: 300). A result of the
questionnaire takes some 35 kB in all, so 33000 makes results of about that size.

Fills the database, starts the program with it, and logs an administrator in. Waits for the daily count for /statistics, prints
the median and the longest of 15 requests for each page, downloads the audit log and the whole export, removes accounts, and
deletes all data at last. The first request for a page is left out. Meanwhile pages are opened and drafts begun, one after
another: their median, 95th percentile and longest.
"""

import collections
import datetime
import http.client
import json
import pathlib
import queue
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "models"
BOSS, PASSWORD = "boss@example.org", "kelp orbit marzipan nine"
REQUESTS = 15
# The account that keeps so many results. Others keep five.
COLLECTOR, COLLECTED = 10, 1000
# What the program does by itself, and when it has done it.
LOG = "error,calling::records=warn,calling::startup::statistics=debug,calling::web::admin=info"


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
            c.execute("PRAGMA cache_size = -2000000")
            for statement in statements:
                c.execute(statement)
        c.close()

    def value(self, query):
        """The only value that a query returns, as text."""
        if self.postgres:
            return subprocess.run(["psql", self.url, "-Atc", query], check=True, capture_output=True, text=True).stdout.strip()
        with sqlite3.connect(self.url.removeprefix("sqlite://")) as c:
            value = c.execute(query).fetchone()[0]
        c.close()
        return str(value)

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

    def hash(self):
        """Another one in each row, in no order."""
        if self.postgres:
            return "md5(random()::text || i) || md5(random()::text || i)"
        return "lower(hex(randomblob(32)))"

    def text(self, length):
        return f"repeat('0', {length})" if self.postgres else f"substr(hex(zeroblob({length})), 1, {length})"

    def bytes(self):
        if self.postgres:
            return int(self.value("SELECT pg_database_size(current_database())"))
        return pathlib.Path(self.url.removeprefix("sqlite://")).stat().st_size


def assessment():
    """As the program stores it, with @ for each percentile and without the shares of the text."""
    norm = tomllib.loads((ROOT / "datasets" / "norm" / "norm.toml").read_text())
    standing = {"percentile": "@", "low": 1.0, "high": 99.0, "above": 0.5}
    traits = ("Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness")
    stored = {
        "version": 1,
        "norm": {part: norm[part] for part in ("name", "version", "people")},
        "traits": [
            {"trait": name, "ratings": None, "words": None, "together": standing, "score": {"mean": 0.0, "sd": 0.5}}
            for name in traits
        ],
        "axes": [{"axis": axis, "words": None, "together": standing} for axis in ("EI", "SN", "TF", "JP")],
        "naming": {"kind": "none", "why": {"reason": "close", "axes": ["EI", "JP"]}},
        "notices": [],
        "ground": {"words": 0, "ratings": 60, "explained": 0.3},
    }
    return json.dumps(stored, separators=(",", ":")).replace('"@"', "@").replace("'", "''")


def fill(database, accounts, records, length):
    """Rows as the program writes them; texts are short, and the answers of the models made up."""
    traits = json.dumps({name: 0.5 for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")})
    ago, address, key = database.ago, "'user' || i || '@mail' || (i % 50) || '.example.org'", database.hash()
    of_accounts, of_records = database.numbers(accounts), database.numbers(records)
    database.run(
        f"""WITH {of_accounts}
            INSERT INTO accounts (random_id, email, email_key, password, role, created_at)
            SELECT 'r' || i, {address}, {address}, '$argon2id$', 'visitor', {ago('i')} FROM n""",
        f"""WITH {of_records}
            INSERT INTO personality_records (text, result_big_five, source, status, owner_key_hash, draft_key_hash, created_at,
                finished_at, attempts, failures, losses, failure, begun, models, reading, assessment)
            SELECT {database.text(length)}, '{traits}', 'questionnaire', CASE i % 200 WHEN 7 THEN 'failed' ELSE 'done' END,
                {key}, {key}, {ago('10 * i')}, {ago('10 * i')}, 1, 0, 0,
                CASE i % 200 WHEN 7 THEN 'the model gave no numbers' END, TRUE, '{{}}', '{{}}',
                replace('{assessment()}', '@', CAST(i % 100 AS TEXT)) FROM n""",
        f"""INSERT INTO account_results (account_id, record_id, kept_at)
            SELECT 1 + id / 2 % {accounts}, id, created_at FROM personality_records WHERE id % 2 = 1""",
        f"""INSERT INTO account_results (account_id, record_id, kept_at)
            SELECT {COLLECTOR}, id, created_at FROM personality_records WHERE id % 2 = 0 AND id <= {2 * COLLECTED}""",
        f"""WITH {of_accounts}
            INSERT INTO drafts (key_hash, state, revision, created_at, updated_at, expires_at)
            SELECT {key}, CASE i % 3 WHEN 0 THEN 'open' ELSE 'submitted' END, 1, {ago('i')}, {ago('i')}, {database.later(30)}
            FROM n""",
        f"""WITH {database.numbers(20)}
            INSERT INTO draft_answers (draft_id, field, value)
            SELECT id, 'r' || i, '3' FROM drafts CROSS JOIN n WHERE state = 'open'""",
        f"""INSERT INTO account_drafts (account_id, draft_id)
            SELECT id, id FROM drafts WHERE state = 'open' AND id % 2 = 0""",
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

    def send(self, path, fields=None, size=None):
        """The answer, its body, and how long it took in milliseconds. If there is a `size`, lines and bytes are added to it, and
        the body is dropped."""
        headers = {"accept": "text/html", "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        body = None
        if fields is not None:
            body, headers["content-type"] = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request("GET" if fields is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read() if size is None else self.sizes(answer, size)
        took = 1000 * (time.perf_counter() - started)
        for cookie in answer.msg.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer, text.decode(), took

    @staticmethod
    def sizes(answer, size):
        while piece := answer.read(2**20):
            size.update(lines=piece.count(b"\n"), bytes=len(piece))
        return b""


class Watch(threading.Thread):
    """Opens pages and begins drafts, one after another, until it leaves."""

    READ, WRITTEN = ("/", "/statistics", "/admin/users"), "/begin"

    def __init__(self, address, administrator):
        super().__init__(daemon=True)
        self.browser, self.cookies, self.over, self.seen = Browser(address), dict(administrator.cookies), threading.Event(), []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.is_set():
            for path in (*self.READ, self.WRITTEN):
                # Without its cookie, a draft is a new one each time.
                self.browser.cookies = dict(self.cookies) if path.startswith("/admin") else {}
                answer, _, took = self.browser.send(path, {"agree": "1"} if path == self.WRITTEN else None)
                self.seen.append((time.time() - took / 1000, path, answer.status, took))
            time.sleep(0.02)

    def show(self, what, since=0.0, until=float("inf")):
        seen = [(path, status, took) for at, path, status, took in self.seen if since <= at < until]
        for name, paths, expected in (("pages", self.READ, 200), ("drafts begun", (self.WRITTEN,), 303)):
            times = sorted(took for path, status, took in seen if path in paths and status == expected)
            others = collections.Counter(status for path, status, _ in seen if path in paths and status != expected)
            if times:
                late = times[int(0.95 * (len(times) - 1))]
                print(f"    {what}: {len(times)} {name}, median {statistics.median(times):.1f}, 95th percentile {late:.1f}, "
                      f"longest {times[-1]:.0f} ms{f', and {dict(others)}' if others else ''}", flush=True)
            else:
                print(f"    {what}: no {name}{f', but {dict(others)}' if others else ''}", flush=True)


class Server:
    """The program, and what it writes to its log."""

    def __init__(self, program, database):
        self.process = subprocess.Popen(
            [
                program, "serve", "--listen", "127.0.0.1:0", "--database-url", database.url,
                "--datasets", ROOT / "datasets", "--mbti-model", FIXTURES / "albert-spiece",
                "--big-five-model", FIXTURES / "bert-vocab-txt", "--metrics-listen", "off", "--precision", "reference",
                "--rate-limit", "0", "--log", LOG,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self.lines, self.said = queue.Queue(), collections.Counter()
        threading.Thread(target=self.read, daemon=True).start()
        _, line = self.wait_for("listening on http://")
        self.address = line.strip().removeprefix("listening on http://")

    def read(self):
        for line in self.process.stdout:
            if match := re.match(r"\S+ +(WARN|ERROR) (.*)", line):
                self.said[re.sub(r'request\{[^}]*\}: ', "", match.group(2))] += 1
            self.lines.put((time.time(), line))

    def wait_for(self, *texts):
        """When a line with one of these was written, and the line."""
        while True:
            at, line = self.lines.get(timeout=3600)
            if any(text in line for text in texts):
                return at, line

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(line for line in status.splitlines() if "VmHWM" in line)

    def stop(self):
        self.process.terminate()
        self.process.wait()


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


def count(server, database, browser):
    """The daily count, which begins a minute after the start."""
    with Watch(server.address, browser) as watch:
        ended, line = server.wait_for("the statistics are computed", "the statistics could not be computed")
    assert "are computed" in line, line
    # The program has closed it, since it was idle for long. The next request opens another one.
    browser.connection.close()
    began = datetime.datetime.fromisoformat(database.value("SELECT computed_at FROM site_statistics"))
    began = began.replace(tzinfo=datetime.timezone.utc).timestamp()
    print(f"{'daily count for /statistics':40} {ended - began:8.1f} s")
    # The first ones find empty caches.
    watch.show("before", since=began - 30, until=began)
    watch.show("meanwhile", since=began)


def measure(browser, accounts, records):
    middle, user = email_of(accounts // 2), path_of(browser, accounts // 2)
    pages = {
        "accounts, first page": "/admin/users",
        "accounts, from the middle on": f"/admin/users?after={middle}",
        "accounts, part that 1 in 50 has": "/admin/users?q=mail7.",
        "accounts, part that nobody has": "/admin/users?q=zzzz",
        "one account": user,
        "one account, before it is removed": f"{user}/remove",
        "data": "/admin/data",
        "data, counted anew": "/admin/data?done=again",
        "failed submissions": "/admin/failed",
        "failed, from the middle on": f"/admin/failed?before={records // 2}",
        "audit log": "/admin/audit",
        "audit log, one act, from the middle on": f"/admin/audit?act=invite&before={accounts // 2}",
        "before the export": "/admin/export",
        "before all data is deleted": "/admin/erase",
        "statistics": "/statistics",
    }
    for name, path in pages.items():
        show(name, [asked(browser, path, 200)[2] for _ in range(REQUESTS + 1)][1:])
    for form in ("csv", "jsonl"):
        size = collections.Counter()
        times = [asked(browser, "/admin/audit", 200, {"act": "", "format": form}, size)[2] for _ in range(REQUESTS + 1)][1:]
        show(f"audit log as a file, {form}", times)
        print(f"    {size['lines'] // (REQUESTS + 1):,} lines, {size['bytes'] / (REQUESTS + 1) / 2**20:.1f} MiB")


def asked(browser, path, status, fields=None, size=None):
    answer, text, took = browser.send(path, fields, size)
    assert answer.status == status, (path, answer.status, text)
    return answer, text, took


def show(name, times):
    print(f"{name:40} {statistics.median(times):8.1f} {max(times):8.1f}", flush=True)


def email_of(number):
    return f"user{number}@mail{number % 50}.example.org"


def path_of(browser, number):
    """The page of an account."""
    text = asked(browser, f"/admin/users?q={email_of(number)}", 200)[1]
    return re.search(r'href="(/admin/users/[^"?]+)"', text).group(1)


def export(server, browser):
    size = collections.Counter()
    with Watch(server.address, browser) as watch:
        _, _, took = asked(browser, "/admin/export", 200, {"password": PASSWORD}, size)
    print(f"{'export, all of it':40} {took / 1000:8.1f} s, {size['lines']:,} lines, {size['bytes'] / 2**20:.0f} MiB")
    watch.show("meanwhile")


def remove(server, browser, accounts):
    times = []
    for number in range(accounts // 2, accounts // 2 + REQUESTS + 1):
        path = path_of(browser, number)
        times.append(asked(browser, f"{path}/remove", 303, {"email": email_of(number)})[2])
    show("removing an account with 5 results", times[1:])
    path = path_of(browser, COLLECTOR)
    with Watch(server.address, browser) as watch:
        _, _, took = asked(browser, f"{path}/remove", 303, {"email": email_of(COLLECTOR)})
    print(f"{f'removing one with {COLLECTED:,} results':40} {took / 1000:8.1f} s")
    watch.show("meanwhile")


def erase(server, database, browser):
    with Watch(server.address, browser) as watch:
        began = time.time()
        fields = {"typed": "delete all data and accounts", "password": PASSWORD}
        answer, _, took = asked(browser, "/admin/erase", 303, fields)
        ended, line = server.wait_for("all data is deleted", "not all data could be deleted")
    print(f"{'deleting all data and accounts':40} {ended - began:8.1f} s, answered after {took / 1000:.1f} s "
          f"with {answer.headers['location']}")
    watch.show("meanwhile")
    if "not all" in line:
        print(line)
    counts = ", ".join(f"{database.value(f'SELECT count(*) FROM {table}')} {table}"
                       for table in ("personality_records", "drafts", "draft_answers", "account_results", "accounts", "audit_log"))
    print(f"    left: {counts}; {database.bytes() / 2**20:.0f} MiB")


def main():
    program = sys.argv[1]
    accounts, records, length = (int(sys.argv[n]) if len(sys.argv) > n else default
                                 for n, default in ((2, 100_000), (3, 1_000_000), (5, 300)))
    where = sys.argv[4] if len(sys.argv) > 4 else None
    if where and where.startswith("postgres"):
        return measured(program, Database(where), accounts, records, length)
    with tempfile.TemporaryDirectory(dir=where) as folder:
        measured(program, Database(f"sqlite://{folder}/calling.db"), accounts, records, length)


def measured(program, database, accounts, records, length):
    subprocess.run([program, "migrate", "up", "--database-url", database.url], check=True, stdout=subprocess.DEVNULL)
    fill(database, accounts, records, length)
    server = Server(program, database)
    try:
        browser = logged_in(program, server.address, database)
        size = database.bytes() / 2**20
        print(f"{accounts:,} accounts, {records:,} records, {size:.0f} MiB; median and longest, in ms", flush=True)
        count(server, database, browser)
        measure(browser, accounts, records)
        export(server, browser)
        remove(server, browser, accounts)
        erase(server, database, browser)
        print(server.memory())
        for line, times in server.said.most_common():
            print(f"{times} times in the log: {line}")
    finally:
        server.stop()


main()
