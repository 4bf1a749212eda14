"""The package that this process answers from."""

from knowledge.pages import Package


class ServedPackage:
    """A version of the package, exchanged as a whole when another is published.

    Whoever answers something asks for `package` once, so that one answer comes from one version.
    """

    def __init__(self, package: Package, *, number: int = 0) -> None:
        """The package and the number of its version; 0 for one that comes from files."""
        self._now = (number, package)

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
