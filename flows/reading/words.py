"""The words that mean something wherever they are sent, in both languages. Data only: `keywords` reads it.

Every word is written folded: lower case, no accents, hyphens as spaces.
"""

from __future__ import annotations

from typing import Literal

from flows.reading.spoken import listed

Carrier = Literal["stop", "start", "help"]

CARRIER: dict[Carrier, tuple[str, ...]] = {
    "stop": listed(
        "stop, stopall, stop all, unsubscribe, cancel, end, quit, optout, opt out, revoke",
        "alto, parar, baja, cancelar",
    ),
    "start": listed("start, unstop"),
    "help": listed("help, info, ayuda"),
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "checkin": listed("checkin, check in, now, chequeo, ya"),
    "go": listed("go, vamos"),
    "skip": listed(
        "skip, skip it, skip this, pass, idk, i dont know, prefer not to say, saltar, salta, paso, no se",
        "no quiero contestar, prefiero no decir",
    ),
    "back": listed("back, go back, atras, corregir"),
    "later": listed(
        "later, snooze, remind me later, maybe later, later on, later this week, do it later",
        "luego, mas tarde, mejor luego, recuerdame luego, recuerdame mas tarde, luego esta semana",
    ),
    "pause": listed(
        "pause, vacation, on vacation, im on vacation, i am on vacation, im away, i am away",
        "pausa, vacaciones, de vacaciones, estoy de vacaciones, estoy fuera",
    ),
    "resume": listed(
        "resume, im back, i am back, im back now, im back at work, im back from vacation, i am back from vacation",
        "back from vacation, vacation is over, my vacation is over, seguir, reanudar, volvi, ya volvi, ya regrese",
        "regrese, volvi de vacaciones, ya volvi de vacaciones, regrese de vacaciones, de regreso, ya estoy de regreso",
        "estoy de regreso, de vuelta, ya estoy de vuelta, estoy de vuelta, se acabaron las vacaciones",
    ),
    "when": listed(
        "when, whens next, when next, next check in, next checkin, when is it, whens it, when is the next",
        "when is the next one, whens the next one, when is my next one, whens my next one, when is my check in",
        "whens my check in, when is my next check in, whens my next check in, when is the next check in",
        "whens the next check in, when is my next checkin, when will you text me, when do you text me next",
        "cuando, cuando es, proximo chequeo, cuando es el proximo, cuando es mi chequeo, cuando me toca",
        "cuando es mi proximo chequeo, cuando es el proximo chequeo, cuando llega mi chequeo, cuando me escriben",
    ),
    "day": listed("day, change day, dia, cambiar dia"),
    "time": listed("time, change time, hora, cambiar hora"),
    "quiet": listed("quiet, quiet hours, quiet time, silencio, horas de silencio, horario de silencio"),
    "zone": listed("zone, time zone, timezone, zona, zona horaria, huso horario, change time zone, cambiar zona"),
    "weekly": listed("weekly, semanal"),
    "monthly": listed("monthly, mensual"),
    "language": listed("language, idioma"),
    "break": listed(
        "break, breaks, tips, i need a break, need a break, breve, consejos, necesito un descanso, necesito una pausa"
    ),
    "nudges-off": listed("break off, breaks off, stop breaks, stop the breaks, turn off breaks, breve no, no breve"),
    "nudges": listed("break on, breaks on, turn on breaks, breve si, pausas si"),
    "timeoff": listed("timeoff, time off, libre, tiempo libre"),
    "learn": listed("learn, training, cursos, curso"),
    "events": listed("events, eventos"),
    "talk": listed(
        "talk, i need help, need help, help me, i need to talk, i need to talk to someone, i need someone to talk to",
        "hablar, necesito ayuda, ayudame, necesito hablar, necesito hablar con alguien, quiero hablar con alguien",
    ),
    "about": listed("about, what is this, que es, que es esto"),
    "trend": listed("trend, trends, tendencia"),
    "express": listed("express, rapido, todo junto"),
    "phone": listed("phone, by phone, llamada, telefono, por telefono"),
    "text": listed("text, by text, texto, por texto"),
    "pin": listed("pin, my pin, change pin, pin code, clave, mi clave, cambiar clave"),
    "menu": listed("menu"),
    "away": listed("away, fuera"),
    "contact": listed("contact, contacto"),
    "callme": listed("callme, call me, call, call me back, llamame, llamenme, llameme, llama, que me llamen"),
    "nocall": listed(
        "no call please, dont call me, please do not call me, do not call me, dont call",
        "no me llames, no me llamen, que nadie me llame, no llamen",
    ),
    "data": listed("data, my data, datos, mis datos"),
    "erase": listed("erase, erase yes, borrar, borrar si"),
    "discreet": listed("discreet, private, discreto, privado"),
    "more": listed("more, mas"),
}

