# The service in one image: web, workers, cron and every command of `sms-service`.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /srv
RUN useradd --system --no-create-home --shell /usr/sbin/nologin service

# What changes seldom comes first, so that a change of the code installs nothing anew.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY flows/ flows/
COPY sms_service/ sms_service/
COPY workers/ workers/
RUN pip install --no-deps --no-build-isolation .

USER service

# Every setting comes from the environment when a container starts; there is no secret in the image.
ENV HOST=0.0.0.0 \
    PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["sms-service", "serve"]
