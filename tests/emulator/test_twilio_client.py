"""Twilio's own client against the emulator, over a real socket."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from .practice import ADA, BEN, HOME, LINE, Answer


class Redirected(HttpClient):
    """Twilio's transport on httpx, with the emulator in place of Twilio's host."""

    def __init__(self, base: str) -> None:
        super().__init__(None, False, None)
        self.base = urlsplit(base)

    def request(
        self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False
    ):
        parts = urlsplit(url)._replace(scheme=self.base.scheme, netloc=self.base.netloc)
        answer = httpx.request(
            method, urlunsplit(parts), params=params, data=data, headers=headers, auth=auth, timeout=10
        )
        return Response(answer.status_code, answer.text, answer.headers)


@pytest.fixture
def twilio(live, settings):
    return Client(settings.account_sid, settings.auth_token, http_client=Redirected(live))


def test_a_text_is_sent_and_read_again(twilio):
    sent = twilio.messages.create(to=ADA, from_=LINE, body="Hello", validity_period=600)
    read = twilio.messages(sent.sid).fetch()
    assert (read.body, read.to, read.from_, read.direction) == ("Hello", ADA, LINE, "outbound-api")
    assert (read.date_created.tzinfo, read.num_segments) == (UTC, "1")


def test_a_refusal_arrives_as_twilios_exception(twilio):
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages.create(to="+15005550004", from_=LINE, body="Hello")
    assert (caught.value.status, caught.value.code) == (400, 21610)


def test_a_wrong_token_arrives_as_twilios_exception(live, settings):
    stranger = Client(settings.account_sid, "wrong", http_client=Redirected(live))
    with pytest.raises(TwilioRestException) as caught:
        stranger.messages.create(to=ADA, from_=LINE, body="Hello")
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_the_list_is_paged_newest_first_without_loss(twilio):
    sent = [twilio.messages.create(to=ADA, from_=LINE, body=str(number)).sid for number in range(7)]
    assert [row.sid for row in twilio.messages.list(page_size=3)] == sent[::-1]
    assert [row.body for row in twilio.messages.list(limit=4, page_size=2)] == ["6", "5", "4", "3"]


def test_a_page_goes_on_where_the_last_one_ended_even_if_new_texts_came(twilio):
    for number in range(4):
        twilio.messages.create(to=ADA, from_=LINE, body=str(number))
    first = twilio.messages.page(page_size=2)
    twilio.messages.create(to=ADA, from_=LINE, body="new")
    assert [row.body for row in first] == ["3", "2"]
    assert [row.body for row in first.next_page()] == ["1", "0"]


def test_to_from_and_dates_filter_the_list(twilio, live, practice):
    practice.answers.append(Answer("<Response><Message>Welcome</Message></Response>"))
    httpx.post(f"{live}/emulator/texts", json={"from": BEN, "body": "JOIN"})
    twilio.messages.create(to=ADA, from_=LINE, body="Hello")
    now = datetime.now(UTC)
    assert [row.body for row in twilio.messages.list(to=ADA)] == ["Hello"]
    assert [row.body for row in twilio.messages.list(from_=BEN)] == ["JOIN"]
    assert {row.direction for row in twilio.messages.list()} == {"inbound", "outbound-reply", "outbound-api"}
    recent = twilio.messages.list(to=BEN, date_sent_after=now - timedelta(minutes=1))
    assert [row.body for row in recent] == ["Welcome"]
    assert twilio.messages.list(date_sent_after=now + timedelta(minutes=1)) == []
    assert twilio.messages.list(date_sent_before=now - timedelta(minutes=1)) == []
    assert len(twilio.messages.list(date_sent=now.date())) == 3


def test_a_settled_text_is_redacted_and_deleted(twilio):
    sent = twilio.messages.create(to=ADA, from_=LINE, body="Hello")
    tries = (twilio.messages(sent.sid).fetch().status for _ in range(500))
    assert "delivered" in tries
    assert twilio.messages(sent.sid).update(body="").body == ""
    assert twilio.messages(sent.sid).delete()
    with pytest.raises(TwilioRestException):
        twilio.messages(sent.sid).fetch()


def test_a_call_is_placed_read_and_listed(twilio):
    call = twilio.calls.create(
        to=ADA, from_=LINE, url=f"{HOME}/twilio/voice", status_callback_event=["initiated", "completed"]
    )
    assert call.sid.startswith("CA")
    assert twilio.calls(call.sid).fetch().to == ADA
    assert [row.sid for row in twilio.calls.list(to=ADA)] == [call.sid]
    assert twilio.calls.list(to=BEN) == []
