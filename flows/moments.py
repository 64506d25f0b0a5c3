from datetime import date, datetime


def read_span(text: str, today: date) -> date | None:
    return None


def read_moment(text: str, at: datetime, usual_time: str) -> datetime | None:
    return None
