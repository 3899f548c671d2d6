"""The message itself: templates compiled once, pieces joined per reader, signed."""

from digest.rendering.letter import Letter, Selection, Wishes, letter_of
from digest.rendering.mime import to_email
from digest.rendering.renderer import Renderer
from digest.rendering.signing import Unsigned

__all__ = ["Letter", "Renderer", "Selection", "Unsigned", "Wishes", "letter_of", "to_email"]
