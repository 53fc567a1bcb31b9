"""A SAS that a user brings: every fault is named at once, and the SAS is never shown."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pulumi
import pytest
from existing_ids import ACCOUNT
from mock_engine import record
from sides import source

from components.model.configuration import load_settings
from components.model.errors import SettingsError
from components.model.sas_check import sas_faults
from components.model.sas_source import SasTerms, sas_fields
from components.model.sas_terms import Grant
from components.source_side import SourceSide

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SIGNATURE = "c2VjcmV0+signature="
GOOD = {
    "sv": "2021-12-02",
    "sr": "c",
    "sp": "rawl",
    "st": "2026-11-01T00:00:00Z",
    "se": "2099-01-01T00:00:00Z",
    "spr": "https",
    "sig": SIGNATURE,
}
DELEGATION = {
    "skoid": "00000000-0000-0000-0000-00000000aaaa",
    "skt": "2026-11-22T00:00:00Z",
    "ske": "2026-11-29T00:00:00Z",
}
WITH_POLICY = {key: GOOD[key] for key in GOOD if key not in ("st", "se", "sp")} | {"si": "weekly"}
ACCOUNT_SAS = {key: GOOD[key] for key in GOOD if key != "sr"} | {
    "ss": "b",
    "srt": "co",
    "sp": "rwlac",
}


def token(fields: dict[str, str], **changes: str | None) -> str:
    merged = {key: value for key, value in {**fields, **changes}.items() if value is not None}
    return f"?{urlencode(merged)}"


@pytest.mark.parametrize(
    "fields",
    [
        GOOD,
        ACCOUNT_SAS,
        {**GOOD, "st": "2026-11-22T00:00:00Z"},
        {**GOOD, **DELEGATION},
        WITH_POLICY,
    ],
)
def test_a_good_sas_has_no_fault(fields: dict[str, str]) -> None:
    assert sas_faults(token(fields), Grant("source", "container"), NOW) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (token(GOOD)[1:], "it does not start with ?"),
        (token(GOOD, sig=None), "it has no signature (sig)"),
        (token(GOOD).replace("%3D", "%253D"), "its signature is percent-encoded twice"),
        (token(GOOD, spr=None), "it is not for https alone (spr=https)"),
        (token(GOOD, spr="https,http"), "it is not for https alone (spr=https)"),
        (
            token(GOOD, sip="10.0.0.1"),
            "it is bound to an address (sip), and the service has no fixed one",
        ),
        (
            token(GOOD, se=None),
            "it has no expiry (se), such as 2027-01-31 or 2027-01-31T00:00:00Z",
        ),
        (
            token(GOOD, se="soon"),
            "its expiry (se) is no time that storage reads, such as 2027-01-31 or "
            "2027-01-31T00:00:00Z",
        ),
        (token(GOOD, se="2026-11-22T00:00:00Z"), "it has expired at 2026-11-22 00:00 UTC"),
        (
            token({**GOOD, **DELEGATION}, ske="2026-11-22T12:00:00Z"),
            "it has expired at 2026-11-22 12:00 UTC",
        ),
        (
            token(GOOD, st="soon"),
            "its start (st) is no time that storage reads, such as 2027-01-31 or "
            "2027-01-31T00:00:00Z",
        ),
        (token(GOOD, st="2026-11-24"), "it is not valid before 2026-11-24 00:00 UTC"),
        (token(GOOD, sr="b"), "it is for one blob (sr=b), not for a container (sr=c)"),
        (token(GOOD, sp="rl"), "it lacks the permissions (sp) a, w"),
        (token(ACCOUNT_SAS, ss="f"), "it is not for the blob service (ss=b)"),
        (token(ACCOUNT_SAS, srt="o"), "it lacks the resource types (srt) c"),
        (
            token(GOOD, sr=None),
            "it is neither a SAS of an account (ss, srt) nor of a container (sr=c)",
        ),
    ],
)
def test_a_fault_is_named(text: str, fault: str) -> None:
    assert sas_faults(text, Grant("source", "container"), NOW) == [fault]


def test_a_start_after_the_expiry_is_named() -> None:
    text = token(GOOD, st="2099-02-01T00:00:00Z")

    assert "its start (st) is not before its expiry (se)" in sas_faults(
        text, Grant("source", "container"), NOW
    )


def test_an_import_that_deletes_needs_the_letter_for_it() -> None:
    deleting = Grant("target", "container", deletes_blobs=True)

    assert sas_faults(token(GOOD, sp="rl"), deleting, NOW) == ["it lacks the permissions (sp) d"]


def test_all_faults_are_named_at_once_and_the_sas_is_not_shown() -> None:
    text = token(GOOD, spr="http", sp="r", se="2020-01-01T00:00:00Z")
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg-contoso/contososource",
        "acr-transfer:images": '["shop/web:1"]',
        "acr-transfer:sas": text,
    }

    with pytest.raises(SettingsError) as caught:
        load_settings(configuration, "dev", Path(), {})

    said = str(caught.value)
    for fault in ("plain text", "already", "https alone", "expired", "lacks the permissions"):
        assert fault in said
    assert SIGNATURE not in said
    assert "sig" not in said
    assert text not in repr(caught.value.problems)


@pytest.mark.parametrize("key", ["sass", "sas_kind"])
def test_no_error_shows_a_value_that_is_kept_as_a_secret(key: str) -> None:
    configuration = {
        "acr-transfer:side": "target",
        "acr-transfer:registry": "rg-contoso/contosotarget",
        f"acr-transfer:{key}": token(GOOD),
    }

    with pytest.raises(SettingsError) as caught:
        load_settings(configuration, "dev", Path(), {}, [f"acr-transfer:{key}"])

    assert f"acr-transfer:{key} '[secret]' is not valid" in str(caught.value)
    assert "sig" not in str(caught.value)


def test_no_error_shows_a_part_of_a_value_that_is_kept_as_a_secret() -> None:
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg-contoso/contososource",
        "acr-transfer:images": '["HIDDEN"]',
        "acr-transfer:tags": '{"owner": ["HIDDEN"]}',
    }
    secrets = ["acr-transfer:images", "acr-transfer:tags"]

    with pytest.raises(SettingsError) as caught:
        load_settings(configuration, "dev", Path(), {}, secrets)

    assert len(caught.value.problems) == 2
    assert "HIDDEN" not in str(caught.value)


def test_a_secret_sas_of_an_existing_account_is_taken() -> None:
    configuration = {
        "acr-transfer:side": "source",
        "acr-transfer:registry": "rg-contoso/contososource",
        "acr-transfer:images": '["shop/web:1"]',
        "acr-transfer:storage": ACCOUNT,
        "acr-transfer:sas": token(GOOD),
    }

    settings = load_settings(configuration, "dev", Path(), {}, ["acr-transfer:sas"])

    assert SIGNATURE not in repr(settings)
    assert settings.sas is not None


def test_a_brought_sas_is_kept_in_the_vault_and_none_is_signed() -> None:
    recording = source(storage=ACCOUNT, sas=token(GOOD))

    secret = recording.only("keyvault:Secret")
    assert recording.called("storage:listStorageAccountServiceSAS") == []
    assert secret.inputs["properties"]["value"] == token(GOOD)
    assert secret.secret_inputs == {"properties"}
    expires = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())
    assert secret.inputs["properties"]["attributes"]["expires"] == expires
    assert recording.result["sas_expires"] == "2099-01-01T00:00:00Z"
    assert not recording.result_is_secret


def test_a_bad_sas_from_another_program_is_refused_when_it_is_known() -> None:
    def program() -> pulumi.Output[object]:
        brought = pulumi.Output.secret(token(GOOD, sp="r"))
        return SourceSide(
            "source",
            {
                "registry_name": "contososource",
                "registry_resource_group": "rg-contoso",
                "images": ["shop/web:1"],
                "storage": ACCOUNT,
                "sas": brought,
            },
        ).contract

    with pytest.raises(pulumi.RunError, match="lacks the permissions"):
        record(program)


def test_a_sas_without_start_is_valid_since_ever() -> None:
    assert terms(token(GOOD, st=None)).begins is None


def terms(text: str) -> SasTerms:
    return SasTerms.of(sas_fields(text))


@pytest.mark.parametrize(
    "expiry",
    [
        "2099-01-01",
        "2099-01-01T00:00Z",
        "2099-01-01T00:00:00Z",
        "2099-01-01T00:00:00.0000000Z",
        "2099-01-01T00:00:00",
        "2099-01-01T02:00:00+02:00",
    ],
)
def test_a_time_is_read_in_every_form_that_storage_takes(expiry: str) -> None:
    text = token(GOOD, se=expiry)

    assert sas_faults(text, Grant("source", "container"), NOW) == []
    assert terms(text).ends == datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expiry", "end"), [("2026-12-24", "2026-11-29"), ("2026-11-25", "2026-11-25")]
)
def test_a_user_delegation_sas_ends_with_its_key_at_the_latest(expiry: str, end: str) -> None:
    found = terms(token({**GOOD, **DELEGATION}, se=expiry))

    assert found.ends == datetime.fromisoformat(f"{end}T00:00:00Z")


def test_a_sas_whose_end_is_not_known_is_taken_and_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)

    recording = source(storage=ACCOUNT, sas=token(WITH_POLICY))

    attributes = recording.only("keyvault:Secret").inputs["properties"]["attributes"]
    assert "expires" not in attributes
    assert recording.result["sas_expires"] is None
    assert warnings == [
        "When the SAS given as `sas` ends stands in the container's access policy 'weekly', "
        "which is not read: nothing counts the days, and nothing rotates the SAS."
    ]


BLOCK = {"sasPolicy": {"expirationAction": "Block", "sasExpirationPeriod": "7.00:00:00"}}
NO_KEYS = {"allowSharedKeyAccess": False}
FIVE_DAYS = {"st": "2026-11-22T00:00:00Z", "se": "2026-11-27T00:00:00Z"}


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (BLOCK, token({**GOOD, **FIVE_DAYS})),
        (BLOCK, token(WITH_POLICY)),
        (NO_KEYS, token({**GOOD, **DELEGATION})),
        ({**BLOCK, **NO_KEYS}, token({**GOOD, **DELEGATION, **FIVE_DAYS})),
    ],
    ids=["short", "access-policy", "delegation", "short-delegation"],
)
def test_a_brought_sas_that_fits_the_account_is_taken(
    account: dict[str, object], text: str
) -> None:
    recording = source(storage=ACCOUNT, sas=text, answers={"storage:getStorageAccount": account})

    assert recording.only("keyvault:Secret").inputs["properties"]["value"] == text


@pytest.mark.parametrize(
    ("account", "text", "rule"),
    [
        (
            BLOCK,
            token(GOOD),
            "blocks every SAS that is valid for more than 7.00:00:00. Give another",
        ),
        (BLOCK, token(GOOD, st=None), "blocks every SAS without a start"),
        (BLOCK, token({**GOOD, **DELEGATION}), "blocks every SAS that is valid for more than"),
        (NO_KEYS, token(GOOD), "an account key signs the SAS .* give a user delegation SAS"),
    ],
    ids=["long", "no-start", "long-delegation", "keys"],
)
def test_a_brought_sas_that_the_account_refuses_is_named(
    account: dict[str, object], text: str, rule: str
) -> None:
    with pytest.raises(pulumi.RunError, match=rule) as caught:
        source(storage=ACCOUNT, sas=text, answers={"storage:getStorageAccount": account})

    assert "sas_days" not in str(caught.value)
    assert SIGNATURE not in str(caught.value)
