"""The shapes of a list's entries: filters, and what is denied to all of them."""

import re
from typing import Annotated, Self

import pydantic

from components.model.artifacts import Artifact
from transfer.lock.patterns import (
    fits_repository,
    fits_tag,
    has_wildcard,
    read_range,
    version_of,
)
from transfer.tables import short_digest


def _is_regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"it is no regular expression: {error}") from error
    return text


def _is_range(text: str) -> str:
    try:
        read_range(text)
    except ValueError as error:
        raise ValueError(
            "it is no range of versions as npm writes them, such as '^1.4' or '>=1.4 <2'"
        ) from error
    return " ".join(text.split())


Repository = Annotated[str, pydantic.Field(pattern=r"^[a-z0-9._/*?-]+$", max_length=255)]
Tag = Annotated[str, pydantic.Field(pattern=r"^[A-Za-z0-9._*?-]+$", max_length=128)]
Digest = Annotated[str, pydantic.Field(pattern=r"^sha256:[a-f0-9]{64}$")]
Regex = Annotated[
    str, pydantic.Field(pattern=r"^\S+$", max_length=500), pydantic.AfterValidator(_is_regex)
]
Range = Annotated[
    str, pydantic.Field(pattern=r"\S", max_length=200), pydantic.AfterValidator(_is_range)
]
Count = Annotated[int, pydantic.Field(ge=1)]
Tags = Annotated[tuple[Tag, ...], pydantic.Field(min_length=1, strict=False)]
Digests = Annotated[tuple[Digest, ...], pydantic.Field(min_length=1, strict=False)]

_SELECTORS = ("tags", "regex", "semver", "digests")
_NARROWING = (
    "newest_by_semver",
    "newest_by_time",
    "not_older_than_days",
    "not_younger_than_days",
)


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)


