#!/usr/bin/env python3
"""Runs the procedures of docs/OPERATIONS.md: backup and restore of both databases while visitors use the site, a new password
without a failed request, the nightly retention. Also checks that alerts and dashboard query metrics that a server has.

    CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/operations.py
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import yaml

from crowd import Crowd
from fleet import PATIENCE, PROJECT, SITE, SMALL, Balancer, Database, Server, status, within
from upgrade import migrate, replace, BEFORE
from visitor import Visitor, digest

GUIDE = (PROJECT / "docs/OPERATIONS.md").read_text()


def told(command):
    """Checks that the guide contains this command."""
    assert command in GUIDE, f"docs/OPERATIONS.md does not say: {command}"
    return command


def submitted(url, seed):
    visitor = Visitor(url, seed)
    path = visitor.submit()
    return path, digest(visitor.result(path))


def still_there(url, path, expected):
    found = digest(Visitor(url).result(path))
    assert found == expected, f"{path} has changed"


def sqlite_backup_and_restore():
    folder = Path(tempfile.mkdtemp(prefix="calling-sqlite-"))
    file, copy = folder / "calling.db", folder / "calling-backup.db"
    server = Server(8101, f"sqlite://{file}", **SMALL).start()
    url = "http://127.0.0.1:8101"
    path, said = submitted(url, 1)
    crowd = Crowd(url, answering=2, browsing=1, posting=1)
    time.sleep(1)
    told('sqlite3 calling.db ".backup calling-$(date +%F).db"')
    subprocess.run(["sqlite3", file, f".backup {copy}"], check=True)
    crowd.end()
    assert not crowd.errors(), crowd.errors()
    later, _ = submitted(url, 2)
    server.stop()
    assert subprocess.check_output(["sqlite3", copy, "PRAGMA integrity_check"], text=True).strip() == "ok"
    told("delete `calling.db-wal` and `calling.db-shm`, replace `calling.db` with the copy")
    file.write_bytes(b"a disk that failed")
    for name in ["calling.db-wal", "calling.db-shm"]:
        (folder / name).unlink(missing_ok=True)
    shutil.copy(copy, file)
    server.start()
    still_there(url, path, said)
    assert status(8101, later) == 404, "a result from after the backup"
    submitted(url, 3)
    server.stop()
    shutil.rmtree(folder)
    print(f"SQLite: copied beside {crowd.requests()} requests, restored, the result is still there")


def postgres_backup_and_restore(database):
    server = Server(8101, database.url, **SMALL).start()
    url = "http://127.0.0.1:8101"
    path, said = submitted(url, 1)
    crowd = Crowd(url, answering=2, browsing=1, posting=1)
    time.sleep(1)
    dump = database.folder / "calling.dump"
    told('pg_dump --format=custom --file=calling.dump "$DATABASE_URL"')
    database.run("pg_dump", "--format=custom", f"--file={dump}", database.url)
    crowd.end()
    assert not crowd.errors(), crowd.errors()
    later, _ = submitted(url, 2)
    server.stop()
    # Over the existing tables, as the guide says.
    told('pg_restore --clean --if-exists --dbname="$DATABASE_URL" calling.dump')
    database.sql("DELETE FROM personality_records")
    database.run("pg_restore", "--clean", "--if-exists", f"--dbname={database.url}", str(dump))
    server.start()
    still_there(url, path, said)
    assert status(8101, later) == 404, "a result from after the backup"
    server.stop()
    # Into an empty database on another server, as after a disk failure.
    database.sql("CREATE DATABASE another", database="postgres")
    other = database.url.replace("/calling", "/another").replace("//another@", "//calling@")
    database.run("pg_restore", f"--dbname={other}", str(dump))
    server = Server(8101, other, **SMALL).start()
    still_there(url, path, said)
    submitted(url, 3)
    server.stop()
    print(f"PostgreSQL: dumped beside {crowd.requests()} requests, restored over the tables and into an empty database")


def password_is_replaced_while_visitors_are_there(database):
    with open(database.folder / "data/pg_hba.conf") as file:
        rules = file.read()
    (database.folder / "data/pg_hba.conf").write_text("host all calling_a,calling_b all scram-sha-256\n" + rules)
    database.sql("SELECT pg_reload_conf()")
    for login in ["calling_a", "calling_b"]:
        database.sql(f"CREATE ROLE {login} LOGIN PASSWORD 'of-{login}' IN ROLE calling; ALTER ROLE {login} SET role = 'calling'")
    address = lambda login: database.url.replace("//calling@", f"//{login}:of-{login}@")  # noqa: E731
    migrate(BEFORE, database)
    servers = [Server(port, address("calling_a"), CALLING_NO_MIGRATE="true", **SMALL) for port in [8101, 8102]]
    for server in servers:
        server.start()
    balancer = Balancer([8101, 8102], [8101, 8102], 20.0)
    try:
        within(PATIENCE, "both servers are in", lambda: balancer.up("pages", 8101) and balancer.up("pages", 8102))
        crowd = Crowd(SITE, answering=2, browsing=1, posting=1)
        for server in servers:
            server.settings["DATABASE_URL"] = address("calling_b")
            replace(server, server.binary, balancer)
        told("ALTER ROLE calling_a NOLOGIN")
        database.sql("ALTER ROLE calling_a NOLOGIN")
        time.sleep(1)
        crowd.end()
        assert not crowd.errors(), crowd.errors()
        assert crowd.results(database)[1:] == (0, 0)
        users = database.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE usename LIKE 'calling\\_%'")
        assert users == "calling_b", users
    finally:
        balancer.remove()
        for server in servers:
            server.kill()
    print(f"a new password for the database: {crowd.requests()} requests meanwhile, none failed")


def retention_deletes_what_ran_out(database):
    jobs = yaml.safe_load_all((PROJECT / "deploy/kubernetes/base/jobs.yaml").read_text())
    job = next(j for j in jobs if j["metadata"]["name"] == "retention")
    arguments = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]

    def swept(days):
        filled = [a.replace("$(DATABASE_URL)", database.url).replace("$(RESULT_DAYS)", str(days)) for a in arguments]
        database.run("psql", *filled)
        return database.sql("SELECT (SELECT count(*) FROM drafts), (SELECT count(*) FROM personality_records)")

    database.sql("DELETE FROM drafts; DELETE FROM personality_records")
    database.sql("INSERT INTO drafts (key_hash, state, revision, created_at, updated_at, expires_at) "
                 "SELECT n, 'open', 0, now(), now(), now() AT TIME ZONE 'UTC' + (n - 2) * interval '1 day' FROM generate_series(1, 3) n")
    database.sql("INSERT INTO personality_records (text, source, status, owner_key_hash, created_at, finished_at) "
                 "SELECT 'x', 'api', 'done', n, now() - n * interval '10 days', now() - n * interval '10 days' FROM generate_series(1, 5) n")
    assert swept(0) == "1|5", "results are kept unless it is asked for"
    assert swept(35) == "1|3"
    print("retention: expired drafts are deleted, and results if a lifetime is set")


def alerts_and_dashboard_hold_to_what_is_measured():
    folder = PROJECT / "deploy/monitoring"
    for command in (["check", "config", "--syntax-only", folder / "prometheus.yml"], ["check", "rules", folder / "alerts.yml"],
                    ["test", "rules", folder / "alerts_test.yml"]):
        subprocess.run(["promtool", *command], check=True, stdout=subprocess.DEVNULL)
    broken = Path(tempfile.mkdtemp(prefix="calling-alerts-"))
    (broken / "alerts.yml").write_text((folder / "alerts.yml").read_text().replace("> 30", "> 300"))
    shutil.copy(folder / "alerts_test.yml", broken)
    failed = subprocess.run(["promtool", "test", "rules", broken / "alerts_test.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert failed.returncode != 0, "an alert that never fires passed its test"
    shutil.rmtree(broken)

    server = Server(8101, f"sqlite://{tempfile.mkdtemp()}/calling.db", CALLING_METRICS_LISTEN="127.0.0.1:9464", **SMALL).start()
    submitted("http://127.0.0.1:8101", 1)
    with urllib.request.urlopen("http://127.0.0.1:9464/metrics") as answer:
        measured = answer.read().decode()
    server.stop()
    names = set(re.findall(r"^([a-z_]+)[{ ]", measured, re.M)) | {"up"}
    rules = [rule for group in yaml.safe_load((folder / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    dashboard = json.loads((folder / "grafana.json").read_text())
    asked = [rule["expr"] for rule in rules] + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for expression in asked:
        used = set(re.findall(r"\b(up|calling_[a-z_]+|process_[a-z_]+)\b(?=[{\[ )]|$)", expression)) - {"calling"}
        assert used and used <= names, (expression, used - names)
    headings = set(re.findall(r"^#+ (.*)$", GUIDE, re.M))
    for rule in rules:
        assert rule["annotations"]["runbook"] in headings, f"docs/OPERATIONS.md has no heading {rule['annotations']['runbook']!r}"
    assert len({(p["gridPos"]["x"], p["gridPos"]["y"]) for p in dashboard["panels"]}) == len(dashboard["panels"])
    print(f"{len(rules)} alerts and {len(dashboard['panels'])} panels query metrics that a server has")


def main():
    alerts_and_dashboard_hold_to_what_is_measured()
    sqlite_backup_and_restore()
    database = Database()
    try:
        postgres_backup_and_restore(database)
        password_is_replaced_while_visitors_are_there(database)
        retention_deletes_what_ran_out(database)
    finally:
        database.remove()


if __name__ == "__main__":
    main()
