"""A Kubernetes API server in small, and a server of Calling whose manager sends it every request that it knows.

What the API answers follows the API reference (Scale v1 autoscaling, Pod v1 core, HorizontalPodAutoscaler v2 autoscaling):
https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/
An object has the metadata that every object has, by the API conventions (namespace, name, uid, resourceVersion,
creationTimestamp), and the fields that the reference calls required; the answer to a change is the changed object.
"""

import copy
import html
import json
import re
import socket
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from administrator import Administrator
from fleet import SMALL, Server

NAMESPACE, DEPLOYMENT, POD = "site", "app", "app-6d5f9c7b8d-x2x4q"
SCALE = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{DEPLOYMENT}/scale"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods/{POD}"
AUTOSCALER = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/{DEPLOYMENT}"
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"


def metadata(name):
    return {"name": name, "namespace": NAMESPACE, "uid": "4c2b1f0e-7f4a-4f0e-9d53-0c8f5f6d1a2b", "resourceVersion": "21402",
            "creationTimestamp": "2026-12-01T09:00:00Z"}


def objects():
    """What the cluster holds at first. There is no autoscaler yet."""
    scale = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata(DEPLOYMENT), "spec": {"replicas": 3},
             "status": {"replicas": 3, "selector": "app.kubernetes.io/name=app"}}
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata(POD) | {"labels": {"app.kubernetes.io/name": "app"}},
           "spec": {"containers": [{"name": "app", "image": "localhost/calling:1"}]}, "status": {"phase": "Running"}}
    return {SCALE: scale, PODS: pod}


def merged(found, patch):
    """A JSON merge patch, by RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(found) if isinstance(found, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


@dataclass
class Asked:
    """A request, and the object that was answered; None if there was none."""

    method: str
    path: str
    kind: str
    authorization: str
    body: dict
    result: dict


class Cluster(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.objects, self.asked, self.alone = objects(), [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, method, path, kind, authorization, body):
        place = path.split("?")[0]
        status, result = 404, None
        with self.alone:
            if method == "GET" and place in self.objects:
                status, result = 200, self.objects[place]
            elif method == "PATCH" and kind == MERGE and place in self.objects:
                status, result = 200, merged(self.objects[place], body)
            elif method == "PATCH" and kind == APPLY and place == AUTOSCALER:
                # The object is made if it is not there yet.
                status, result = 201, merged({"metadata": metadata(DEPLOYMENT)}, body)
            self.asked.append(Asked(method, path, kind, authorization, body, copy.deepcopy(result)))
            if result is None:
                return status, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "NotFound",
                                "message": "not found", "code": status}
            self.objects[place] = result
        return status, result


class Answering(BaseHTTPRequestHandler):
    def answer(self):
        text = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, result = self.server.answer(self.command, self.path, self.headers.get("content-type", ""),
                                            self.headers.get("authorization", ""), json.loads(text) if text else None)
        said = json.dumps(result).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_PATCH = answer

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def manage(administrator):
    """One of everything that the manager's pages can ask of Kubernetes."""
    administrator.step("POST", "/manager/size", {"servers": "5"}, 303)
    page = administrator.step("GET", "/manager/policy", None, 200)
    fields = dict(re.findall(r'<input type="text"[^>]* name="([^"]*)" value="([^"]*)"', page))
    assert len(fields) == 6, fields
    administrator.step("POST", "/manager/policy", {name: html.unescape(value) for name, value in fields.items()}, 303)
    listed = json.loads(administrator.step("GET", "/manager/servers.json", None, 200))["servers"]
    (server,) = [server["id"] for server in listed if server["name"] == POD]
    administrator.step("POST", f"/manager/servers/{server}/remove", {}, 303)


def requests():
    """What a manager asks of the API."""
    cluster = Cluster()
    with tempfile.TemporaryDirectory() as folder:
        # An empty list of certificates is enough: on loopback the API may be without TLS.
        for name, text in {"token": "a-token\n", "namespace": f"{NAMESPACE}\n", "ca.crt": ""}.items():
            Path(folder, name).write_text(text)
        database, port = f"sqlite://{folder}/calling.db", free_port()
        server = Server(port, database, CALLING_SCALE_DEPLOYMENT=DEPLOYMENT, CALLING_KUBERNETES_ACCOUNT=folder,
                        CALLING_KUBERNETES_API=f"http://127.0.0.1:{cluster.server_port}", CALLING_SERVER_NAME=POD, **SMALL)
        try:
            server.start()
            manage(Administrator(f"http://127.0.0.1:{port}", database))
        finally:
            server.kill()
            cluster.shutdown()
            cluster.server_close()
    return cluster.asked
