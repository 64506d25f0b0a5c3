"""A pretend Twilio, with phones on a web page.

It speaks Twilio's HTTP and signs its requests, so that the service can be tried and tested without an
account. It knows nothing of the service beyond the addresses of its webhooks, and keeps everything in memory.
"""

from sms_service.emulator.app import create_app
from sms_service.emulator.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "create_app"]
