"""What a status says about a reader (RFC 3463, RFC 5248), from the code first, then the words.

One rule stands above all: nobody is suppressed for what is the sender's fault or may pass.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What follows for the address."""

    GONE = "gone"  # there is no such address: it is suppressed
    SOFT = "soft"  # it may pass: counted
    SENDER = "sender"  # a refusal of us: the reader has nothing to do with it


# The second number is 0 to 7 (RFC 3463 section 3), which programs' versions seldom are.
STATUS = re.compile(r"(?<![\w.])([245]\.[0-7]\.\d{1,3})(?!\d|\.\d|\w)")
GONE_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
#: RFC 3463: the sender's own address is no good; Exchange: it may not send as that address.
SENDER_CODES = frozenset({"5.1.7", "5.1.8", "5.2.252"})
_PASSING_CODE = re.compile(r"(?:smtp;)?\s*4\d\d\b")
UNSAID = frozenset({"", "5.0.0", "4.0.0", "2.0.0"})

# A server that may not be used for other domains says so of every address, and some give it the
# status of an address that does not exist (Stalwart: 550 5.1.2 Relay not allowed).
_RELAY = (
    r"\brelay(?:ing)? (?:access |is |was )?(?:denied|disallowed|forbidden|prohib\w*|restrict\w*"
    r"|not (?:allowed|permitted|authori[sz]ed|enabled|accepted))"
    r"|\b(?:unable|unauthori[sz]ed|not (?:allowed|permitted|authori[sz]ed)) to (?:be )?relay"
    r"|\b(?:do|does|will) not relay|\bno relaying|\brcpthosts\b|\bnot a gateway\b"
)
_RELAY_WORDS = re.compile(_RELAY, re.IGNORECASE)
_SENDER_WORDS = re.compile(
    rf"{_RELAY}"
    r"|spam|unsolicited|(?:black|block|deny|bad) ?-?list|\bblocked\b|\brbl\b|dns ?bl|reputation"
    r"|\bdmarc\b|\bspf\b|\bdkim\b|polic(?:y|ies)|access denied|(?:not |un)authori[sz]ed"
    r"|unauthenticated|authentication (?:is )?(?:required|needed|fail)|requires? authentication"
    r"|permission denied|not have permission|not allowed to send|delivery is not allowed"
    r"|verified sender|address is not verified|frequency limit|relay(?:ing)? not|refused by"
    r"|virus|malware|phish|content.{0,20}(?:reject|denied|refus)|too many|try again later"
    r"|rate ?limit|throttl|gr[ae]y ?list|invalid sender"
    r"|sender.{0,30}(?:reject|denied|refus|not allowed|verif|domain|address|host|\bip\b)"
    r"|client host"
    r"|reverse (?:dns|lookup|address)|\bptr\b|\brdns\b|\bhelo\b|complaints (?:about|from)"
    r"|message (?:too (?:large|big)|size exceeds)|(?:larger|bigger) than.{0,60}(?:limit|allow)"
    r"|administrative prohibition|only accepts? (?:mail|messages) from|closed (?:list|group)",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"(?:mail ?-?box|mail ?-?folder|quota|storage|disk|space|account|inbox).{0,60}"
    r"(?:\bfull\b|exceed|\bover\b|not enough|insufficient|exhausted)|full mailbox"
    r"|(?:over|exceed\w*|out of|exhausted).{0,40}(?:quota|space|storage|allowed size)"
    r"|(?:user|recipient).{0,20}(?:quota|full\b|too many (?:mails|messages) on)"
    r"|(?:postfach|mailbox|speicher\w*|kontingent).{0,40}(?:voll|überschritten|erschöpft)"
    r"|bo[iî]te.{0,40}pleine|quota.{0,20}dépass|(?:buz[oó]n|casilla|cuota).{0,40}"
    r"(?:llen|excedid|complet)|casella.{0,30}piena|caixa.{0,30}cheia|postbus.{0,20}vol"
    r"|переполнен|(?:メールボックス|容量).{0,20}(?:いっぱい|満杯|超)|(?:邮箱|容量|空间).{0,10}(?:已?满|不足)",
    re.IGNORECASE | re.DOTALL,
)
_WHO = (
    r"(?:users?(?:id| ?name)?|recipients?|addressee|address(?:es)?|mail ?-?box|accounts?|alias"
    r"|local.?part|mail ?drop)"
)
_WIDER = rf"(?:{_WHO}|e-?mail|person|customer|member|employee|domain|host(?: ?name)?)"
_GONE_WORDS = re.compile(
    rf"{_WIDER}.{{0,15}}\bunknown"
    r"|(?:unknown|illegal|unrecogni[sz]ed|invalid|bad|wrong|non-?exist\w+)"
    rf"[ -](?:\w+ ){{0,3}}{_WHO}"
    rf"|\bno such (?:\w+ ){{0,2}}{_WIDER}|\bno valid {_WHO}"
    rf"|\bno {_WHO} (?:here|by|with|for|of|found|available)"
    rf"|\bnot (?:our|a (?:known|valid)) {_WIDER}"
    r"|\bno ?(?:one|body) (?:here )?(?:with|by) (?:that|this)"
    rf"|{_WHO}.{{0,80}}(?:(?:not|n't)(?: currently| been| be)?"
    r" (?:exist|found|listed|known|recogni[sz]ed|registered|valid|a valid|hosted here)"
    r"|\binvalid|non-?exist|no longer)"
    r"|(?:is|are) not (?:a )?(?:valid|known)"
    r"|no longer (?:valid|exists?|in use|on (?:this |the )?server|employed|works?)"
    r"|has (?:left|moved)|unrout(?:e?able|ed)|nxdomain|resolver\.adr\.recip\w*notfound"
    rf"|(?:does|do|did)(?:n't| not) (?:have|match) .{{0,40}}{_WHO}"
    r"|account.{0,40}(?:terminated|deleted|closed|removed|discontinued)"
    r"|(?:benutzer|empfänger|adressat|adresse|konto|postfach).{0,40}(?:unbekannt|existiert nicht"
    r"|nicht (?:bekannt|gefunden|vorhanden))|unbekannte\w* (?:benutzer|empfänger|adress)"
    r"|(?:utilisateur|destinataire|adresse|compte).{0,40}(?:inconnu|n'existe pas|introuvable)"
    r"|(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n).{0,40}(?:desconocid|no existe"
    r"|inexistente|no encontrad)"
    r"|(?:utente|destinatario|indirizzo|casella).{0,40}(?:sconosciut|inesistente|non esiste)"
    r"|(?:usuário|destinatário|endereço|conta).{0,40}(?:desconhecid|não existe|inexistente)"
    r"|(?:gebruiker|ontvanger|adres).{0,40}(?:onbekend|bestaat niet)"
    r"|nie istnieje|nie ma takiego|не существует|не найден|neexistuje|existuje inte|findes ikke"
    r"|(?:宛先|ユーザ|アドレス).{0,30}(?:存在しま|見つかりま|不明)"
    r"|(?:用户|收件人|地址|邮箱|帐号|账号).{0,20}(?:不存在|未找到|无效)",
    re.IGNORECASE | re.DOTALL,
)


