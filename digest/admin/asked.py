"""What every page of the operators' admin asks for an object by."""

from typing import Any

from django.http import HttpRequest


class ByItsNumber:
    """Mixed into a ``ModelAdmin``: an empty ``_to_field``, which Django takes for a field's name
    and fails on, is none."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The object, or None."""
        return super().get_object(request, object_id, from_field or None)  # type: ignore[misc]
