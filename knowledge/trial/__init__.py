"""A trial run before publishing: what a change of the package moves. A folder of its own, as `knowledge.evaluation` is:
what lies here is not part of `knowledge.training.content_hash`, so that changing it makes nothing learn again."""
