"""The message itself: templates compiled once, pieces joined per reader, signed."""
