"""What runs inside Rasa's own environment: the launcher, the channel to the service, repairs of Rasa.

Nothing here may import from the service, and the service imports nothing from here: the two environments do
not fit into one (Rasa 3.6.21 pins SQLAlchemy 1.4, pydantic 1 and sanic 21).
"""
