"""The package that this process answers from, and what is made from it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from knowledge.pages import Package

Made = TypeVar("Made")


class ServedPackage:
    """A version of the package, exchanged as a whole when another is published.

    Whoever answers something asks for `package` once, so that one answer comes from one version.
    """

    def __init__(self, package: Package, *, number: int = 0) -> None:
        """The package and the number of its version; 0 for one that comes from files."""
        self._now = (number, package)

    @property
    def now(self) -> tuple[int, Package]:
        """The number of the version and the package, of one moment."""
        return self._now

    @property
    def package(self) -> Package:
        """The package."""
        return self._now[1]

    @property
    def number(self) -> int:
        """The number of its version."""
        return self._now[0]

    def exchange(self, package: Package, *, number: int) -> None:
        """Answer from this one from now on."""
        self._now = (number, package)


class OfServed(Generic[Made]):
    """What is made from the package that is served: made anew when another version is."""

    def __init__(self, served: ServedPackage, make: Callable[[int, Package], Made]) -> None:
        """`make` gets the number of the version and the package."""
        self._served = served
        self._make = make
        self._made = (served.now, make(*served.now))

    def __call__(self) -> Made:
        """It, of the version that is served now."""
        if self._made[0] is not self._served.now:
            now = self._served.now
            self._made = (now, self._make(*now))
        return self._made[1]
