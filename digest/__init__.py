"""Paper Digest: the day's trending papers by email, each reader getting their own topics."""

__version__ = "0.1.0"
