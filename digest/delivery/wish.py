"""A person's wish to leave, in their own words: exact, for a reply is mostly something else.

The whole line has to be the wish, politeness and punctuation aside. "Stop by my office?" and
"Stop! Great paper" are none; whoever meant one finds the link, or writes the word alone.
"""

from __future__ import annotations

import re
from itertools import islice
from unicodedata import normalize

LONGEST = 200  # characters of a line that may be a wish
MOST_GREETINGS = 2  # lines before it that only greet
_ASKED = re.compile(r"(?:can|could|would|will) you ")  # the questions that are wishes

_ANSWERED = re.compile(
    r"\s*(?:(?:re|aw|antw|antwort|sv|vs|r|rv|res|ref|rif|tr|wg|fwd?|odp|ynt|回复|答复|转发)"
    r"\s*(?:\[\d{1,3}\])?\s*[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")

_GREETING = (
    r"(?:hi|hello|hey|dear|hallo|guten tag|good (?:morning|day|evening)|bonjour|hola|buenos dias"
    r"|olá|ciao|hej)(?: (?:all|there|everyone|team|sirs?|madam|you|zusammen|à tous|a todos))*"
)
_POLITE = (
    r"(?:please|pls|plz|kindly|just|now|immediately|asap|thanks|thank you|thx|cheers|many thanks"
    r"|bitte|danke|vielen dank|svp|s il (?:vous|te) plaît|merci|por favor|gracias|obrigad[oa]"
    r"|per favore|grazie|alstublieft|bedankt|dank u|tack)"
)
_I_WISH = (
    r"(?:(?:can|could|would|will) you|i (?:want|wish|would like|d like) to"
    r"|ich (?:möchte|will)|je (?:veux|voudrais|souhaite)|quiero|quisiera|quero|vorrei)"
)
_THEM = (
    r"(?:(?:this|the|your|these|those|all|any|more|further|such|daily|weekly|paper|mailing|mail"
    r"|email|distribution) )*"
    r"(?:lists?|mails?|e ?mails?|newsletters?|digests?|messages?|updates?|subscription)"
)
_ME = rf"(?: (?:me|us|my (?:e ?mail|mail|address|e ?mail address)))?(?: (?:from|off|of) {_THEM})?"
_LIST = (
    r"(?:den |diesen |dem |diesem |vom |aus (?:dem|ihrem) )?(?:newsletter|verteiler|digest|liste)"
)

# Nobody gives a paper, and so a mail that is answered, such a title.
_PLAIN = (
    rf"(?:(?:un ?subscribe|opt out){_ME}"
    rf"|abmelden|abmeldung|abbestellen|mich (?:{_LIST} )?abmelden|{_LIST} abbestellen"
    rf"|melden sie mich (?:bitte )?(?:{_LIST} )?ab|abbestellung"
    r"|(?:me |se )?désabonner|désabonnez moi|désabonnement|(?:me )?désinscrire|désinscrivez moi"
    r"|désinscription|dar(?:se|me)? de baja|cancelar (?:la |mi )?suscripción"
    r"|cancelar (?:a |minha )?(?:inscrição|assinatura|subscrição)|descadastrar"
    r"|disiscrivimi|disiscrivere|annullare? l iscrizione|afmelden|uitschrijven|avregistrera)"
)
_SAID = (
    r"(?:stop|stop (?:all|this|it)|cancelar|cancellami"
    rf"|stop (?:sending|mailing|e ?mailing)(?: me)?(?: {_THEM})?|stop {_THEM}"
    rf"|(?:remove|delete) me(?: (?:from|off|of) {_THEM})?|take me off(?: {_THEM})?"
    rf"|cancel (?:my|the|this) subscription|no more {_THEM}"
    rf"|nehmen sie mich (?:bitte )?{_LIST}(?: heraus)?)"
)


def _whole(wish: str) -> re.Pattern[str]:
    courtesy = rf"(?:{_POLITE} )*"
    return re.compile(rf"(?:{_GREETING} )?{courtesy}(?:{_I_WISH} )?{courtesy}{wish}(?: {_POLITE})*")


_UNMISTAKABLE = _whole(_PLAIN)
_WISH = _whole(f"(?:{_PLAIN}|{_SAID})")
_GREETS = re.compile(_GREETING)


def asks_to_leave(subject: str, text: str) -> bool:
    """Whether the subject, or the first line that the person wrote, is the wish to leave.

    Behind "Re:" stands the subject of the mail that is answered, as a rule: there the word has
    to be one that nothing else is called.
    """
    answered = _ANSWERED.match(subject)
    own, pattern = (subject[answered.end() :], _UNMISTAKABLE) if answered else (subject, _WISH)
    return _matches(pattern, own) or _matches(_WISH, _first_line(text))


def _first_line(text: str) -> str:
    """The first line of their own that does more than greet."""
    lines = (line.strip() for line in text.splitlines())
    own = (line for line in lines if line and not line.startswith(">"))
    for line in islice(own, MOST_GREETINGS + 1):
        if not _matches(_GREETS, line):
            return line
    return ""


def _matches(pattern: re.Pattern[str], line: str) -> bool:
    if len(line) > LONGEST:
        return False
    words = " ".join(_WORD.findall(normalize("NFC", line).casefold()))
    if re.search("[?\u00bf\uff1f]", line) and not _ASKED.search(words):
        return False
    return pattern.fullmatch(words) is not None
