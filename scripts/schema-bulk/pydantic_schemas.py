"""The JSON schemas that pydantic 2 makes of some types, with values that it takes and refuses, as JSON on stdout.

python -m venv V; V/bin/pip install pydantic==2.14.4 email-validator
V/bin/python scripts/schema-bulk/pydantic_schemas.py > test/unit/grammar/json-schema/recorded/pydantic.json
"""
import datetime
import decimal
import enum
import json
import sys
import typing
import uuid
from typing import Annotated, Any, Dict, FrozenSet, List, Literal, NamedTuple, Optional, Set, Tuple, Union

import pydantic
from pydantic import AnyUrl, BaseModel, ConfigDict, EmailStr, Field, HttpUrl, RootModel, TypeAdapter
from typing_extensions import TypedDict
from pydantic import conint, conlist, constr


class Color(enum.Enum):
    red = "r"
    green = "g"


class Level(enum.IntEnum):
    low = 1
    high = 2


class Point(NamedTuple):
    x: int
    y: float = 0.0


class Movie(TypedDict, total=False):
    title: str
    year: int


class Address(BaseModel):
    street: str
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]


class Person(BaseModel):
    """A person."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=50)]
    age: Annotated[int, Field(ge=0, le=150)] = 0
    email: Optional[EmailStr] = None
    address: Optional[Address] = None
    tags: List[str] = Field(default_factory=list, max_length=5)


class Node(BaseModel):
    value: int
    children: List["Node"] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Alias(BaseModel):
    inner_name: int = Field(alias="outerName")


class Price(BaseModel):
    amount: Annotated[decimal.Decimal, Field(max_digits=6, decimal_places=2, ge=0)]


Pet = Annotated[Union[Cat, Dog], Field(discriminator="kind")]
U = "550e8400-e29b-41d4-a716-446655440000"

TYPES = [
    ("str", str, ["", "a"], [1]),
    ("int", int, [0, -7], ["x"]),
    ("float", float, [0.5, 1], ["x"]),
    ("bool", bool, [True], ["x"]),
    ("None", type(None), [None], [1]),
    ("Any", Any, [1, "a", {"a": 1}], []),
    ("bytes", bytes, ["abc"], [1]),
    ("Decimal", decimal.Decimal, ["1.50", "-3", 2], ["x", "."]),
    ("Decimal with digits", Annotated[decimal.Decimal, Field(max_digits=5, decimal_places=2)], ["1.5", "123.45"], ["x"]),
    ("Decimal between", Annotated[decimal.Decimal, Field(ge=0, le=10)], ["1.5", 3], ["x"]),
    ("date", datetime.date, ["2024-02-29"], ["2023-02-29"]),
    ("datetime", datetime.datetime, ["2024-01-02T03:04:05Z"], ["x"]),
    ("time", datetime.time, ["03:04:05Z"], ["x"]),
    ("timedelta", datetime.timedelta, ["P1DT2H"], ["x"]),
    ("UUID", uuid.UUID, [U], ["x"]),
    ("UUID4", pydantic.UUID4, [U], ["x"]),
    ("EmailStr", EmailStr, ["a@example.com"], ["x"]),
    ("NameEmail", pydantic.NameEmail, [], []),
    ("AnyUrl", AnyUrl, ["https://example.com/a"], ["x"]),
    ("HttpUrl", HttpUrl, ["https://example.com/a"], ["x"]),
    ("IPv4Address", __import__("ipaddress").IPv4Address, ["10.0.0.1"], ["300.1.1.1"]),
    ("IPv6Address", __import__("ipaddress").IPv6Address, ["2001:db8::1"], ["x"]),
    ("IPvAnyAddress", pydantic.IPvAnyAddress, ["10.0.0.1"], []),
    ("IPv4Network", __import__("ipaddress").IPv4Network, ["10.0.0.0/8"], []),
    ("Path", __import__("pathlib").Path, ["a/b"], [1]),
    ("SecretStr", pydantic.SecretStr, ["a"], [1]),
    ("Json", pydantic.Json, ["{}"], []),
    ("Base64Str", pydantic.Base64Str, ["aGVsbG8="], []),
    ("Pattern", typing.Pattern, ["a+"], []),
    ("constr", constr(min_length=2, max_length=4), ["ab"], ["a", "abcde"]),
    ("constr pattern", constr(pattern=r"^[A-Z]{2}\d+$", max_length=6), ["AB12"], ["ab", "AB12345"]),
    ("constr strip lower", constr(strip_whitespace=True, to_lower=True), ["a"], [1]),
    ("conint", conint(gt=0, lt=10, multiple_of=3), [3, 9], [4, 0]),
    ("PositiveInt", pydantic.PositiveInt, [1], [0]),
    ("NonNegativeFloat", pydantic.NonNegativeFloat, [0, 0.5], [-1]),
    ("FiniteFloat", pydantic.FiniteFloat, [0.5], ["x"]),
    ("float multiple_of", Annotated[float, Field(multiple_of=0.5, ge=0, le=3)], [0.5, 3], [0.3]),
    ("StrictInt", pydantic.StrictInt, [1], ["1"]),
    ("PastDate", pydantic.PastDate, ["2020-01-01"], ["x"]),
    ("AwareDatetime", pydantic.AwareDatetime, ["2024-01-02T03:04:05Z"], ["x"]),
    ("Literal", Literal["a", 1, None, True], ["a", 1, None], ["b"]),
    ("Enum", Color, ["r", "g"], ["x"]),
    ("IntEnum", Level, [1, 2], [3]),
    ("Optional", Optional[int], [1, None], ["x"]),
    ("Union", Union[int, str, None], [1, "a", None], [[]]),
    ("list", List[int], [[], [1, 2]], [["x"]]),
    ("list without items", list, [[], [1, "a"]], [1]),
    ("conlist", conlist(int, min_length=1, max_length=3), [[1]], [[], [1, 2, 3, 4]]),
    ("set of enum", Set[Color], [["r"], ["r", "g"], []], []),
    ("set of bool", Set[bool], [[True], [True, False]], []),
    ("frozenset of literals", FrozenSet[Literal["a", "b", "c"]], [["a", "c"]], []),
    ("set of str", Set[str], [], []),
    ("set of int", Annotated[Set[int], Field(max_length=1)], [[1], []], []),
    ("tuple", Tuple[int, str], [[1, "a"]], [[1]]),
    ("tuple of any length", Tuple[int, ...], [[], [1, 2]], [["x"]]),
    ("empty tuple", Tuple[()], [[]], [[1]]),
    ("NamedTuple", Point, [[1, 2.5]], []),
    ("dict", Dict[str, int], [{}, {"a": 1}], [{"a": "x"}]),
    ("dict without types", dict, [{}, {"a": 1}], [1]),
    ("dict of enum keys", Dict[Color, int], [{}, {"r": 1}, {"r": 1, "g": 2}], [{"x": 1}]),
    ("dict of int keys", Dict[int, str], [{"1": "a"}], []),
    ("dict of pattern keys", Dict[Annotated[str, Field(pattern="^[a-z]+$")], int], [{"ab": 1}], [{"A": 1}]),
    ("dict of uuid keys", Dict[uuid.UUID, int], [{U: 1}], [{"x": 1}]),
    ("dict of date keys", Dict[datetime.date, int], [{"2024-01-01": 1}], [{"x": 1}]),
    ("dict of literal keys", Dict[Literal["a", "b"], bool], [{"a": True}], [{"c": True}]),
    ("dict of key lengths", Dict[Annotated[str, Field(min_length=2, max_length=3)], int], [{"ab": 1}], [{"a": 1}]),
    ("dict min", Annotated[Dict[str, int], Field(min_length=1)], [{"a": 1}], [{}]),
    ("dict min max", Annotated[Dict[str, int], Field(min_length=1, max_length=2)], [{"a": 1}], [{}, {"a": 1, "b": 1, "c": 1}]),
    ("dict min 2", Annotated[Dict[str, int], Field(min_length=2)], [], [{"a": 1}]),
    ("dict of lists", Dict[str, List[Optional[float]]], [{"a": [1, None]}], [{"a": ["x"]}]),
    ("TypedDict", Movie, [{}, {"title": "a"}], [{"year": "x"}]),
    ("Person", Person, [{"name": "A"}, {"name": "A", "age": 3, "email": None, "address": {"street": "s", "zip": "12345"}, "tags": ["x"]}], [{"name": ""}, {"name": "A", "x": 1}]),
    ("Node", Node, [{"value": 1, "children": [{"value": 2, "children": []}]}], [{"value": "x"}]),
    ("Pet", Pet, [{"kind": "cat", "lives": 9}, {"kind": "dog", "good": True}], [{"kind": "cow"}]),
    ("Union of models", Union[Cat, Dog], [{"kind": "cat", "lives": 9}], [{"kind": "cow"}]),
    ("Open", Open, [{"a": 1, "b": "x"}], [{"b": 1}]),
    ("Alias", Alias, [{"outerName": 1}], [{}]),
    ("Price", Price, [{"amount": "1.50"}, {"amount": 2}], [{"amount": "x"}]),
    ("RootModel", RootModel[List[Pet]], [[{"kind": "cat", "lives": 1}]], [[1]]),
    ("list of Person", List[Person], [[{"name": "A"}]], [[{}]]),
    ("json_schema_extra", Annotated[int, Field(json_schema_extra={"order": 1, "enumNames": ["x"]}, examples=[1])], [1], ["x"]),
    ("title and default", Annotated[str, Field(title="T", description="d", deprecated=True)], ["a"], [1]),
]

# the serialization mode writes what pydantic itself would print
records = []
for name, of, valid, invalid in TYPES:
    adapter = TypeAdapter(of)
    class Holder(BaseModel):
        a: of
        b: bool
    holder = TypeAdapter(Holder)
    for kind, adapter, wrap in (("", adapter, lambda v: v), ("member: ", holder, lambda v: {"a": v, "b": True})):
        for mode in ("validation", "serialization"):
            try:
                schema = adapter.json_schema(mode=mode)
            except Exception as error:
                print(f"{kind}{name}: {error}".split("\n")[0], file=sys.stderr)
                continue
            records.append({"name": f"{kind}{name} ({mode})", "schema": schema, "valid": [wrap(v) for v in valid] if mode == "validation" else [], "invalid": [wrap(v) for v in invalid] if mode == "validation" else []})

print("[\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]")
