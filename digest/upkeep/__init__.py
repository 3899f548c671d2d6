"""A database over the years: its copies, and what it need not keep."""

from digest.upkeep.backup import back_up
from digest.upkeep.prune import Pruned, prune
from digest.upkeep.restore import Keys, content, restore

__all__ = ["Keys", "Pruned", "back_up", "content", "prune", "restore"]
