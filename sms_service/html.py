"""How the service answers with a page: a template, its language and the headers that every page carries.

A plain function and not a middleware, so that the webhooks pay nothing for it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from functools import cache, wraps
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sms_service import style
from sms_service.health import AWAY
from sms_service.translation import say, told

PUBLIC = "public, max-age=300"
PRIVATE = "no-store"
LANGUAGE_COOKIE = "checkin_language"

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Request], Awaitable[Response]]


class MissingPageError(LookupError):
    """There is nothing at this address, or nothing for whoever asks. Which of the two is not said."""


@pass_context
def _one(context: Context, english: str) -> str:
    return say(context["lang"], english)


@pass_context
def _several(context: Context, singular: str, plural: str, number: int) -> str:
    return say(context["lang"], singular if number == 1 else plural)


@pass_context
def _told(context: Context, value: object) -> object:
    return told(context.get("lang", "en"), value)


@cache
def environment() -> Environment:
    """Return the templates, with the words of the console in two languages."""
    loader = ChoiceLoader(
        [
            PackageLoader("sms_service", "templates"),
            PrefixLoader({"console": PackageLoader("sms_service.console", "templates")}),
        ]
    )
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=_told,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.filters["told"] = _told
    made.globals["style"] = style.address
    made.install_gettext_callables(_one, _several, newstyle=True)  # type: ignore[attr-defined]
    return made


def page(
    template: str,
    *,
    lang: str = "en",
    status: int = 200,
    cache: str = PRIVATE,
    referrer: str = "no-referrer",
    **values: Any,
) -> HTMLResponse:
    """Return a page made of `template`, in `lang` ("en" or "es").

    Pages with a form need `referrer="same-origin"`: under "no-referrer" a browser sends `Origin: null` with the form.
    """
    headers = {**_HEADERS, "Referrer-Policy": referrer, "Cache-Control": cache, "Content-Language": lang}
    if cache == PUBLIC:
        headers["Vary"] = "Accept-Language"
    body = environment().get_template(template).render(lang=lang, **values)
    return HTMLResponse(body, status_code=status, headers=headers)


def language(request: Request) -> str:
    """Return the language to answer in: the one asked for by `?lang=`, else the one that was chosen in the console,
    else the browser's first, else English.
    """
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    asked = chosen or request.headers.get("accept-language", "")
    return "es" if asked.strip().lower().startswith("es") else "en"


def keep_language(response: Response, lang: str, *, secure: bool) -> None:
    """Set the cookie that says which language the console speaks to this browser."""
    response.set_cookie(
        LANGUAGE_COOKIE, lang, max_age=31_536_000, path="/console", secure=secure, httponly=True, samesite="lax"
    )


def missing(request: Request) -> HTMLResponse:
    """Return the page that says there is nothing here."""
    return page("missing.html", lang=language(request), status=404)


def answered(handler: Handler) -> Handler:
    """Wrap a page's handler so that a missing page, or a database that is away, is said in a page as well."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        if "\0" in request.scope["path"]:  # the database cannot even be asked for it
            return missing(request)
        try:
            return await handler(request)
        except MissingPageError:
            return missing(request)
        except AWAY:
            response = page("away.html", lang=language(request), status=503)
            response.headers["Retry-After"] = "60"
            return response

    return answer


def network_address(request: Request) -> str:
    """Return the network address that somebody comes from: our own proxy's word for it, where there is one.

    Of the sixth version it is the network, since each machine has as many addresses as it likes.
    """
    address = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        if forwarded and ipaddress.ip_address(address).is_private:
            address = forwarded
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
