"""The least a FastAPI route can do, under the same server as the service: what the webhook is compared with."""

from fastapi import FastAPI

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/twilio/sms")
async def constant() -> dict[str, bool]:
    """Return the same thing every time."""
    return {"ok": True}
