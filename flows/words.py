"""The words that mean something wherever they are sent, in both languages. Data only: `keywords` reads it.

Every word is written folded: lower case, no accents, hyphens as spaces.
"""

from __future__ import annotations

from typing import Literal

Carrier = Literal["stop", "start", "help"]

CARRIER: dict[Carrier, tuple[str, ...]] = {
    "stop": (
        *(
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "optout",
            "opt out",
            "revoke",
        ),
        *("alto", "parar", "baja", "cancelar"),
    ),
    "start": ("start", "unstop"),
    "help": ("help", "info", "ayuda"),
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "checkin": ("checkin", "check in", "chequeo", "now", "ya"),
    "go": ("go", "vamos"),
    "skip": ("skip", "skip it", "skip this", "saltar", "salta"),
    "later": ("later", "snooze", "luego"),
    "pause": ("pause", "pausa", "vacation", "vacaciones"),
    "resume": ("resume", "seguir"),
    "day": ("day", "dia", "time", "hora"),
    "break": ("break", "breve"),
    "timeoff": ("timeoff", "time off", "libre"),
    "talk": ("talk", "hablar"),
    "learn": ("learn", "cursos"),
    "trend": ("trend", "tendencia"),
    "menu": ("menu",),
    "away": ("away", "fuera"),
    "contact": ("contact", "contacto"),
    "callme": ("callme", "call me", "llamame"),
    "erase": ("erase", "borrar"),
    "discreet": ("discreet", "discreto", "private", "privado"),
    "about": ("about", "que es"),
}

# A word that is a command and its argument in one.
FIXED: dict[str, tuple[str, str]] = {
    "english": ("language", "en"),
    "ingles": ("language", "en"),
    "espanol": ("language", "es"),
    "spanish": ("language", "es"),
}

_COUNT = r"(?:\d{1,2}|an?|one|two|three|four|five|six|un|una|uno|dos|tres|cuatro|cinco|seis)"
_SPAN = r"(?:days?|weeks?|wks?|months?|dias?|semanas?|mes(?:es)?)"

# What may follow a command word, as a pattern, and the canonical form of some of it.
ARGUMENTS: dict[str, str] = {
    "pause": rf"(?:(?:for|por)\s)?({_COUNT} ?{_SPAN})",
    "erase": r"(all|everything|todo)",
}
CANONICAL = {"everything": "all", "todo": "all"}

# Sent here by people who mean the crisis lines.
MISDIRECTED = ("988", "911", "home", "hola", "741741")

_LINE = r"(?:988|911|741741|9 8 8|9 1 1)"
_SEND = r"(?:text|txt|call|dial|send|message|llama|llamar|textea|textear|marca|marcar|manda|mandar|envia|escribe)"
MISDIRECTED_PHRASES = (
    rf"(?:{_SEND} )?(?:home |hola |help |ayuda )?(?:to |al |a )?(?:the )?{_LINE}"
    r"(?: (?:please|now|help|ayuda|ya))?",
    r"(?:is this|are you|am i texting|did i reach) (?:the )?(?:988|911)",
    r"(?:es|este es|esto es|es este|es esto) (?:el )?(?:988|911)",
)

# What Twilio's default opt-out handling answers by itself, on a long code.
TWILIO = frozenset(
    {
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"),
        *("START", "YES", "UNSTOP", "HELP", "INFO"),
    }
)

# Words by which a stranger's first text shows that it is Spanish; none of them is an English word too.
SPANISH = frozenset(
    {
        *("hola", "ayuda", "buenos", "buenas", "dias", "tardes", "noches", "gracias", "quiero", "quisiera"),
        *(
            "unirme",
            "inscribirme",
            "estoy",
            "soy",
            "tengo",
            "necesito",
            "puedo",
            "como",
            "esta",
            "este",
            "esto",
        ),
        *("para", "que", "por", "mensajes", "numero", "aqui", "espanol", "chequeo", "parar"),
        *("cancelar", "quien", "donde", "cuando", "porque", "usted", "ustedes", "cliente", "clientes"),
        *("trabajo", "semana"),
    }
)

# Said around a word without changing it.
POLITE = (
    *(
        "please",
        "pls",
        "plz",
        "thank you",
        "thanks",
        "thx",
        "ty",
        "ok",
        "okay",
        "hi",
        "hello",
        "hey",
        "sorry",
    ),
    *("por favor", "porfa", "porfavor", "muchas gracias", "gracias", "hola", "disculpa", "perdon"),
)
