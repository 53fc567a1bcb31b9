"""Lists of artifacts: what is accepted, and how they are cut into runs."""

from random import Random

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sides import source

from components.model.artifacts import Artifact, cut_into_batches, parse_artifact, parse_artifacts
from components.model.errors import SettingsError

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "artifact"),
    [
        ("web", Artifact("web", "latest")),
        ("shop/web:1.4", Artifact("shop/web", "1.4")),
        (f"shop/web@{DIGEST}", Artifact("shop/web", DIGEST)),
        ("a/b/c__d-e.f:_x.Y-z", Artifact("a/b/c__d-e.f", "_x.Y-z")),
        ("web:" + "t" * 128, Artifact("web", "t" * 128)),
        ("docker.io/library/nginx:1.25", Artifact("docker.io/library/nginx", "1.25")),
        ("v1.2/app", Artifact("v1.2/app", "latest")),
        ("my.team/app", Artifact("my.team/app", "latest")),
        ("azurecr.io.example/app", Artifact("azurecr.io.example/app", "latest")),
    ],
)
def test_the_three_forms_of_an_artifact_are_read(text: str, artifact: Artifact) -> None:
    assert parse_artifact(text) == artifact


@pytest.mark.parametrize(
    "text",
    ["", "Web", "web:", "web@sha256:abc", f"web:1@{DIGEST}", "web:" + "t" * 129, "/web", "a b"],
)
def test_anything_else_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(ValueError, match=r"an artifact is repo, repo:tag or repo@sha256"):
        parse_artifact(text)


@pytest.mark.parametrize(
    "host",
    [
        "contoso.azurecr.io",
        "Contoso.AzureCR.io",
        "contoso.azurecr.us",
        "contoso.azurecr.cn",
        "contoso.westeurope.data.azurecr.io",
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "registry.example:443",
    ],
)
def test_an_artifact_with_its_registry_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="without its registry"):
        parse_artifact(f"{host}/web:1")


def test_an_artifact_with_the_login_server_of_a_custom_cloud_is_refused() -> None:
    registry = {"containerregistry:getRegistry": {"loginServer": "contoso.acr.example"}}
    images = ["contoso.acr.example/web:1", "docker.io/library/nginx"]

    with pytest.raises(pulumi.RunError) as caught:
        source(images=images, answers=registry)

    assert "an artifact is named without its registry. Write it as web:1." in str(caught.value)
    assert "docker.io" not in str(caught.value)


def test_a_repository_and_its_tag_latest_are_one_artifact() -> None:
    assert parse_artifacts(["web", "web:latest"], "images") == (Artifact("web", "latest"),)


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"images\[0\] 1.4 is not valid"):
        parse_artifacts([1.4], "images")


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (50, [50]), (51, [50, 1]), (101, [50] * 2 + [1])]
)
def test_a_run_carries_at_most_50_artifacts(count: int, sizes: list[int]) -> None:
    batches = cut_into_batches(Artifact("web", f"{number:03}") for number in range(count))

    assert [len(batch.artifacts) for batch in batches] == sizes


@given(st.lists(st.integers(0, 200), min_size=1), st.randoms())
def test_a_batch_is_named_by_its_content_and_not_by_its_order(
    numbers: list[int], random: Random
) -> None:
    artifacts = [Artifact("web", str(number)) for number in numbers]
    shuffled = list(artifacts)
    random.shuffle(shuffled)

    assert cut_into_batches(artifacts) == cut_into_batches(shuffled)


def test_another_artifact_makes_another_name() -> None:
    one, two = (cut_into_batches([Artifact("web", tag)])[0].name for tag in ("1", "2"))

    assert one != two
