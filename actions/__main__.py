"""The action server: rasa_sdk's own, on loopback, for whoever has the token."""

from __future__ import annotations

import hmac
import os
import sys
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app
from sanic import Sanic, response

from bot.lifetime import end_with_parents

HOST = "127.0.0.1"


def guarded(app: Sanic, token: str) -> Sanic:
    """Rasa sends the token of endpoints.yml as a query parameter; rasa_sdk itself does not look at it."""

    @app.middleware("request")
    async def check(request):
        if request.path != "/health" and not hmac.compare_digest(request.args.get("token", ""), token):
            return response.json({"error": "token"}, status=401)
        return None

    return app


def main() -> int:
    token = os.environ.get("RASA_TOKEN", "")
    if not token:
        print("RASA_TOKEN is not set", file=sys.stderr)  # noqa: T201
        return 2
    port = urlsplit(os.environ.get("ACTIONS_URL") or "http://127.0.0.1:5055").port or 5055
    end_with_parents(os.environ)
    guarded(create_app("actions"), token).run(HOST, port, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
