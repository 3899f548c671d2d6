"""Mail of machines that follow no standard: recognised by its sender, subject and words."""

from __future__ import annotations

import re

MACHINE = re.compile(
    r"mailer.?daemon|postmaster|mail delivery|delivery sub|mail administrator|mailadmin"
    r"|system admin|internet mail|e?mail system|jetmail|virus ?wall|inetgw|^<>$|\bndr@"
    r"|message handler|mta",
    re.IGNORECASE,
)
DAEMON = re.compile(r"mailer-daemon", re.IGNORECASE)
FAILED_SUBJECT = re.compile(
    r"undeliver|deliver\w*.{0,40}(fail|problem|error|status|report)"
    r"|fail\w*.{0,40}(deliver|notice|mail)|return\w* (mail|to sender|message)"
    r"|(mail|message|e-mail).{0,30}(fail|error|could not|not deliver|refused|rejected)"
    r"|non.?deliver|user unknown|unzustellbar|non remis|failure notice|bounce"
    r"|mail error|nondeliver|unable to deliver|unknown user|recipient.{0,20}(not|unknown)",
    re.IGNORECASE,
)
FAILED_BODY = re.compile(
    r"(could|can)\s*(not|n't) be (delivered|sent)|(undeliverable|not delivered|could not deliver)"
    r"|permanent (fatal )?(error|failure)|fatal errors|delivery.{0,40}(failed|failure|error)"
    r"|failed to deliver|unable to deliver|returned (message|mail|to sender)|message rejected"
    r"|(had|have) (permanent|fatal)|\b5[05]\d[ -]\d?\.?|unknown user|user unknown|no such user"
    r"|(not|isn't|is not) (a )?(valid|known|deliverable)|does not exist|rejected|bounc|no account",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"\bdelayed\b|postponed|will (be retried|continue to|keep trying|retry|be attempted)"
    r"|attempts will continue|(continue|continuing) to (try|attempt)|yet been delivered"
    r"|still (being )?(trying|queued|undelivered|attempt|retried)|just a warning"
    r"|no action is required|(you do not need|do not) to? ?resend",
    re.IGNORECASE,
)
WARNING_SUBJECT = re.compile(r"\bwarning\b|\bdelay", re.IGNORECASE)
AUTO_SUBJECT = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response|antwort)|out of (the )?office|vacation|autoreply"
    r"|abwesen|réponse automatique|away from|i am away)",
    re.IGNORECASE,
)
UNSUBSCRIBE = re.compile(
    r"^\W*(please\s+)?(unsubscribe|stop|remove me|abbestellen|abmelden|désabonner|désinscription"
    r"|darse de baja|cancelar)\b[\W\w]{0,20}$",
    re.IGNORECASE,
)
