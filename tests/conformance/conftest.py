"""What the suite is told about the provider of this process."""

import pytest

from onceonly.conformance.about import EXAMPLE, About, read_about
from onceonly.domain.rules import Law


@pytest.fixture(scope="session")
def about(law: Law) -> About:
    """The shipped file, with aliases among what is matched on."""
    told = read_about(EXAMPLE.read_text("utf-8"), law)
    return told.model_copy(update={"match_on": [*told.match_on, "aliases"]})
