"""What the OpenAPI document says beside the models: problem answers, headers, examples."""

from http import HTTPStatus
from typing import Any

from onceonly.api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

NO_STORE: Responses = {
    200: {"headers": {"Cache-Control": {"schema": {"type": "string", "const": "no-store"}}}}
}
"""Everything about a person."""

_MEANS = {
    400: "The body is no JSON, or the `Idempotency-Key` is missing.",
    401: "No token, or none that is valid here and now.",
    403: "The client's role or the token's scope does not cover this.",
    404: "Nothing here, or not yours: the two look alike.",
    406: "No form of the answer that the caller accepts.",
    409: "The state does not allow this; `state` names it.",
    410: "It was there, and is destroyed.",
    413: "The body is larger than 256 KiB.",
    415: "The body is not declared as `application/json`.",
    422: "Members of the call break a rule; `errors` names all of them.",
    503: "Nothing was asked; come back after `Retry-After`.",
}


def problems(*statuses: int) -> Responses:
    """The problem answers an operation can give, each with what it means."""
    return {
        status: {
            "description": _MEANS[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": {
                        "type": "about:blank",
                        "title": HTTPStatus(status).phrase,
                        "status": status,
                    },
                }
            },
        }
        for status in statuses
    }
