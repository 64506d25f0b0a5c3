"""The console: what coordinators see. Server-made pages that work without any script."""

from sms_service.console.pages import routes

__all__ = ["routes"]
