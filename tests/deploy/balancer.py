#!/usr/bin/env python3
"""Tests the load balancer's behavior with HAProxy in its place: two pools by path, the checks of /ready, the slow start, and
the load and charts of deploy/bench/balancer.py.

    CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/balancer.py [SHARE]

SHARE divides all times and is 20 by default; with 1 the slow start takes two minutes and the pause one.
"""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from fleet import PATIENCE, PROJECT, SITE, Balancer, Database, Server, within
from visitor import Visitor

BENCH = PROJECT / "deploy/bench/balancer.py"
API = {"/classify_mbti", "/classify_big_five", "/get_career_recommendations"}


class Passing(threading.Thread):
    """Requests a page again and again until stopped; collects the answers other than 200."""

    def __init__(self):
        super().__init__(daemon=True)
        self.failed, self.asked, self.going = [], 0, True

    def run(self):
        visitor = Visitor(SITE)
        while self.going:
            status, _, _ = visitor.ask("GET", "/about")
            self.asked += 1
            if status != 200:
                self.failed.append(status)
            time.sleep(0.01)

    def end(self):
        self.going = False
        self.join()
        assert not self.failed, f"{len(self.failed)} of {self.asked} visits failed: {self.failed[:5]}"
        return self.asked


def slow_start(balancer, server):
    """No request fails when a server stops, and a new server gets its full share only after the slow start."""
    passing = Passing()
    passing.start()
    server.stop()
    within(PATIENCE, "the server that stopped is taken out", lambda: not balancer.up("pages", server.port))
    server.start()
    within(PATIENCE, "the server that started is put in", lambda: balancer.up("pages", server.port))
    began, seen = time.monotonic(), []
    while time.monotonic() - began < balancer.slow * 1.3 + 1:
        seen.append(((time.monotonic() - began) / balancer.slow, balancer.servers("pages")[str(server.port)][1]))
        time.sleep(balancer.slow / 40)
    early = [weight for moment, weight in seen if moment < 0.25]
    middle = [weight for moment, weight in seen if 0.4 < moment < 0.6]
    late = [weight for moment, weight in seen if moment > 1.15]
    assert early and middle and late, seen
    assert max(early) < 0.5 and 0.25 < sum(middle) / len(middle) < 0.8 and min(late) == 1.0, seen
    print(f"slow start: {early[0]:.0%} of its share at first, {sum(middle) / len(middle):.0%} half way, all of it after "
          f"{balancer.slow:.0f} s; {passing.end()} visits meanwhile, none failed")


def load(balancer, pause, page):
    """The load of two threads: every request is answered, each kind by its own pool."""
    before = len(balancer.requests())
    said = subprocess.run([sys.executable, BENCH, "load", SITE, "--pause", str(pause)], stdout=subprocess.PIPE, text=True, check=False)
    assert said.returncode == 0 and said.stdout.strip() == "2500 answered 200", said.stdout
    within(PATIENCE, "the log is written", lambda: len(balancer.requests()) >= before + 2500)
    requests = balancer.requests()
    for _, _, _, pool, server, _, path in requests:
        assert pool == ("api" if path in API else "pages"), (path, pool)
    counts = {}
    for _, _, _, pool, server, _, _ in requests[before:]:
        counts[pool, server] = counts.get((pool, server), 0) + 1
    assert sum(count for (pool, _), count in counts.items() if pool == "api") == 1500, counts
    assert len(counts) == 4 and min(counts.values()) > 100, counts
    subprocess.run([sys.executable, BENCH, "draw", "--haproxy", balancer.log, page], check=True)
    drawn = Path(page).read_text()
    assert drawn.count("<svg") == 3 and drawn.count("<table>") == 3
    assert re.search(r"Requests per target.*pages/8101.*Response time", drawn, re.S)
    print("1,000 requests beside 500, a pause, 1,000: all answered; " + ", ".join(f"{'/'.join(who)} {n}" for who, n in sorted(counts.items())))


def main():
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    page = sys.argv[2] if len(sys.argv) > 2 else "/tmp/balancer.html"
    database = Database(durable=False)
    servers = [Server(port, database.url) for port in [8101, 8102, 8201, 8202]]
    servers[0].start()
    for server in servers[1:]:
        server.start(wait=False)
    for server in servers[1:]:
        server.ready()
    balancer = Balancer([8101, 8102], [8201, 8202], share)
    try:
        within(PATIENCE, "all are in", lambda: all(balancer.servers(pool)[port][0] == "UP" for pool in ["pages", "api"] for port in balancer.servers(pool) if port != "FRONTEND"))
        load(balancer, 60 / share, page)
        slow_start(balancer, servers[1])
    finally:
        balancer.remove()
        for server in servers:
            server.kill()
        database.remove()


if __name__ == "__main__":
    main()
