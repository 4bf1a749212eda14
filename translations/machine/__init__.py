"""Machine translation of what staff write freely: Argos packages, on this machine, without any service outside.

Everything here imports without the extra `translate`; only `worker` needs it, in a process of its own.
"""
