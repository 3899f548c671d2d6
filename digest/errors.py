"""The project's errors: one tree, whose root stands in `subscribers.errors`.

A class's docstring is its message, filled with the facts that the raiser passes by keyword.

* PaperDigestError (subscribers.errors)
  * ConfigError
  * SourceError
    * SourceUnreachable
    * SourceRefused
    * SourceAnswerInvalid
    * DayNotOpen
  * EditionError
    * UnknownEdition
    * UnknownFrozenCopy
    * EditionFileInvalid
  * DatabaseError
    * DatabaseUnreachable
    * SchemaMismatch
    * JobQueueMismatch
    * NoJobQueue
    * UnknownJob
    * DatabaseNotEmpty
    * BackupFailed
    * BackupUnusable
    * LinkKeysLost
    * KeysMissing
  * TemplateError
  * RenderError
  * SigningKeyError
    * SigningKeyThere
  * EmbeddingError
  * AddressTaken
  * PasswordTooShort
  * PasswordTooLong
  * UnknownSession
  * DnsUnreachable
  * DeliveryError
    * MailerUnreachable
      * QuotaUsedUp
      * FolderUnusable
    * MailerRefused
      * PasswordUnusable
    * MailboxUnreadable
    * LeaseLost
"""

from __future__ import annotations

from subscribers.errors import PaperDigestError


class ConfigError(PaperDigestError):
    """{file}: {key}: {reason}. Allowed: {allowed}."""

    exit_code = 2


class SourceError(PaperDigestError):
    """{source}: its papers cannot be read."""


class SourceUnreachable(SourceError):
    """{source}: {url} could not be reached: {reason}."""


class SourceRefused(SourceError):
    """{source}: {url} answered {status}: {reason}."""


class SourceAnswerInvalid(SourceError):
    """{source}: {place}: {reason}."""


class DayNotOpen(SourceError):
    """{source}: the day {day} is not open yet."""


class EditionError(PaperDigestError):
    """Something is wrong with an edition."""


class UnknownEdition(EditionError):
    """No edition of {date} is in the archive. `digest pull --date {date}` asks the sources."""


class UnknownFrozenCopy(EditionError):
    """No frozen copy of papers has the number {number}."""


class EditionFileInvalid(EditionError):
    """{file}: {place}: {reason}."""


class DatabaseError(PaperDigestError):
    """The database {url} failed: {reason}."""


class DatabaseUnreachable(DatabaseError):
    """The database {url} cannot be opened: {reason}."""


class SchemaMismatch(DatabaseError):
    """The database {url} has schema {found}, this program has {wanted}: {remedy}."""


class JobQueueMismatch(DatabaseError):
    """The installed Procrastinate has schema {found}, this program works with {wanted}."""


class NoJobQueue(DatabaseError):
    """{url} is not PostgreSQL: workers share their jobs there. `digest run` needs none."""

    exit_code = 2


class UnknownJob(DatabaseError):
    """Job {number} cannot be {wanted}: {reason}."""


class DatabaseNotEmpty(DatabaseError):
    """The database {url} is not empty: it has {content}. `--replace` restores over all of it."""

    exit_code = 2


class BackupFailed(DatabaseError):
    """The database {url} could not be backed up to {file}: {reason}."""


class BackupUnusable(DatabaseError):
    """The backup {file} cannot be restored into {url}: {reason}."""


class LinkKeysLost(DatabaseError):
    """{file} {reason}, and the links of {url} were made with what it held: {remedy}."""


class KeysMissing(DatabaseError):
    """Nothing is restored, because {file} {reason}: {remedy}."""

    exit_code = 2


class TemplateError(PaperDigestError):
    """{file}, line {line}: {reason}."""

    exit_code = 2


class RenderError(PaperDigestError):
    """The {kind} message for {recipient} cannot be made: {reason}."""


class SigningKeyError(PaperDigestError):
    """{file} is not a usable signing key: {reason}."""


class SigningKeyThere(SigningKeyError):
    """{file} is there already, and keys are not replaced: {remedy}."""


class EmbeddingError(PaperDigestError):
    """The embedding model {model} cannot be used: {reason}."""

    exit_code = 2


class AddressTaken(PaperDigestError):
    """Nothing can listen on {address}: {reason}. Choose another address or port."""


class DnsUnreachable(PaperDigestError):
    """DNS does not answer for {name}: {reason}."""


class DeliveryError(PaperDigestError):
    """Mail cannot be delivered."""


class MailerUnreachable(DeliveryError):
    """The mail server {server} cannot be reached: {reason}."""


class QuotaUsedUp(MailerUnreachable):
    """The quota of {server} is used up: {quota}. The next message may go in {minutes} minutes."""


class FolderUnusable(MailerUnreachable):
    """Messages cannot be written to {server}: {reason}."""


class MailerRefused(DeliveryError):
    """The mail server {server} refuses this sender: {reason}. Nothing more is sent to it."""


class PasswordUnusable(MailerRefused):
    """The password for the mail server {server} is not to be had: {reason}. Nothing is sent."""


class MailboxUnreadable(DeliveryError):
    """The mailbox {mailbox} cannot be read: {reason}."""


class LeaseLost(DeliveryError):
    """Another sender has taken over {count} deliveries of this one: its answers do not count."""


class PasswordTooShort(PaperDigestError):
    """The password has to have at least {least} characters. Nothing is changed."""

    exit_code = 2


class PasswordTooLong(PaperDigestError):
    """The password may have at most {most} characters. Nothing is changed."""

    exit_code = 2


class UnknownSession(PaperDigestError):
    """No session has the number {number}: `digest operator sessions` lists them."""

    exit_code = 2
