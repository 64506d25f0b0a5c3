"""What a schedule comes to in a week, in words: messages, segments and money, about, and never below the floor."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sms_service import costs, daily_figures, library
from sms_service.console.visit import Visit
from sms_service.programs import Program, ProgramSettings


@dataclass(frozen=True, slots=True)
class Estimate:
    """One person's week and, where so many are enrolled that their number may be shown, everybody's."""

    each: str
    everybody: str
    price: str


async def of(visit: Visit, program: Program, settings: ProgramSettings) -> Estimate:
    """Return what these settings come to."""
    chosen = await library.for_new(visit.connection, settings.flow, await library.current(visit.connection))
    week = costs.week(settings, chosen)
    price = costs.price(visit.rt.settings.segment_price)
    each = visit.say(
        "Each person: about %(least)s messages a week if silent, %(most)s if they answer each time, replies counted.",
        least=_number(week.silent.messages),
        most=_number(week.answered.messages),
    )
    latest = (await daily_figures.latest(visit.connection, [program.id]))[program.id]
    enrolled = latest[0].people.enrolled if latest and latest[0].people else None
    everybody = "" if enrolled is None else _everybody(visit, enrolled, week)
    return Estimate(each, everybody, _price(visit, week, enrolled, price))


def _everybody(visit: Visit, enrolled: int, week: costs.Week) -> str:
    return visit.say(
        "For the %(number)s or more who are enrolled: about %(least)s to %(most)s segments a week.",
        number=f"{enrolled:,}",
        least=_number(week.silent.segments * enrolled),
        most=_number(week.answered.segments * enrolled),
    )


def _price(visit: Visit, week: costs.Week, enrolled: int | None, price: tuple[Decimal, str] | None) -> str:
    if price is None:
        return ""
    amount, currency = price
    number = enrolled or 100
    least = costs.money(week.silent.segments * number * amount, currency)
    most = costs.money(week.answered.segments * number * amount, currency)
    if enrolled is None:
        return visit.say("100 people would cost about %(least)s to %(most)s a week.", least=least, most=most)
    return visit.say("That costs about %(least)s to %(most)s a week.", least=least, most=most)


def _number(number: Decimal) -> str:
    """Say a number roughly: "3", "2.5", "430"."""
    if number >= 100:
        return f"{int((number / 10).quantize(Decimal(1), ROUND_HALF_UP)) * 10:,}"
    rounded = number.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded.normalize():f}"
