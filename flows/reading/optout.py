"""Ways of asking us to stop that are not the carrier's words. Data only: `keywords.opts_out` reads it.

Anything a reasonable person would read as revoking consent has to count (47 CFR 64.1200(a)(10)). What keeps
answers from being eaten is the place: an order to stop stands at the beginning of its clause ("my client
won't stop texting me" has something before it). Patterns are matched against folded words without punctuation
or apostrophes. Left out on purpose, since they may be about living, work or the support lead's call: "end
it", "make it stop", "I quit", "ya no quiero mas", "don't call me". What is likely and not sure is in `doubt`.
"""

from __future__ import annotations

_THINGS = (
    r"(?:texts?|text messages?|messages?|msgs?|sms|reminders?|notifications?|check ?ins?|surveys?|alerts?"
    r"|spam)"
)
_KIND = r"(?: weekly| daily| text| sms| annoying| automated)*"
_WHICH = rf"(?: all| of| the| these| those| this| your| my| any| more| so many)*{_KIND}"
_PLACE = r"(?:list|lists|program|service|system|texts|messages|thing|database|group|study|line|reminders)"
_LISTS = r"(?:mailing|text|texting|contact|call|message|sms|phone|check in|checkin)"
_TAIL = (
    r"(?: please| from you| to me| to this number| to my phone| anymore| any more| now| again| ever| at all"
    r"| thanks| thank you| por favor| gracias)*$"
)
_MIDDLE = rf"(?:(?: at| on| about| every| during| while| when) .*$|{_TAIL})"
_NOT = r"(?:do not|dont|never)"
_WISH = r"(?:i |we )?(?:want|wanna|would like|d like|id like|need|wish|am trying|im trying)(?: to)?"
_COSAS = r"(?:mensajes?|textos?|mensajitos|sms|avisos?|recordatorios?|chequeos?|notificaciones)"
_CUALES = r"(?: mas| los| estos| esos| sus| tus| tantos| de| con)*"
_COLA = r"(?: por favor| gracias| ya| mas| nunca| please)*$"

# Said before an order without changing it.
LEAD = (
    r"(?:(?:please|pls|plz|hey|hi|hello|ok|okay|just|so|no|yes|kindly|sorry|thanks|can you|could you|would you|will you"
    r"|i asked you to|i told you to|ive asked you to|you need to|you must|you have to|you can|you guys"
    r"|i want you to|i need you to|i would like you to|id like you to"
    r"|por favor|porfa|favor de|oye|oigan|hola|ya|gracias|pueden|puedes|podrian|podrias"
    r"|quiero que|les pido que|que) )*"
)

# Where one clause ends and the next begins. A colon is not such a place: "I told him: stop texting me".
CLAUSE_END = r"[.!?;,\n]+| -+ | and | but | because | y | pero | porque "

