#!/usr/bin/env python3
"""The manager for real: three servers behind HAProxy under load, one added and one removed through its pages, no request lost.

    CALLING_BINARY=target/debug/calling tests/deploy/private.sh tests/deploy/manager.py
"""

import json
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path

from administrator import Administrator
from balancer import Passing
from fleet import PATIENCE, SITE, SMALL, Balancer, Database, Server, within
from visitor import Visitor

PORTS = [8101, 8102, 8103, 8104]


class Supervisor(threading.Thread):
    """What runs the servers. The program writes a line for each number it is given, and this brings about that number."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.folder = Path(tempfile.mkdtemp(prefix="calling-scale-"))
        self.told = self.folder / "told"
        self.told.touch()
        program = self.folder / "scale"
        program.write_text(f'#!/bin/sh\n[ $# -eq 1 ] || exit 2\necho "$1" >>{self.told}\n')
        program.chmod(0o755)
        settings = {"CALLING_SCALE_PROGRAM": str(program), "CALLING_DRAIN_NOTICE": "4", **SMALL}
        self.servers = [Server(port, database.url, CALLING_SERVER_NAME=f"server-{port}", **settings) for port in PORTS]
        self.going, self.failed = True, None

    def numbers(self):
        return [int(line) for line in self.told.read_text().split()]

    def running(self):
        return [server for server in self.servers if server.process and server.process.poll() is None]

    def run(self):
        done = 0
        while self.going:
            for wanted in self.numbers()[done:]:
                done += 1
                running = self.running()
                idle = [server for server in self.servers if server not in running]
                for server in idle[: max(0, wanted - len(running))]:
                    server.start(wait=False)
                for server in running[wanted:]:
                    server.process.terminate()
            time.sleep(0.1)

    def end(self):
        self.going = False
        self.join()
        for server in self.running():
            server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Texts(threading.Thread):
    """A program that sends one JSON text after the other."""

    def __init__(self):
        super().__init__(daemon=True)
        self.failed, self.asked, self.going = [], 0, True

    def run(self):
        program = Visitor(SITE)
        while self.going:
            body = json.dumps({"text": f"I like tea and the number {self.asked}."})
            status, _, said = program.ask("POST", "/get_career_recommendations", body=body, kind="application/json")
            self.asked += 1
            if status != 200:
                self.failed.append((status, said[:100]))
            time.sleep(0.02)

    def end(self):
        self.going = False
        self.join()
        assert not self.failed, f"{len(self.failed)} of {self.asked} texts failed: {self.failed[:5]}"
        return self.asked


def listed(administrator):
    """The servers by name: id and state."""
    status, _, said = administrator.ask("GET", "/manager/servers.json")
    assert status == 200, (status, said)
    return {server["name"]: (server["id"], server["state"]) for server in json.loads(said)["servers"]}


def ready(administrator):
    return sorted(name for name, (_, state) in listed(administrator).items() if state == "ready")


def add_one(administrator, supervisor, balancer):
    status, _, page = administrator.ask("GET", "/manager")
    assert status == 200, status
    more = re.search(r'name="servers" value="(\d+)"><button>Add one, to \1', page)
    assert more, page
    status, headers, _ = administrator.ask("POST", "/manager/size", fields={"servers": more[1]})
    assert (status, headers["Location"]) == (303, "/manager/size"), status
    assert supervisor.numbers() == [4], supervisor.numbers()
    within(PATIENCE, "the new server is listed as ready", lambda: len(ready(administrator)) == 4)
    within(PATIENCE, "the balancer takes it in", lambda: balancer.up("pages", 8104) and balancer.up("api", 8104))


def remove_one(administrator, supervisor, balancer):
    path = f"/manager/servers/{listed(administrator)['server-8102'][0]}/remove"
    status, _, page = administrator.ask("GET", path)
    assert status == 200 and "Remove server-8102?" in page, page
    status, headers, said = administrator.ask("POST", path, fields={})
    assert (status, headers["Location"]) == (303, "/manager/servers"), said
    assert listed(administrator)["server-8102"][1] == "draining"
    leaving = supervisor.servers[1]
    # NOLB: no new requests, and those in progress are finished, in the pool whose texts a failed check would cut off too.
    for pool in ["pages", "api"]:
        within(PATIENCE, f"{pool} takes it out while it still runs", lambda: balancer.servers(pool)["8102"][0] == "NOLB")
    assert leaving.process.poll() is None, "it went before the balancer knew"
    code = leaving.process.wait(timeout=PATIENCE)
    assert code == 0, leaving.said()[-600:]
    within(PATIENCE, "the program is told", lambda: supervisor.numbers() == [4, 3])
    within(PATIENCE, "it is not listed any more", lambda: ready(administrator) == ["server-8101", "server-8103", "server-8104"])
    time.sleep(1)
    assert len(supervisor.running()) == 3, "the program took another one away, or started one"


def main():
    database = Database(durable=False)
    supervisor = Supervisor(database)
    balancer = None
    try:
        supervisor.servers[0].start()
        for server in supervisor.servers[1:3]:
            server.start(wait=False)
        for server in supervisor.servers[1:3]:
            server.ready()
        balancer = Balancer(PORTS, PORTS, 20)
        supervisor.start()
        within(PATIENCE, "three are in", lambda: all(balancer.up(pool, port) for pool in ["pages", "api"] for port in PORTS[:3]))
        administrator = Administrator(SITE, database.url)
        within(PATIENCE, "three are listed", lambda: len(ready(administrator)) == 3)
        crowd = [Passing(), Passing(), Texts(), Texts()]
        for one in crowd:
            one.start()
        add_one(administrator, supervisor, balancer)
        remove_one(administrator, supervisor, balancer)
        pages, texts = sum(one.end() for one in crowd[:2]), sum(one.end() for one in crowd[2:])
        assert pages > 200 and texts > 100, (pages, texts)
        print(f"one server added and one removed through the pages: {pages} pages and {texts} texts meanwhile, none lost")
    finally:
        if balancer:
            balancer.remove()
        supervisor.end()
        database.remove()


if __name__ == "__main__":
    main()
