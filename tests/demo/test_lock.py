"""One demo per data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sms_service.demo.errors import DemoError
from sms_service.demo.lock import Lock
from sms_service.demo.process import Child, Leashed


def test_a_second_demo_is_refused_with_the_id_of_the_first(folder: Path) -> None:
    first = Lock(folder)
    with pytest.raises(DemoError, match=f"in use by the demo with process id {os.getpid()}; stop it or set"):
        Lock(folder)
    first.release()
    Lock(folder).release()


def test_remains_that_do_not_end_are_said(folder: Path) -> None:
    killed = Lock(folder)
    assert killed.alone()
    remains = Leashed(Child("remains", ("/bin/sleep", "600"), {}, folder / "log"), (killed.inherited,))
    killed.release()

    after = Lock(folder)
    with pytest.raises(DemoError, match=r"have not ended within 0\.2 s"):
        after.wait(0.2)
    remains.let_go()
    after.wait(20)
    remains.stop()
    after.release()
