"""The e-mail that asks somebody in: its subject and its text, in English and Spanish, to everybody or by name."""

from __future__ import annotations

from sms_service.joining import way_in
from sms_service.programs import Program

_SUBJECTS = {
    "en": "%(name)s: a private weekly check-in for clinicians",
    "es": "%(name)s: un chequeo semanal privado para profesionales",
}
_HELLO = {"en": ("Hello,", "Hello %(who)s,"), "es": ("Hola:", "Hola, %(who)s:")}
_TEXTS = {
    "en": """
This work can wear on anyone who does it with care. %(name)s is a short check-in by text message, for you: a few
questions once a week, about a minute, on the day and hour you choose. After each one you get something useful back.

To join, text %(word)s to %(number)s from your own phone. Or leave your number here: %(page)s/join

- It is your choice. There is no reward for joining, and nothing happens at work if you don't join or if you stop.
- It is private. Your boss never sees your answers, or whether you joined. Only totals of %(floor)d people or more are
  ever shown.
- Text STOP at any time to end it, and HELP for help.
- Up to 10 messages a week. Message and data rates may apply.
- It is not treatment, and nobody reads the replies live. In a crisis call or text 988. In danger call 911.

Who sees what, and what is kept: %(page)s

%(operator)s
""",
    "es": """
Este trabajo puede desgastar a cualquiera que lo hace con cuidado. %(name)s es un chequeo corto por mensaje de texto,
para ti: unas preguntas una vez por semana, cerca de un minuto, el día y a la hora que elijas. Después de cada uno
recibes algo útil.

Para unirte, envía %(word)s al %(number)s desde tu propio teléfono. O deja tu número aquí: %(page)s/join?lang=es

- Es tu decisión. No hay premio por unirte, y no pasa nada en el trabajo si no te unes o si lo dejas.
- Es privado. Tu jefe nunca ve tus respuestas, ni si te uniste. Solo se muestran totales de %(floor)d personas o más.
- Envía STOP cuando quieras para terminar, y HELP para ayuda.
- Hasta 10 mensajes por semana. Pueden aplicar tarifas de mensajes y datos.
- No es tratamiento, y nadie lee las respuestas en vivo. En una crisis llama al 988 y oprime 2, o envía AYUDA al 988. En
  peligro llama al 911.

Quién ve qué, y qué se guarda: %(page)s?lang=es

%(operator)s
""",
}


def subject(program: Program, language: str) -> str:
    """Return the subject of the e-mail: one line."""
    return " ".join((_SUBJECTS[language] % {"name": program.name}).split())


def letter(program: Program, public_url: str, language: str, name: str = "") -> str:
    """Return the text of the e-mail, to everybody or to one person by name. Its paragraphs are not wrapped."""
    way = way_in(program, language)
    values = {
        "name": program.name,
        "word": way.word,
        "number": way.number,
        "page": f"{public_url}/p/{program.slug}",
        "floor": program.settings.floor,
        "operator": program.settings.operator,
    }
    hello = _HELLO[language][bool(name)] % {"who": name}
    return f"{hello}\n{_unwrapped(_TEXTS[language]) % values}"


def _unwrapped(text: str) -> str:
    """Join the lines that belong to one paragraph or one point of a list."""
    made: list[str] = []
    for line in text.split("\n"):
        if made and made[-1] and line and not line.startswith("- "):
            made[-1] = f"{made[-1]} {line.strip()}"
        else:
            made.append(line)
    return "\n".join(made)
