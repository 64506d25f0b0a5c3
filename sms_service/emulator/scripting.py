"""Scripting the emulator over HTTP, with JSON. Numbers are in E.164 form; in a query, write the plus as %2B.

POST /emulator/texts {"from": "+17575550111", "to": "+17575550100", "body": "JOIN", "media": ["image/jpeg"]}
    Sends a text from a phone and waits for the service's answer. "to" may be left out: it is then the first
    service number. "sid" of an earlier text replays that text; an answer that comes a second time is
    reported, its replies with "sid": null, and goes to no phone.
    -> {"sid", "attempts": [{"url", "status", "error"}], "replies": [{"sid", "to", "body", "segments"}],
        "error": null or {"code", "message"}}; "error" is that of the webhook, also where the fallback helped.

POST /emulator/collectable {"from", "to", "body"}
    A text that Twilio has in its list but could deliver to no webhook. -> {"sid", "seq"}

POST /emulator/calls {"from", "to"}
    Calls the service from a phone and hears it until it waits for the phone, or to the end. What waits in a call
    takes no time: pauses and timeouts are counted, not slept.
    -> {"sid", "status", "words", "spoken": [{"kind", "text", "language", "voice", "seconds"}], "paused", "waited",
        "waits": null or the attributes of the Gather, "answered_by", "duration", "version",
        "documents": [{"url", "source", "error"}], "attempts", "error"}; so do the next ones.
    "kind" is say, play, pause or dial by the service, and press, speech or silence by the person.

POST /emulator/calls/{sid}/press {"digits": "12#"}
POST /emulator/calls/{sid}/say {"speech": "yes", "confidence": 0.9}
    Keys, or words, as a Gather takes them; digits that neither numDigits nor finishOnKey ends wait for more.
POST /emulator/calls/{sid}/wait
    Lets the time pass: the Gather's timeout, or the ringing of a call that nobody takes.
POST /emulator/calls/{sid}/answer {"by": "human", "machine" or "unknown"}
POST /emulator/calls/{sid}/decline {"status": "busy", "no-answer" or "failed"}
    Takes, or does not take, a call that rings.
POST /emulator/calls/{sid}/hangup
GET  /emulator/calls/{sid}
    The record of the call.

GET /emulator/messages?phone=%2B17575550111&since=12
    What the phone has, oldest first; "since" is a seq or an ISO time, "phone" may be left out for all phones.
    -> [{"seq", "sid", "direction", "from", "to", "body", "media", "status", "segments", "encoding",
         "error_code", "at"}]

GET /emulator/wait?phone=%2B17575550111&after=12&seconds=5
    Returns as soon as a text to that phone with a higher seq is there, or an empty list when the time is up
    (60 seconds at most). Texts that failed or were refused do not count.

GET /emulator/calls?phone=%2B17575550111
    Calls with what was said, without their documents.

GET /emulator/troubles?phone=%2B17575550111
    What went wrong: failed webhooks, TwiML that cannot be read, refusals.
    -> [{"seq", "code", "message", "phone", "sid", "url", "at"}]

GET /emulator/stats
    Accepted texts by sender and by recipient, duplicates, refusals, webhooks, callbacks, states.

POST /emulator/modes {"number": "+17575550100", "opt_out": "ours" or "twilio", "opt_out_type": true}
    Who minds STOP, START and HELP for that number. In "twilio" the carrier answers them itself and sends
    nothing to whoever stopped (21610). "opt_out_type" adds OptOutType to the webhook.

GET, POST /emulator/faults
    Read the faults, or set those that are named and leave the others:
    "callbacks"       "normal", "lost", "late" (by "seconds"), "repeated" or "shuffled" (last status first)
    "hold_seconds"    texts wait so long in the sender's queue; one with a shorter ValidityPeriod fails
    "lose_answers"    so many sends are accepted, and the connection breaks off before the answer
    "refuse"          {"code", "status", "count"}: the next sends are turned down, such as 20429 with 429
    "fail_later"      {"code", "status", "count"}: the next texts end as "undelivered" or "failed"
    "repeat_webhook"  each text from a phone is posted so many times more; only the last answer counts
    "calls"           what becomes of a call to a phone: "normal" (it rings on an open page, and is answered
                      elsewhere), "ring" (until a script answers), "answered" (by somebody who stays silent),
                      "machine", "no-answer", "busy" or "failed"
    Besides, a text to +150055 followed by 30003 to 30009 or 30017 (such as +15005530003) is never delivered,
    for that reason, and Twilio's own test numbers behave as documented there.

POST /emulator/release    Lets all held texts go now.
POST /emulator/reset      Forgets everything, also faults and modes; the service keeps what it has.
POST /emulator/next       Asks the demo's clock to go to the next check-in, and answers what it answers.
GET  /healthz             {"status": "ok"}
"""

from fastapi import APIRouter

from sms_service.emulator import call_scripting, controls, reading, texts

router = APIRouter(prefix="/emulator")
for part in (texts, reading, call_scripting, controls):
    router.include_router(part.router)
