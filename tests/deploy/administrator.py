"""An administrator as a browser without script: made by `calling admin create`, with the second factor of an app."""

import base64
import hmac
import html
import os
import re
import struct
import subprocess
import time

from fleet import BINARY
from visitor import Visitor

EMAIL = "admin@example.org"
PASSWORD = "kelp orbit marzipan nine"


def code(secret, at):
    """The six digits that an app shows (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), "sha1").digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Administrator(Visitor):
    """Logged in from the beginning."""

    def __init__(self, url, database):
        super().__init__(url)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLING_")}
        made = subprocess.run([BINARY, "admin", "create", EMAIL], env=environment | {"DATABASE_URL": database},
                              stdout=subprocess.PIPE, text=True, check=True)
        # The link sets the password and logs in.
        self.step("POST", made.stdout.split()[-1], {"new": PASSWORD}, 200)
        page = self.step("GET", "/account/second-factor", None, 200)
        secret = html.unescape(re.search(r'id="secret"[^>]*>([^<]*)<', page)[1]).replace(" ", "")
        self.step("POST", "/account/second-factor", {"code": code(secret, time.time())}, 303)

    def step(self, method, path, fields, expected):
        status, _, said = self.ask(method, path, fields=fields)
        assert status == expected, f"{method} {path.split('?')[0][:20]}: {status}: {said[:300]}"
        return said
