"""The editors' room in the browser, all under /desk/package."""

from fastapi import APIRouter

from admin.web.editing import agency, languages, matrix, translations

ROUTERS: tuple[APIRouter, ...] = (matrix.router, agency.router, translations.router, languages.router)
"""What the room is made of; the paths with fixed names come before those with variables."""
