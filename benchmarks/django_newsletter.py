"""django-newsletter's own submission, run by `benchmarks/mailers.py` in an environment of its own.

    python -P django_newsletter.py PORT COUNT OCTETS

prints messages a second. A newsletter of ten articles with so many readers, in a fresh SQLite
file of this folder; what is timed is its command `submit_newsletter`, which renders both of its
templates for each reader and sends over Django's SMTP backend, a connection a message.
"""

from __future__ import annotations

import logging
import sys
import time
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

LINE = "In-context reinforcement learning, seen from an abstract at length.\r\n"
ARTICLES = 10
DATABASE = Path("newsletter.sqlite3")


class Refusing(logging.Handler):
    """django-newsletter logs a failure and goes on; here one ends the run."""

    def emit(self, record: logging.LogRecord) -> None:
        """The failure as an error."""
        raise RuntimeError(record.getMessage())


def configure(port: int) -> None:
    """Django with nothing but the newsletter and what it needs."""
    apps = ["auth", "contenttypes", "sites"]
    settings.configure(
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in apps), "sorl.thumbnail", "newsletter"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        NEWSLETTER_USE_HTTPS=True,
        ROOT_URLCONF="newsletter.urls",
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    logging.getLogger("newsletter").addHandler(Refusing(logging.ERROR))


def prepare(count: int, octets: int) -> None:
    """Readers, and a message to them that waits; its articles stand in both of its parts."""
    from newsletter.models import Article, Message, Newsletter, Submission, Subscription

    papers = Newsletter.objects.create(
        title="Papers", slug="papers", email="papers@digest.example", sender="Papers"
    )
    papers.site.set([1])
    Subscription.objects.bulk_create(
        Subscription(newsletter=papers, email_field=f"reader{n}@example.org", subscribed=True)
        for n in range(count)
    )
    message = Message.objects.create(title="Ten papers", slug="ten-papers", newsletter=papers)
    text = LINE * (octets // (2 * ARTICLES * len(LINE)))
    for number in range(ARTICLES):
        Article.objects.create(post=message, title=f"Paper {number}", text=text)
    submission = Submission.from_message(message)
    submission.prepared, submission.publish_date = True, timezone.now() - timedelta(minutes=1)
    submission.save()


def main() -> None:
    """Prepares, submits, and prints the rate."""
    port, count, octets = map(int, sys.argv[1:])
    DATABASE.unlink(missing_ok=True)
    configure(port)
    call_command("migrate", verbosity=0)
    prepare(count, octets)
    begun = time.perf_counter()
    call_command("submit_newsletter", verbosity=0)
    print(count / (time.perf_counter() - begun))


if __name__ == "__main__":
    main()
