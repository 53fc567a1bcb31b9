"""What `acr-transfer lock` and `images` do with the source registry."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from components.model.artifacts import Artifact
from components.model.images_lock import FoundArtifact, LockedArtifact
from transfer.before_export import BeforeExport, find_server
from transfer.check.findings import Level
from transfer.check.rules.images import judge_images
from transfer.errors import CommandFailedError
from transfer.hints import Command, Hint
from transfer.lock.batching import assign_batches, has_too_many_batches
from transfer.lock.choose import Choice, Decision, Scope, choose
from transfer.lock.images_list import Exact, ImagesList
from transfer.lock.patterns import has_wildcard
from transfer.lock.place import LockPlace, find_place, require_source
from transfer.lock.recut import require_known
from transfer.lock.resolve import Resolved, resolve
from transfer.lock.rules import Filter
from transfer.parallel import for_each
from transfer.registry.client import Registry

Lines = tuple[LockedArtifact, ...]


@dataclass(frozen=True)
class SourceImages:
    """The list of a source, its lock and its registry."""

    here: BeforeExport
    place: LockPlace
    check: Command
    """What to type where the registry is not found."""

    @classmethod
    def of(cls, here: BeforeExport, check: Command) -> "SourceImages":
        """Find them by the settings of a source's stack."""
        stack = here.stacks["source"]
        settings = require_source(here.configured["source"].settings, stack.name)
        place = find_place(stack.config(), settings, stack.name, here.directory)
        return cls(here, place, check)

    def lines(self, previous: Lines, upgraded: Sequence[str] = ()) -> tuple[Lines, list[str]]:
        """Give the lines that the lock is to have, and what is to be told of them.

        Args:
            upgraded: The repositories to look at, where the lines of others are to stay.

        Raises:
            SettingsError: entries are wrong, or nobody knows a repository.
            CommandFailedError: the registry does not hold what the list names, or a transfer of it
                would fail; it names all that is wrong.
        """
        listed = self.place.read_list()
        kept: list[FoundArtifact] = []
        scope = Scope()
        if upgraded:
            _require_repositories(upgraded, listed, previous)
            kept += [line for line in previous if line.artifact.repository not in upgraded]
            scope = Scope(set(upgraded), Counter(line.rule for line in kept))
        resolved = resolve(listed, self._registry(), self.here.clock.now(), self._on_done, scope)
        notes = [*_require_transferable(resolved), *_left_behind(resolved)]
        if not (kept or resolved.found):
            raise CommandFailedError(
                "The list takes nothing, and a lock has at least one artifact.",
                Hint("Have an entry take something, then:"),
            )
        lines = assign_batches([*kept, *resolved.found], previous, self.place.limits)
        if has_too_many_batches(lines, self.place.limits):
            batches = len({line.batch for line in lines})
            notes.append(
                f"{batches} batches are more than twice as many as are needed: acr-transfer lock "
                "--compact puts small ones together."
            )
        return lines, notes

    def explain(self) -> Choice:
        """Tell what each entry takes and leaves, what it names and is not there, too."""
        listed, registry = self.place.read_list(), self._registry()
        choice = choose(listed, registry, self.here.clock.now(), Scope())
        named = list(_named(listed))
        digests = dict(zip(named, for_each(named, registry.digest, self._on_done), strict=True))
        missing = {artifact for artifact, digest in digests.items() if not digest}
        return replace(
            choice,
            decisions=tuple(_unless_missing(item, missing) for item in choice.decisions),
        )

    def _registry(self) -> Registry:
        here = self.here
        server = find_server(here, "source")
        if not server:
            raise CommandFailedError(
                f"registry {self.place.settings.registry!r} cannot be asked: neither the stack "
                f"{self.place.stack!r} nor Azure tells its login server.",
                Hint("This tells why:", (self.check,)),
            )
        return here.open_registry("source", server)

    def _on_done(self, done: int, total: int) -> None:
        self.here.console.status(f"{done} of {total} images looked at", done / total)


def _named(listed: ImagesList) -> Iterator[Artifact]:
    for _, rule in listed.rules:
        if isinstance(rule, Exact):
            yield rule.artifact
        elif rule.needs_no_list:
            yield from rule.named


def _unless_missing(decision: Decision, missing: Collection[Artifact]) -> Decision:
    if decision.fault or decision.artifact not in missing:
        return decision
    return replace(decision, fault="the registry does not hold it")


def _require_repositories(names: Sequence[str], listed: ImagesList, previous: Lines) -> None:
    rules = [rule for _, rule in listed.rules]
    filters = [rule for rule in rules if isinstance(rule, Filter)]
    known = {line.artifact.repository for line in previous}
    known |= {rule.artifact.repository for rule in rules if isinstance(rule, Exact)}
    known |= {rule.repository for rule in filters if not has_wildcard(rule.repository)}
    unknown = [
        name for name in names if name not in known and not any(one.reads(name) for one in filters)
    ]
    require_known("--upgrade", unknown, known)


def _require_transferable(resolved: Resolved) -> list[str]:
    """Give warnings.

    Raises:
        CommandFailedError: the list cannot be locked; it names each reason.
    """
    findings = judge_images(resolved.images, may_overwrite=True, target_file="")
    said = {
        level: [f"{item.what}. {item.why} {item.fix}" for item in findings if item.level is level]
        for level in Level
    }
    faults = [*map(str, resolved.problems), *said[Level.FAILS], *said[Level.UNKNOWN]]
    if faults:
        heading = "Nothing was written, as a transfer of the list would fail:"
        raise CommandFailedError("\n".join([heading, *faults]), Hint("Mend it, then:"))
    return [f"Warning: {text}" for text in said[Level.WARNS]]


def _left_behind(resolved: Resolved) -> Iterator[str]:
    left = resolved.left_behind
    if not left:
        return
    count = len({item for items in left.values() for item in items})
    yield (
        f"Warning: {count} signatures, SBOMs and attestations stay behind. An entry with "
        "referrers: true takes them."
    )
    for artifact, items in sorted(left.items()):
        yield f"  {artifact} has {len(items)}: {', '.join(item.reference for item in items)}"
