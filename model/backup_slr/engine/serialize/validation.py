"""Convert documents to msgspec types; report the first error in an invalid document, with its path.

msgspec stops at the first error, but does not suggest similar names or, in some cases, report the path. So a document
that it rejects is traversed again with its type. A type has words for messages: a struct has the class attributes
``UNKNOWN`` (the kind of an unknown key) and ``MISSING`` (a format with the ``key``), any other uses `about`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial, reduce
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeAlias, TypeVar, cast

from msgspec import UNSET, Meta, Struct, UnsetType, ValidationError, convert, defstruct, field, inspect

from backup_slr.errors import BadInput, quoted, unknown

T = TypeVar("T")
Path: TypeAlias = tuple[str | int, ...]
Words: TypeAlias = Mapping[str, Any]
LARGEST_NUMBER = 2**63 - 1
"""Neither TOML nor msgspec promises a larger whole number."""
MOST_REPORTED = 5
"""The most mistakes of one document that are reported."""


class Source(ABC):
    """The text of a document; `table` is the word of its format for an object, with its article."""

    table: ClassVar[str]

    @abstractmethod
    def fail(self, message: str, *path: str | int) -> NoReturn:
        """Report an error at a path."""
        raise NotImplementedError

    def about(self, path: Sequence[str | int]) -> str:
        """The subject of a message about a path, followed by a space; empty if the path itself is shown."""
        return ""

    def wrong(self, wanted: str, value: object, *path: str | int) -> NoReturn:
        self.fail(f"{self.about(path)}must be {wanted}, not {_shown(value, self)}", *path)

    def one_of(self, name: str, known: Iterable[str], kind: str, *path: str | int) -> str:
        """Check that a name is one of a few known ones."""
        options = list(known)
        if name not in options:
            self.fail(unknown(kind, name, options), *path)
        return name

    def each_once(self, names: Sequence[str], *path: str | int, said: str = "stands here") -> tuple[str, ...]:
        """Check that names are distinct."""
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name in seen:
                self.fail(f"{quoted(name)} {said} twice", *path, number)
            seen.add(name)
        return tuple(names)


def converted(value: Any, kind: type[T], source: Source, *path: str | int) -> T:
    """Convert a document to a value of a type. Raises `BadInput` when it does not fit the type."""
    try:
        return convert(value, kind)
    except ValidationError as error:
        _Check(source).value(value, inspect.type_info(kind), path, {})
        return source.fail(str(error), *path)  # not reached while `_Check` knows all types in use


def each_checked(checks: Iterable[Callable[[], object]]) -> None:
    """Do all checks, and report those that fail together.

    Raises `BadInput` when some fail; with the messages of the first ones, one on each line.
    """
    found: list[str] = []
    for check in checks:
        try:
            check()
        except BadInput as error:
            found += str(error).split("\n")
            if len(found) > MOST_REPORTED:
                found[MOST_REPORTED:] = ["... and more"]
                break
    if found:
        raise BadInput("\n".join(found))


# ---------------------------------------------------------------- types


def words(description: str = "", /, **said: Any) -> Meta:
    """A description for the JSON Schema of a type, and words for messages.

    Parameters
    ----------
    description
        The text that an editor shows.
    said
        ``kind``: the kind of an unknown value; ``missing``, ``empty``, ``single`` (an object where an array is
        expected): whole messages; ``wanted``: the expected number; ``elsewhere``, ``not_here``: values that are valid
        elsewhere, and the message about one; ``values``: the known values in their order; ``show``: the largest number
        of them that a message lists.
    """
    return Meta(description=description or None, extra=said or None)


def about(of: Any, description: str = "", /, **said: Any) -> Any:
    """A type created at run time, with `words`."""
    return Annotated[of, words(description, **said)]


def choice(values: Sequence[str], description: str = "", /, **said: Any) -> Any:
    """One of these strings; any string if there are none."""
    return about(Literal[tuple(values)] if values else str, description, values=tuple(values), **said)


def optional(name: str, kind: Any, key: str | None = None) -> tuple[str, Any, Any]:
    """An optional field for `msgspec.defstruct`, which is `UNSET` if it is omitted."""
    return name, kind | UnsetType, field(default=UNSET, name=key)


def any_of(types: Sequence[Any]) -> Any:
    return reduce(lambda one, other: one | other, types)


def struct(name: str, fields: Sequence[Any], says: str, tag: str | None = None, **words: str) -> type[Struct]:
    """A struct with a description, words for messages, and perhaps a tag under the key ``do``."""
    tagged: dict[str, Any] = {} if tag is None else {"tag": tag, "tag_field": "do"}
    return defstruct(name, fields, namespace={"__doc__": says, **words}, forbid_unknown_fields=True, **tagged)


def tag_of(given: Struct) -> str:
    return str(given.__struct_config__.tag)


def value_of(given: Any, name: str, usual: Any = UNSET) -> Any:
    """A field of a struct; the `usual` value if it is not set, or if the struct is not."""
    value = getattr(given, name.replace("-", "_"), UNSET)
    return usual if value is UNSET else value


NonEmpty = Annotated[str, Meta(min_length=1)]


# ---------------------------------------------------------------- errors


@dataclass(frozen=True)
class _Check:
    """A traversal of a document with its type, up to the first errors of independent parts."""

    source: Source

    def value(self, value: Any, info: inspect.Type, path: Path, said: Words) -> None:
        """Report a value that does not have a type, with the words of the type."""
        match info:
            case inspect.Metadata():
                self.value(value, info.type, path, {**said, **_words_of(info)})
            case inspect.UnionType(types=types):
                tables = [kind for kind in types if isinstance(kind, inspect.StructType)]
                if tables and tables[0].tag is not None:
                    self.tagged(value, tables, path, said)
                elif tables and _is(value, dict):
                    self.table(value, tables[0], path)
                else:
                    self.plain(value, [kind for kind in types if kind not in tables], path, said)
            case inspect.StructType():
                self.table(value, info, path)
            case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
                if _is(value, dict) and "single" in said:
                    self.source.fail(said["single"], *path)
                self.plain(value, [info], path, said)
                if info.min_length and len(value) < info.min_length:
                    self.source.fail(f"{self.source.about(path)}must have at least {info.min_length} element", *path)
                each_checked(partial(self.value, inner, item, (*path, n), {}) for n, inner in enumerate(value))
            case inspect.DictType():
                self.plain(value, [info], path, said)
                for key, inner in value.items():
                    self.value(inner, info.value_type, (*path, key), {})
            case inspect.LiteralType(values=values):
                self.plain(value, [info], path, said)
                if value not in values:
                    if value in (others := said.get("elsewhere", ())):
                        self.source.fail(said["not_here"].format(value=quoted(value)), *path)
                    kind = said.get("kind", f"value of {path[-1]}:")
                    self.source.fail(
                        unknown(kind, value, map(str, others or said.get("values", values)), said.get("show", 12)),
                        *path,
                    )
            case _:
                self.plain(value, [info], path, said)
                if isinstance(info, inspect.StrType) and len(value) < (info.min_length or 0):
                    self.source.fail(said.get("empty", f"{self.source.about(path)}cannot be empty"), *path)
                if isinstance(info, inspect.IntType | inspect.FloatType) and not _within(value, info):
                    large = info.le is not None and value > info.le
                    self.source.wrong(said.get("wanted", _wanted(info, self.source, large)), value, *path)

    def plain(self, value: Any, types: Sequence[inspect.Type], path: Path, said: Words) -> None:
        """Report a value of none of these types, none of which is a struct."""
        accepted = tuple(kind for info in types for kind in PYTHON_TYPES.get(type(info), (object,)))
        if not isinstance(value, accepted) or (_is(value, bool) and not {bool, object} & {*accepted}):
            wanted = " or ".join(_wanted(info, self.source) for info in types)
            self.source.wrong(said.get("wanted", wanted), value, *path)

    def tagged(self, value: Any, types: Sequence[inspect.StructType], path: Path, said: Words) -> None:
        """Report a value that is none of these structs, which have a tag."""
        tags = {str(kind.tag): kind for kind in types}
        key = types[0].tag_field or ""
        if not _is(value, dict):
            self.source.wrong(self.source.table, value, *path)
        if key not in value:
            meant: list[str] = get_close_matches(key, [*value], n=1)
            if meant:
                self.source.fail(unknown("key", meant[0], [key]), *path, meant[0])
            number = path[-1] + 1 if path and isinstance(path[-1], int) else 1
            self.source.fail(said.get("missing", MISSING).format(key=key, number=number), *path)
        if not _is(value[key], str):
            self.source.wrong("a string", value[key], *path, key)
        if value[key] not in tags:
            self.source.fail(unknown(said["kind"], value[key], tags, said.get("show", 12)), *path, key)
        self.table(value, tags[value[key]], path)

    def table(self, value: Any, info: inspect.StructType, path: Path) -> None:
        """Report a value that is not a struct."""
        if not _is(value, dict):
            self.source.wrong(self.source.table, value, *path)
        fields = {one.encode_name: one for one in info.fields}
        tag = (info.tag_field,) if info.tag_field else ()
        known = [*tag, *fields]

        def unknown_key(key: str) -> None:
            self.source.fail(unknown(getattr(info.cls, "UNKNOWN", "key"), key, known, 20), *path, key)

        def missing_key(key: str) -> None:
            missing = _words_of(fields[key].type).get("missing", getattr(info.cls, "MISSING", MISSING))
            self.source.fail(missing.format(key=key), *path, *tag)

        others: list[str] = [key for key in value if key not in known] if info.forbid_unknown_fields else []
        meant = [near for key in others for near in get_close_matches(key, known, n=1)]
        lacking = [key for key, one in fields.items() if one.required and key not in value and key not in meant]
        inner = [partial(self.value, value[key], fields[key].type, (*path, key), {}) for key in value if key in fields]
        each_checked(
            (*(partial(unknown_key, key) for key in others), *(partial(missing_key, key) for key in lacking), *inner)
        )


PYTHON_TYPES: dict[type[inspect.Type], tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.LiteralType: (str,),
    inspect.BoolType: (bool,),
    inspect.IntType: (int,),
    inspect.FloatType: (int, float),
    inspect.ListType: (list,),
    inspect.VarTupleType: (list,),
    inspect.DictType: (dict,),
    inspect.NoneType: (type(None),),
}
"""The Python types of the values that a type accepts; a type that is not listed accepts any value."""
MISSING = "the key {key!r} is missing"


def _wanted(info: inspect.Type, source: Source, large: bool = False) -> str:
    """What is accepted; the largest number that the program can hold is named only for a larger one."""
    match info:
        case inspect.IntType(ge=least, le=most) | inspect.FloatType(ge=least, le=most):
            whole = isinstance(info, inspect.IntType)
            number = f"a{' whole' * whole} number"
            if least is None:
                return number
            if most is None or (most == LARGEST_NUMBER and not large):
                return f"{number} of at least {least}"
            return f"{number} from {least} to {most}" if whole else f"{number} from {least:,.0f} to {most:,.0f}"
        case inspect.BoolType():
            return "true or false"
        case inspect.ListType() | inspect.VarTupleType():
            return "an array"
        case inspect.DictType():
            return source.table
        case inspect.NoneType():
            return "null"
        case _:
            return "a string"


def _within(value: float, info: inspect.IntType | inspect.FloatType) -> bool:
    return (info.ge is None or info.ge <= value) and (info.le is None or value <= info.le)


def _words_of(info: inspect.Type) -> Words:
    return cast("Words", info.extra or {}) if isinstance(info, inspect.Metadata) else {}  # pyright: ignore[reportUnknownMemberType]


def _is(value: Any, kind: type) -> bool:
    """`isinstance` that does not narrow an `Any` to unknown type arguments."""
    return isinstance(value, kind)


def _shown(value: object, source: Source) -> str:
    """A value in a message: numbers as they are, everything else by its type."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() if abs(value) >= 10**30:
            return "a number of that size"
        case int() | float():
            return str(value)
        case str():
            return "a string"
        case list():
            return "an array"
        case dict():
            return source.table
        case _:
            return "a date or time"
