"""One question and whole requests: blocks, internal use, availability, choice of provider."""

from dataclasses import replace

from onceonly.domain.decision import Outcome
from onceonly.domain.rules import (
    Given,
    Mode,
    Section35Kind,
    When,
)
from unit.laws import (
    MAY,
    OTHER_UPKEEP,
    RENT,
    UPKEEP,
    a_choice,
    a_denial,
    a_justification,
    a_law,
    a_person,
    a_rule,
    a_service,
    a_town,
    an_agreement,
    an_item,
    decided,
    judged,
    one_controller,
)

CHOSEN = an_item(choices=(a_choice(),))
JUSTIFIED = an_item(justification=a_justification())
AGREED = a_town(retrieval_agreements=(an_agreement(),))


def test_an_office_asks_only_in_a_procedure_of_its_own() -> None:
    decision = decided(a_law(a_rule()), CHOSEN, office=replace(RENT, procedures=()))

    assert decision.reason == "procedure-not-yours"
    assert decision.trace == ("who_asks",)


def test_a_blocked_type_is_decided_before_necessity_and_never_fetched() -> None:
    decision = decided(a_law(), an_item(evidence_type="diary", fact="nothing-at-all"))

    assert (decision.reason, decision.law) == ("blocked-type", ("§ 1 Probe",))


def test_a_denying_row_goes_before_every_permit_and_before_the_same_controller() -> None:
    law = a_law(a_rule(), a_denial())
    town = a_town(shared_controllers=(one_controller("rent", "upkeep"),))

    decision = decided(law, CHOSEN, town=town)

    assert (decision.reason, decision.law, decision.rule) == ("not-listed", ("§ 9 Probe",), "N1")


def test_a_denied_profile_denies_the_stronger_and_not_the_weaker() -> None:
    law = a_law(a_rule(evidence=(Given("notice", "P2"),)), a_denial())

    assert decided(law, replace(CHOSEN, profile="P0")).outcome is Outcome.PERMIT
    assert decided(law, replace(CHOSEN, profile="P2")).reason == "not-listed"


def test_a_denial_that_names_no_provider_speaks_of_no_office() -> None:
    law = a_law(a_rule(), a_denial(providers=()))

    assert decided(law, CHOSEN).permits


def test_what_the_fact_does_not_need_is_not_necessary() -> None:
    law = a_law(a_rule())

    assert decided(law, replace(CHOSEN, fact="a-diary")).reason == "not-necessary"
    assert (
        decided(law, CHOSEN, persons=(a_person(role="guardian"), a_person("p2"))).reason
        == "not-necessary"
    )


def test_a_row_may_allow_only_some_reasons() -> None:
    law = a_law(a_rule(modes=(MAY,), when=When(needs_reason=("asked-and-incomplete",))))

    assert decided(law, JUSTIFIED, town=AGREED).reason == "justification-missing"


def test_the_same_controller_uses_internally_and_cut_as_ever() -> None:
    town = a_town(shared_controllers=(one_controller("rent", "upkeep"),))

    decision = decided(a_law(), an_item(profile="P1"), town=town)

    assert (decision.outcome, decision.mode) == (Outcome.PERMIT, Mode.INTERNAL)
    assert (decision.rule, decision.rule_version, decision.automation) == (None, None, None)
    assert decision.fields == ("state", "from_month", "total_ct")
    assert decision.retention == "internal-67c"
    narrow = decided(a_law(), an_item(profile="P2", fact="upkeep-yes"), town=town)
    assert (narrow.outcome, narrow.profile) == (Outcome.PARTIAL, "YESNO")


def test_internal_use_is_from_social_code_to_social_code_only() -> None:
    town = a_town(shared_controllers=(one_controller("rent", "upkeep"),))
    law = a_law(section35={"rent": Section35Kind("rent")})

    assert decided(law, town=town).reason == "no-rule"


def test_an_identification_number_closes_every_row_that_does_not_list_it() -> None:
    number = a_denial("N9", reason="idnr-not-allowed", consumers=("any",), providers=())
    numbered = (a_person(idnr="02476291358"),)

    refused = decided(a_law(a_rule(), number), CHOSEN, persons=numbered)

    assert (refused.reason, refused.rule, refused.law) == ("idnr-not-allowed", "N9", ("§ 9 Probe",))
    assert decided(a_law(a_rule(idnr=True), number), CHOSEN, persons=numbered).permits


def test_law_comes_before_availability() -> None:
    nobody = a_town(data_services=())

    assert decided(a_law(a_rule()), CHOSEN, town=nobody).reason == "no-provider"
    assert decided(a_law(a_rule()), town=nobody).reason == "choice-missing"
    assert decided(a_law(), CHOSEN, town=nobody).reason == "no-rule"
    assert decided(a_law(a_denial()), CHOSEN, town=nobody).reason == "not-listed"


def test_a_profile_that_is_not_offered_becomes_the_strongest_weaker_one() -> None:
    weak = a_town(data_services=(a_service(profiles=("P0", "YESNO")),))
    none = a_town(data_services=(a_service(profiles=("YESNO",)),))

    decision = decided(a_law(a_rule()), CHOSEN, town=weak)

    assert (decision.outcome, decision.profile, decision.reason) == (
        Outcome.PARTIAL,
        "P0",
        "minimised",
    )
    assert decided(a_law(a_rule()), CHOSEN, town=none).reason == "no-provider"


def test_no_office_is_its_own_provider() -> None:
    own = a_town(data_services=(a_service("rent"),))

    assert judged(a_law(a_rule()), CHOSEN, town=own).question.provider is None
    assert decided(a_law(a_rule()), CHOSEN, town=own).reason == "no-provider"


def test_several_who_could_answer_are_a_choice_of_provider() -> None:
    two = a_town(RENT, UPKEEP, OTHER_UPKEEP, data_services=(a_service(), a_service("upkeep-north")))
    law = a_law(a_rule())

    assert judged(law, CHOSEN, town=two).choices == ("upkeep", "upkeep-north")
    assert judged(law, replace(CHOSEN, provider="upkeep-north"), town=two).choices == ()
    assert judged(law, town=two).choices == ()


def test_an_unknown_type_or_profile_is_no() -> None:
    law = a_law(a_rule())

    assert decided(law, replace(CHOSEN, evidence_type="unheard-of")).reason == "no-rule"
    assert decided(law, replace(CHOSEN, profile="ODD")).outcome is Outcome.DENY
