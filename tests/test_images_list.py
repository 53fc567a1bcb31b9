"""The entries of a list take what they say, in one way each, and are refused by name."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from lock_scene import ListingRegistries
from pydantic import SecretStr
from transfer_support import NOON, SOURCE_HOST

from components.model.errors import SettingsError
from transfer.lock.choose import Choice, Scope, choose
from transfer.lock.images_list import parse_list
from transfer.lock.patterns import fits_repository, fits_tag
from transfer.lock.rules import Filter
from transfer.registry.client import Registry

DIGEST = "sha256:" + "d" * 64
Entry = str | Mapping[str, object]


def refused(*entries: object) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_list(entries, "images.yaml")
    return str(caught.value)


def chosen(registries: ListingRegistries, *entries: Entry) -> Choice:
    environment = {"DOCKER_CONFIG": "/nonexistent"}
    source = Registry(SOURCE_HOST, registries.client(), lambda: SecretStr(""), environment)
    return choose(parse_list(entries, "images.yaml"), source, NOON, Scope())


def taken(registries: ListingRegistries, *entries: Entry) -> list[str]:
    return [str(artifact) for artifact in chosen(registries, *entries).taken]


@pytest.fixture
def registries() -> ListingRegistries:
    """Repositories of several depths, with versions, other tags, and times."""
    made = ListingRegistries()
    for days, tag in enumerate(("2.0.0-rc.1", "1.10.0", "v1.9.0", "1.4", "latest", "1.4.2")):
        made.image(f"shop/web:{tag}", days)
    made.image("shop/api:1.0.0", 40)
    made.image("shop/internal/tool:1.0.0", 40)
    made.image("base:1.0.0", 40)
    return made


@pytest.mark.parametrize(
    ("pattern", "fitting"),
    [
        ("shop/web", ["shop/web"]),
        ("shop/*", ["shop/web", "shop/web-old"]),
        ("shop/**", ["shop/web", "shop/web-old", "shop/a/web"]),
        ("**/web", ["web", "shop/web", "shop/a/web"]),
        ("**", ["web", "shop/web", "shop/web-old", "shop/a/web"]),
        ("shop/we?", ["shop/web"]),
        ("s*p/*b", ["shop/web"]),
    ],
)
def test_a_star_stays_in_its_folder_and_two_go_to_any_depth(
    pattern: str, fitting: list[str]
) -> None:
    names = ["web", "shop/web", "shop/web-old", "shop/a/web"]

    assert [name for name in names if fits_repository(pattern, name)] == fitting


def test_a_dot_in_a_pattern_is_a_dot() -> None:
    assert fits_tag("1.*", "1.4")
    assert not fits_tag("1.*", "104")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"repository": "shop/web", "tags": ["1.4", "lat*"]}, ["1.4", "latest"]),
        ({"repository": "shop/web", "regex": r"v?1\.[49].*"}, ["1.4", "1.4.2", "v1.9.0"]),
        ({"repository": "shop/web", "regex": "1"}, []),
        ({"repository": "shop/web", "semver": "^1.4"}, ["1.10.0", "1.4.2", "v1.9.0"]),
        ({"repository": "shop/web", "semver": ">=2.0.0-rc.0"}, ["2.0.0-rc.1"]),
        (
            {"repository": "shop/web", "semver": "*", "newest_by_semver": 2},
            ["1.10.0", "v1.9.0"],
        ),
        (
            {"repository": "shop/web", "tags": ["*"], "newest_by_semver": 2},
            ["1.10.0", "2.0.0-rc.1"],
        ),
        ({"repository": "shop/web", "tags": ["*"], "newest_by_time": 2}, ["1.10.0", "2.0.0-rc.1"]),
        (
            {"repository": "shop/web", "tags": ["*"], "not_older_than_days": 1},
            ["1.10.0", "2.0.0-rc.1"],
        ),
        (
            {"repository": "shop/web", "tags": ["*"], "not_younger_than_days": 4},
            ["1.4.2", "latest"],
        ),
    ],
)
def test_a_filter_takes_the_tags_that_it_says(
    registries: ListingRegistries, entry: Entry, expected: list[str]
) -> None:
    names = taken(registries, entry)

    assert sorted(name.partition(":")[2] for name in names) == expected


def test_the_newest_are_counted_in_each_repository(registries: ListingRegistries) -> None:
    entry = {"repository": "**", "semver": "^1", "newest_by_semver": 1}

    assert taken(registries, entry) == [
        "base:1.0.0",
        "shop/api:1.0.0",
        "shop/internal/tool:1.0.0",
        "shop/web:1.10.0",
    ]


def test_of_equal_versions_the_name_decides(registries: ListingRegistries) -> None:
    registries.image("base:v1.0.0")

    entry = {"repository": "base", "semver": "*", "newest_by_semver": 1}

    assert taken(registries, entry) == ["base:v1.0.0"]


def test_denials_come_last_wherever_they_stand(registries: ListingRegistries) -> None:
    entries: list[Entry] = [
        {"deny": "shop/internal/**", "tags": ["*"]},
        {"deny": "**", "tags": ["*-rc*"]},
        {"repository": "shop/**", "tags": ["*"], "newest_by_semver": 1},
    ]

    choice = chosen(registries, *entries)

    assert [str(artifact) for artifact in choice.taken] == ["shop/api:1.0.0"]
    assert choice.problems == ()


def test_an_artifact_has_the_rule_of_the_first_entry_that_takes_it(
    registries: ListingRegistries,
) -> None:
    choice = chosen(registries, {"repository": "shop/api", "tags": ["1.*"]}, "shop/api:1.0.0")

    assert list(choice.taken.values()) == ["shop/api tags 1.*"]


def test_what_hangs_on_a_tag_is_taken_by_no_filter(registries: ListingRegistries) -> None:
    registries.image(f"base:sha256-{DIGEST[7:]}.sig")

    assert taken(registries, {"repository": "base", "tags": ["*"]}) == ["base:1.0.0"]


def test_digests_are_taken_as_they_are_written(registries: ListingRegistries) -> None:
    assert taken(registries, {"repository": "base", "digests": [DIGEST]}) == [f"base@{DIGEST}"]


def test_times_are_asked_for_only_where_an_entry_needs_them(
    registries: ListingRegistries,
) -> None:
    taken(registries, {"repository": "base", "tags": ["*"], "newest_by_time": 1})
    taken(registries, {"repository": "shop/api", "tags": ["*"]}, "shop/web:1.4")

    lists = [line.partition("/")[2] for line in registries.requests]
    assert lists == ["acr/v1/base/_tags", "v2/shop/api/tags/list"], "names need no catalog"


def test_where_a_registry_tells_no_time_nothing_has_an_age(registries: ListingRegistries) -> None:
    registries.refusals[f"{SOURCE_HOST}/acr/v1/base/_tags"] = 404

    choice = chosen(registries, {"repository": "base", "tags": ["*"], "newest_by_time": 1})

    assert choice.decisions[0].fault == "the registry does not tell when it was moved"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"repository": "shop/none", "tags": ["*"]}, "takes nothing of what the registry holds"),
        ({"repository": "shop/web", "semver": "^9"}, "takes nothing of what the registry holds"),
        (
            {"repository": "shop/*", "tags": ["*"], "at_most": 6},
            "it takes 7 artifacts, and at_most is 6",
        ),
        (
            {"repository": "shop/web", "tags": ["1.5", "1.4*"]},
            "images.yaml[0] 'shop/web:1.5' is not valid: the registry does not hold it",
        ),
    ],
)
def test_a_filter_that_takes_nothing_or_too_much_is_a_problem_by_name(
    registries: ListingRegistries, entry: Entry, words: str
) -> None:
    (problem,) = chosen(registries, entry).problems

    assert words in str(problem)


def test_an_optional_filter_may_take_nothing(registries: ListingRegistries) -> None:
    entry = {"repository": "shop/none", "tags": ["*", "1.4"], "optional": True}

    assert chosen(registries, entry).problems == ()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"repository": "a", "tag": ["1"]}, "no such key. Did you mean tags? The keys of an entry"),
        ({"deny": "a", "tags": ["*"], "semver": "1"}, "images.yaml[0].semver '1' is not valid"),
        ({"repository": "a"}, "one of tags, regex, semver, digests; this has none"),
        ({"repository": "a", "tags": ["1"], "semver": "1"}, "this has tags and semver"),
        ({"repository": "a", "tags": []}, "images.yaml[0].tags [] is not valid"),
        ({"repository": "a", "tags": [1.4]}, "has 1 problem:\n  - images.yaml[0].tags[0] 1.4"),
        ({"repository": "a", "tags": "1.*"}, 'it should be a list. Write tags: ["1.4", "2.*"]'),
        ({"repository": "A", "tags": ["*"]}, "a repository has lower-case letters, digits"),
        ({"repository": "a", "tags": ["a:b"]}, "a tag has letters, digits, . _ and -"),
        ({"repository": "a", "regex": "("}, "it is no regular expression: missing )"),
        ({"repository": "a", "regex": "a b"}, "holds no blank"),
        ({"repository": "a", "semver": "foo"}, "it is no range of versions as npm writes them"),
        ({"repository": "a", "semver": " "}, "images.yaml[0].semver ' ' is not valid"),
        ({"repository": "a", "digests": ["sha256:1"]}, "a digest is sha256: and 64 hex digits"),
        ({"repository": "a*", "digests": [DIGEST]}, "digests are of one repository"),
        ({"repository": "a", "digests": [DIGEST], "newest_by_time": 1}, "a digest has no age"),
        (
            {"repository": "a", "tags": ["*"], "newest_by_time": 1, "newest_by_semver": 1},
            "newest_by_semver or newest_by_time, not both",
        ),
        ({"repository": "a", "tags": ["*"], "at_most": 0}, "greater than or equal to 1"),
        ({"repository": "a", "tags": ["*"], "referrers": "yes"}, "it should be a valid boolean"),
        ({"deny": "a"}, 'images.yaml[0].tags None is not valid: it must be set. Write tags: ["*-'),
        ({"deny": "a", "tags": ["*"]}, "a transfer has at least one artifact"),
        ("shop/web:1:2", "an artifact is repo, repo:tag or repo@sha256"),
        (7, "images.yaml[0] 7 is not valid"),
    ],
)
def test_an_entry_that_is_written_wrong_is_refused_with_its_rule(entry: object, words: str) -> None:
    assert words in refused(entry)


def test_an_artifact_that_another_entry_denies_is_refused() -> None:
    text = refused("shop/web:1-rc1", {"deny": "**", "tags": ["*-rc*"]})

    assert "another entry denies it: deny ** tags *-rc*. Remove one of the two." in text


def test_wrong_entries_are_told_together() -> None:
    text = refused("Shop", {"repository": "a", "tags": ["*"], "at_most": 0}, {"tags": ["*"]})

    assert re.findall(r"images\.yaml\S+", text) == [
        "images.yaml[0]",
        "images.yaml[1].at_most",
        "images.yaml[2].repository",
    ]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"tags": ["1.*", "lts"]}, "shop/* tags 1.*,lts"),
        ({"regex": "v[0-9]+"}, "shop/* regex v[0-9]+"),
        (
            {"semver": ">=1.4   <2", "newest_by_semver": 3},
            "shop/* semver >=1.4 <2 newest 3 by semver",
        ),
        (
            {"tags": ["*"], "newest_by_time": 2, "referrers": True},
            "shop/* tags * newest 2 by time with referrers",
        ),
        (
            {"tags": ["*"], "not_older_than_days": 90, "not_younger_than_days": 7},
            "shop/* tags * not older than 90 days not younger than 7 days",
        ),
        ({"tags": ["*"], "optional": True, "at_most": 9}, "shop/* tags *"),
        ({"repository": "shop/web", "digests": [DIGEST]}, f"shop/web digests {'d' * 12}"),
    ],
)
def test_an_entry_says_in_one_line_what_it_takes(entry: dict[str, object], text: str) -> None:
    ((_, rule),) = parse_list([{"repository": "shop/*", **entry}], "images.yaml").rules

    assert str(rule) == text


def test_ages_count_from_the_moment_of_the_lock(registries: ListingRegistries) -> None:
    registries.moved["base", "1.0.0"] = NOON - timedelta(7)

    bounds = ("not_younger_than_days", "not_older_than_days")
    entries = [{"repository": "base", "tags": ["*"], bound: 7} for bound in bounds]

    assert [len(taken(registries, entry)) for entry in entries] == [1, 1]


def test_a_name_of_a_filter_needs_no_list() -> None:
    named = Filter(repository="shop/web", tags=("1", "2"))
    others = (
        Filter(repository="shop/web", tags=("1", "2*")),
        Filter(repository="shop/*", tags=("1",)),
        Filter(repository="shop/web", tags=("1",), newest_by_time=1),
    )

    assert named.needs_no_list
    assert not any(rule.needs_no_list for rule in others)
