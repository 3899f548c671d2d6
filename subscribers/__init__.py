"""Who receives, on what topics, by what consent.

This package knows nothing of papers or of mail and imports nothing of `digest`.
"""
