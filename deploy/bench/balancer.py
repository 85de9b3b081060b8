#!/usr/bin/env python3
"""Sends requests through a load balancer, and draws how it distributed them: one page of charts with tables.

    balancer.py load URL [--pause 60] [--requests 1000]
        Two threads, as two clients would: one sends 1,000 requests for pages in a row; the other 500 texts to the JSON
        interface, pauses for a minute, and sends 1,000 more. Prints what failed. Only for your own deployment.

    balancer.py draw --haproxy LOG PAGE.html
        From HAProxy's log in the format of tests/deploy/balancer.cfg.in.

    balancer.py draw --cloudwatch STACK [--minutes 30] PAGE.html
        From the three metrics of AWS's load balancer: RequestCount, RequestCountPerTarget, TargetResponseTime. The AWS
        command line (aws) must be installed and allowed to read them.
"""

import argparse
import collections
import datetime
import html
import http.client
import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

COLORS = ["#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#475569", "#0891b2", "#65a30d"]


class Client:
    """Sends requests one after another over one connection, and counts the answers by status."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.hostname, parts.port, timeout=60)
        self.answered = collections.Counter()

    def send(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            answer.read()
            self.answered[answer.status] += 1
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.answered[type(error).__name__] += 1

    def pages(self, count):
        for number in range(count):
            self.send("GET", ["/", "/about", "/begin", "/careers"][number % 4])

    def texts(self, count):
        for number in range(count):
            text = f"I keep a list of {number % 10} things to mend. I mend them on quiet evenings, and then I write a new list."
            self.send("POST", "/get_career_recommendations", json.dumps({"text": text}))


def load(url, pause, requests):
    """Sends the load; returns the number of answers by status."""
    pages, texts = Client(url), Client(url)

    def interrupted():
        texts.texts(requests // 2)
        time.sleep(pause)
        texts.texts(requests)

    threads = [threading.Thread(target=pages.pages, args=(requests,)), threading.Thread(target=interrupted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pages.answered + texts.answered


def from_haproxy(log):
    """Series by name of (second, value), from the lines of a log."""
    rows = []
    for line in log:
        words = line.split()
        if len(words) == 6 and "/" in words[3] and words[0].replace(".", "").isdigit():
            rows.append((float(words[0]), int(words[1]) / 1000, words[3]))
    if not rows:
        raise SystemExit("balancer.py: the log holds no request")
    first, last = min(row[0] for row in rows), max(row[0] for row in rows)
    bucket = max(1, round((last - first) / 60))
    counts, targets, times = collections.Counter(), collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for moment, took, target in rows:
        slot = int((moment - first) // bucket) * bucket
        counts[slot] += 1
        targets[target][slot] += 1
        times[(target.split("/")[0], slot)].append(took)
    slots = range(0, int(last - first) + 1, bucket)
    pools = sorted({pool for pool, _ in times})
    return bucket, [
        ("Requests", "requests", {"all": [(slot, counts[slot]) for slot in slots]}),
        ("Requests per target", "requests", {name: [(slot, seen[slot]) for slot in slots] for name, seen in sorted(targets.items())}),
        ("Response time, 95th percentile", "s",
         {pool: [(slot, percentile(times[(pool, slot)])) for slot in slots if (pool, slot) in times] for pool in pools}),
    ]


def percentile(values, share=0.95):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def from_cloudwatch(stack, minutes):
    """The same three series from CloudWatch."""
    described = json.loads(subprocess.check_output(["aws", "cloudformation", "describe-stacks", "--stack-name", stack, "--output", "json"]))
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}
    balancer = {"Name": "LoadBalancer", "Value": outputs["BalancerName"]}
    pools = {name: {"Name": "TargetGroup", "Value": outputs[f"{name.capitalize()}TargetsName"]} for name in ["site", "api"]}
    asked = [("Requests", "requests", "all", "RequestCount", "Sum", [balancer])]
    asked += [("Requests per target", "requests", name, "RequestCountPerTarget", "Sum", [pool]) for name, pool in pools.items()]
    asked += [("Response time, 95th percentile", "s", name, "TargetResponseTime", "p95", [balancer, pool]) for name, pool in pools.items()]
    queries = [
        {"Id": f"m{number}", "MetricStat": {"Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions},
                                            "Period": 60, "Stat": stat}}
        for number, (_, _, _, metric, stat, dimensions) in enumerate(asked)
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    start = now - datetime.timedelta(minutes=minutes)
    answer = json.loads(subprocess.check_output([
        "aws", "cloudwatch", "get-metric-data", "--output", "json", "--metric-data-queries", json.dumps(queries),
        "--start-time", start.isoformat(), "--end-time", now.isoformat(), "--scan-by", "TimestampAscending"]))
    charts = {}
    for (title, unit, name, *_), result in zip(asked, sorted(answer["MetricDataResults"], key=lambda r: int(r["Id"][1:]))):
        moments = [datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")) for stamp in result["Timestamps"]]
        series = [((moment - start).total_seconds(), value) for moment, value in zip(moments, result["Values"])]
        charts.setdefault((title, unit), {})[name] = series
    return 60, [(title, unit, series) for (title, unit), series in charts.items()]


def chart(title, unit, series, width=880, height=220):
    """One line chart as SVG, with its table."""
    left, right, top, bottom = 60, 10, 12, 26
    most_x = max((x for points in series.values() for x, _ in points), default=1) or 1
    most_y = max((y for points in series.values() for _, y in points), default=1) or 1
    across = lambda x: left + (width - left - right) * x / most_x  # noqa: E731
    up = lambda y: height - bottom - (height - top - bottom) * y / most_y  # noqa: E731
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">']
    for step in range(5):
        value = most_y * step / 4
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{up(value):.1f}" y2="{up(value):.1f}" stroke="#ddd"/>'
                     f'<text x="{left - 6}" y="{up(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>')
        moment = most_x * step / 4
        parts.append(f'<text x="{across(moment):.1f}" y="{height - 8}" text-anchor="middle">{moment:.0f} s</text>')
    for number, (name, points) in enumerate(series.items()):
        color = COLORS[number % len(COLORS)]
        line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{line}"/>')
    parts.append("</svg>")
    rows = []
    for number, (name, points) in enumerate(series.items()):
        values = [y for _, y in points] or [0]
        total = f"{sum(values):.0f}" if unit == "requests" else "–"
        rows.append(f'<tr><th><span style="color:{COLORS[number % len(COLORS)]}">■</span> {html.escape(name)}</th><td>{total}</td>'
                    f"<td>{statistics.median(values):.4g}</td><td>{max(values):.4g}</td></tr>")
    table = f"<table><tr><th>{html.escape(unit)}</th><th>in all</th><th>median</th><th>most</th></tr>{''.join(rows)}</table>"
    return f"<h2>{html.escape(title)}</h2>{''.join(parts)}{table}"


def draw(bucket, charts, source):
    style = ("body{font:15px/1.5 system-ui,sans-serif;max-width:920px;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
             "svg{width:100%;height:auto}svg text{font-size:11px;fill:#555}table{border-collapse:collapse}"
             "td,th{padding:.15rem .8rem .15rem 0;text-align:right}th:first-child{text-align:left}")
    body = "".join(chart(*each) for each in charts)
    return (f"<!doctype html><html lang=en><meta charset=utf-8><title>Load balancer</title><style>{style}</style>"
            f"<h1>Load balancer</h1><p>From {html.escape(source)}; each point is {bucket} s.</p>{body}</html>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    works = parser.add_subparsers(dest="work", required=True)
    loading = works.add_parser("load")
    loading.add_argument("url")
    loading.add_argument("--pause", type=float, default=60)
    loading.add_argument("--requests", type=int, default=1000)
    drawing = works.add_parser("draw")
    source = drawing.add_mutually_exclusive_group(required=True)
    source.add_argument("--haproxy", metavar="LOG")
    source.add_argument("--cloudwatch", metavar="STACK")
    drawing.add_argument("--minutes", type=int, default=30)
    drawing.add_argument("page")
    options = parser.parse_args()
    if options.work == "load":
        answered = load(options.url, options.pause, options.requests)
        print(", ".join(f"{count} answered {status}" for status, count in sorted(answered.items(), key=str)))
        sys.exit(set(answered) != {200})
    if options.haproxy:
        with open(options.haproxy, errors="replace") as log:
            bucket, charts = from_haproxy(log)
        name = "HAProxy's log"
    else:
        bucket, charts = from_cloudwatch(options.cloudwatch, options.minutes)
        name = "CloudWatch"
    with open(options.page, "w") as page:
        page.write(draw(bucket, charts, name))


if __name__ == "__main__":
    main()
