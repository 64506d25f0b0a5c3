"""Stand-ins for what the demo starts, so that the supervisor can be tried without the service.

    python -m tests.demo.pretend run                  the supervisor itself, with the table below
    python -m tests.demo.pretend answer PORT          a web server on the port that this variable names
    python -m tests.demo.pretend seed | migrate | idle

`migrate` fails if MIGRATE_FAILS holds a line, and prints it. `run` also proves that a table is all it takes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

from sms_service.demo.children import Row, Table
from sms_service.demo.supervisor import run

_ME = ("-m", "tests.demo.pretend")

TABLE = Table(
    migrate=(*_ME, "migrate"),
    seed=(*_ME, "seed"),
    rows=(
        Row("web", (*_ME, "answer", "PORT"), ready="/readyz"),
        Row("tick", (*_ME, "idle")),
        Row("emulator", (*_ME, "answer", "EMULATOR_PORT"), sees="emulator", ready="/healthz"),
    ),
    clock="tests.demo.pretend",
)


def move(environment: Mapping[str, str], to: str) -> dict[str, str]:
    """Play the calendar: it only says which service it would have moved."""
    return {"to": to, "service": environment["PUBLIC_URL"]}


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"pid": os.getpid(), "sees": sorted(os.environ)}).encode())


def _seed() -> None:
    told = {
        "coordinator": {
            "email": "dora@example.org",
            "password": os.environ["DEMO_COORDINATOR_PASSWORD"],
            "totp_secret": os.environ["DEMO_COORDINATOR_TOTP_SECRET"],
            "totp_uri": "otpauth://totp/x",
        },
        "program": {"name": "Harbor", "keyword": "HARBOR", "number": "+17575550100", "page": "/p/harbor"},
    }
    print(json.dumps(told))


def main(task: str, *rest: str) -> None:
    if task == "run":
        sys.exit(run(table=TABLE))
    elif task == "answer":
        HTTPServer(("127.0.0.1", int(os.environ[rest[0]])), _Answer).serve_forever()
    elif task == "seed":
        _seed()
    elif task == "migrate":
        sys.exit(os.environ.get("MIGRATE_FAILS"))
    else:
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
