"""The verdicts that an artifact can get, and what each of them means."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of one artifact."""

    ARRIVED = "arrived"
    NEEDS_INTERNET = "needs-internet"
    MISSING = "missing"
    DIFFERS = "differs"
    MOVED_SINCE_LOCK = "moved-since-lock"
    INCOMPLETE = "incomplete"
    SUBJECT_MISSING = "subject-missing"
    NOT_LISTED = "not-listed"
    GONE_AT_SOURCE = "gone-at-source"
    BROKEN_AT_SOURCE = "broken-at-source"
    NOT_CARRIED = "not-carried"
    UNKNOWN_FORM = "unknown-form"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Outcome:
    """What a verdict means."""

    meaning: str
    remedy: str
    """What to do, in words; the command to type depends on the stacks."""
    is_done: bool = False
    """Whether all has arrived that can arrive."""
    is_final: bool = False
    """Whether no import changes it any more."""

    def explain(self, verdict: Verdict) -> str:
        """Say it in one line."""
        return f"{verdict}: {self.meaning}. To do: {self.remedy}."

    @property
    def colour(self) -> str:
        """The colour in which it is shown."""
        if self.is_done:
            return "yellow" if self.remedy else "green"
        return "yellow" if self.is_final else "red"


OUTCOMES = {
    Verdict.ARRIVED: Outcome(
        "the target holds the digest of the source or of the lock, and every manifest of every "
        "platform; with --deep every layer too",
        "",
        is_done=True,
        is_final=True,
    ),
    Verdict.NEEDS_INTERNET: Outcome(
        "all that the source holds has arrived, but layers of it lie in neither registry: pulling "
        "it fetches them from the internet",
        "where the target has no internet, push the image to the source with its foreign layers "
        "(docker's allow-nondistributable-artifacts), or build it on a base without them",
        is_done=True,
        is_final=True,
    ),
    Verdict.MISSING: Outcome(
        "not imported yet, or the blob was not copied",
        "run the transfer; the source trigger takes up to 15 minutes",
    ),
    Verdict.DIFFERS: Outcome(
        "the target holds other content under the tag: it moved at the source after the export, "
        "was pushed to the target by somebody else, is not imported yet, or may not be overwritten",
        "give the target the option OverwriteTags, and export it again; with a lock by "
        "acr-transfer lock --renew",
    ),
    Verdict.MOVED_SINCE_LOCK: Outcome(
        "the tag moved at the source after the lock was written, and the export read its new "
        "content, which the target holds now",
        "acr-transfer lock, a review of what it changes, then acr-transfer run",
        is_final=True,
    ),
    Verdict.INCOMPLETE: Outcome(
        "the manifest has arrived, but platforms or layers that the source holds have not",
        "repeat the runs of both sides; with a lock by acr-transfer lock --renew",
    ),
    Verdict.SUBJECT_MISSING: Outcome(
        "it has arrived, but what it refers to, as a signature does to an image, is not at the "
        "target",
        "list that too, or run the transfer where it is listed",
    ),
    Verdict.NOT_LISTED: Outcome(
        "it has arrived, but the target does not list it among what refers to its subject, so "
        "that clients do not find it",
        "push it to the target again with a client such as oras, which has the registry list it",
        is_final=True,
    ),
    Verdict.GONE_AT_SOURCE: Outcome(
        "the source registry has it no longer, so nothing can be compared",
        "take it off the list of images, or push it again",
        is_final=True,
    ),
    Verdict.BROKEN_AT_SOURCE: Outcome(
        "the source registry itself lacks parts of it, as after a purge of untagged manifests",
        "push the image to the source again, or take it off the list of images",
        is_final=True,
    ),
    Verdict.NOT_CARRIED: Outcome(
        "its manifest is of schema 1, which Azure does not name among the formats that its "
        "registries hold, so its layers were not looked for",
        "pull the image and push it to the source again: docker writes schema 2 today",
        is_final=True,
    ),
    Verdict.UNKNOWN_FORM: Outcome(
        "a manifest has the same digest on both sides, but a form that is not known, so its parts "
        "were not looked for",
        "compare its parts with the tool that made it, or take it off the list of images",
        is_final=True,
    ),
    Verdict.UNREADABLE: Outcome(
        "a registry does not let it be read, so nothing is known of it",
        "mend what the registry names, and verify again",
    ),
}