class Filter(_Entry):
    """Takes artifacts of one or more repositories, by exactly one of `tags` to `digests`."""

    model_config = pydantic.ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in _SELECTORS]}
    )

    repository: Repository = pydantic.Field(
        description="Name of a repository, or a pattern: `*` stands for a part of one folder's "
        "name, `**` for any depth, `?` for one character.",
        examples=["shop/*"],
    )
    tags: Tags | None = pydantic.Field(
        None,
        description="Names of tags, or patterns with `*` and `?`; `*` alone stands for all tags.",
        examples=[["1.4", "2.*"]],
    )
    regex: Regex | None = pydantic.Field(
        None,
        description="A regular expression that fits the whole tag.",
        examples=["v[0-9]+-lts"],
    )
    semver: Range | None = pydantic.Field(
        None,
        description="A range of versions as npm writes them; a tag is a version if it has three "
        "numbers, `1.4.2` or `v1.4.2`. Pre-releases only where the range names one.",
        examples=[">=1.4 <2"],
    )
    digests: Digests | None = pydantic.Field(
        None,
        description="Digests of artifacts that carry no tag at the target.",
        examples=[["sha256:<64 hex digits>"]],
    )
    newest_by_semver: Count | None = pydantic.Field(
        None,
        description="Of each repository, only so many of the highest versions.",
        examples=[3],
    )
    newest_by_time: Count | None = pydantic.Field(
        None,
        description="Of each repository, only so many of the tags that were moved last.",
        examples=[3],
    )
    not_older_than_days: Count | None = pydantic.Field(
        None, description="Only tags that were moved in the last days.", examples=[90]
    )
    not_younger_than_days: Count | None = pydantic.Field(
        None,
        description="Only tags that have stayed where they are for days, so that a bad image is "
        "noticed before it is transferred.",
        examples=[7],
    )
    referrers: bool = pydantic.Field(
        False,
        description="Whether to take signatures, SBOMs and attestations of what is taken, too.",
        examples=[True],
    )
    optional: bool = pydantic.Field(
        False, description="Whether the entry may take nothing.", examples=[True]
    )
    at_most: Count | None = pydantic.Field(
        None,
        description="The most artifacts that the entry may take, referrers not counted.",
        examples=[20],
    )

    @pydantic.model_validator(mode="after")
    def _selects_in_one_way(self) -> Self:
        given = [key for key in _SELECTORS if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(
                f"an entry has one of {', '.join(_SELECTORS)}; this has "
                f"{' and '.join(given) or 'none'}"
            )
        if self.digests and has_wildcard(self.repository):
            raise ValueError("digests are of one repository, which is named without * and ?")
        if self.digests and any(getattr(self, key) for key in _NARROWING):
            raise ValueError("digests are taken as they are written: a digest has no age")
        if self.newest_by_semver and self.newest_by_time:
            raise ValueError("an entry has newest_by_semver or newest_by_time, not both")
        return self

    def __str__(self) -> str:
        """Say what it takes, in one line: a lock has it behind each artifact."""
        words = [self.repository]
        words += ["tags", ",".join(self.tags)] if self.tags else []
        words += ["regex", self.regex] if self.regex else []
        words += ["semver", self.semver] if self.semver else []
        words += ["digests", ",".join(map(short_digest, self.digests))] if self.digests else []
        if self.not_older_than_days:
            words.append(f"not older than {self.not_older_than_days} days")
        if self.not_younger_than_days:
            words.append(f"not younger than {self.not_younger_than_days} days")
        if self.newest_by_semver:
            words.append(f"newest {self.newest_by_semver} by semver")
        if self.newest_by_time:
            words.append(f"newest {self.newest_by_time} by time")
        return " ".join([*words, *(["with referrers"] if self.referrers else [])])

    @property
    def asks_for_time(self) -> bool:
        """Whether the registry has to tell when tags were moved."""
        return bool(self.newest_by_time or self.not_older_than_days or self.not_younger_than_days)

    @property
    def named(self) -> tuple[Artifact, ...]:
        """What it takes by its name alone, so that the registry need not be asked for a list."""
        if has_wildcard(self.repository):
            return ()
        plain = [tag for tag in self.tags or () if not has_wildcard(tag)]
        return tuple(Artifact(self.repository, name) for name in [*plain, *(self.digests or ())])

    @property
    def needs_no_list(self) -> bool:
        """Whether it names all that it takes."""
        is_narrow = any(getattr(self, key) for key in _NARROWING)
        return not is_narrow and len(self.named) == len(self.tags or self.digests or [None])

    def reads(self, repository: str) -> bool:
        """Whether a repository is one of its own."""
        return fits_repository(self.repository, repository)

    def fault_of(self, reference: str) -> str:
        """Say why it does not select a tag or digest by its name; empty where it does."""
        if reference.startswith("sha256:"):
            return "" if reference in (self.digests or ()) else "it is a digest"
        if self.tags is not None:
            does_fit = any(fits_tag(pattern, reference) for pattern in self.tags)
            return "" if does_fit else f"does not fit tags {','.join(self.tags)}"
        if self.regex is not None:
            does_fit = re.fullmatch(self.regex, reference) is not None
            return "" if does_fit else f"does not fit regex {self.regex}"
        version = version_of(reference)
        if version is None or self.semver is None:
            return "is no version of three numbers"
        does_fit = bool(read_range(self.semver).test(version))
        return "" if does_fit else f"is not in semver {self.semver}"


class Deny(_Entry):
    """Takes from what all other entries take; it comes last, wherever it stands in the list."""

    deny: Repository = pydantic.Field(
        description="Name of a repository, or a pattern; `**` stands for all.", examples=["**"]
    )
    tags: Tags = pydantic.Field(
        description="Names of tags, or patterns; `*` alone denies the repository, its digests too.",
        examples=[["*-rc*"]],
    )

    def __str__(self) -> str:
        return f"deny {self.deny} tags {','.join(self.tags)}"

    def denies(self, artifact: Artifact) -> bool:
        """Whether an artifact may not be taken."""
        return fits_repository(self.deny, artifact.repository) and any(
            fits_tag(pattern, artifact.reference) for pattern in self.tags
        )


class ImagesFile(pydantic.BaseModel):
    """The file of `images_file`: what is transferred."""

    model_config = pydantic.ConfigDict(extra="forbid", title="images.yaml of acr-transfer")

    images: list[str | Filter | Deny] = pydantic.Field(
        description="Artifacts as `repo:tag`, `repo` (its tag `latest`) or `repo@sha256:...`, "
        "filters, and what is denied to all of these.",
        min_length=1,
    )
