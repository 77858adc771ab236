"""Pytest plugin: a process looks for static files once, and not each client that a test makes.

A client loads all middleware anew, and WhiteNoise's goes through every folder of static files then:
two hundred files, which takes longer than most pages do.
"""

from typing import Any


def pytest_configure() -> None:
    from whitenoise.middleware import WhiteNoiseMiddleware

    found: dict[tuple[str, bool], dict[str, Any]] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def add_files_from_finders(self: Any) -> None:
        key = (self.static_prefix, self.autorefresh)
        if key not in found:
            before = set(self.files)
            look(self)
            found[key] = {url: file for url, file in self.files.items() if url not in before}
        self.files.update(found[key])

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders
