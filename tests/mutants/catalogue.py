"""The mutants. What each stands for is in docs/mutants.md; a new one is one more entry here."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CORE = "layers/fleet/python/fleet"
EDGE = "layers/fleet/python/edge"
WISDM = "layers/dialects/wisdm/python/wisdm"

MUTANTS = (
    Mutant(
        "snake-case answers",
        f"{EDGE}/dialect.py",
        {"model_dump_json(by_alias=True": "model_dump_json(by_alias=False"},
        ("tests/suite",),
    ),
    Mutant(
        "dropped companion read",
        f"{CORE}/plane/on_orders.py",
        {'both(Commands.earlier("upgrade", sn), ': "both(nothing().map(lambda _: Earlier()), "},
        ("tests/workers",),
    ),
    Mutant(
        "permit that passes all",
        f"{EDGE}/dialect.py",
        {"if not (call.principal.permits(thing) if isinstance(thing, Placed) else isinstance(thing, Unplaced)):": "if False:"},
        ("tests/suite",),
    ),
    Mutant(
        "store that ignores the reach",
        f"{CORE}/aws/reads.py",
        {'            reach.demand(text(item, "org"), kind)\n': "            pass\n"},
        ("tests/suite",),
    ),
    Mutant(
        "swapped conditions",
        f"{CORE}/registry/groups.py",
        {
            'Write.delete(_name(group.organization, group.name), "id = :id", named=GONE, id={"S": group.id}),': (
                'Write.delete(_name(group.organization, group.name), "id = :id", named=HAS_DEVICES, id={"S": group.id}),'
            ),
            'named=HAS_DEVICES, none={"N": "0"}': 'named=GONE, none={"N": "0"}',
        },
        ("tests/contract/thingsee",),
    ),
    Mutant(
        "lost outbox row",
        f"{CORE}/commands/accept.py",
        {"*_sending(reach, decision), ": ""},
        ("tests/contract/wisdm",),
    ),
    Mutant(
        "hash comparison always true",
        f"{CORE}/aws/hashes.py",
        {"hmac.compare_digest(stored, _hash(": "hmac.compare_digest(stored, stored or _hash("},
        ("tests/suite",),
    ),
    Mutant(
        "page token for anybody",
        f"{CORE}/aws/tokens.py",
        {'f"token:{bound_to}"': '"token:"'},
        ("tests/contract/wisdm",),
    ),
    Mutant(
        "repeated message counts as newer",
        f"{CORE}/aws/sections.py",
        {"#s.seq < :seq": "#s.seq <= :seq"},
        ("tests/workers",),
    ),
    Mutant(
        "secret in clear",
        f"{CORE}/tenancy/encryption.py",
        {
            "return base64.b64encode(_VERSION + nonce + ciphertext).decode()": 'return secret.decode("latin-1")',
            "raw = base64.b64decode(sealed)\n": '_data_key(reach, organization)\n    return sealed.encode("latin-1")\n',
        },
        ("tests/contract/wisdm",),
    ),
    Mutant(
        "two checks swapped",
        f"{EDGE}/order.py",
        {"(*_IDENTITY, Step.PARENT, Step.SCOPE, *_OBJECT, *_INPUT)": "(*_IDENTITY, Step.SCOPE, Step.PARENT, *_OBJECT, *_INPUT)"},
        ("tests/edge",),
    ),
    Mutant(
        "null read as absent",
        f"{EDGE}/shape.py",
        {"class Closed(Shape):": "class Closed(Strict):"},
        ("tests/edge",),
    ),
    Mutant(
        "first of two boundaries",
        f"{EDGE}/form.py",
        {"if len(boundaries) != 1 or": "if not boundaries or"},
        ("tests/edge",),
    ),
    Mutant(
        "permit skipped on child routes",
        f"{EDGE}/checks.py",
        {'        self._permit("parent")\n': ""},
        ("tests/edge",),
    ),
    Mutant(
        "HEAD with a body",
        f"{EDGE}/answer.py",
        {'if event["requestContext"]["httpMethod"] == "HEAD" else packed': "if not packed else packed"},
        ("tests/edge",),
    ),
    Mutant(
        "manager of one, manager of all",
        f"{WISDM}/console.py",
        {"[each for each in user.in_force if each.organization == organization] or user.in_force": "user.in_force"},
        ("tests/contract/wisdm",),
    ),
    Mutant(
        "writing what may be read",
        f"{CORE}/access.py",
        {
            "        return self.organizations is None or organization in self.organizations": (
                "        return self.organizations is None or organization in self.organizations | self.readable"
            )
        },
        ("tests/suite",),
    ),
    Mutant(
        "disabled organization with open doors",
        f"{CORE}/identity/manage_organizations.py",
        {"any(getattr(before, name) is not value for": "any(getattr(before, name) is value for"},
        ("tests/operator",),
    ),
    Mutant(
        "recent rows deleted whatever their version",
        f"{CORE}/directory/fold.py",
        {'"version = :read", named=name, read={"N": str(each.version)}': "None, named=name"},
        ("tests/unit",),
    ),
    Mutant(
        "projection left behind",
        f"{CORE}/registry/projections.py",
        {"    yield from (Write.delete(key, None) for key in old.keys() - new.keys())\n": ""},
        ("tests/operator",),
    ),
)
