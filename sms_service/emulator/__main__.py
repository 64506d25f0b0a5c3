"""Run the emulator: `python -m sms_service.emulator`.

TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN  required; the same as the service has
EMULATOR_HOST, EMULATOR_PORT           where to listen (127.0.0.1, 8001)
SERVICE_URL                            the service, whose webhooks are under /twilio (http://127.0.0.1:8000)
SERVICE_NUMBERS                        the service's numbers, with commas between (+17575550100)
OPT_OUT_MODE                           who minds STOP: `ours` (the service) or `twilio` (ours)
OPT_OUT_TYPE                           yes: in mode `twilio`, tell the service so by OptOutType (no)
CLOCK_URL                              if set, the page has a button that posts {"to": "next"} there
JOIN_HINT                              the word that the page suggests to text first (JOIN)
"""

import os
import sys

import uvicorn

from sms_service.emulator.app import create_app
from sms_service.emulator.settings import Settings, SettingsError


def main() -> int:
    """Serve until stopped; a setting that cannot be used ends it with status 2."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"emulator: {error}\n")
        return 2
    # Addresses hold telephone numbers, so there is no access log; open pages must not delay the end.
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
