"""Every operation of the schema under schemathesis: what is promised is answered, and nothing is ever 500.

For a longer look by hand: `FUZZ_CASES=150 pytest tests/test_api_fuzz.py`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.core.transport import Response

from accounts.models import User
from machipoke.problems import MEDIA_TYPE
from machipoke.settings import BASE_DIR
from tests import fuzzing
from tests.fuzzing import Caller, Town

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a fresh checkout has not collected its static files
    from machipoke.wsgi import application

CASES = int(os.environ.get("FUZZ_CASES", "12"))
"""Drawn for each operation and caller, besides those at the edges of what the schema allows (some 1,900)."""

REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422]
"""Answers to what the schema forbids. schemathesis knows neither 412, of a made-up version, nor 413."""

SCHEMA = schemathesis.openapi.from_wsgi(
    "/api/schema/",
    application,
    config=schemathesis.Config.from_dict(
        {
            "seed": 20260401,
            # The same cases everywhere; nothing is written into the checkout.
            "generation": {
                "max-examples": CASES,
                "deterministic": True,
                "database": "none",
                "with-security-parameters": False,  # whoever calls brings their own
            },
            # The fixtures are the same for all cases on purpose: each case is taken back.
            "suppress-health-check": ["all"],
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS},
                # Off: a schema cannot say which categories, people and cursors there are, what a name is once its
                # invisible characters are gone, or that `sort` and `near` exclude each other.
                "positive_data_acceptance": {"enabled": False},
            },
        }
    ),
)

MEMBERS = ["type", "title", "status", "detail", "request_id", "errors"]
INSIDE = ("Traceback", "SELECT ", "INSERT ", str(BASE_DIR), "site-packages", ".py", "Exception")


def whole_problem(_context: Any, response: Response, case: schemathesis.Case[Any]) -> None:
    """An error is a problem with its seven members, tells nothing of the inside, and nothing is for other origins."""
    assert not [name for name in response.headers if name.startswith("access-control-")]
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == [MEDIA_TYPE]
    assert list(response.json()) == MEMBERS
    assert response.json()["status"] == response.status_code
    told = " ".join(str(response.json()[name]) for name in ("title", "detail"))
    assert not [word for word in INSIDE if word in told]


CALLERS: dict[str, Callable[[Town, User], Caller]] = {
    "nobody": lambda town, _hana: fuzzing.signed_out(town),
    "session": fuzzing.signed_in,
    "token": lambda town, hana: fuzzing.with_token(town, hana, "write"),
}
FOR_EVERYONE = {("POST", "/api/v1/reports/"), ("POST", "/api/v1/tokens/")}
"""Writes that ask for no sign-in."""
FOR_BUCKETS = "/api/v1/photos/presigned/"
"""Doors that lead nowhere on a site without S3."""
FOR_PEOPLE = ("/api/v1/me/", "/api/v1/tokens/")
"""Reads that do."""


@pytest.fixture(params=CALLERS)
def caller(request: Any, settings: Any, hana: User, ren: User) -> Iterator[Caller]:
    """Someone in a small town."""
    settings.RATELIMIT_ENABLE = False
    made = CALLERS[request.param](fuzzing.build(hana, ren), hana)
    with fuzzing.one_connection():
        yield made


@pytest.fixture
def reached(request: Any, caller: Caller) -> Iterator[None]:
    """Fails at the end when nothing that was sent got through: only the entrance would have been tested."""
    yield
    method, _space, path = request.node.operation_label.partition(" ")
    if path.startswith(FOR_BUCKETS):
        assert not caller.got_through(method)
        return
    signed_in = caller.name != "nobody" or (method, path) in FOR_EVERYONE
    if signed_in or (method == "GET" and not path.startswith(FOR_PEOPLE)):
        assert caller.got_through(method)
    else:
        assert not caller.got_through(method)


@SCHEMA.parametrize()
def test_what_is_promised_is_answered(case: schemathesis.Case[Any], caller: Caller, reached: None) -> None:
    placed = caller.placed(case)
    with fuzzing.undone():
        answer = placed.call(**caller.sent)
        caller.answered.append((placed.method.upper(), answer.status_code))
        placed.validate_response(
            answer, additional_checks=[whole_problem], headers=caller.headers, transport_kwargs=caller.sent
        )


STEPS = 10
"""Of one chain: to make, read, change and delete something takes four."""


def test_one_answer_leads_to_the_next_question(settings: Any, hana: User, ren: User) -> None:
    """What was made can be read where its answer says, and what was deleted is gone: ids come from the answers."""
    settings.RATELIMIT_ENABLE = False
    caller = fuzzing.with_token(fuzzing.build(hana, ren), hana, "write")

    class Chain(SCHEMA.as_state_machine()):  # type: ignore[misc]
        """A program of hers; what it wrote is taken back at its end."""

        def setup(self) -> None:
            self.undone = fuzzing.undone()
            self.undone.__enter__()

        def teardown(self) -> None:
            self.undone.__exit__(None, None, None)

        def get_call_kwargs(self, case: schemathesis.Case[Any]) -> dict[str, Any]:
            return caller.sent

        def before_call(self, case: schemathesis.Case[Any]) -> None:
            caller.fill(case)

        def after_call(self, response: Response, case: schemathesis.Case[Any]) -> None:
            caller.answered.append((case.operation.label, response.status_code))

    drawn = hypothesis.settings(
        max_examples=3 * CASES,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    with fuzzing.one_connection():
        Chain.run(settings=drawn)
    # Which chains are drawn hangs on the schema; that some came to what an answer named does not.
    ways = product(("GET", "PATCH", "DELETE"), ("lists", "tokens"))
    followed = [f"{method} /api/v1/{row}/{{id}}/" for method, row in ways]
    assert any(caller.got_through(one) for one in followed), caller.answered
