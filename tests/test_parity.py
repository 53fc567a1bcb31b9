"""The scenario of `make parity`, emulator against emulator, with differences that were planted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from conftest_emulator import ROOT, Emulator

from judges.parity.shape import differences, shape


def parity(emulator: Emulator, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "judges.parity", "--yes", *arguments],
        cwd=ROOT,
        env={**os.environ, **emulator.variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_difference_between_two_clouds_is_found_and_nothing_else(
    emulator: Emulator, tmp_path: Path
) -> None:
    first, second = str(tmp_path / "first.json"), str(tmp_path / "second.json")

    recorded = parity(emulator, first)
    with emulator.settings(
        faults=[
            {
                "target": "Microsoft.ContainerRegistry/registries/importPipelines",
                "verb": "PUT",
                "status": 409,
                "code": "Planted",
                "message": "planted",
            }
        ]
    ):
        compared = parity(emulator, second, "--against", first)

    assert recorded.returncode == 0, recorded.stderr
    assert compared.returncode == 3, compared.stderr
    *found, _ = compared.stdout.splitlines()
    assert "import pipeline, code: Planted in the first record, None in the second" in found
    assert {line.partition(",")[0] for line in found} == {"import pipeline"}
    record = json.loads(Path(first).read_text())
    assert record["export pipeline, settled"]["status"] == 200
    assert record["wrong option"]["code"] == "InvalidRequestPropertyValue"
    text = Path(first).read_text()
    for name in ("ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET"):
        assert emulator.variables[name] not in text, "a record is sent to others"


def test_a_shape_has_keys_types_and_codes_and_no_values() -> None:
    body = {
        "error": {"code": "Gone", "message": "hidden"},
        "ids": {"/a/b": [{"x": 1}, {"y": None}]},
    }

    found = shape(httpx.Response(404, json=body, headers={"ETag": "hidden"}))

    assert found == {
        "status": 404,
        "headers": ["content-length", "content-type", "etag"],
        "code": "Gone",
        "body": sorted(
            [
                ".: object",
                ".error: object",
                ".error.code: string",
                ".error.message: string",
                ".ids: object",
                ".ids.(an ID): list",
                ".ids.(an ID)[]: object",
                ".ids.(an ID)[].x: number",
                ".ids.(an ID)[].y: null",
            ]
        ),
    }


@pytest.mark.parametrize(
    ("there", "difference"),
    [
        ({"a": {"status": 200, "body": [".: object"]}}, []),
        (
            {"a": {"status": 201, "body": [".: object"]}},
            ["a, status: 200 in the first record, 201 in the second"],
        ),
        (
            {"a": {"status": 200, "body": [".: list"]}},
            [
                "a, body: .: object only in the first record",
                "a, body: .: list only in the second record",
            ],
        ),
        ({}, ["a: only in the first record"]),
    ],
)
def test_each_difference_is_named(
    there: dict[str, dict[str, object]], difference: list[str]
) -> None:
    assert list(differences({"a": {"status": 200, "body": [".: object"]}}, there)) == difference
