"""The words around a flow's own texts in its picture and its outline, in English and Spanish. The names of states, of
facts and of effects are those of the files, in both.
"""

from __future__ import annotations

from collections.abc import Mapping

ELSE = "else"

_SPANISH: Mapping[str, str] = {
    ELSE: "si no",
    "or": "o",
    "not {}": "no {}",
    "if {}": "si {}",
    "unless {}": "si no es {}",
    "left out": "sin contestar",
    "answered": "contestado",
    "{} of {}": "{} de {}",
    "{} to {}": "{} a {}",
    "no answer for {}": "sin respuesta en {}",
    "or the answer to {}": "o la respuesta a {}",
    "shown {} already": "ya se mostró {}",
    "once": "una vez",
    "twice": "dos veces",
    "{} times": "{} veces",
    "day": "día",
    "days": "días",
    "hour": "hora",
    "hours": "horas",
    "minute": "minuto",
    "minutes": "minutos",
    "asks on a scale": "pregunta con una escala",
    "asks for a choice": "pide elegir",
    "asks for a number": "pide un número",
    "asks for a day": "pide un día",
    "asks for a time": "pide una hora",
    "asks for a date": "pide una fecha",
    "asks for hours": "pide un horario",
    "asks for own words": "pide palabras propias",
    "asks for a code": "pide una clave",
    "asks for a time zone": "pide una zona horaria",
    "asks several at once": "pregunta varias cosas a la vez",
    "another each {}, in turn": "otro cada {}, por turnos",
    "week": "semana",
    "runs the flow {}": "pasa por {}",
    "does: {}": "hace: {}",
    "consent: {}": "consentimiento: {}",
    "has to be answered": "hay que responder",
    "end": "fin",
    "the flow {}": "el diálogo {}",
    "Thick and round: asks. Plain: says. Pill: decides. Double: another flow. Dashed: not the usual way. "
    "\u25cf the flow is over.": "Gruesa y redonda: pregunta. Sencilla: dice. Píldora: decide. Doble: pasa a otra. "
    "Punteada: no es el camino usual. \u25cf el diálogo termina.",
}


def say(language: str, english: str, *fillings: object) -> str:
    """Return words in a language ("en" or "es"), with what fills the places in them."""
    words = _SPANISH[english] if language == "es" else english
    return words.format(*fillings) if fillings else words
