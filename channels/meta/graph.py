"""Sending through Meta's Graph API, and what its errors mean."""

from typing import Any

import httpx

from channels.carrier import NotSent, Refused, WindowClosed

VERSION = "v23.0"
_TOO_MANY = {4, 17, 32, 613, 80007, 130429, 131048, 131056}
"""Limits of the app, the page, the number, and of one pair of numbers."""
_LATER = {1, 2, 131016, 133004, 133016}
"""Meta says: unknown or temporary; try again. It answered with an error, so it did not take the message."""
_WINDOW_CLOSED = {131047, 2018278}
_WRONG_TOKEN = {0, 190}
_WRONG_TOKEN_PAUSE = 60.0
_PAIR_PAUSE = 6.0
"""One message in six seconds to the same person ("pair rate limit")."""


class GraphAPI:
    """Posts messages for one number or page. `api` is the address of the Graph API, without a slash at the end."""

    def __init__(self, *, api: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{api}/{VERSION}/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(15, connect=5),
            limits=httpx.Limits(max_connections=32),
        )

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a message that was taken.

        Raises:
            NotSent: it may be sent again.
            WindowClosed: not before the person writes.
            Refused: it will never be taken.
            httpx.HTTPError, ValueError: nobody knows whether it was.
        """
        try:
            answer = await self._http.post(path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NotSent("no_connection") from None
        problem = _problem(answer)
        if problem is not None:
            raise problem
        answer.raise_for_status()
        taken: dict[str, Any] = answer.json()
        return taken

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _problem(answer: httpx.Response) -> NotSent | Refused | None:
    """What Meta's error says: its codes are documented under "Error codes" of the Cloud API and the Send API."""
    if answer.is_success:
        return None
    after = answer.headers.get("retry-after", "")
    wait = float(after) if after.isdecimal() else None
    try:
        error = answer.json()["error"]
        code, subcode = int(error["code"]), int(error.get("error_subcode") or 0)
    except (ValueError, KeyError, TypeError):
        return NotSent("too_many", after=wait) if answer.status_code in {429, 503} else None
    if {code, subcode} & _WINDOW_CLOSED:
        return WindowClosed("window_closed")
    if code in _TOO_MANY or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return NotSent(f"too_many_{code}", after=wait or _PAIR_PAUSE)
    if code in _WRONG_TOKEN:
        return NotSent("wrong_token", after=_WRONG_TOKEN_PAUSE)
    if code in _LATER or error.get("is_transient"):
        return NotSent(f"later_{code}", after=wait)
    return Refused(f"refused_{code}")
