"""Typed reads from JSON whose shape the caller knows only in part."""

from collections.abc import Mapping

JsonObject = dict[str, object]


def find(document: object, *path: str) -> object:
    """Give what lies at the path, or None; the case of keys counts only between two like ones."""
    for key in path:
        if not isinstance(document, Mapping):
            return None
        likes = (other for other in document if str(other).lower() == key.lower())
        document = document.get(key if key in document else next(likes, key))
    return document


def text(document: object, *path: str, default: str = "") -> str:
    """Give the string at the path."""
    value = find(document, *path)
    return value if isinstance(value, str) else default


def number(document: object, *path: str, default: float = 0) -> float:
    """Give the number at the path."""
    value = find(document, *path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return value


def flag(document: object, *path: str, default: bool = False) -> bool:
    """Give the boolean at the path."""
    value = find(document, *path)
    return value if isinstance(value, bool) else default


def child(document: object, *path: str) -> JsonObject:
    """Give the object at the path, or an empty one that is not attached."""
    value = find(document, *path)
    return value if isinstance(value, dict) else {}


def texts(document: object, *path: str) -> list[str]:
    """Give the strings of the list at the path."""
    value = find(document, *path)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def objects(document: object, *path: str) -> list[JsonObject]:
    """Give the objects of the list at the path; changing one changes the document."""
    value = find(document, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def same(left: str, right: str) -> bool:
    """Tell whether two of Azure's names or ids are equal; their case never counts."""
    return left.lower() == right.lower()
