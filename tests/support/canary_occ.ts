/** Personal data of nobody; wherever it turns up but in the applications' own table, something leaks. */
export const PERSON = "Zzyzx Canary";

const SAVED = "2026-01-15T10:00:00Z";
const TEXT = `${PERSON}, born 1970-01-01, account 38-9000-1234567-00`;

/** What OCC answers to one call. `echo` is the call itself, which AWS quotes in some of its errors. */
type Answer = (id: string, echo: string) => Response | Promise<Response>;

const envelope = (statusCode: unknown, body: unknown) =>
  Response.json({ statusCode, body: typeof body === "string" ? body : JSON.stringify(body) });

const lambdaError = (status: number, type: string, text: string) =>
  Response.json({ Type: "User", Message: text, message: text }, { status, headers: { "x-amzn-errortype": type } });

function detail(id: string, attributes: Record<string, unknown> = {}): Response {
  const all = { owner: TEXT, applicationName: TEXT, clientApplication: TEXT, note: TEXT, lastSavedDateTime: SAVED };
  const relationships = { originator: { data: TEXT }, associatedClients: { links: TEXT } };
  return envelope(200, { type: TEXT, id, attributes: { ...all, ...attributes }, relationships });
}

function cutOff(): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`{"statusCode":200,"body":"${TEXT}`));
        setTimeout(() => controller.error(new Error("connection lost")), 0);
      },
    }),
  );
}

/** One application for each way a detail can go wrong, named after it; all of them carry the canary. */
const DETAILS: Record<string, Answer> = {
  good: (id) => detail(id),
  refusedByPostgres: (id) => detail(id, { paymentMethod: TEXT }),
  denied: (_id, echo) => lambdaError(403, "AccessDeniedException", `${TEXT} ${echo}`),
  signature: (_id, echo) => lambdaError(403, "InvalidSignatureException", `${TEXT} ${echo}`),
  throttled: () => lambdaError(429, "TooManyRequestsException", TEXT),
  unavailable: () => lambdaError(503, "ServiceException", TEXT),
  unknownError: () => lambdaError(400, TEXT, TEXT),
  errorText: () => envelope(500, `stack trace of ${TEXT}`),
  notFound: () => envelope(404, TEXT),
  statusText: () => envelope(TEXT, TEXT),
  notJson: () => envelope(200, `<html>${TEXT}</html>`),
  payloadNotJson: () => new Response(`<html>${TEXT}</html>`),
  crash: () =>
    Response.json({ errorType: TEXT, errorMessage: TEXT, trace: [TEXT] }, {
      headers: { "x-amz-function-error": "Unhandled" },
    }),
  cutOff,
  otherId: () => detail(PERSON),
  wrongShape: () => envelope(200, { [PERSON]: TEXT }),
  wrongType: (id) => detail(id, { owner: { name: TEXT } }),
  tooLong: (id) => detail(id, { owner: TEXT.repeat(1000) }),
  wrongDate: (id) => detail(id, { lastSavedDateTime: TEXT }),
  nul: (id) => detail(id, { owner: `${TEXT}\u0000\ud800` }),
  late: async (id) => {
    await new Promise((resolve) => setTimeout(resolve, 2500));
    return detail(id);
  },
};

/** What OCC's list can be, by the name of what is wrong with it. */
export const LISTS: Record<string, Answer> = {
  good: () =>
    envelope(200, [
      ...Object.keys(DETAILS).map((id) => ({
        type: TEXT,
        id,
        attributes: { lastSavedDateTime: SAVED, owner: TEXT },
        links: { self: TEXT },
      })),
      { id: [PERSON], attributes: TEXT },
      { id: "undated", attributes: { lastSavedDateTime: TEXT } },
    ]),
  denied: (id, echo) => DETAILS.denied?.(id, echo) ?? envelope(500, ""),
  errorText: () => envelope(500, TEXT),
  notJson: () => envelope(200, TEXT),
  notAList: () => envelope(200, { [PERSON]: TEXT }),
  crash: (id, echo) => DETAILS.crash?.(id, echo) ?? envelope(500, ""),
};

/** OCC full of canaries; `list` says which list it answers with. */
export function createCanaryOcc(list: () => string): (request: Request) => Promise<Response> {
  return async (request) => {
    const { application_external_number: id } = await request.json();
    const echo = JSON.stringify([...request.headers]);
    const answer = id === undefined ? LISTS[list()] : DETAILS[id];
    return await answer?.(id ?? "", echo) ?? envelope(404, TEXT);
  };
}
