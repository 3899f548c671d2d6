"""The message itself: templates compiled once, pieces joined per reader, signed."""

from digest.rendering.mime import to_email
from digest.rendering.renderer import Renderer, template_name

__all__ = ["Renderer", "template_name", "to_email"]
