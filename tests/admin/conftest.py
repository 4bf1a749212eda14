"""The app as it is, without its worker and Rasa, on a database of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from knowledge.pages import Package
from knowledge.served import ServedPackage
from tests.admin.people import ORIGIN
from wegwijs.app import make_app
from wegwijs.settings import settings


@pytest.fixture
def app(in_database: None, package: Package) -> FastAPI:
    """The application; its lifespan is not run."""
    return make_app(settings(), served=ServedPackage(package))


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript, which shows where it is sent instead of going there."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        yield client
