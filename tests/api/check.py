#!/usr/bin/env python3
"""Runs Schemathesis (https://schemathesis.readthedocs.io) against the description of the JSON addresses.

Starts the program that CALLING_BINARY names (default: the debug build) with the small models, a database of its own and
without limits on one client, and fails if any answer differs from what /api/openapi.json promises.
"""

import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests" / "fixtures" / "models"
# Seconds until a debug build on a busy machine is ready.
PATIENCE = 120
# What Schemathesis does, with the seconds for it. Each has its own, so that a busy machine leaves out none.
PHASES = [("examples,coverage,fuzzing", 40), ("stateful", 20)]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_until_ready(server, url):
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"the server was not ready after {PATIENCE} s")


def begin_draft(url):
    """The key of a new draft, so that answers are saved."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(f"{url}/begin", data=b"agree=1", timeout=30)
    except urllib.error.HTTPError as answer:
        name, _, key = answer.headers["set-cookie"].split(";")[0].partition("=")
        if name == "calling_draft":
            return key
    sys.exit("/begin set no cookie")


def main():
    program = os.environ.get("CALLING_BINARY", str(ROOT / "target" / "debug" / "calling"))
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{free_port()}"
        log = open(f"{folder}/log", "w")
        server = subprocess.Popen(
            [
                program, "serve",
                "--listen", url.removeprefix("http://"),
                "--database-url", f"sqlite://{folder}/calling.db",
                "--datasets", str(ROOT / "datasets"),
                "--mbti-model", str(MODELS / "albert-spiece"),
                "--big-five-model", str(MODELS / "bert-vocab-txt"),
                "--metrics-listen", "off",
                "--precision", "reference",
                "--rate-limit", "0",
            ],
            stdout=subprocess.DEVNULL, stderr=log,
        )
        try:
            wait_until_ready(server, url)
            environment = {**os.environ, "DRAFT": begin_draft(url)}
            failed = []
            for phases, seconds in PHASES:
                run = subprocess.run(
                    [
                        "schemathesis", "--config-file", str(ROOT / "tests" / "api" / "schemathesis.toml"),
                        "run", f"{url}/api/openapi.json", "--phases", phases, "--max-time", str(seconds),
                        *sys.argv[1:],
                    ],
                    cwd=folder, env=environment, check=False,
                )
                if run.returncode:
                    failed.append(phases)
            lost = server.poll()
        finally:
            server.terminate()
            server.wait(30)
            log.close()
        said = pathlib.Path(f"{folder}/log").read_text()
        faults = [line for line in said.splitlines() if "ERROR" in line or "panicked" in line]
        if lost is not None:
            sys.exit(f"the server ended during the run with {lost}:\n{said[-4000:]}")
        if faults:
            sys.exit("the server logged errors:\n" + "\n".join(faults[:20]))
        sys.exit(f"failed: {'; '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
