"""The logins of the embedded server: who they are, and the SQL that makes them and the database."""

from collections.abc import Mapping
from dataclasses import dataclass

SUPERUSER = "postgres"
DATABASE = "onceonly"
GROUPS = ("onceonly_app", "onceonly_sequencer", "onceonly_auditor")
LOGINS = {
    "owner": ("onceonly_owner", ()),
    "app": ("onceonly_hub", ("onceonly_app",)),
    "sequencer": ("onceonly_worker", ("onceonly_app", "onceonly_sequencer")),
    "auditor": ("onceonly_reader", ("onceonly_auditor",)),
}
"""By the name of its address: the login, and the group roles it is a member of."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each role finds the database, as `postgresql://` URLs with their passwords."""

    owner: str
    app: str
    sequencer: str
    auditor: str


def addresses(passwords: Mapping[str, str], port: int) -> Addresses:
    """The addresses of the server at `port`; `passwords` by the names of the addresses."""
    urls = {
        name: f"postgresql://{login}:{passwords[name]}@127.0.0.1:{port}/{DATABASE}"
        for name, (login, _) in LOGINS.items()
    }
    return Addresses(**urls)


def bootstrap(passwords: Mapping[str, str]) -> str:
    """What psql runs as superuser; as good a second time.

    The passwords are letters and digits: they are not quoted.
    """
    # Kept on disk at once, also where nothing else is: it is not made a second time.
    lines = ["set client_min_messages = error;", "set synchronous_commit = on;"]
    lines += [_unless_there(f"create role {group} nologin", "role", group) for group in GROUPS]
    for name, (login, groups) in LOGINS.items():
        rights = "createrole createdb" if name == "owner" else "nocreaterole nocreatedb"
        lines.append(_unless_there(f"create role {login} login", "role", login))
        lines.append(f"alter role {login} {rights} password '{passwords[name]}';")
        lines += [f"grant {group} to {login};" for group in groups]
    # From 16 on CREATEROLE alone grants no role that another made.
    owner = LOGINS["owner"][0]
    lines += [f"grant {group} to {owner} with admin option;" for group in GROUPS]
    lines.append(_unless_there(f"create database {DATABASE} owner {owner}", "database", DATABASE))
    logins = ", ".join(login for login, _ in LOGINS.values())
    lines.append(f"revoke connect on database {DATABASE} from public;")
    lines.append(f"grant connect on database {DATABASE} to {logins};")
    return "\n".join(lines) + "\n"


def _unless_there(statement: str, kind: str, name: str) -> str:
    table, column = {"role": ("pg_roles", "rolname"), "database": ("pg_database", "datname")}[kind]
    absent = f"not exists (select from {table} where {column} = '{name}')"
    return f"select '{statement}' where {absent} \\gexec"
