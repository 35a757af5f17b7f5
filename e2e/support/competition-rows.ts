import type { Row } from "./access-row";

/** Nobody has these: what somebody's own and everybody's competitions answer is the integration suite's table. */
const absent = {
  slug: "never-heard-of",
  id: "sub_aaaaaaaaaaaaaaaa",
  upload: "usr_aaaaaaaaaaaaaaaa-external-000000000000000000000000",
};

const slug = { params: { slug: absent.slug } };
const submission = { params: { id: absent.id } };
const upload = { params: { id: absent.upload } };
const absentImport = { params: { id: "imp_aaaaaaaaaaaaaaaa" } };
const missing = { access: "user", ok: 404 } as const;

function ofSurface(surface: "external" | "internal"): Record<string, Row> {
  const list: Row =
    surface === "internal"
      ? { access: "user", ok: 200, other: 403, admin: 403 }
      : { access: "user", ok: 200 };
  const contest = `${surface}/competitions/{slug}`;
  const reads = ["", "/evaluations", "/leaderboard", "/place", "/submissions", "/history", "/sample"];
  const ofContest = [...reads, "/leaderboard.csv", "/submissions.csv"].map((path) => `GET ${contest}${path}`);
  const ofSubmission = ["", "/cases", "/queue", "/file"].map(
    (path) => `GET ${surface}/submissions/{id}${path}`,
  );
  const ofUpload = ["HEAD", "PATCH", "DELETE"].map((method) => `${method} ${surface}/uploads/{id}`);
  const each = (names: readonly string[], target: { params: Record<string, string> }) =>
    Object.fromEntries(names.map((name): [string, Row] => [name, { ...missing, target: () => target }]));
  return {
    [`GET ${surface}/datasets`]: list,
    [`GET ${surface}/competitions`]: list,
    [`GET ${surface}/rankings`]: list,
    ...each([`GET ${surface}/datasets/{slug}`, `GET ${surface}/datasets/{slug}/SHA256SUMS`], slug),
    ...each([`GET ${surface}/datasets/{slug}/files/{name}`], {
      params: { ...slug.params, name: "train.csv" },
    }),
    ...each(ofContest, slug),
    ...each([`GET ${contest}/truth/{case}`], { params: { ...slug.params, case: "case-01" } }),
    ...each([`GET ${contest}/pictures/{sha256}`], { params: { ...slug.params, sha256: "0".repeat(64) } }),
    ...each(ofSubmission, submission),
    ...each(ofUpload, upload),
    // Neither names its file.
    [`POST ${contest}/submissions`]: { access: "user", ok: 400, target: () => slug },
    [`POST ${surface}/uploads`]: { access: "user", ok: 400 },
  };
}

const invited = { userId: "usr_aaaaaaaaaaaaaaaa" };

/** Competitions, as far as their doors go. */
export function competitionRows(): Record<string, Row> {
  const admins = { access: "admin", ok: 404 } as const;
  const body = {
    slug: "from-the-table",
    title: "From the table",
    summary: "Of data that there are none of.",
    datasetVersionId: "dsv_aaaaaaaaaaaaaaaa",
  };
  const one = "admin/competitions/{slug}";
  return {
    ...ofSurface("external"),
    ...ofSurface("internal"),
    "GET admin/competitions": { access: "admin", ok: 200 },
    "POST admin/competitions": { ...admins, target: () => ({ body }) },
    [`PATCH ${one}`]: { ...admins, target: () => ({ ...slug, body: { title: "Another" } }) },
    [`POST ${one}/publish`]: { ...admins, target: () => slug },
    [`POST ${one}/withdraw`]: { ...admins, target: () => slug },
    [`POST ${one}/reveal`]: { ...admins, target: () => slug },
    [`POST ${one}/rescore`]: { ...admins, target: () => slug },
    [`GET ${one}/invites`]: { ...admins, target: () => slug },
    [`POST ${one}/invites`]: { ...admins, target: () => ({ ...slug, body: invited }) },
    [`DELETE ${one}/invites/{userId}`]: {
      ...admins,
      target: () => ({ params: { ...slug.params, ...invited } }),
    },
    "GET admin/imports/{id}": { ...admins, target: () => absentImport },
    "POST admin/imports/{id}/publish": { ...admins, target: () => absentImport },
    "POST admin/imports/{id}/confirm": { ...admins, target: () => absentImport },
    "GET admin/scoring": { access: "admin", ok: 200 },
    "POST admin/submissions/{id}/retry": { ...admins, target: () => submission },
  };
}
