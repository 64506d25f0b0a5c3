"""What people send when they answer: courtesies, hedges, yes and no, near things, ordinals, days. Data only.

Everything is written as `spelling.bare` leaves it: lower case, no accents, no punctuation. Phrases are apart by commas.
"""

from __future__ import annotations

from flows.flow import Choice, Question
from flows.reading.numbers import NUMBERS as NUMBERS


def listed(*phrases: str) -> tuple[str, ...]:
    """Split lines of phrases, apart by commas."""
    return tuple(phrase.strip() for line in phrases for phrase in line.split(","))


POLITE = listed(
    "please, pls, plz, thanks, thank you, thx, ty, sorry, hi, hello, hey",
    "por favor, porfa, porfavor, gracias, muchas gracias, hola, perdon",
)

# Said around an answer by people who are not quite sure of it. Never taken off a yes or a no: that may be consent.
HEDGES = listed(
    "a, an, the, i, id, i would, say, guess, i guess so, think, maybe, perhaps, probably",
    "about, around, like, its, it is, it was, is, was, im, i am, um, uh, hmm, well, so",
    "my answer is, answer, number, option, choice, more or less, ish, mostly, lately, lol, haha, jaja",
    "un, una, el, la, yo, diria, yo diria, diria que, digo, creo, creo que, pienso, pienso que",
    "supongo, supongo que, como, tal vez, quiza, quizas, probablemente, pues, bueno, es, fue",
    "seria, mi respuesta es, respuesta, numero, opcion, mas o menos",
)

YES = listed(
    "y, yes, yep, yeah, yea, yup, ok, okay, sure, of course, yes ok, ok yes, yes sure, ok sure, sure thing",
    "i agree, yes i agree, agreed, yes i do, absolutely, definitely, yes of course, yes absolutely",
    "si, s, claro, claro que si, por supuesto, si claro, ok si, sip, de acuerdo, estoy de acuerdo, acepto, si acepto",
)
NO = listed("n, no, nope, nop, nah, no no, no way, no i do not, no i dont, i do not agree, i dont agree, no acepto")

# Other words for an answer, by the label that a choice carries.
NEAR = {
    "never": listed("not at all, not once, none, never ever, jamas, nunca jamas, para nada"),
    "rarely": listed(
        "seldom, hardly ever, almost never, barely ever, very rarely",
        "casi nunca, pocas veces, muy rara vez, raramente",
    ),
    "sometimes": listed(
        "now and then, once in a while, occasionally, a few times, half the time, de vez en cuando, algunas veces"
    ),
    "often": listed(
        "a lot, lots, frequently, very often, pretty often, quite often, most days, quite a bit",
        "con frecuencia, a menudo, muchas veces, muy seguido, bastante, casi todos los dias",
    ),
    "always": listed("all the time, constantly, every day, every single day, todo el tiempo, todos los dias, cada dia"),
}

# Which of the choices, counted from the first. Read only where the first has the key 1.
ORDINALS = {
    word: number
    for line in (
        "1st 2nd 3rd 4th 5th 6th 7th 8th 9th",
        "first second third fourth fifth sixth seventh eighth ninth",
        "primero segundo tercero cuarto quinto sexto septimo octavo noveno",
        "primera segunda tercera cuarta quinta sexta septima octava novena",
        "primer segundo tercer cuarto quinto sexto septimo octavo noveno",
        "1ro 2do 3ro 4to 5to 6to 7mo 8vo 9no",
        "1ra 2da 3ra 4ta 5ta 6ta 7ma 8va 9na",
    )
    for number, word in enumerate(line.split(), 1)
}
LAST = listed("last, ultimo, ultima")
ORDINAL_FORMS = listed("{}, {} one, {} option, {} choice, {} answer, {} opcion")
"""How an ordinal is said; the articles before it are ARTICLES."""
KEY_FORMS = listed("option {}, number {}, choice {}, answer {}, opcion {}, numero {}, respuesta {}")
ARTICLES = listed("the, el, la, los, las")

# They begin more than one answer: "casi nunca", "casi siempre".
NOT_ALONE = frozenset({"casi", "almost", "very", "pretty", "quite", "muy", "nearly"})
# Real words a slip away from a label, which they do not mean.
NOT_SLIPS = frozenset({"bitter", "butter", "ever", "nerve"})

# A slip may not take away or bring in one of these: "can right now" is not "can't right now".
NEGATIONS = frozenset({"no", "not", "cant", "cannot", "dont", "wont", "didnt", "ni", "sin"})


def _day(key: int, english: str, spanish: str) -> Choice:
    labels = {"en": tuple(english.split()), "es": tuple(spanish.split())}
    return Choice(key, key - 1, labels)


DAYS = Question(
    "day",
    "day",
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
DAY_HEDGES = listed(
    "on, every, each, work, works, work best, works best, best, is best, is good, is fine, are best, are good",
    "in the, morning, mornings, afternoon, afternoons, evening, evenings, night, nights",
    "los, el, cada, todos los, mejor, los dias, el dia, prefiero, me gusta, puede ser, me viene bien, este, proximo",
    "for me, i prefer, i like, best day is, lets do, how about, would be great, would be good, is great, next, this",
    "after work, before work, after lunch",
    "por la manana, en la manana, por la tarde, en la tarde, por la noche, en la noche",
)

TIME_HEDGES = listed(
    "at, around, about, maybe, like, by, i guess, i think, is good, is fine, works, sharp, ish, or so, on the dot",
    "for me, works for me, works best, let's do, lets do, how about, i prefer, would be great, would be good, prefiero",
    "a las, a la, las, la, como a las, creo, tal vez, mas o menos, sobre las, a eso de las",
)

# Said around a number that was asked for, and what is usually counted.
NUMBER_HEDGES = listed(
    "roughly, approximately, approx, or so, in total, total, altogether, today, this week, last week, exactly, just",
    "unos, unas, aproximadamente, aprox, en total, hoy, esta semana, exactamente, solo, cerca de",
    "clients, client, patients, people, sessions, session, hours, hour, hrs, days, day, times, minutes, mins, min",
    "clientes, cliente, pacientes, personas, sesiones, sesion, horas, hora, dias, dia, veces, minutos",
    "per week, a week, per day, a day, por semana, a la semana, al dia, por dia",
    "i had, i saw, i have, tuve, vi, tengo, there were, there are, fueron, son, hubo",
)
# Said around several answers in one text. "A" is none of it: "a lot" may be an answer.
ROW_HEDGES = listed(
    "its, it is, i would say, id say, my answers are, answers, here you go, mis respuestas son, respuestas, serian, son"
)
# Between the answers to several questions in one text.
BETWEEN = frozenset(listed("and, then, y, e, luego"))
