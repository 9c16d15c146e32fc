/**
 * A Kita fee waiver by a generated client: one yes and its months, and nothing about money.
 *
 *     node out/kita-waiver.js --hub http://127.0.0.1:8080 --portal-key PORTAL.jwk.json \
 *         --office-key OFFICE.jwk.json
 *
 * Two clients of one office play their parts. The online application asks, with the mother's
 * choice, shows her what would move and sends her decision. The Fachverfahren collects the
 * evidence, files it and says so. `hub.d.ts` is generated from openapi/hub.v1.json; see the README
 * beside.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";

import { SignJWT, importJWK, type JWK } from "jose";
import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./hub.js";

type Hub = Client<paths>;
type Problem = components["schemas"]["Problem"];
type Question = components["schemas"]["EvidenceRequestBody"];
type Retrieval = components["schemas"]["RetrievalView"];

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SESSION = "portal-session-of-p1";
const YES_AND_ITS_MONTHS = ["from_month", "qualifying_benefit", "to_month"];

/** Stop where the story is not as told. */
function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`not as told: ${otherwise}`);
}

/** The answer; a problem says what is wrong with the call. */
function expected<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

/** The hub's own time: a clock that is wrong here would be refused. */
async function nowAt(hub: string): Promise<Date> {
  const { response } = await createClient<paths>({ baseUrl: hub }).GET("/livez");
  return new Date(response.headers.get("date") ?? Date.now());
}

/** A client with a token of ten minutes, bought by a signed assertion. */
async function signedIn(hub: string, clientId: string, keyFile: string): Promise<Hub> {
  const jwk = JSON.parse(readFileSync(keyFile, "utf8")) as JWK;
  must(jwk.kid !== undefined, "the key has no kid");
  const now = Math.floor((await nowAt(hub)).getTime() / 1000);
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: "ES256", kid: jwk.kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(hub)
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(await importJWK(jwk, "ES256"));
  const client = createClient<paths>({ baseUrl: hub });
  const token = expected(
    await client.POST("/oauth2/token", {
      body: {
        grant_type: "client_credentials",
        client_assertion_type: ASSERTION,
        client_assertion: assertion,
      },
      headers: { "content-type": "application/x-www-form-urlencoded" },
      bodySerializer: (form) => new URLSearchParams(Object.entries(form) as [string, string][]),
    }),
  );
  return createClient<paths>({
    baseUrl: hub,
    headers: { authorization: `Bearer ${token.access_token}` },
  });
}

/** May the fee be waived? Online the mother chose retrieval; at the office nobody did. */
function question(now: Date, online: boolean): Question {
  return {
    procedure: "kita.beitragserlass",
    case_reference: "KITA-2026-0043",
    reference_month: now.toISOString().slice(0, 7),
    ...(online
      ? { channel: "online" as const }
      : { channel: "office" as const, caseworker: { id: "sb-4711" } }),
    persons: [
      {
        ref: "p1",
        role: "applicant",
        family_name: "Shevchenko",
        given_names: ["Olena"],
        date_of_birth: "1997-07-19",
        place_of_birth: "Poltava",
        aliases: [{ family_name: "Шевченко", given_names: ["Олена"] }],
      },
      {
        ref: "p2",
        role: "child",
        family_name: "Shevchenko",
        given_names: ["Danylo"],
        date_of_birth: `${now.getUTCFullYear() - 4}-11-11`,
      },
    ],
    relationships: [{ kind: "parent", person: "p1", to: "p2", custody: "sole" }],
    items: [
      {
        ref: "i1",
        person: "p1",
        evidence_type: "ben.sgb2",
        profile: "P2",
        necessity: { fact: "sgb8-90-4-erlass" },
        ...(online
          ? {
              choice: {
                made_by: "p1",
                made_at: now.toISOString(),
                notice: "wahl-67f-v1",
                session: SESSION,
              },
            }
          : {}),
      },
    ],
  };
}

/** Ask once. Keep the key beside the case: the same key and body never ask twice. */
async function ask(client: Hub, body: Question): Promise<Retrieval> {
  const asked = expected(
    await client.POST("/v1/evidence-requests", {
      params: { header: { "idempotency-key": randomUUID(), prefer: "wait=20" } },
      body,
    }),
  );
  const [retrieval] = asked.retrievals;
  must(retrieval !== undefined, "nothing was retrieved");
  return retrieval;
}

/** What she sees, and her yes. */
async function shownAndUsed(portal: Hub, id: string, now: Date): Promise<unknown> {
  const params = { path: { id } };
  const preview = expected(
    await portal.GET("/v1/retrievals/{id}/preview", {
      params: { ...params, query: { by: "p1" } },
    }),
  );
  const yes = {
    decision: "use" as const,
    made_by: "p1",
    made_at: now.toISOString(),
    session: SESSION,
  };
  expected(await portal.POST("/v1/retrievals/{id}/use-decision", { params, body: yes }));
  return preview.content;
}

/** The evidence; it is filed first, and then the hub destroys its copy. */
async function collected(office: Hub, id: string): Promise<Record<string, unknown>> {
  const params = { path: { id } };
  const evidence = expected(await office.GET("/v1/retrievals/{id}/evidence", { params }));
  // A signed one, application/jose, is one text; it comes to whoever asks for it.
  must(typeof evidence !== "string", "it came signed");
  // File it here, in your own database.
  const { response } = await office.POST("/v1/retrievals/{id}/receipt", { params, body: {} });
  must(response.status === 204, `the receipt was answered ${response.status}`);
  const again = await office.GET("/v1/retrievals/{id}/evidence", { params });
  const gone: Problem | undefined = again.error;
  must(gone?.status === 410, "the hub kept a copy");
  return evidence.content;
}

const { values: given } = parseArgs({
  options: {
    hub: { type: "string", default: "http://127.0.0.1:8080" },
    portal: { type: "string", default: "kita-online" },
    "portal-key": { type: "string", default: "portal.jwk.json" },
    office: { type: "string", default: "kita-fachverfahren" },
    "office-key": { type: "string", default: "office.jwk.json" },
  },
});
const portal = await signedIn(given.hub, given.portal, given["portal-key"]);
const office = await signedIn(given.hub, given.office, given["office-key"]);
const now = await nowAt(given.hub);

const retrieval = await ask(portal, question(now, true));
const { outcome, reason, profile } = retrieval.decision;
console.log(`asked for P2, decided ${outcome}, ${reason}: ${retrieval.state}`);
must(retrieval.state === "previewing", "she does not get to look");
must(outcome === "partial" && profile === "KITA", "it was not cut");

const shown = await shownAndUsed(portal, retrieval.id, now);
const content = await collected(office, retrieval.id);
console.log(`what moved: ${JSON.stringify(content)}`);
must(isDeepStrictEqual(content, shown), "she was shown something else");
must(isDeepStrictEqual(Object.keys(content).sort(), YES_AND_ITS_MONTHS), "more or less moved");
must(content["qualifying_benefit"] === true, "the benefit does not qualify");

const bare = await ask(office, question(now, false));
console.log(`at the office, without a choice: ${bare.state}, ${bare.decision.reason}`);
must(bare.state === "choice-required", "somebody was asked without a choice");
