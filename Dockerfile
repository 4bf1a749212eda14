# Gateway and Rasa in one image, both extras included. Build: docker compose build
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 make git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/wegwijs

COPY requirements.txt requirements-translate.txt pyproject.toml Makefile ./
COPY bot/rasa bot/rasa
RUN python -m venv .venv \
    && .venv/bin/pip install --require-hashes -r requirements.txt \
    && python -m venv .venv-rasa \
    && .venv-rasa/bin/pip install --no-deps --ignore-requires-python --require-hashes -r bot/rasa/requirements-py311.txt

# The extras: machine translation for the desk, a bigger encoder from a local folder. The CPU build of torch first, so
# that the other packages do not bring the build for graphics cards.
ARG TORCH_INDEX
RUN .venv/bin/pip install --no-deps --require-hashes -r requirements-translate.txt \
    && .venv/bin/pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "torch==2.13.0" \
    && .venv/bin/pip install "sentence-transformers>=5"

COPY . .
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && useradd --create-home wegwijs && mkdir -p /data && chown wegwijs /data
USER wegwijs
ENV WEGWIJS_DATA_DIR=/data WEGWIJS_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s \
    CMD [".venv/bin/python", "-c", "import httpx; httpx.get('http://127.0.0.1:8000/health').raise_for_status()"]
CMD [".venv/bin/wegwijs", "run"]
