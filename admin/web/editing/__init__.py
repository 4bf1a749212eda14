"""The editors' room in the browser, all under /desk/package."""

from fastapi import APIRouter

from admin.web.editing import changes, drafts, facts, matrix, pages, proposals, topics, versions

ROUTERS: tuple[APIRouter, ...] = (
    matrix.router,
    facts.router,
    topics.router,
    pages.router,
    drafts.router,
    changes.router,
    proposals.router,
    versions.router,
)
"""What the room is made of; paths with fixed names ("topics/new") come before those with variables."""
