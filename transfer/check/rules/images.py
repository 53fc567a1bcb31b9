"""Rules of the listed images: the source holds them whole, and the target has room for them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from components.model.artifacts import MAX_ARTIFACTS_PER_RUN, MAX_LAYER_BYTES
from components.model.names import Side
from transfer.check.findings import Finding, Level, good
from transfer.images import ListedImage
from transfer.registry.manifest import Form, Part
from transfer.verdicts import OUTCOMES, Verdict

_WITH_IT = f"and with it all images of its run, up to {MAX_ARTIFACTS_PER_RUN}"
_GB = 1024**3
# Of tags by name; more are counted by repository.
_MOST_SHOWN = 10


def judge_images(
    images: Sequence[ListedImage], *, may_overwrite: bool, target_file: str
) -> list[Finding]:
    """Judge the images of the list by what both registries hold.

    Args:
        may_overwrite: Whether the target moves a tag that it holds already.
        target_file: Name of the file that holds the target's settings.
    """
    findings = [
        *_unread(images),
        *_missing(images),
        *_broken(images),
        *_forms(images),
        *_foreign(images),
        *_large(images),
        *_referrers(images),
    ]
    if not may_overwrite:
        findings += _taken(images, target_file)
    if images and not findings:
        findings = good(
            "source", f"images of the list: {len(images)}", "the source holds all parts"
        )
    return [*findings, *_movable(images)]


def _unread(images: Sequence[ListedImage]) -> list[Finding]:
    unread = [image for image in images if image.unread]
    what = "images that could not be looked at"
    why = " ".join(image.unread for image in unread)
    return _finding(Level.UNKNOWN, what, map(_name, unread), why, "Mend what the registry names.")


def _missing(images: Sequence[ListedImage]) -> list[Finding]:
    missing = [_name(image) for image in images if image.found is None and not image.unread]
    what = "images that the source registry does not hold"
    why = f"The export of each fails, {_WITH_IT}: the artifact is not found."
    fix = "Push them to the source registry, or take them off the list of images."
    return _finding(Level.FAILS, what, missing, why, fix)


def _broken(images: Sequence[ListedImage]) -> list[Finding]:
    broken = []
    for image in images:
        lacking = [part for part in _lacking(image) if not part.is_foreign]
        if lacking:
            broken.append(f"{_name(image)} (lacking {len(lacking)}, first {lacking[0].digest})")
    what = "images of which the source registry itself lacks parts"
    why = (
        f"The export of each fails, {_WITH_IT}. Parts go when untagged manifests are purged "
        "(acr purge --untagged)."
    )
    fix = "Push them to the source registry again, or take them off the list of images."
    return _finding(Level.FAILS, what, broken, why, fix)


def _forms(images: Sequence[ListedImage]) -> list[Finding]:
    schema_1 = OUTCOMES[Verdict.NOT_CARRIED]
    found: list[Finding] = _finding(
        Level.FAILS,
        "images of schema 1",
        (_name(image) for image in images if Form.SCHEMA_1 in _forms_of(image)),
        _sentence(schema_1.meaning),
        _sentence(schema_1.remedy),
    )
    return found + _finding(
        Level.WARNS,
        "images with a manifest of an unknown form",
        (_name(image) for image in images if Form.UNKNOWN in _forms_of(image)),
        "Their parts are not known, so acr-transfer verify will not tell that they arrived.",
        "Compare them at the target with the tool that made them.",
    )


def _foreign(images: Sequence[ListedImage]) -> list[Finding]:
    foreign = [_name(image) for image in images if any(part.is_foreign for part in _lacking(image))]
    outcome = OUTCOMES[Verdict.NEEDS_INTERNET]
    what = "images with layers that the source registry does not hold"
    why = "A transfer does not carry such layers: pulling the image fetches them from the internet."
    return _finding(Level.WARNS, what, foreign, why, _sentence(outcome.remedy))


def _large(images: Sequence[ListedImage]) -> list[Finding]:
    limit = f"{MAX_LAYER_BYTES // _GB} GB"
    large = [
        f"{_name(image)} ({max(part.size for part in image.found.large) / _GB:.1f} GB)"
        for image in images
        if image.found and image.found.large
    ]
    what = f"images with a layer over {limit}"
    why = f"Transfer pipelines carry layers of up to {limit}."
    fix = "Build them with smaller layers, or take them off the list of images."
    return _finding(Level.FAILS, what, large, why, fix)


def _referrers(images: Sequence[ListedImage]) -> list[Finding]:
    behind = [f"{_name(image)} ({len(image.referrers)})" for image in images if image.referrers]
    what = "images with signatures, SBOMs and the like that are not on the list"
    why = "A run carries what is listed and nothing else, so these stay behind."
    fix = (
        "List them too, by their tags or digests, where the target needs them; in a list with a "
        "lock, referrers: true in an entry does."
    )
    return _finding(Level.WARNS, what, behind, why, fix)


def _movable(images: Sequence[ListedImage]) -> list[Finding]:
    movable = [image for image in images if image.can_be_moved]
    shown = [str(image.artifact) for image in movable]
    if len(shown) > _MOST_SHOWN:
        counts = Counter(image.artifact.repository for image in movable)
        shown = [f"{repository} ({count})" for repository, count in counts.items()]
    what = f"tags of the lock that a push can move, {len(movable)} of {len(images)}"
    why = "An export reads a tag when it runs, so that what was locked may not be what it carries."
    fix = (
        "To hold one at what it is: az acr repository update --name REGISTRY --image "
        f"{movable[0].artifact if movable else ''} --write-enabled false"
    )
    unknown = [_name(image) for image in images if image.can_be_moved is None]
    found = _finding(Level.WARNS, what, shown, why, fix)
    return found + _finding(
        Level.UNKNOWN,
        "tags of the lock of which it is not told whether a push can move them",
        unknown,
        "Image locks are in a list of tags that Azure's registries alone have, and for which they "
        "ask for the right to read metadata.",
        "Give whoever checks the role AcrPull, or Container Registry Repository Reader.",
    )


def _taken(images: Sequence[ListedImage], target_file: str) -> list[Finding]:
    taken = [
        _name(image)
        for image in images
        if image.found
        and not image.artifact.is_digest
        and image.target_digest not in ("", image.found.digest)
    ]
    what = "tags that the target registry holds with other content"
    why = "Without the option OverwriteTags their import fails: TAG_ALREADY_EXISTS."
    fix = f"Add OverwriteTags to acr-transfer:options in {target_file}, or delete the tags there."
    return _finding(Level.FAILS, what, taken, why, fix, side="target")


def _finding(
    level: Level, what: str, images: Iterable[str], why: str, fix: str, *, side: Side = "source"
) -> list[Finding]:
    """Give one finding for all images that have it in common; none where there is no image."""
    names = ", ".join(images)
    return [Finding(level, side, f"{what}: {names}", why, fix)] if names else []


def _name(image: ListedImage) -> str:
    return str(image.artifact)


def _lacking(image: ListedImage) -> tuple[Part, ...]:
    return image.found.lacking if image.found else ()


def _forms_of(image: ListedImage) -> frozenset[Form]:
    return image.found.forms if image.found else frozenset()


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
