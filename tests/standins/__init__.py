"""Stand-ins of the messengers: real processes on loopback that take, refuse, remember and misbehave.

`tests.standins.running` starts and ends them; it is no part of this file, which a stand-in imports and which is
therefore light.
"""
