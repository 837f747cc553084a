"""Random queries and devices that often have something to do with each other."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from fleet.registry.connection import Connection
from fleet.registry.device_row import DeviceRow
from tests.unit.query.devices import device

Documents = st.SearchStrategy[dict[str, Any]]
STORED_IDS = [f"65f0c0de{number:016x}" for number in (1, 10, 11, 12)]
LETTERS = "abAÄä7"
KEYS = ["hall", "floor", "Hall"]
TAG_VALUES = ["n", "s", "N"]
_IDS = st.sampled_from([*STORED_IDS, *map(str.upper, STORED_IDS)])
_TEXTS = st.text(LETTERS, min_size=1, max_size=3)
_STATUS = st.sampled_from(["connected", "disconnected", "Connected", "dis"])
_CLASSES = st.sampled_from(["standalone", "system", "gateway", "submarine", "SYSTEM"])
_TIMES = st.integers(0, 4)
_INSTANTS = _TIMES | _TIMES.map(lambda ms: ms + 0.5) | _TIMES.map(lambda ms: f"1970-01-01T01:00:00.00{ms}4+01:00")
_OTHERS = st.sampled_from([True, False, 0, 1, 2.5])


def _operators(operands: st.SearchStrategy[Any], names: str) -> dict[str, st.SearchStrategy[Any]]:
    return dict.fromkeys(names.split(), operands)


def _lists(operands: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(operands, max_size=3)


def _generic(operands: st.SearchStrategy[Any], parts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    scalars = operands | operands | _OTHERS
    optional = {
        **_operators(scalars | st.none(), "$eq $ne $gt $lt $gte $lte"),
        **_operators(parts, "$startsWith $endsWith $contains"),
        **_operators(_lists(scalars), "$in $nin"),
        "$ci": st.booleans(),
    }
    several = st.lists(st.sampled_from(sorted(optional)), max_size=3, unique=True)
    return scalars | st.none() | several.flatmap(lambda names: st.fixed_dictionaries({name: optional[name] for name in names}))


def _one_of(operators: dict[str, st.SearchStrategy[Any]]) -> Documents:
    return st.one_of([st.fixed_dictionaries({name: operands}) for name, operands in operators.items()])


_ID_CONDITIONS = (
    _IDS | st.none() | _one_of({**_operators(_IDS | st.none(), "$eq $ne $gt $lt $gte $lte"), **_operators(_lists(_IDS), "$in $nin")})
)


def _parts(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return texts | texts | st.none() | _one_of(_operators(_lists(texts), "$in $nin"))


_PAIRS = st.fixed_dictionaries({}, optional={"$tagKey": _parts(st.sampled_from(KEYS)), "$tagValue": _parts(st.sampled_from(TAG_VALUES))})
_TAGS = st.none() | _PAIRS | st.dictionaries(st.sampled_from(KEYS), _parts(st.sampled_from(TAG_VALUES)), max_size=2)
_TEXT_FIELDS = {"name": _TEXTS, "deviceClass": _CLASSES, "connectionStatus": _STATUS, "attributeName": _TEXTS}
_MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    **_operators(_ID_CONDITIONS, "id gatewayId parentId ancestorId experienceUserId experienceGroupId"),
    **{name: _generic(texts, texts) for name, texts in _TEXT_FIELDS.items()},
    **_operators(_generic(_INSTANTS, st.just("Z")), "creationDate lastUpdated deletedAt connectedAt disconnectedAt"),
    "tags": _TAGS | _one_of(_operators(_TAGS, "$eq $ne")),
}
_LEAVES = st.lists(st.sampled_from(sorted(_MEMBERS)), min_size=1, max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _MEMBERS[name] for name in names})
)
QUERIES: Documents = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(st.just({}) | _LEAVES, _one_of(_operators(_lists(inner), "$and $or $nor"))).map(
        lambda both: {**both[0], **both[1]}
    ),
    max_leaves=6,
)


def devices(count: int) -> list[tuple[DeviceRow, Connection | None]]:
    """Devices with their connections: the same ones every time."""
    chance = random.Random(count)
    return [(_device(chance), _connection(chance)) for _ in range(count)]


def _device(chance: random.Random) -> DeviceRow:
    maybe_id: list[str | None] = [None, *STORED_IDS]
    return device(
        id=chance.choice(STORED_IDS),
        name=_name(chance),
        device_class=chance.choice(["standalone", "system", "gateway"]),
        created=chance.randrange(5),
        updated=chance.randrange(5),
        deleted=chance.choice([None, 1, 3]),
        gateway=chance.choice(maybe_id),
        parent=chance.choice(maybe_id),
        ancestors=chance.sample(STORED_IDS, chance.randrange(4)),
        tags=[[chance.choice(KEYS), chance.choice(TAG_VALUES)] for _ in range(chance.randrange(4))],
        attributes=[[_name(chance), "number"] for _ in range(chance.randrange(4))],
    )


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randint(1, 3)))


def _connection(chance: random.Random) -> Connection | None:
    known = Connection(chance.random() < 0.5, 4, chance.choice([None, 0, 1, 2]), chance.choice([None, 1, 2, 3]))
    return chance.choice([known, known, None])
