"""Signs messages as Standard Webhooks specifies, so that a receiver can verify sender and time."""

from __future__ import annotations

import base64
import hashlib
import hmac

from dealwright.crm.integration.webhooks import SECRET_PREFIX


def signature_headers(secret: str, id: str, timestamp: int, content: bytes) -> dict[str, str]:
    """Returns the headers with id, timestamp and signature of a message."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((id.encode(), str(timestamp).encode(), content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
