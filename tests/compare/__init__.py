"""The peers: other ways of finding the topic of a message, taught with the same samples, scored on the same lines."""
