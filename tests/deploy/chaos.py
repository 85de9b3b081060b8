#!/usr/bin/env python3
"""Three servers behind HAProxy under load. At random a server is killed, stopped or frozen, or PostgreSQL is restarted.

No submission may be lost or stored twice, and no visitor may get errors for longer than the health check takes. Prints a table
of the results.

    chaos.py SECONDS [TABLE.md]
"""

import os
import random
import sys
import time
from pathlib import Path

from crowd import Answering, Browsing, Crowd, Posting
from fleet import PATIENCE, SITE, SMALL, Balancer, Database, Server, slowdown, within

# Divides the AWS stack's times: a check each second, two checks for a verdict, a slow start of twelve seconds.
SHARE = 10.0
INTERVAL = 10 / SHARE


class Trouble:
    """Causes one failure at a time, with a pause to recover after each."""

    def __init__(self, servers, database, balancer, seed):
        self.servers, self.database, self.balancer, self.draw = servers, database, balancer, random.Random(seed)
        self.done = []

    def whole(self):
        # The balancer takes two checks to notice that a server was killed, and calls it up until then.
        return all(server.is_ready() and self.balancer.up("pages", server.port) for server in self.servers)

    def note(self, what, began):
        self.done.append((what, began, time.monotonic()))

    def kill(self):
        server, began = self.draw.choice(self.servers), time.monotonic()
        server.kill()
        time.sleep(1)
        server.start(wait=False)
        self.note("killed", began)

    def stop(self):
        server, began = self.draw.choice(self.servers), time.monotonic()
        server.stop()
        server.start(wait=False)
        self.note("stopped", began)

    def freeze(self):
        server, began = self.draw.choice(self.servers), time.monotonic()
        server.freeze()
        time.sleep(6)
        server.thaw()
        self.note("frozen", began)

    def restart(self):
        began = time.monotonic()
        self.database.restart()
        self.note("database restarted", began)

    def behind(self, moment):
        """The last failure caused before this moment: its kind, beginning and end."""
        return max((each for each in self.done if each[1] <= moment), key=lambda each: each[1], default=("nothing", 0, 0))

    def go_on(self, seconds):
        ends, kinds = time.monotonic() + seconds, []
        while time.monotonic() < ends or len(self.done) < 4:
            # Each kind once before any is repeated.
            kinds = kinds or self.draw.sample([self.kill, self.stop, self.freeze, self.restart], 4)
            kinds.pop()()
            within(PATIENCE, "all servers are back", self.whole)
            time.sleep(self.draw.uniform(0.5, 2))


def report(crowd, trouble, sent, lost, doubled):
    lines = ["| what | how often | errors of pages | longest, s | errors of texts | longest, s |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for what in ["killed", "stopped", "frozen", "database restarted"]:
        cells = [str(sum(name == what for name, _, _ in trouble.done))]
        for kinds in [(Answering, Browsing), (Posting,)]:
            found = [lasted for began, lasted, _ in crowd.errors(kinds) if trouble.behind(began)[0] == what]
            cells += [str(len(found)), f"{max(found, default=0):.1f}"]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    lines.append("")
    lines.append(f"{crowd.requests():,} requests; {sent} questionnaires and {len(crowd.read)} texts sent, {lost} lost, {doubled} doubled; "
                 f"{crowd.refused()} times a server was too busy for a text.")
    return "\n".join(lines)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    seed = int(os.environ.get("CHAOS_SEED", time.time_ns() % 1000))
    database = Database()
    # A lease shorter than a server is frozen, so that another one takes over what it reads.
    servers = [Server(port, database.url, CALLING_LEASE="4", **SMALL) for port in [8101, 8102, 8103]]
    for server in servers:
        server.start()
    ports = [server.port for server in servers]
    balancer = Balancer(ports, ports, SHARE, frozen=True)
    trouble = Trouble(servers, database, balancer, seed)
    try:
        within(PATIENCE, "all servers are in", trouble.whole)
        crowd = Crowd(SITE)
        trouble.go_on(seconds)
        crowd.end()
        sent, lost, doubled = crowd.results(database)
        table = report(crowd, trouble, sent, lost, doubled)
        print(f"seed {seed}\n{table}")
        if len(sys.argv) > 2:
            Path(sys.argv[2]).write_text(table + "\n")
        assert sent > 0 and crowd.read, "nothing was sent"
        assert (lost, doubled) == (0, 0)
        for began, lasted, what in crowd.errors():
            # Two checks to take a server out and two to bring it back. While the database restarts, no server is ready.
            name, start, end = trouble.behind(began)
            allowed = 4 * INTERVAL + 1 + (end - start if name == "database restarted" else 0)
            assert lasted <= allowed or lasted <= allowed * slowdown(), f"{name}: {what}: errors for {lasted:.1f} s, {allowed:.1f} s allowed"
        pages = [error for error in crowd.errors((Answering, Browsing)) if trouble.behind(error[0])[0] != "database restarted"]
        assert not pages, f"pages failed where a server was killed, stopped or frozen: {pages}"
    finally:
        balancer.remove()
        for server in servers:
            server.thaw()
            server.kill()
        database.remove()


if __name__ == "__main__":
    main()
