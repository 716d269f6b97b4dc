"""A small checker for the shape of JSON values.

A shape is a type, a predicate, a list with the shape of all its items, a tuple of alternatives, or a dictionary of
shapes. A key that ends in `?` is optional; unknown keys are allowed, as the contract may be extended.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from suite.case import Failure, short

Shape = Any


def matches(value: object, shape: Shape, what: str) -> None:
    """Raises a Failure that names the location if the value does not have the shape."""
    if isinstance(shape, dict):
        _object(value, shape, what)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Failure(f"{what} is {short(value)}, expected a list")
        for index, item in enumerate(value):
            matches(item, shape[0], f"{what}[{index}]")
    elif isinstance(shape, tuple):
        if not any(_fits(value, alternative, what) for alternative in shape):
            raise Failure(f"{what} is {short(value)}, which is none of what the contract allows")
    elif isinstance(shape, type):
        if not isinstance(value, shape) or (shape is not bool and isinstance(value, bool)):
            raise Failure(f"{what} is {short(value)}, expected {shape.__name__}")
    elif callable(shape):
        if not shape(value):
            raise Failure(f"{what} is {short(value)}, expected {shape.__name__.replace('_', ' ')}")
    elif type(value) is not type(shape) or value != shape:
        raise Failure(f"{what} is {short(value)}, expected {short(shape)}")


def _object(value: object, shape: dict[str, Shape], what: str) -> None:
    if not isinstance(value, dict):
        raise Failure(f"{what} is {short(value)}, expected an object")
    for name, inner in shape.items():
        key = name.rstrip("?")
        if key in value:
            matches(value[key], inner, f"{what}.{key}")
        elif not name.endswith("?"):
            raise Failure(f"{what} lacks {key!r}: {short(value)}")


def _fits(value: object, shape: Shape, what: str) -> bool:
    try:
        matches(value, shape, what)
    except Failure:
        return False
    return True


def whole_characters(value: object) -> bool:
    """A non-empty text without unpaired surrogates."""
    if not isinstance(value, str) or not value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def some_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def positive(value: object) -> bool:
    return count(value) and value != 0


def rfc3339(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value
    ):
        return False
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def unix_milliseconds(value: object) -> bool:
    return count(value) and 1_500_000_000_000 < int(str(value)) < 10_000_000_000_000
