"""Security headers of every page that does not set stricter or wider ones itself."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Pictures in editions come from the outlets; everything else is ours, and nothing is inline.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: https:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "frame-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


PERMISSIONS = "interest-cohort=(), browsing-topics=()"


def policy(**changes: str) -> str:
    """The Content-Security-Policy with ``changes``, e.g. ``frame_ancestors="*"``."""
    rules = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    if not settings.DIGEST_BASE_URL.startswith("https://"):
        # A newsroom tried out on loopback has its sample pictures there too.
        rules["img-src"] += " http:"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class SecurityHeaders:
    """Middleware: a strict policy wherever the view gave none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._policy = policy()
        self._admin_policy = policy(style_src="'self' 'unsafe-inline'")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        of_admin = request.path.startswith("/admin/")
        response.headers.setdefault(
            "Content-Security-Policy", self._admin_policy if of_admin else self._policy
        )
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
