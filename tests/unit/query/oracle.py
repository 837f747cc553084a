"""What a query means, written down a second time: slowly, word by word of the contract, without anything of `fleet.query`'s parsing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.registry.connection import Connection
from fleet.registry.device_row import DeviceRow

_INSTANTS = ("creationDate", "lastUpdated", "deletedAt", "connectedAt", "disconnectedAt")


def means(query: dict[str, Any], row: DeviceRow, connection: Connection | None) -> bool:
    """All members hold."""
    return all(_member_holds(name, condition, row, connection) for name, condition in query.items())


def _member_holds(name: str, condition: Any, row: DeviceRow, connection: Connection | None) -> bool:
    if name == "$and":
        return all(means(each, row, connection) for each in condition)
    if name == "$or":
        return condition == [] or any(means(each, row, connection) for each in condition)
    if name == "$nor":
        return condition != [] and not any(means(each, row, connection) for each in condition)
    if name == "tags":
        return _tags_hold(condition, row.tags)
    operators = condition if isinstance(condition, dict) else {"$eq": condition}
    ignore_case = operators.get("$ci") is True
    values = _values(name, row, connection)
    if name == "attributeName" and len(values) > 1:
        alone = [row._replace(attributes=[each]) for each in row.attributes]
        some, none = ({name: {"$ci": ignore_case, **part}} for part in (positive(operators), negative(operators)))
        return any(means(some, each, connection) for each in alone) and all(means(none, each, connection) for each in alone)
    return all(
        _operator_holds(operator, _operand(name, operand), values, ignore_case or name.endswith("Id") or name == "id")
        for operator, operand in operators.items()
    )


def positive(operators: dict[str, Any]) -> dict[str, Any]:
    return {operator: operand for operator, operand in operators.items() if operator not in ("$ne", "$nin", "$ci")}


def negative(operators: dict[str, Any]) -> dict[str, Any]:
    return {operator: operand for operator, operand in operators.items() if operator in ("$ne", "$nin")}


def _values(name: str, row: DeviceRow, connection: Connection | None) -> list[Any]:
    """The values of a field: one, none, or with attributes and systems above several."""
    if name == "attributeName":
        return [attribute[0] for attribute in row.attributes]
    if name == "ancestorId":
        return row.ancestors
    fields: dict[str, Any] = {"id": row.id, "gatewayId": row.gateway, "parentId": row.parent, "name": row.name}
    fields |= {"deviceClass": row.device_class, "creationDate": row.created, "lastUpdated": row.updated, "deletedAt": row.deleted}
    if connection:
        fields["connectionStatus"] = "connected" if connection.connected else "disconnected"
        fields |= {"connectedAt": connection.connected_at, "disconnectedAt": connection.disconnected_at}
    return [fields[name]] if fields.get(name) is not None else []


def _operand(name: str, operand: Any) -> Any:
    if isinstance(operand, list):
        return [_operand(name, each) for each in operand]
    if name in _INSTANTS and isinstance(operand, str):
        if operand == "Z":  # a part of a text, which is no instant
            return operand
        return int(datetime.strptime(operand, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000)
    return operand


def _operator_holds(operator: str, operand: Any, values: list[Any], ignore_case: bool) -> bool:
    if operator == "$ci":
        return True
    if operator == "$ne":
        return not _operator_holds("$eq", operand, values, ignore_case)
    if operator == "$nin":
        return not _operator_holds("$in", operand, values, ignore_case)
    if operator == "$in":
        return any(_operator_holds("$eq", each, values, ignore_case) for each in operand)
    if operand is None:
        return operator == "$eq" and values == []
    return any(_value_fits(operator, operand, value, ignore_case) for value in values)


def _value_fits(operator: str, operand: Any, value: Any, ignore_case: bool) -> bool:
    texts = isinstance(value, str) and isinstance(operand, str)
    numbers = isinstance(value, int) and isinstance(operand, int | float) and not isinstance(operand, bool)
    if not texts and not numbers:
        return False
    if ignore_case and texts:
        value, operand = value.casefold(), operand.casefold()
    if operator in ("$startsWith", "$endsWith", "$contains"):
        return texts and any(_is_part(operator, operand, value, start) for start in range(len(value)))
    below, equal = bool(value < operand), bool(value == operand)
    return {"$eq": equal, "$lt": below, "$lte": below or equal, "$gt": not below and not equal, "$gte": not below}[operator]


def _is_part(operator: str, operand: str, value: str, start: int) -> bool:
    """Whether a text stands in another one from there on, where the operator wants it."""
    end = start + len(operand)
    wanted = {"$startsWith": start == 0, "$endsWith": end == len(value), "$contains": True}[operator]
    return wanted and value[start:end] == operand


def _tags_hold(condition: Any, tags: list[list[str]]) -> bool:
    if condition is None:
        return len(tags) == 0
    if "$ne" in condition:
        return not _tags_hold(condition["$ne"], tags)
    if "$eq" in condition:
        return _tags_hold(condition["$eq"], tags)
    if "$tagKey" in condition or "$tagValue" in condition:
        return _entry_is_there(condition, tags)
    return all(_entry_is_there({"$tagKey": key, "$tagValue": value}, tags) for key, value in condition.items())


def _entry_is_there(parts: dict[str, Any], tags: list[list[str]]) -> bool:
    """An entry that fits; where a part is null, none that fits what else is said."""
    said = {name: part for name, part in parts.items() if part is not None}
    found = False
    for key, value in tags:
        entry = {"$tagKey": key, "$tagValue": value}
        found = found or all(_part_fits(part, entry[name]) for name, part in said.items())
    return found if said == parts else not found


def _part_fits(part: Any, given: str) -> bool:
    if isinstance(part, str):
        return part == given
    return given in part["$in"] if "$in" in part else given not in part["$nin"]
