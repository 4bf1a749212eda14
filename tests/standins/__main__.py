"""Run a stand-in on loopback: `python -m tests.standins graph --port 9001 ...` or `... telegram --port 9002 ...`."""

import argparse

import uvicorn
from fastapi import FastAPI

from tests.standins import bot_api, graph
from tests.standins.emulator import Upstream
from tests.standins.mischief import Mischief


def main() -> None:
    """Read the arguments and serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("provider", choices=["graph", "telegram"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True, help="the token the service has to show")
    parser.add_argument("--seed", type=int, default=1, help="of the misbehaviour that /control/misbehave asks for")
    parser.add_argument("--app-secret", default="", help="what webhooks of Meta are signed with")
    parser.add_argument("--phone-number-id", default="", help="of WhatsApp")
    parser.add_argument("--page-id", default="", help="of Messenger")
    parser.add_argument("--service", nargs="*", default=[], help="addresses of the service, for its webhooks")
    parser.add_argument("--upstream", help="the address of the emulator telegram-test-api, to stand in front of")
    app = _app(parser.parse_args())
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False, timeout_keep_alive=60)


def _app(given: argparse.Namespace) -> FastAPI:
    mischief = Mischief(given.seed)
    if given.provider == "telegram":
        upstream = Upstream(given.upstream, given.token) if given.upstream else None
        return bot_api.make_app(bot_api.BotAPI(token=given.token, mischief=mischief, upstream=upstream))
    account = graph.Account(
        token=given.token,
        app_secret=given.app_secret,
        phone_number_id=given.phone_number_id,
        page_id=given.page_id,
        whatsapp_urls=[f"{url}/channels/whatsapp" for url in given.service],
        messenger_urls=[f"{url}/channels/messenger" for url in given.service],
    )
    return graph.make_app(graph.Graph(account=account, mischief=mischief))


if __name__ == "__main__":
    main()
