#!/usr/bin/env python3
"""Visitors for the deployment tests: they fill the questionnaire in as a browser without script would, send it, and come
back for the result. The standard library is all they need.

    visitor.py submit URL [SEED]     prints the path of a finished result and a digest of what it says
    visitor.py check URL PATH DIGEST fails unless the result is still there and says the same
"""

import hashlib
import html
import http.client
import json
import re
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "load"))
from answers import Answers  # noqa: E402

PAGES = 12
PATIENCE = 120.0


class Refused(Exception):
    """An answer other than the expected one."""

    def __init__(self, status, what):
        super().__init__(f"{what}: {status}")
        self.status = status


class Visitor:
    """One browser: cookies, one connection at a time, no script."""

    def __init__(self, url, seed=0, timeout=30.0):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.answers = Answers(seed)
        self.cookies = {}
        self.timeout = timeout

    def ask(self, method, path, fields=None, body=None, kind=None):
        """Sends one request on a new connection; returns status, headers and body."""
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            body, kind = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        if kind:
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer.status, answer.headers, text

    def page(self, path):
        """Requests a page, which must exist."""
        status, headers, text = self.ask("GET", path)
        if status != 200:
            raise Refused(status, f"GET {path}")
        return headers, text

    def send(self, path, fields):
        """Posts a form; returns where it redirects to."""
        status, headers, _ = self.ask("POST", path, fields)
        if status != 303:
            raise Refused(status, f"POST {path}")
        return headers["Location"]

    def begin(self):
        """Agrees to the facts; returns the first page of questions."""
        return self.send("/begin", [("agree", "1")])

    def answer(self, number):
        """Fills in every field of one page."""
        path = f"/questions/{number}"
        _, text = self.page(path)
        asked = set(re.findall(r'<input type="radio" name="(r\d+)"', text))
        fields = [(name, self.answers.rating()) for name in sorted(asked)]
        fields += [(name, self.answers.words()) for name in re.findall(r'<textarea[^>]* name="(q\d+)"', text)]
        if not fields:
            raise Refused(200, f"no question on {path}")
        return self.send(path, fields + [("go", "next")])

    def submit(self):
        """Fills in and sends the whole questionnaire; returns the path of its result."""
        self.begin()
        for number in range(1, PAGES + 1):
            self.answer(number)
        return self.send("/questions/check", [("go", "send")])

    def result(self, path):
        """The page of a result, once it has been read. Until then the page reloads itself."""
        deadline = time.monotonic() + PATIENCE
        while True:
            headers, text = self.page(path)
            if "Refresh" not in headers:
                return text
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is still being read")
            time.sleep(0.2)

    def export(self, path):
        """Everything that is stored of a result."""
        return json.loads(self.page(f"{path}/export.json")[1])

    def careers(self, words=250):
        """Posts a text to the JSON interface; returns status, headers and the careers."""
        body = json.dumps({"text": self.answers.text(words)})
        return self.ask("POST", "/get_career_recommendations", body=body, kind="application/json")


def digest(page):
    """The numbers in the tables of a result. The whole page would differ, since it contains the host's name."""
    tables = re.findall(r"<table.*?</table>", page, re.S)
    if not tables:
        raise Refused(200, "no result on the page of the result")
    words = html.unescape(re.sub(r"<[^>]*>", " ", " ".join(tables)))
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()[:16]


def main(arguments):
    match arguments:
        case ["submit", url, *rest]:
            visitor = Visitor(url, seed=rest[0] if rest else 0)
            path = visitor.submit()
            print(path, digest(visitor.result(path)))
        case ["check", url, path, expected]:
            found = digest(Visitor(url).result(path))
            if found != expected:
                raise SystemExit(f"{path} says something else than before")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