# Said at a check-in by somebody who will come back to it.
NOT_NOW = frozenset(
    listed(
        "not now, not right now, cant now, i cant right now, busy, im busy, busy right now, in a session, in session",
        "ahora no, no puedo ahora, ahora no puedo, estoy ocupada, estoy ocupado, en sesion, estoy en sesion",
    )
)
LEAVE_IT = frozenset(
    listed(
        "no, nope, nothing, none, no change, no changes, never mind, nevermind, leave it, keep it, same, as it is",
        "nada, ninguna, ninguno, sin cambios, dejalo, dejala, dejalo asi, dejala asi, asi esta bien, igual, la misma",
    )
)

# A word that is a command and its argument in one.
FIXED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(listed("english, in english, ingles, en ingles"), ("language", "en")),
    **dict.fromkeys(listed("spanish, in spanish, espanol, en espanol"), ("language", "es")),
    **dict.fromkeys(listed("erase all, erase everything, borrar todo"), ("erase", "all")),
    "hoy mas tarde": ("later", "hoy"),
    **dict.fromkeys(listed("quiet off, silencio no, no silencio"), ("quiet", "off")),
    **{
        f"{zone} time": ("zone", zone)
        for zone in listed("eastern, central, mountain, pacific, alaska, hawaii, arizona")
    },
    **dict.fromkeys(listed("pause vacation"), ("pause", "vacation")),
    **dict.fromkeys(listed("pausa vacaciones, pausa de vacaciones"), ("pause", "vacaciones")),
}

# However it is said, it asks for a person, which is what CALLME means.
CALL_ME = (
    r"(?:(?:i |we )?(?:want|need|would like|d like)(?: for)? )?"
    r"(?:(?:can|could|will|would|please|have|get|let|do|you|some ?one|somebody|anyone|anybody|a person|a human|the|your"
    r"|our|support|lead|team|to) )*(?:call|phone|ring) me(?: back| up)?"
    r"(?: (?:now|please|pls|today|tonight|tomorrow|asap|soon|when you can|right now|at \d[\d: ]*(?:[ap]m)?))*",
    r"(?:i |we )?(?:want|need|would like|id like|please) (?:to have |to get )?a (?:phone )?call(?: back| please| now)*",
    r"(?:(?:quiero|necesito|quisiera|me gustaria|favor de|pueden?|puedes|podrian?|podrias|que|alguien|una persona|me"
    r"|hacer|pedir|pido|alguien que) )*"
    r"(?:llamarme|llamame|llameme|llamenme|me llamen?|me llames|me puede[ns]? llamar|una llamada)"
    r"(?: (?:por favor|ahora|hoy|manana|ya|pronto))*",
)

