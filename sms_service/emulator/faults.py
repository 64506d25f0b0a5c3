"""What can be made to go wrong, on request."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

CallbackFault = Literal["normal", "lost", "late", "repeated", "shuffled"]
CallOutcome = Literal["normal", "ring", "answered", "machine", "no-answer", "busy", "failed"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Refuse(_Strict):
    """Turn down the next `count` sends with this code and HTTP status."""

    code: int = 20429
    status: Annotated[int, Field(ge=400, le=599)] = 429
    count: Annotated[int, Field(ge=1)] = 1


class FailLater(_Strict):
    """Accept the next `count` texts and then report them as not delivered."""

    code: int = 30003
    status: Literal["failed", "undelivered"] = "undelivered"
    count: Annotated[int, Field(ge=1)] = 1


class Faults(_Strict):
    """All faults at once; the defaults are a quiet day. Times are in seconds."""

    callbacks: CallbackFault = "normal"
    seconds: Annotated[float, Field(ge=0, le=3600)] = 5
    hold_seconds: Annotated[float, Field(ge=0, le=36000)] = 0
    lose_answers: Annotated[int, Field(ge=0)] = 0
    refuse: Refuse | None = None
    fail_later: FailLater | None = None
    repeat_webhook: Annotated[int, Field(ge=0, le=5)] = 0
    calls: CallOutcome = "normal"

    def changed(self, wishes: dict[str, Any]) -> "Faults":
        """Take over the named faults and leave the others; raises ValueError that names a bad one."""
        try:
            return Faults.model_validate(self.model_dump() | wishes)
        except ValidationError as error:
            raise ValueError("; ".join(_sentence(found) for found in error.errors())) from None

    def after_lost_answer(self) -> "Faults":
        return self.model_copy(update={"lose_answers": max(0, self.lose_answers - 1)})

    def after_refusal(self) -> "Faults":
        return self.model_copy(update={"refuse": _one_less(self.refuse)})

    def after_failure(self) -> "Faults":
        return self.model_copy(update={"fail_later": _one_less(self.fail_later)})


Counted = TypeVar("Counted", Refuse, FailLater)


def _one_less(fault: Counted | None) -> Counted | None:
    if fault is None or fault.count <= 1:
        return None
    return fault.model_copy(update={"count": fault.count - 1})


def _sentence(found: Any) -> str:
    name = ".".join(str(part) for part in found["loc"])
    return f"{name}: {found['msg']}, got {found['input']!r}"
