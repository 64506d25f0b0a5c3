"""What people send when they answer: number words, courtesies, hedges, yes and no, near things, days. Data
only.

Everything is written as `keywords.bare` leaves it: lower case, no accents, no punctuation.
"""

from __future__ import annotations

from flows.flow import Choice, Question

NUMBERS = {
    word: number
    for listed in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    )
    for number, word in enumerate(listed.split())
}

POLITE = (
    *("please", "pls", "plz", "thanks", "thank you", "thx", "ty", "sorry", "hi", "hello", "hey"),
    *("por favor", "porfa", "gracias", "hola", "perdon"),
)

# Said around an answer by people who are not quite sure of it. Never taken off a yes or a no: that may be
# consent.
HEDGES = (
    *(
        "a",
        "an",
        "the",
        "i",
        "id",
        "i would",
        "say",
        "guess",
        "i guess so",
        "think",
        "maybe",
        "perhaps",
        "probably",
    ),
    *(
        "about",
        "around",
        "like",
        "its",
        "it is",
        "it was",
        "is",
        "was",
        "im",
        "i am",
        "um",
        "uh",
        "hmm",
        "well",
        "so",
    ),
    *("my answer is", "answer", "number", "option", "choice", "more or less", "ish", "mostly", "lately"),
    *(
        "un",
        "una",
        "el",
        "la",
        "yo",
        "diria",
        "yo diria",
        "diria que",
        "digo",
        "creo",
        "creo que",
        "pienso",
        "pienso que",
    ),
    *(
        "supongo",
        "supongo que",
        "como",
        "tal vez",
        "quiza",
        "quizas",
        "probablemente",
        "pues",
        "bueno",
        "es",
        "fue",
    ),
    *("seria", "mi respuesta es", "respuesta", "numero", "opcion", "mas o menos"),
)

YES = (
    *("y", "yes", "yep", "yeah", "yup", "ok", "okay", "sure", "of course", "yes ok", "ok yes", "yes sure"),
    *("si", "s", "claro", "claro que si", "por supuesto", "si claro", "ok si"),
)
NO = ("n", "no", "nope", "nah", "no no")

# Other words for an answer, by the label that a choice carries.
NEAR = {
    "never": ("not at all", "not once", "none", "jamas"),
    "rarely": (
        "seldom",
        "hardly ever",
        "almost never",
        "barely ever",
        "very rarely",
        "casi nunca",
        "pocas veces",
    ),
    "sometimes": ("now and then", "once in a while", "occasionally", "de vez en cuando", "algunas veces"),
    "often": (
        "a lot",
        "frequently",
        "pretty often",
        "quite often",
        "con frecuencia",
        "a menudo",
        "muchas veces",
    ),
    "always": (
        "all the time",
        "constantly",
        "every day",
        "every single day",
        "todo el tiempo",
        "todos los dias",
    ),
}

# Real words a slip away from a label, which they do not mean.
NOT_SLIPS = frozenset({"bitter", "butter", "ever", "nerve"})

# A slip may not take away or bring in one of these: "can right now" is not "can't right now".
NEGATIONS = frozenset({"no", "not", "cant", "cannot", "dont", "wont", "didnt", "ni", "sin"})


def _day(key: int, english: str, spanish: str) -> Choice:
    labels = {"en": tuple(english.split()), "es": tuple(spanish.split())}
    return Choice(key, key - 1, labels)


DAYS = Question(
    "day",
    "choice",
    (
        _day(1, "monday mondays mon", "lunes lun"),
        _day(2, "tuesday tuesdays tue tues", "martes mar"),
        _day(3, "wednesday wednesdays wed weds wensday", "miercoles mie mier"),
        _day(4, "thursday thursdays thu thur thurs", "jueves jue"),
        _day(5, "friday fridays fri", "viernes vie"),
        _day(6, "saturday saturdays sat", "sabado sabados sab"),
        _day(7, "sunday sundays sun", "domingo domingos dom"),
    ),
)
DAY_HEDGES = (
    *(
        "on",
        "every",
        "each",
        "work",
        "work best",
        "works",
        "works best",
        "is best",
        "is good",
        "is fine",
        "best",
        "morning",
        "mornings",
    ),
    *(
        "afternoon",
        "afternoons",
        "evening",
        "evenings",
        "night",
        "nights",
        "los",
        "el",
        "cada",
        "todos los",
        "mejor",
    ),
    *("por la manana", "en la manana", "por la tarde", "en la tarde", "por la noche", "en la noche"),
)

TIME_HEDGES = (
    *(
        "at",
        "around",
        "about",
        "maybe",
        "like",
        "by",
        "i guess",
        "i think",
        "is good",
        "is fine",
        "works",
        "sharp",
    ),
    *("a las", "a la", "las", "la", "como a las", "creo", "tal vez", "mas o menos", "sobre las"),
)
