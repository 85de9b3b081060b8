"""Visitors who retry after every failure, and a record of how long they had to."""

import http.client
import json
import random
import re
import threading
import time

from fleet import within
from visitor import PAGES, PATIENCE, Refused, Visitor


# What a server answers, with a Retry-After, when more is sent than it can read: an answer, and no failure of the deployment.
OVERLOADED = "There is more to read than we can accept right now"


def reason(text):
    """What an error says: the message of a JSON answer, or the first words of a page."""
    try:
        return json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        return " ".join(re.sub(r"<head.*?</head>|<[^>]*>", " ", text, flags=re.S).split())[:60]


class Someone(Visitor, threading.Thread):
    """One visitor, who repeats a request until it succeeds."""

    def __init__(self, crowd, seed):
        threading.Thread.__init__(self, daemon=True)
        Visitor.__init__(self, crowd.url, seed)
        self.crowd, self.draw = crowd, random.Random(seed)
        # For each period of errors: (the first error's moment, seconds until the last one, the answers).
        self.errors, self.asked, self.refused, self.broken = [], 0, 0, None

    def ask(self, method, path, fields=None, body=None, kind=None):
        first, began, failed = None, None, []
        while True:
            asked = time.monotonic()
            try:
                status, headers, text = super().ask(method, path, fields, body, kind)
            except (OSError, http.client.HTTPException) as error:
                status, headers, text = type(error).__name__, {}, ""
            self.asked += 1
            said = reason(text)
            if status == 503 and said.startswith(OVERLOADED) and "Retry-After" in headers:
                self.refused += 1
                if asked - (first or asked) > PATIENCE:
                    raise Refused(status, f"{method} {path}: refused for {PATIENCE} s")
                first = first or asked
                time.sleep(1)
                continue
            if isinstance(status, int) and status < 500:
                if began is not None:
                    # Until the last error: a slow page is no error.
                    what = f"{method} {path.split('/')[1]}: {', '.join(failed)}; then {status} after {time.monotonic() - asked:.1f} s"
                    self.errors.append((began, ended - began, what))
                return status, headers, text
            ended = time.monotonic()
            began = began or ended
            failed.append(f"{status} {said} after {ended - asked:.1f} s")
            if ended - began > 90:
                raise Refused(status, f"{method} {path} for 90 s: {', '.join(failed)}")
            time.sleep(0.1)

    def run(self):
        try:
            while self.crowd.going:
                self.visit()
        except Exception as error:  # noqa: BLE001 - any failure is reported by the crowd
            self.broken = error


class Answering(Someone):
    """Fills in questionnaires, sends them, and opens each result once it is there."""

    def visit(self):
        self.cookies.clear()
        self.begin()
        for number in range(1, PAGES + 1):
            self.answer(number)
            if not self.crowd.going:
                return
        path = self.send("/questions/check", [("go", "send")])
        with self.crowd.lock:
            self.crowd.sent.append(path)


class Browsing(Someone):
    """Looks at pages."""

    def visit(self):
        status, _, _ = self.ask("GET", self.draw.choice(["/", "/about", "/begin", "/careers", "/privacy"]))
        if status != 200:
            raise Refused(status, "a page")
        time.sleep(0.02)


class Posting(Someone):
    """Posts texts."""

    def visit(self):
        status, headers, _ = self.careers(20)
        if status != 200:
            raise Refused(status, "a text")
        with self.crowd.lock:
            self.crowd.read.append(headers["Location"])
        time.sleep(0.2)


class Crowd:
    """All visitors, and what became of their submissions."""

    def __init__(self, url, answering=3, browsing=3, posting=1):
        self.url, self.going, self.lock, self.sent, self.read = url, True, threading.Lock(), [], []
        kinds = [Answering] * answering + [Browsing] * browsing + [Posting] * posting
        self.people = [kind(self, seed) for seed, kind in enumerate(kinds)]
        for someone in self.people:
            someone.start()

    def end(self):
        """Stops everybody after their current task."""
        self.going = False
        for someone in self.people:
            someone.join(timeout=120)
        broken = [someone.broken for someone in self.people if someone.broken or someone.is_alive()]
        if broken:
            raise AssertionError(f"visitors gave up: {broken}")

    def requests(self):
        return sum(someone.asked for someone in self.people)

    def refused(self):
        """Requests that a server was too busy for."""
        return sum(someone.refused for someone in self.people)

    def errors(self, kinds=(Answering, Browsing, Posting)):
        return sorted((error for someone in self.people if isinstance(someone, kinds) for error in someone.errors), key=lambda e: e[0])

    def results(self, database):
        """Opens every result that was announced, and counts rows: returns the questionnaires sent, lost and stored twice."""
        looking = Visitor(self.url, timeout=PATIENCE)
        for path in self.sent + self.read:
            looking.result(path)
        # Another server reads what a killed one left, once its lease has expired.
        within(PATIENCE, "everything is read", lambda: database.sql("SELECT count(*) FROM personality_records WHERE status <> 'done'") == "0")
        stored = int(database.sql("SELECT count(*) FROM personality_records WHERE source = 'questionnaire'"))
        drafts = int(database.sql("SELECT count(DISTINCT draft_key_hash) FROM personality_records WHERE source = 'questionnaire'"))
        paths = len(set(self.sent))
        return len(self.sent), max(0, paths - stored), (stored - drafts) + (len(self.sent) - paths)