CLAUSES = (
    r"(?:stop|quit|cease|no more) (?:texting|messaging|contacting|bothering|spamming|bugging"
    r"|harassing|calling"
    r"|pinging|asking|writing) (?:me|us|this (?:number|phone)|my (?:phone|cell|number))\b",
    r"(?:stop|quit|cease) (?:texting|messaging|contacting|spamming)" + _TAIL,
    rf"(?:stop|quit|cease|end|cancel|turn off|halt|discontinue|terminate)(?: sending| getting)?(?: me"
    rf"| us)?{_WHICH} {_THINGS}{_MIDDLE}",
    rf"(?:stop|no more)(?: the| these| your| all)* (?:phone )?calls{_TAIL}",
    rf"no (?:more|longer any){_KIND} {_THINGS}{_TAIL}",
    rf"(?:take|remove|drop) (?:me|my (?:number|name|phone|cell)) (?:off|from|out)(?: of| your"
    rf"| this| the| that| all)*"
    rf"(?: {_LISTS})*(?: {_PLACE})?{_TAIL}",
    rf"get me off(?: of)? (?:your|this|the|that)(?: {_LISTS})* {_PLACE}{_TAIL}",
    rf"(?:remove|delete) (?:me|my (?:number|phone|cell)) from (?:your|this|the)"
    rf"(?: {_LISTS})* {_PLACE}{_TAIL}",
    rf"(?:remove me|remove my (?:number|name)|delete my number){_TAIL}",
    rf"(?:{_WISH} |how to )?un ?subscribe(?: me| us| my number| this number)?"
    rf"(?: from (?:it|here|(?:this|these|those|your|all|the) ?.*))?{_TAIL}",
    rf"(?:{_WISH} |i )?opt(?: me)? out(?: of (?:this|these|the|your|all|texts|messages).*)?{_TAIL}",
    rf"(?:im|i am) opting out\b.*{_TAIL}",
    rf"{_WISH} (?:stop|quit) (?:getting|receiving){_WHICH} ?(?:{_THINGS})?{_MIDDLE}",
    rf"{_WISH} be (?:removed|taken off){_TAIL}",
    rf"how (?:do|can) i (?:unsubscribe|opt out|stop (?:these|the|this|getting"
    rf"|receiving)){_WHICH}(?: {_THINGS})?{_TAIL}",
    rf"{_NOT} (?:text|message|msg|contact|bother|write|sms) (?:to )?(?:me|us|this number){_TAIL}",
    rf"{_NOT} call (?:me|us|this number) (?:again|any ?more|ever){_TAIL}",
    rf"{_NOT} send(?: me| us)?{_WHICH} (?:{_THINGS}|anything){_TAIL}",
    rf"i (?:do not|dont|no longer|really dont) (?:want|wish|need)(?: to (?:get|receive"
    rf"|have))?{_WHICH} {_THINGS}{_TAIL}",
    r"i (?:do not|dont|no longer) (?:want|wish) to be (?:texted|messaged|contacted|on (?:this|your) list"
    r"|(?:in|part of) (?:this|the|your) program)\b",
    rf"(?:im|i am) (?:done|finished) with (?:these|the|your|this) (?:texts|messages|reminders"
    rf"|program|service){_TAIL}",
    r"(?:stop|quit) sending(?: me| us)?(?: all)?(?: this| these| your)?"
    rf" ?(?:stuff|things|crap|shit|junk|these|this|those|it|anything){_TAIL}",
    rf"{_WISH} (?:stop|end|cancel|turn off){_WHICH} {_THINGS}{_TAIL}",
    rf"{_WISH} (?:leave|exit|out of|to be out of|withdraw from|drop out of|get off|be off)(?: of)? (?:this|your)"
    rf"(?: {_LISTS})* {_PLACE}{_TAIL}",
    rf"(?:withdraw me|i withdraw|(?:i |{_WISH} )?(?:revoke|withdraw|take back) my consent)(?: .*)?{_TAIL}",
    r"i (?:do not|dont|no longer) (?:want|wish) to (?:participate|take part|be in this program|do these"
    rf" (?:texts|surveys|check ?ins)){_TAIL}",
    rf"i (?:do not|dont|no longer) (?:want|wish|need) to (?:get|receive) (?:these|them|this){_TAIL}",
    rf"make (?:these|the|your|all these) {_THINGS} stop{_TAIL}",
    rf"(?:these|the|your|all these) {_THINGS} (?:need|needs|have|has|must)(?: to)? (?:stop|end){_TAIL}",
    rf"no more of (?:these|your|the) {_THINGS}{_TAIL}",
    rf"enough (?:with|of) (?:the|these|your) {_THINGS}{_TAIL}",
    rf"turn off {_THINGS}{_TAIL}",
    rf"(?:ya )?no (?:quiero|deseo) (?:participar|seguir recibiendo|seguir en (?:el|este) programa)(?: .*)?{_COLA}",
    rf"(?:para|paren|pare|parar|detengan|detener|quiten|eliminen|alto a|stop|cancelar|terminar)(?: con)?{_CUALES}"
    rf" {_COSAS}{_COLA}",
    rf"cancel (?:my |the |this )?(?:subscription|enrollment|enrolment|membership){_TAIL}",
    rf"(?:ya )?no (?:quiero|deseo|necesito)(?: recibir)?{_CUALES} {_COSAS}\b",
    r"(?:ya )?no me (?:escriban|escribas|escriba|manden|mandes|mande|envien|envies|envie|texteen|textees"
    r"|molesten|molestes|moleste|contacten|contactes)(?: mas| nada| nunca| mensajes| textos"
    r"| por favor| a este numero)*$",
    r"(?:ya )?no me (?:llamen|llames|llame) (?:mas|nunca)\b",
    r"(?:dejen|deja|deje|dejad|paren|para|pare) de (?:mandar|enviar|escribir|textear|molestar"
    r"|contactar|llamar)"
    r"(?:me|nos)?\b",
    rf"(?:basta|no mas|ya no mas|ni un mensaje mas){_CUALES} {_COSAS}\b",
    r"(?:(?:quiero|quisiera|deseo|necesito|me gustaria|como puedo|como|puedo) )?(?:me )?dar(?:me)? de baja\b",
    r"(?:dame|denme|deme|(?:como )?me (?:doy|dan|puedes dar|pueden dar)) de baja\b",
    rf"(?:quiero|quisiera|deseo) cancelar(?: la| mi| esta)?(?: suscripcion)?{_COLA}",
    r"(?:quiero|quisiera|deseo) (?:salir|salirme) (?:de|del) (?:la |esta |este |el )?(?:lista|programa)\b",
    r"(?:saquenme|sacame|saqueme|quitenme|quitame|quiteme|eliminenme|eliminame|borrenme|retirenme)"
    r" (?:de|del) (?:la |esta |este |su |tu |el )?(?:lista|programa|grupo)\b",
    r"(?:cancelen|cancela|cancele)(?: mi| la| los| estos)* (?:suscripcion|mensajes|textos|avisos)\b",
    r"(?:quiero )?(?:desuscribirme|desuscribanme|desuscribeme|desuscribir)\b",
)

