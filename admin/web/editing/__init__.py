"""The editors' room in the browser, all under /desk/package."""

from fastapi import APIRouter

from admin.web.editing import matrix

ROUTERS: tuple[APIRouter, ...] = (matrix.router,)
"""What the room is made of; the paths with fixed names come before those with variables."""
