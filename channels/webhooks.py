"""What every webhook needs: the body as an object, and Meta's signature over its bytes."""

import hashlib
import hmac
import json
from typing import Any

from fastapi import HTTPException


def json_object(body: bytes) -> dict[str, Any]:
    """The body of a webhook call as an object.

    Raises:
        HTTPException: 400, it is none.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "not JSON") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "not an object")
    return value


def is_signed(body: bytes, signature: str, *, app_secret: str) -> bool:
    """Whether the bytes carry Meta's signature (header X-Hub-Signature-256); compared in constant time.

    Source: developers.facebook.com, "Webhooks: validating payloads".
    """
    expected = "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def answered_challenge(query: dict[str, str], *, verify_token: str) -> str:
    """What the verification handshake of a Meta webhook is answered with.

    Raises:
        HTTPException: 403, it does not know the token we agreed on.
    """
    token = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(token.encode(), verify_token.encode()):
        raise HTTPException(403, "wrong verify token")
    return query.get("hub.challenge", "")
