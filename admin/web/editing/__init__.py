"""The editors' room in the browser, all under /desk/package."""

from fastapi import APIRouter

from admin.web.editing import (
    agency,
    changes,
    drafts,
    facts,
    languages,
    matrix,
    pages,
    proposals,
    questions,
    topics,
    translations,
    versions,
)

ROUTERS: tuple[APIRouter, ...] = (
    matrix.router,
    facts.router,
    topics.router,
    pages.router,
    drafts.router,
    agency.router,
    translations.router,
    languages.router,
    changes.router,
    proposals.router,
    versions.router,
    questions.router,
)
"""What the room is made of; paths with fixed names ("topics/new") come before those with variables."""
