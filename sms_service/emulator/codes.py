"""Twilio's error codes, with the words it uses for them and the words that the page shows."""


class Refusal(Exception):  # noqa: N818 -- an answer that Twilio gives, not a fault of the emulator
    """A request that Twilio turns down: its code and the HTTP status that goes with it."""

    def __init__(self, code: int, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status

    def __str__(self) -> str:
        return explain(self.code)

    def as_json(self) -> dict[str, object]:
        """Twilio's shape of an error."""
        return {
            "code": self.code,
            "message": explain(self.code),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


_WORDS = {
    11200: "The webhook failed: the service answered with an error, too late, or without a content type",
    11205: "The webhook failed: nothing answered at the service's address",
    11215: "The call went from document to document without end",
    12100: "The service's TwiML is not well-formed XML",
    12200: "The service's TwiML holds something that Twilio does not know",
    12300: "The service's answer has the wrong content type; TwiML must be text/xml",
    14103: "The service's TwiML holds a message with neither text nor picture",
    20001: "A parameter of the request cannot be used",
    20003: "Authenticate: the account SID and the auth token do not match",
    20009: "Cannot change or delete this message before it has settled",
    20404: "The requested resource was not found",
    20429: "Too many requests; wait and send again",
    20500: "An internal server error has occurred",
    21201: "No 'To' number is specified",
    21205: "Neither a valid 'Url' nor 'Twiml' is given",
    21210: "'From' is not a phone number that this account may call from",
    21211: "Invalid 'To' phone number",
    21212: "Invalid 'From' number",
    21214: "'To' phone number cannot be reached",
    21215: "The account is not allowed to call this country",
    21216: "The account is not allowed to call this number",
    21217: "The phone number is not valid",
    21408: "Permission to send to this region is not enabled",
    21602: "A message body is required",
    21603: "A 'From' number or a messaging service is required",
    21606: "'From' is not a number of this account that can send texts",
    21609: "Invalid 'StatusCallback' address",
    21610: "The person has opted out of texts from this number; Twilio sends nothing until they text START",
    21611: "The sender's queue is full",
    21612: "'To' cannot be reached from this sender",
    21614: "'To' is not a mobile number",
    21617: "The message is longer than 1,600 characters",
    30001: "Queue overflow",
    30002: "The account is suspended",
    30003: "The phone cannot be reached: switched off or without signal",
    30004: "The message is blocked",
    30005: "The phone does not exist any more",
    30006: "The number is a landline or its carrier cannot be reached",
    30007: "The carrier filtered the message",
    30008: "The message was not delivered; the carrier gave no reason",
    30009: "A segment of the message went missing",
    30017: "The carrier is congested",
    30036: "The message waited longer than its validity period and was not sent",
}


def explain(code: int) -> str:
    """Say in plain words what an error code means."""
    return _WORDS.get(code, f"Twilio's error {code}")
