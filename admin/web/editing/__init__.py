"""The editors' room in the browser, all under /desk/package."""

from fastapi import APIRouter

from admin.web.editing import agency, matrix, questions, translations

ROUTERS: tuple[APIRouter, ...] = (matrix.router, agency.router, translations.router, questions.router)
"""What the room is made of; the paths with fixed names come before those with variables."""
