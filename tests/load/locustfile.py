"""Load for a site of your own: visitors who fill the questionnaire in, programs that post texts, and bursts of a fixed size.

    locust --locustfile tests/load/locustfile.py --host http://127.0.0.1:8080 Visitor Program      # a site's usual mix
    locust … --headless --requests 15000 --ramp 10 Burst                                           # pages, for the tables
    locust … --headless --requests 5000 --ramp 10 --texts Burst                                    # texts, for the tables

Start the server with --rate-limit 0: all of this comes from one address, which the limiter would answer with 429. Answers and
texts are generated, and differ from visitor to visitor; --repeat lets the bursts send one text again and again, so that the
server's cache answers.
"""

import itertools
import re
import sys
import time
from pathlib import Path

import gevent
from locust import FastHttpUser, between, events, tag, task

sys.path.insert(0, str(Path(__file__).resolve().parent))
from answers import Answers  # noqa: E402

PAGES = 12
SEEDS = itertools.count(time.time_ns() // 1_000_000)
BROWSED = ["/", "/about", "/begin", "/careers"]


@events.init_command_line_parser.add_listener
def options(parser):
    parser.add_argument("--requests", type=int, default=5000, help="Requests of a Burst in all")
    parser.add_argument("--ramp", type=float, default=10, help="Seconds within which a Burst sends them")
    parser.add_argument("--texts", action="store_true", help="A Burst sends texts to the JSON interface, else it asks for pages")
    parser.add_argument("--words", type=int, default=30, help="Words of a text, at least")
    parser.add_argument("--repeat", action="store_true", help="A Burst sends one text again and again")
    parser.add_argument("--senders", type=int, default=200, help="Connections of a Burst")


class Visitor(FastHttpUser):
    """Fills the questionnaire in as a browser without script would, sends it, and comes back until the result is there."""

    weight = 3
    wait_time = between(1, 5)

    @tag("form")
    @task
    def questionnaire(self):
        self.client.cookiejar.clear()
        answers = Answers(next(SEEDS))
        if self.post("/begin", {"agree": "1"}) is None:
            return
        for number in range(1, PAGES + 1):
            path = f"/questions/{number}"
            with self.client.get(path, name="/questions/{page}", catch_response=True) as page:
                if page.status_code != 200:
                    page.failure(f"answered {page.status_code}")
                    return
                text = page.text
            fields = {name: answers.rating() for name in re.findall(r'<input type="radio" name="(r\d+)"', text)}
            fields |= {name: answers.words() for name in re.findall(r'<textarea[^>]* name="(q\d+)"', text)}
            if self.post(path, fields | {"go": "next"}, name="/questions/{page}") is None:
                return
        result = self.post("/questions/check", {"go": "send"})
        while result:
            with self.client.get(result, name="/results/{key}", catch_response=True) as page:
                if page.status_code != 200:
                    page.failure(f"answered {page.status_code}")
                    return
                if "refresh" not in page.headers:
                    return
            gevent.sleep(1)

    def post(self, path, fields, name=None):
        """The target of a form's redirect; None if there is none."""
        with self.client.post(path, data=fields, name=name, allow_redirects=False, catch_response=True,
                              headers={"Sec-Fetch-Site": "same-origin"}) as answer:
            if answer.status_code != 303:
                answer.failure(f"answered {answer.status_code}")
                return None
            answer.success()
            return answer.headers["location"]


class Program(FastHttpUser):
    """Posts texts to the JSON interface. A full queue (503) is an answer, counted as the failure that it is."""

    weight = 1
    wait_time = between(1, 5)
    network_timeout = connection_timeout = 65

    @tag("api")
    @task
    def careers(self):
        self.client.post("/get_career_recommendations", json={"text": Answers(next(SEEDS)).text(250)})


class Burst(FastHttpUser):
    """Sends --requests in total, spread evenly over --ramp seconds. For the tables in docs/PERFORMANCE.md."""

    network_timeout = connection_timeout = 65
    senders = itertools.count()
    ended = itertools.count(1)

    def on_start(self):
        self.number = next(Burst.senders)

    @task
    def send(self):
        chosen = self.environment.parsed_options
        if self.number >= chosen.senders:
            self.stop()
            return
        # Texts are made before the clock starts, so that only the server is timed.
        mine = range(self.number, chosen.requests, chosen.senders)
        bodies = {}
        if chosen.texts:
            bodies = {n: {"text": Answers(0 if chosen.repeat else next(SEEDS)).text(chosen.words)} for n in mine}
        gevent.sleep(max(0, self.environment.burst - time.monotonic()))
        for request in mine:
            gevent.sleep(max(0, self.environment.burst + request * chosen.ramp / chosen.requests - time.monotonic()))
            if chosen.texts:
                self.client.post("/get_career_recommendations", json=bodies[request])
            else:
                self.client.get(BROWSED[request % len(BROWSED)])
        if next(Burst.ended) == min(chosen.senders, chosen.requests):
            # The figures are written once a second.
            gevent.spawn_later(2, self.environment.runner.quit)
        self.stop()


@events.test_start.add_listener
def begin(environment, **_):
    chosen = environment.parsed_options
    Burst.senders, Burst.ended = itertools.count(), itertools.count(1)
    # Time for all users to start and for the texts to be made.
    environment.burst = time.monotonic() + 3 + (chosen.requests / 4000 if chosen.texts else 0)


@events.test_stop.add_listener
def tell(environment, **_):
    """Prints a row for the tables after a burst."""
    total = environment.stats.total
    if not any(kind is Burst for kind in environment.user_classes) or not total.num_requests:
        return
    seconds = max(total.last_request_timestamp - total.start_time - 3, environment.parsed_options.ramp)
    good = total.num_requests - total.num_failures
    percentiles = [total.get_response_time_percentile(share) for share in (0.5, 0.95, 0.99)]
    print(f"| {total.num_requests:,} | {total.num_failures / total.num_requests:.1%} | {good / seconds:.0f} | "
          + " | ".join(f"{value:.0f} ms" for value in percentiles) + " |")