# What may stand before a span, a moment, hours or a zone, as patterns; what follows must be one, or it is no command.
_OUR_TEXTS = (
    r"(?: (?:me|it|this(?! (?:week|weekend|month|year)\b)|everything"
    r"|(?:the |these |my |all |all the )?(?:texts?|messages?|check ?ins?|reminders?)))?"
)
_SUS_TEXTOS = r"(?: (?:todo|esto|(?:los |mis |estos )?(?:textos|mensajes|chequeos|avisos)))?"
_IM = r"(?:(?:im|i am|i will be|ill be|going|well be|estoy|estare|me voy) )?(?:(?:on|out on|de) )?"
_FOR_A_WHILE = r"(?=[ ,:-]+(?:until|till|til|through|thru|for|back|hasta|por) )"
_MANY_TEXTS = r" (?:more )?(?:texts?|messages?|reminders?|texting|messaging|sending texts?)"
_MUCHOS_TEXTOS = r" (?:mas )?(?:textos?|mensajes?|avisos?|recordatorios?)"
_FROM_ON = r"(?= (?:after|past|before|from|between|starting|despues|antes|de|desde|entre|a partir) )"
# PAUSE itself: a time that follows it is meant as its end, also one that is past.
PAUSE = rf"(?:pause|pausa|pausar|pausen)(?:{_OUR_TEXTS}|{_SUS_TEXTOS})"
OPENINGS: dict[str, tuple[str, ...]] = {
    "pause": (
        PAUSE,
        rf"{_IM}(?:vacation|vacaciones|away|fuera)",
        rf"(?:hold|suspend|stop){_OUR_TEXTS}{_FOR_A_WHILE}",
        rf"(?:stop|quit) (?:texting|messaging|sending)(?: me)?(?: texts?| messages?)?{_FOR_A_WHILE}",
        rf"(?:para|paren|pare|suspendan){_SUS_TEXTOS}{_FOR_A_WHILE}",
        rf"(?:dejen|deja) de (?:escribir|mandar|enviar)(?:me)?(?: mensajes)?{_FOR_A_WHILE}",
        rf"{_IM}(?:leave|pto|holiday|out of (?:the )?office|ooo|licencia){_FOR_A_WHILE}",
    ),
    "later": (
        r"(?:later|snooze|remind me|ask me again|try me again|text me)(?: later)?(?: again)?",
        r"(?:luego|mas tarde|recuerdame|recordarme|preguntame|escribeme)(?: luego| mas tarde)?",
    ),
    "day": (r"(?:my )?day(?: is| to)?|(?:mi )?dia(?: es)?",),
    "time": (r"(?:my )?time(?: is| to| at)?|(?:mi )?hora(?: es)?(?: a las?)?",),
    "quiet": (
        r"(?:quiet|silencio)(?: hours?| time)?(?: is| are)?|horas? de silencio|horario de silencio",
        rf"(?:no|stop|dont send|do not send|please no){_MANY_TEXTS}{_FROM_ON}",
        rf"(?:dont|do not|stop|quit) (?:text|texting|message|messaging|remind|reminding)(?: me)?{_FROM_ON}",
        rf"(?:no|sin|no quiero|no manden|no envien){_MUCHOS_TEXTOS}{_FROM_ON}",
        rf"no me (?:escriban?|escribas|manden?|mandes|envien?)(?:{_MUCHOS_TEXTOS})?{_FROM_ON}",
    ),
    "zone": (
        r"(?:time ?zone|zone|zona(?: horaria)?|huso(?: horario)?)(?: is| es)?",
        r"(?:my )?time ?zone (?:is|to)|hora(?: del?)?(?: la)?",
        r"(?:now )?(?:im|i am|we are|were|i live|we live)(?: now)? in(?=.* (?:now|these days)$)",
        r"(?:im|i am|we are|i live|we live) now in|now (?:im|i am|we are|i live) in",
        r"(?:i|we|ive|i have|weve|we have|i just) moved to",
        r"(?:estoy|vivo|vivimos|estamos) en(?=.* ahora$)|ahora (?:estoy|vivo|vivimos|estamos) en",
        r"(?:me mude|nos mudamos) a",
    ),
}

# The words for a zone themselves: what follows is one, known or not, unless it goes on as a sentence.
ZONE_OF = r"(?:time ?zone|zone|zona(?: horaria)?)(?! (?:out|of|in|is|es|de|del)\b)"

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
    listed("STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, OPTOUT, REVOKE", "START, YES, UNSTOP, HELP, INFO")
)

# Words by which a stranger's first text shows that it is Spanish; none of them is an English word too.
SPANISH = frozenset(
    listed(
        "hola, ayuda, buenos, buenas, dias, tardes, noches, gracias, quiero, quisiera, unirme, inscribirme, estoy, soy",
        "tengo, necesito, puedo, como, esta, este, esto, para, que, por, mensajes, numero, aqui, espanol, chequeo",
        "parar, cancelar, quien, donde, cuando, porque, usted, ustedes, cliente, clientes, trabajo, semana",
    )
)

# Said around a word without changing it.
POLITE = listed(
    "please, pls, plz, thank you, thanks, thx, ty, ok, okay, hi, hello, hey, sorry",
    "por favor, porfa, porfavor, muchas gracias, gracias, hola, disculpa, perdon",
)
