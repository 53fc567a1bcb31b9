"""What is said beside the engine's error when a run fails in an `up`."""

import pulumi
import pytest

from components import runs


@pytest.mark.parametrize(("tag", "following"), [("abc-0", 1), ("abc-7", 8), ("", 1)])
def test_the_meaning_of_the_message_and_the_next_number_are_logged(
    tag: str, following: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", logged.append)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "source")
    failed = pulumi.ErrorHookArgs(
        urn="urn",
        id="id",
        name="source-run-abc",
        type="azure-native:containerregistry:PipelineRun",
        new_inputs={"forceUpdateTag": tag},
        errors=["Failed to access storage. KeyBasedAuthenticationNotPermitted"],
    )

    is_retried = runs._explain_failure(failed)

    assert not is_retried
    assert len(logged) == 1
    assert "source-run-abc: The storage account forbids its keys" in logged[0]
    assert f"pulumi config set acr-transfer:rerun {following} -s source" in logged[0]
