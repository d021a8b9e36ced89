"""What all answers of HAP share: its names in camel case, null for what is absent, other keys."""

from __future__ import annotations

from typing import Any, Self

from pydantic import AliasGenerator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from connectors.codes import REPORT
from connectors.errors import Bilingual, ContractError


class Record(BaseModel):
    """A part of an answer; keys that nothing reads are left out.

    Null and "" are how HAP writes that there is nothing, so they count as absent: a further name of
    the field, or its default, takes their place.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=to_camel),
    )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nothing(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if not isinstance(value, dict):
            return value
        return {key: part for key, part in value.items() if part is not None and part != ""}

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read what an answer holds.

        Raises:
            ContractError: It does not keep the contract; names the key and never the value.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            where = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise unreadable(".".join(map(str, where["loc"])) or "data")


def unreadable(name: str) -> ContractError:
    """Build the error for a part of an answer that is not there, or of another shape."""
    words = Bilingual(f"{name} 缺失或读不懂", f"{name} is missing or cannot be read")
    return ContractError("hap", words, REPORT)
