"""The response models: the documented objects, key for key, as classes of Pydantic.

There are hundreds of keys, so the classes are made from the tables of keys that Calldex has; what comes out are plain
models, as if each had been written down.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, create_model

from calldex.surfaces.stuut.shapes import Shape
from calldex.surfaces.stuut.v1.objects import CALL as CALL_V1
from calldex.surfaces.stuut.v2.objects import CALL as CALL_V2


def _amount(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else f"{value:.2f}"


_TYPES: dict[str, Any] = {
    "text": str | None,
    "number": int | float | None,
    "flag": bool | None,
    "instant": datetime | None,
    "anything": Any,
    "anythings": list[Any] | None,
    "mapping": dict[str, Any] | None,
    "texts": list[str] | None,
    "numbers": list[int | float] | None,
    "amount in text": Annotated[str | None, BeforeValidator(_amount)],
}


def _model(shape: Shape, prefix: str, *, inside_invoice: bool = False) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for key, known in shape.fields.items():
        if known.only_inside_invoice and not inside_invoice:
            continue
        if known.shape is None:
            fields[key] = (_TYPES[known.type], None)
            continue
        inner = _model(known.shape, f"{prefix}{shape.name}", inside_invoice=known.inside_invoice)
        fields[key] = (list[inner] | None, []) if known.type == "many" else (inner | None, None)  # type: ignore[valid-type]
    return create_model(f"{prefix}{shape.name}", **fields)


CallV1: Any = _model(CALL_V1, "V1")
CallV2: Any = _model(CALL_V2, "V2")


class PageV1(BaseModel):
    data: list[CallV1]
    current_page: int
    total_records: int
    next_page: int | None


class PageV2(BaseModel):
    data: list[CallV2]
    current_page: int
    total_records: int
    next_page: int | None
