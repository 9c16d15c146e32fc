"""Tasks: what a person at a providing office must do, and what they answer."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from onceonly.api.access import CurrentWorld, ProvidingCaller, office_of
from onceonly.api.documentation import NO_STORE, problems
from onceonly.api.forms import Cursor, DayText, Form, IdText, InstantText, Limit
from onceonly.api.reading import NO_TEXT, StrictRoute
from onceonly.api.retrievals import answer as answered
from onceonly.domain.calendar import instant
from onceonly.domain.errors import Fault, Invalid, ProviderRefused
from onceonly.domain.offices import Office
from onceonly.domain.retrievals import Delivered
from onceonly.domain.rules import Law
from onceonly.domain.tasks import Task
from onceonly.store import tasks
from onceonly.usecases.tasks import DONE, ByHand, answer, look
from onceonly.usecases.world import Caller

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=StrictRoute)

TaskId = Annotated[IdText, Path(alias="id", description="The task's id, a UUIDv7")]


def _is_text(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """The content, if every text in it is one."""
    waiting: list[object] = [value]
    while waiting:
        one = waiting.pop()
        if one is NO_TEXT:
            raise PydanticCustomError("text", "wrong form")
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
    return value


Content = Annotated[dict[str, Any] | None, AfterValidator(_is_text)]


class TaskView(BaseModel):
    """One thing to do. `question` is what a provider's system would be asked."""

    id: str
    kind: str
    reference: str | None
    evidence_type: str | None
    since: str
    consumer: str | None = None
    procedure: str | None = None
    question: dict[str, Any] | None = None

    @classmethod
    def of(
        cls, task: Task, office: Office, law: Law, question: dict[str, Any] | None = None
    ) -> "TaskView":
        """The task as this office may see it; members that do not arise are absent."""
        extra: dict[str, Any] = {} if question is None else {"question": question}
        told_nothing = office.kind in (*law.public_body_only, *law.named_body_only)
        if task.consumer is not None and not told_nothing:
            extra |= {"consumer": task.consumer, "procedure": task.procedure}
        return cls.model_construct(
            id=str(task.id),
            kind=task.kind.value,
            reference=None if task.reference is None else str(task.reference),
            evidence_type=task.evidence_type,
            since=instant(task.since),
            **extra,
        )


class TaskList(BaseModel):
    """A page of tasks."""

    items: list[TaskView]
    next: str | None


_ANSWER_EXAMPLE: dict[str, JsonValue] = {
    "result": "evidence",
    "content": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "document_date": "2026-05-20",
    "as_of": "2026-11-25T10:00:00Z",
}


class TaskAnswerBody(Form):
    """What a person answers. `evidence` needs `content` (null: there is nothing of it)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER_EXAMPLE]})

    result: Literal["evidence", "refused", "answered-outside", "done"]
    content: Content = None
    document_date: DayText | None = None
    as_of: InstantText | None = None
    reason: Literal["not-competent", "not-connected", "disputed", "other"] | None = None

    def read(self) -> ByHand:
        """The answer.

        Raises:
            Invalid: a member is missing, or does not belong to this result.
        """
        faults = [
            Fault(f"#/{name}", "missing" if wanted else "not-here")
            for name, wanted in self._wanted().items()
            if wanted is not self._has(name)
        ]
        if faults:
            raise Invalid(faults)
        match self.result:
            case "evidence":
                return Delivered(self.content, self.document_date, self.as_of)
            case "refused":
                return ProviderRefused(self.reason or "other")
            case _:
                return DONE

    def _has(self, name: str) -> bool:
        """Whether it is there; null is absent, but in evidence: there is nothing of it."""
        if name == "content" and self.result == "evidence":
            return name in self.model_fields_set
        return getattr(self, name) is not None

    def _wanted(self) -> dict[str, bool]:
        """Which members this result must have, and which it must not."""
        evidence, refused = self.result == "evidence", self.result == "refused"
        given = {} if evidence else dict.fromkeys(("document_date", "as_of"), False)
        return {"content": evidence, "reason": refused, **given}


@router.get(
    "",
    operation_id="listTasks",
    summary="What a person at the office must do, newest first",
    response_model=TaskList,
    responses=problems(401, 403, 422, 503) | NO_STORE,
)
async def list_tasks(
    *, caller: ProvidingCaller, world: CurrentWorld, cursor: Cursor = None, limit: Limit = 20
) -> Response:
    """Only what is open. Nobody is named; the question is shown one at a time, on record."""
    office = office_of(caller)
    before = None if cursor is None else world.cursors.open(cursor, _list_of(caller, office))
    if cursor is not None and before is None:
        raise Invalid([Fault("#/cursor", "cursor")])
    async with world.database.within(caller.municipality) as connection:
        found = await tasks.open_of_office(connection, office.code, before=before, most=limit + 1)
    shown = found[:limit]
    further = len(found) > limit
    return answered(
        TaskList.model_construct(
            items=[TaskView.of(one, office, world.law) for one in shown],
            next=world.cursors.make(shown[-1].id, _list_of(caller, office)) if further else None,
        )
    )


def _list_of(caller: Caller, office: Office) -> str:
    """Whose list a cursor leads through, and through which."""
    return f"tasks/{caller.municipality}/{office.code}"


@router.get(
    "/{id}",
    operation_id="getTask",
    summary="One task, with the question while it waits for an answer",
    response_model=TaskView,
    response_model_exclude_unset=True,
    responses=problems(401, 403, 404, 409, 503) | NO_STORE,
)
async def get_task(task: TaskId, caller: ProvidingCaller, world: CurrentWorld) -> Response:
    """Each look at a question is on record. 409 when the law carries it no more."""
    office = office_of(caller)
    found, question = await look(task, office, caller, world)
    told = None if question is None else dict(question)
    return answered(TaskView.of(found, office, world.law, told))


@router.post(
    "/{id}/answer",
    operation_id="answerTask",
    summary="Answer a task",
    response_model=TaskView,
    response_model_exclude_unset=True,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 503) | NO_STORE,
)
async def post_answer(
    task: TaskId, body: TaskAnswerBody, caller: ProvidingCaller, world: CurrentWorld
) -> Response:
    """Evidence is checked and cut as a provider's answer is. Once answered: 409."""
    office = office_of(caller)
    return answered(
        TaskView.of(await answer(task, body.read(), office, caller, world), office, world.law)
    )
