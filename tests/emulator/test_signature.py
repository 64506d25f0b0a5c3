"""The signature, against Twilio's own validator as the oracle."""

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from sms_service.emulator.signature import sign

URL = "https://practice.test/twilio/sms?o=7&a=b%20c"


def test_twilios_published_example_is_reproduced():
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    signature = sign("https://mycompany.com/myapp.php?foo=1&bar=2", params, "12345")
    assert signature == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@given(st.dictionaries(st.text(min_size=1), st.text()), st.text(min_size=1))
def test_every_form_is_signed_as_the_oracle_signs_it(params, token):
    assert RequestValidator(token).validate(URL, params, sign(URL, params, token))


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_a_form_that_was_changed_is_not_accepted(params):
    signature = sign(URL, params, "token")
    name = next(iter(params))
    assert not RequestValidator("token").validate(URL, params | {name: params[name] + "x"}, signature)
