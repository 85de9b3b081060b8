"""Visitors who retry after every failure, and a record of how long they had to."""

import http.client
import random
import threading
import time

from fleet import within
from visitor import PAGES, Refused, Visitor


class Someone(Visitor, threading.Thread):
    """One visitor, who repeats a request until it succeeds."""

    def __init__(self, crowd, seed):
        threading.Thread.__init__(self, daemon=True)
        Visitor.__init__(self, crowd.url, seed)
        self.crowd, self.draw = crowd, random.Random(seed)
        # For each period of errors: (when it began, how long it lasted, the first answer).
        self.errors, self.asked, self.broken = [], 0, None

    def ask(self, method, path, fields=None, body=None, kind=None):
        began, first = None, None
        while True:
            try:
                status, headers, text = super().ask(method, path, fields, body, kind)
            except (OSError, http.client.HTTPException) as error:
                status, headers, text = type(error).__name__, {}, ""
            self.asked += 1
            if isinstance(status, int) and status < 500:
                if began is not None:
                    self.errors.append((began, time.monotonic() - began, f"{method} {path.split('/')[1]}: {first}"))
                return status, headers, text
            if began is None:
                began, first = time.monotonic(), status
            if time.monotonic() - began > 90:
                raise Refused(status, f"{method} {path} for 90 s")
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

    def errors(self, kinds=(Answering, Browsing, Posting)):
        return sorted((error for someone in self.people if isinstance(someone, kinds) for error in someone.errors), key=lambda e: e[0])

    def results(self, database):
        """Opens every result that was announced, and counts rows: returns the questionnaires sent, lost and stored twice."""
        looking = Visitor(self.url)
        for path in self.sent + self.read:
            looking.result(path)
        # Another server reads what a killed one left, once its lease has expired.
        within(45, "everything is read", lambda: database.sql("SELECT count(*) FROM personality_records WHERE status <> 'done'") == "0")
        stored = int(database.sql("SELECT count(*) FROM personality_records WHERE source = 'questionnaire'"))
        drafts = int(database.sql("SELECT count(DISTINCT draft_key_hash) FROM personality_records WHERE source = 'questionnaire'"))
        paths = len(set(self.sent))
        return len(self.sent), max(0, paths - stored), (stored - drafts) + (len(self.sent) - paths)
