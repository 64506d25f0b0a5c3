"""Ways of perhaps asking us to stop. Data only: `keywords.doubts_stop` reads it.

Each is a whole message, as `spelling.bare` leaves it, without the courtesies around it. What may be about work, a
client or living is left out on purpose, since the screen for danger and the answers are for that: "I'm done", "enough",
"I quit", "I want out", "make it stop", "I can't do this anymore", "I'm tired of this", "how do I end this".
"""

from __future__ import annotations

_THINGS = (
    r"(?:texts?|text messages?|messages?|msgs?|sms|reminders?|notifications?|check ?ins?|surveys?|alerts?|questions?)"
)
_THESE = rf"(?:this|these|this thing|these things|(?:all )?(?:of )?(?:this|these|the|your|those) {_THINGS})"
_VERY = r"(?: so| really| very| just| too| getting| pretty| kind of| kinda| all| super)*"
_COSAS = r"(?:mensajes?|textos?|avisos?|recordatorios?|chequeos?|notificaciones|preguntas?)"
_ESTO = rf"(?:esto|(?:de )?(?:estos|los|tus|sus) {_COSAS})"
_MUY = r"(?: muy| tan| bien| demasiado| ya)*"

WHOLE = (
    r"(?:ok |and )?no more(?: of (?:this|these))?(?: for me| now)?",
    r"quiero salir|(?:cancel|close) (?:my |the )?account|i (?:have )?left (?:this|the|my) job|[0-4] stop|stop [0-4]",
    rf"enough already|thats enough(?: now)?|enough (?:with|of) {_THESE}|enough {_THINGS}",
    rf"(?:im|i am|we are){_VERY} (?:done|finished|over it|through) with {_THESE}(?: now)?",
    rf"(?:(?:im|i am){_VERY} )?(?:tired|sick|sick and tired|fed up) (?:of|with)"
    rf" (?:these|(?:all )?(?:these|the|your) {_THINGS})",
    rf"spam|(?:this|it|these|they|you|you guys|you all|(?:the|these|your) {_THINGS})(?: is| are|re|s)?"
    rf"{_VERY} (?:annoying|irritating|bothering me|bugging me|spam|spamming me|a nuisance|a bother)",
    r"(?:(?:this is|thats|there are|its|you send|you send me|i get|im getting) )?(?:way |far )?(?:too|so) many"
    rf" {_THINGS}",
    r"(?:you |this )?(?:text|texts|message|messages|write|writes)(?: me)? (?:way )?too (?:much|often)",
    rf"(?:can|could|may|how (?:do|can|would|could) i|how to|am i able to)(?: i)?(?: please| just)*"
    rf" (?:stop|cancel|quit|leave|exit|turn off|get out of|get off|get rid of|opt out of)(?: doing| getting)? {_THESE}"
    r"(?: now| anymore| please)*",
    r"(?:is there (?:a|any) way|any way|whats the way) (?:to stop|to cancel|to quit|to turn off|to get out of|out of)"
    rf" {_THESE}",
    r"(?:can|could|may) i (?:stop|cancel|quit)|how (?:do|can) i (?:stop|cancel)|(?:can|could) you stop",
    rf"(?:when|how) (?:do|will|can) {_THESE} (?:stop|end)|will {_THESE} (?:stop|end)",
    rf"why (?:am i|do i keep) (?:still )?getting (?:these|{_THESE})|no texts?|no messages?|stop asking|exit|cancel all",
    r"delete me|(?:im|i am|i will|ill) (?:blocking|block|reporting|report) (?:you|this|this number)",
    r"(?:i |id like to |i want to |i would like to |i need to )?(?:please )?cancel (?:this|these|it|everything|me)",
    rf"(?:how (?:do|can) i |can i )turn {_THESE} off",
    r"turn (?:this|these|it) off|turn off (?:this|these)",
    r"i (?:really )?(?:dont|do not|no longer) (?:want|need) these(?: things)?(?: anymore| any more| now)?",
    rf"do i (?:really )?(?:have|need) to (?:keep |still )?(?:do|doing|get|getting|answer|answering) (?:{_THESE}|them)",
    r"why (?:do|are) you (?:guys )?(?:keep |still |always )?(?:texting|messaging|writing|bothering)(?: to)? me"
    r"(?: all the time)?",
    rf"(?:could|can|would|will) you(?: please| just)* (?:stop|cancel|end|turn off) {_THESE}",
    rf"do you have to (?:keep |always )?(?:do(?:ing)? {_THESE}|text(?:ing)? me)",
    rf"(?:(?:i |id |i would )?(?:want|wanna|like)(?: to)? )?(?:leave|quit|drop out of|withdraw from|get out of|out of)"
    rf" (?:the (?:program|list|study|survey)|these(?: {_THINGS})?)",
    r"i (?:never|didnt|did not) (?:sign|signed) up(?: for these.*)?|i (?:never|didnt|did not) (?:ask|asked) for these",
    r"(?:this|it) (?:isnt|is not|s not) for me|its not for me|not for me",
    r"give it a rest|knock it off|cut it out|quit it|shut up|bug off|buzz off|get lost",
    r"(?:ya )?no mas",
    rf"(?:ya )?basta con {_ESTO}|(?:ya )?basta de esto|(?:ya )?es suficiente|suficiente ya",
    r"(?:ya )?me (?:quiero|quisiera|gustaria) salir(?: de aqui)?|(?:ya )?quiero salirme(?: de esto| de aqui)?",
    r"(?:como|donde) (?:me salgo|me puedo salir|puedo salirme|salirme|salgo)(?: de esto| de aqui)?",
    rf"(?:por favor )?(?:cancela|cancelen|cancele|cancelar) {_ESTO}",
    rf"(?:(?:como )?(?:puedo|se puede)|como) (?:parar|cancelar|quitar|dejar|apagar|desactivar|detener) {_ESTO}",
    rf"(?:quiero|quisiera|deseo) (?:cancelar|parar|dejar|terminar) {_ESTO}|como cancelo|como paro",
    r"(?:que|esto es un|es un) fastidio|me estan? molestando|salirme|sin mensajes|no mensajes",
    rf"como (?:paro|cancelo|quito|dejo|apago|detengo) {_ESTO}",
    rf"(?:esto es|esto|que|son|es|estos mensajes son){_MUY} (?:molestos?|fastidiosos?|irritantes?|una molestia)",
    rf"(?:(?:son|es|me mandan|mandan|recibo|hay) )?(?:demasiados|muchos|tantos) {_COSAS}",
    r"(?:ya )?no quiero esto|(?:ya )?no (?:quiero|necesito) estos(?: ya| mas)?",
    rf"(?:ya )?(?:estoy )?(?:harta?|harto|cansad[oa]) de (?:estos|tantos|los|tus|sus) {_COSAS}",
    r"(?:esto )?no es para mi|por que me (?:escriben|escribes|mandan)(?: tanto)?",
)
