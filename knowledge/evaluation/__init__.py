"""Measuring understanding. A room of its own in `knowledge`: what is edited here is not part of
`knowledge.training.content_hash`, so nothing is learned again, and the fingerprint of what was measured stays."""
