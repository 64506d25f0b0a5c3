"""The pages that answer a form: each is what it is thought to be, in both languages, and none is left out."""

from __future__ import annotations

import re

import pytest

from sms_service.console.pages import PAGES
from sms_service.runtime import Runtime
from tests.sms_service.filled import FILLED, NO_PAGE, answers
from tests.sms_service.furnished import HOSTILE, OUTSIDE, furnish
from tests.sms_service.test_console_spanish import english_left


def test_every_address_that_takes_a_form_is_walked() -> None:
    """A draft's stand for those of all programs."""
    walked = {one.path.replace("/programs/lark/", "/programs/{slug}/") for one in FILLED}
    assert walked | NO_PAGE == {page.path for page in PAGES if page.method == "POST"} | set(OUTSIDE)
    assert not walked & NO_PAGE


@pytest.mark.parametrize("language", ["en", "es"])
async def test_each_answer_is_what_it_is_thought_to_be(rt: Runtime, language: str) -> None:
    left = {}
    for one, got in await answers(await furnish(rt), language):
        where = f"{one.path} {dict(one.form)}"
        assert (where, got.status_code) == (where, one.status)
        assert HOSTILE not in got.text, where
        assert "<script>planted" not in got.text, where
        assert not re.search(r"<[^>]+\s(style|on\w+)=", got.text), where
        if language == "es" and (english := english_left(one.path, got.text)):
            left[where] = english
    assert not left, "\n".join(f"{where}: {one}" for where, one in left.items())
