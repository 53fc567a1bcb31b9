"""Keep SAS signatures and tokens out of every text that is shown or logged."""

import re

_SIGNATURE = re.compile(r"(\bsig(?:=|%3D))[^&\s\"'<>\\]+", re.IGNORECASE)
_TOKEN = re.compile(
    r"(\b(?:access_token|refresh_token|client_secret)[\"']?[=:]\s*[\"']?)[^&\s\"',}]+"
)
_BEARER = re.compile(r"(\b(?:Bearer|Basic) )[A-Za-z0-9._~+/=-]{16,}")


def redact(text: str) -> str:
    """Give the text with every SAS signature and token replaced by REDACTED."""
    for pattern in (_SIGNATURE, _TOKEN, _BEARER):
        text = pattern.sub(r"\1REDACTED", text)
    return text
