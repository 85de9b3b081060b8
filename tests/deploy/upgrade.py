#!/usr/bin/env python3
"""An upgrade and a rollback under load, on one PostgreSQL behind one load balancer: no request fails, and no submission is lost
or stored twice.

CALLING_BEFORE is the old program, CALLING_BEFORE_HOME the folder with its datasets, and CALLING_BINARY the new program. In test.sh
both are the same program. That tests the procedure, and that servers work with the tables of a later release: in between, the test
adds a column, an index and a migration that the program does not know.
"""

import os
import subprocess
import time

from crowd import Crowd
from fleet import BINARY, PATIENCE, PROJECT, SITE, SMALL, Balancer, Database, Server, within

BEFORE = os.environ.get("CALLING_BEFORE", BINARY)
HOME = os.environ.get("CALLING_BEFORE_HOME", PROJECT)
PORTS = [8101, 8102]
# What a later release might add.
EXPAND = """
    ALTER TABLE personality_records ADD COLUMN of_a_later_release TEXT;
    CREATE INDEX of_a_later_release ON personality_records (of_a_later_release);
    INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001');
"""


def migrate(binary, database):
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database.url}
    return subprocess.run([binary, "migrate", "up"], env=environment, text=True, stdout=subprocess.PIPE, check=True).stdout.strip()


def replace(server, binary, balancer, home=PROJECT):
    """Replaces a server: takes it out of the load balancer, lets it finish, stops it, starts the other, adds it once it is ready."""
    for pool in ["pages", "api"]:
        balancer.ask(f"set server {pool}/{server.port} state drain")
    within(70, f"{server.port} has nothing under way", lambda: not under_way(balancer, server.port))
    took = server.stop()
    server.binary, server.home = binary, home
    server.start()
    for pool in ["pages", "api"]:
        balancer.ask(f"set server {pool}/{server.port} state ready")
    within(PATIENCE, f"{server.port} is in again", lambda: balancer.up("pages", server.port) and balancer.up("api", server.port))
    return took


def under_way(balancer, port):
    rows = [line.split(",") for line in balancer.ask("show stat").splitlines()]
    return any(row[1] == str(port) and int(row[4]) > 0 for row in rows if len(row) > 4)


def main():
    database = Database()
    migrate(BEFORE, database)
    # As in a cluster, where a Job runs the migrations instead of the first server to start.
    servers = [Server(port, database.url, BEFORE, HOME, CALLING_NO_MIGRATE="true", **SMALL) for port in PORTS]
    for server in servers:
        server.start()
    balancer = Balancer(PORTS, PORTS, 20.0)
    try:
        within(PATIENCE, "all servers are in", lambda: all(balancer.up("pages", port) for port in PORTS))
        crowd = Crowd(SITE, answering=3, browsing=2, posting=1)
        time.sleep(3)
        steps = [("upgrade", migrate(BINARY, database))]
        stops = [replace(server, BINARY, balancer) for server in servers]
        time.sleep(2)
        database.sql(EXPAND)
        stops += [replace(server, BEFORE, balancer, HOME) for server in servers]
        time.sleep(2)
        crowd.end()
        sent, lost, doubled = crowd.results(database)
        failed = crowd.errors()
        print(f"{steps[0][1]}; upgraded, migrated further, rolled back; slowest stop {max(stops):.1f} s")
        print(f"{crowd.requests():,} requests, {len(failed)} failed; {sent} questionnaires and {len(crowd.read)} texts sent, "
              f"{lost} lost, {doubled} doubled")
        assert sent > 0 and crowd.read, "nothing was sent"
        assert not failed, failed
        assert (lost, doubled) == (0, 0)
    finally:
        balancer.remove()
        for server in servers:
            server.kill()
        database.remove()


if __name__ == "__main__":
    main()
