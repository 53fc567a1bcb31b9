"""What is taken of the engine's events, and the reason that a failure is given."""

import json

import pytest

from fleet.causes import reason_of
from fleet.engine_events import Story, read_event
from fleet.records import Change, Reason

URN = "urn:pulumi:contoso-source::acr-transfer::x:y:Vault::source-vault"


def told(*events: object) -> tuple[Story, list[str]]:
    story = Story()
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return story, [text for line in lines for text in read_event(line, story)]


def step(operation: str, kind: str = "resourcePreEvent", **more: object) -> dict[str, object]:
    metadata = {"op": operation, "urn": URN, "type": "x:y:Vault", **more}
    return {kind: {"metadata": metadata}}


def test_of_a_change_the_names_are_kept_and_no_value() -> None:
    state = {"inputs": {"sas": "sv=1&sig=SECRET"}, "outputs": {"key": "SECRET"}}
    differs = {"tags.owner": {"diffKind": "update"}, "sku": {"diffKind": "update-replace"}}

    story, texts = told(step("update", old=state, new=state, detailedDiff=differs))

    assert story.planned == [
        Change(
            operation="update",
            type="x:y:Vault",
            name="source-vault",
            properties=("sku", "tags.owner"),
        )
    ]
    assert texts == ["update x:y:Vault source-vault sku tags.owner"]
    assert "SECRET" not in f"{story}{texts}"


@pytest.mark.parametrize("operation", ["same", "read", "refresh", "discard"])
def test_what_stays_as_it_is_is_no_change(operation: str) -> None:
    assert told(step(operation))[0].planned == []


def test_the_stack_itself_is_no_change() -> None:
    story, _ = told(step("create", type="pulumi:pulumi:Stack"))

    assert story.planned == []


def test_what_a_preview_has_told_is_not_told_again_with_the_change_itself() -> None:
    started: dict[str, object] = {"preludeEvent": {"config": {}}}
    delete, deleted = step("delete"), step("delete", "resOutputsEvent")

    story, _ = told(started, delete, deleted, started, delete, deleted)

    assert (len(story.planned), len(story.finished)) == (1, 1)


def test_what_has_ended_is_counted() -> None:
    story, texts = told(step("create"), step("create", "resOutputsEvent"))

    assert len(story.finished) == 1
    assert texts[-1] == "create x:y:Vault source-vault: done"


def test_errors_are_kept_and_debugging_is_not_logged() -> None:
    story, texts = told(
        {"diagnosticEvent": {"severity": "error", "message": "no such registry\n"}},
        {"diagnosticEvent": {"severity": "debug", "message": "registering"}},
    )

    assert story.errors == ["no such registry"]
    assert texts == ["error: no such registry"]


def test_of_a_policy_rule_level_resource_and_text_are_kept_without_a_sas() -> None:
    story, texts = told(
        {
            "policyEvent": {
                "policyName": "sas-life",
                "enforcementLevel": "advisory",
                "resourceUrn": URN,
                "message": "A SAS ends.\n?sv=1&sig=SECRET is too long.\n",
            }
        }
    )

    (violation,) = story.violations
    assert (violation.rule, violation.level, violation.urn) == ("sas-life", "advisory", URN)
    assert violation.message.startswith("A SAS ends. ?sv=1&sig=")
    assert texts == [f"advisory policy sas-life, source-vault: {violation.message}"]
    assert "SECRET" not in f"{story}{texts}"


def test_plain_text_of_an_engine_that_cannot_begin_is_kept() -> None:
    story, texts = told("error: incorrect passphrase", "", "[1]")

    assert story.plain == texts == ["error: incorrect passphrase"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: the stack is currently locked by 1 lock(s)", Reason.LOCKED),
        ("error: incorrect passphrase, please set", Reason.ENCRYPTION),
        ("open /x: no space left on device", Reason.DISK),
        ("pipeline run 'export1' failed. The service says: denied", Reason.RUN_FAILED),
        ("The configuration has 2 problems:", Reason.SETTINGS),
        ("The engine was killed by signal 9.", Reason.KILLED),
        ("error: PULUMI_ACCESS_TOKEN must be set for login", Reason.BACKEND),
        ("something else", Reason.ENGINE),
    ],
)
def test_a_failure_has_a_reason_of_the_closed_set(said: str, reason: Reason) -> None:
    assert reason_of(said) is reason
