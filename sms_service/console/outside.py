"""A page for somebody who is not signed in: its form is bound to a cookie of its own."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sms_service.console import sessions
from sms_service.html import language, page
from sms_service.runtime import Runtime


def shown(rt: Runtime, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page. Its address is told to no other page, not even of ours: it may be a link that works once."""
    token, lang = sessions.visit(request), language(request)
    other = "en" if lang == "es" else "es"
    values = {"lang": lang, "proof": sessions.proof(rt, token), "languages": f"?lang={other}", **values}
    response = page(f"console/{template}", status=status, referrer="strict-origin", **values)
    sessions.keep_visit(rt, response, token)
    return response