def meaning(enhanced: str, text: str) -> Meaning:
    """What a failure means for its address.

    Args:
        enhanced: the status, "" where there was none.
        text: the server's words, read where the status says nothing, and for what they say of
            relaying.
    """
    status = told(enhanced, text)
    if status in GONE_CODES:
        return Meaning.SENDER if _RELAY_WORDS.search(text) else Meaning.GONE
    if status.startswith(("5.7.", "4.7.")) or status in SENDER_CODES:
        return Meaning.SENDER
    if status not in UNSAID:
        return Meaning.SOFT
    worded = _worded(text)
    passing = status.startswith("4.") or _PASSING_CODE.match(text)
    return Meaning.SOFT if passing and worded is Meaning.GONE else worded


def told(enhanced: str, text: str) -> str:
    """The status; where it is none or says nothing, the last one that the words tell."""
    if enhanced not in UNSAID:
        return enhanced
    found = [status for status in STATUS.findall(text) if status not in UNSAID]
    return found[-1] if found else enhanced


def _worded(text: str) -> Meaning:
    if _FULL_WORDS.search(text):
        return Meaning.SOFT
    if _SENDER_WORDS.search(text):
        return Meaning.SENDER
    return Meaning.GONE if _GONE_WORDS.search(text) else Meaning.SOFT