# A sentence of its own: "Stop. I don't want these". A question is none, nor is "stop, then think".
SENTENCE_END = r"[.!;\n]+"
SENTENCE = r"(?:stop|stop all|stopall|unsubscribe|opt out|optout|alto|parar)"

# A stop with more behind it, matched against the text as written.
STOP_THEN = (
    r"(?:STOP|STOPALL|UNSUBSCRIBE|OPTOUT|PARAR|ALTO)\b(?=.*[a-z])"
    r"|(?i:(?:stop|stopall|unsubscribe|optout|parar|alto)(?:\s*[.!,;:\n]|\s+(?:i|i'?m|i\u2019m|im"
    r"|ive|my|please|yo|no|quiero)\b))"
)

# The whole message, once the courtesies around it are gone.
WHOLE = (
    r"stop(?: it| this| these| now| already| all| everything| right now| everything now)*",
    r"sto+p+|stpo|sotp|tsop|stop+e?d|unsub|unsubscribed|unsubcribe|unsuscribe|unsubscibe|desuscribir",
    r"stop(?: stop)+|(?:just|i asked you to|i told you to|ive asked you to|you need to|you must|you have to) stop"
    r"(?: it| this| now| already)*",
    r"discontinue|withdraw|remove|deactivate|cease and desist|revoke (?:my )?consent|opting out|s t o p",
    r"stop calling|(?:dont|do not) text|eliminar mi numero",
    r"(?:just )?leave me alone",
    r"(?:you have |this is |you got )?(?:a |the )?wrong (?:number|person)",
    r"lose my number",
    r"(?:go away|fuck off|piss off)",
    r"(?:im |i am )?(?:not|no longer) interested",
    r"(?:ya )?basta(?: ya)?",
    r"salir|terminar",
    r"(?:paren|pare|para|detener|detenganse)(?: ya)?",
    r"(?:ya )?(?:dejenme|dejame|dejeme) (?:en paz|tranquil[oa])",
    r"(?:saquenme|sacame|saqueme|quitenme|quitame|eliminenme|eliminame|borrenme)",
    r"(?:es |tiene |tienen )?(?:el |un )?numero (?:equivocado|incorrecto)",
    r"(?:ya )?no (?:me interesa|estoy interesad[oa])",
)
