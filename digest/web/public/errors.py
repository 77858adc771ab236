"""The pages for what is not there, and for what broke."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404, with a way on."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Touches no database and no request: one of them may be what broke."""
    words = render_to_string("500.html", {"newsroom": settings.DIGEST_NEWSROOM})
    return HttpResponse(words, status=500)
