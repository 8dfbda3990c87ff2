"""Signs what is sent, as Standard Webhooks has it, so that a receiver can tell who sent it and when."""

from __future__ import annotations

import base64
import hashlib
import hmac

from dealwright.crm.webhooks import SECRET_PREFIX


def headers(secret: str, id: str, timestamp: int, content: bytes) -> dict[str, str]:
    """The headers that go with a message."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((id.encode(), str(timestamp).encode(), content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
