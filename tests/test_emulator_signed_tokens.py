"""What a token of the emulator is good for, and what is no token."""

import pytest

from emulator.signed_tokens import SignedTokens

KEY = b"k" * 32
TOKENS = SignedTokens(KEY)
HERE = "https://127.0.0.1:1"
CLAIMS: dict[str, object] = {"tid": "tenant", "actions": ["pull", "push"]}


def issued(tokens: SignedTokens = TOKENS, audience: str = HERE, seconds: int = 60) -> str:
    return tokens.issue(audience, CLAIMS, seconds=seconds)


def test_a_token_says_what_it_was_issued_for() -> None:
    claims = TOKENS.read(issued(), HERE)

    assert {name: claims[name] for name in CLAIMS} == CLAIMS


def test_a_token_outlives_who_issued_it_as_long_as_the_key_does() -> None:
    assert SignedTokens(KEY).read(issued(), HERE)


def test_a_token_for_another_audience_tells_only_whom_it_is_for() -> None:
    token = issued(audience="https://127.0.0.1:2")

    assert TOKENS.read(token, HERE) == {}
    assert TOKENS.audience(token) == "https://127.0.0.1:2"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "token",
        "a.b.c",
        "\udc80",
        issued(seconds=-1),
        issued(SignedTokens(b"other" * 7)),
        f"{issued()[:-6]}forged",
        # {"alg": "none"}, and no signature.
        f"eyJhbGciOiJub25lIn0.{issued().split('.')[1]}.",
    ],
    ids=["none", "word", "three words", "bytes", "old", "other key", "forged", "unsigned"],
)
def test_what_is_no_valid_token_says_nothing(token: str) -> None:
    assert TOKENS.read(token, HERE) == {}
    assert TOKENS.audience(token) == ""


def test_a_key_is_not_shown() -> None:
    assert "k" * 32 not in repr(TOKENS)
