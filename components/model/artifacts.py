"""What is to be transferred: a checked list of artifacts, cut into batches of one run each."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import Problem, SettingsError

# https://learn.microsoft.com/azure/container-registry/container-registry-transfer-cli
MAX_ARTIFACTS_PER_RUN = 50
MAX_LAYER_BYTES = 8 * 1024**3

_REPOSITORY_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
# The grammar of the OCI distribution specification, version 1.1.
_ARTIFACT = re.compile(
    rf"(?P<repository>{_REPOSITORY_PART}(?:/{_REPOSITORY_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(?P<digest>sha256:[a-f0-9]{64}))?"
)
# Any other name with a dot may be a repository: a mirror keeps docker.io/library/nginx as one.
_REGISTRY_HOST = re.compile(
    r"([a-z0-9.-]+\.azurecr\.(io|us|cn|de)|localhost|[a-z0-9.-]+:\d+)/", re.IGNORECASE
)


@dataclass(frozen=True, order=True)
class Artifact:
    """One thing in a registry that a run can carry: a repository with a tag or a digest."""

    repository: str
    reference: str

    @property
    def is_digest(self) -> bool:
        """Whether the artifact is named by its digest, and so carries no tag."""
        return self.reference.startswith("sha256:")

    def __str__(self) -> str:
        separator = "@" if self.is_digest else ":"
        return f"{self.repository}{separator}{self.reference}"


@dataclass(frozen=True)
class Batch:
    """The artifacts of one pipeline run, named by a hash of what it carries."""

    name: str
    artifacts: tuple[Artifact, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    """The digest of each artifact, where a lock tells it."""
    after: tuple[str, ...] = ()
    """Batches that carry older content of its tags, so that they are imported before."""

    @property
    def is_locked(self) -> bool:
        """Whether a lock remembers the batch, so that its name stays while its content shrinks."""
        return bool(self.digests)


def parse_artifact(text: str) -> Artifact:
    """Read `repo`, `repo:tag` or `repo@sha256:...`; a bare `repo` means its tag `latest`.

    Raises:
        ValueError: the text is not an artifact; its message states the rule.
    """
    if _REGISTRY_HOST.match(text):
        raise ValueError("an artifact is named without its registry")
    match = _ARTIFACT.fullmatch(text)
    if match is None:
        raise ValueError(
            "an artifact is repo, repo:tag or repo@sha256:<64 hex digits>, "
            "the repository in lower case, either a tag or a digest"
        )
    return Artifact(match["repository"], match["digest"] or match["tag"] or "latest")


def require_no_host(artifacts: Iterable[Artifact], login_server: str) -> str:
    """Give the login server of the artifacts' registry, unless one is named with it.

    A custom cloud has other hosts than `parse_artifact` knows.

    Raises:
        SettingsError: the repository of one begins with the registry's login server.
    """
    host = f"{login_server.lower()}/"
    problems = [
        Problem(
            "images",
            str(artifact),
            "an artifact is named without its registry",
            f"Write it as {str(artifact).removeprefix(host)}.",
        )
        for artifact in artifacts
        if artifact.repository.startswith(host)
    ]
    if problems:
        raise SettingsError(problems)
    return login_server


def parse_artifacts(texts: Sequence[object], where: str) -> tuple[Artifact, ...]:
    """Read a list of artifacts, sorted and without duplicates.

    Raises:
        SettingsError: the list is empty, or entries cannot be read; it names all of them.
    """
    problems: list[Problem] = []
    artifacts: set[Artifact] = set()
    for index, text in enumerate(texts):
        try:
            artifacts.add(parse_artifact(text if isinstance(text, str) else ""))
        except ValueError as error:
            rule, fix = str(error), "Write it as myrepo/app:1.0, in quotes."
            if isinstance(text, Mapping):
                rule = "what a filter takes stands in a lock"
                fix = "Have acr-transfer lock write one, and name it as images_lock."
            problems.append(Problem(f"{where}[{index}]", text, rule, fix))
    if not texts:
        fix = "List what to transfer: [myrepo/app:1.0]."
        problems.append(Problem(where, [], "a transfer has at least one artifact", fix))
    if problems:
        raise SettingsError(problems)
    return tuple(sorted(artifacts))


def cut_into_batches(artifacts: Iterable[Artifact]) -> tuple[Batch, ...]:
    """Cut artifacts into batches that one pipeline run each can carry.

    The name is a hash of the content: a batch that carries something else is another run, and the
    same list in another order is the same run.
    """
    ordered = sorted(set(artifacts))
    chunks = [
        tuple(ordered[start : start + MAX_ARTIFACTS_PER_RUN])
        for start in range(0, len(ordered), MAX_ARTIFACTS_PER_RUN)
    ]
    return tuple(Batch(_content_name(chunk), chunk) for chunk in chunks)


def _content_name(artifacts: Iterable[Artifact]) -> str:
    content = "\n".join(str(artifact) for artifact in artifacts)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
