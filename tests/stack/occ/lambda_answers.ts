/** Lambda's own errors, as the Invoke API sends them. */
const ERRORS = {
  throttle: { status: 429, type: "TooManyRequestsException", message: "Rate Exceeded." },
  unavailable: { status: 503, type: "ServiceException", message: "Service unavailable." },
  denied: { status: 403, type: "AccessDeniedException", message: "Not authorized to perform: lambda:InvokeFunction" },
} as const;

export function lambdaError(name: keyof typeof ERRORS): Response {
  const { status, type, message } = ERRORS[name];
  return textResponse(status, { Type: "User", Message: message, message }, type);
}

/** What the OCC function returns when all is well with Lambda: an API gateway's answer. */
export function envelope(statusCode: number, body: unknown): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return Response.json({ statusCode, body: text }, { headers: { "x-amz-executed-version": "$LATEST" } });
}

/** What Lambda answers in place of more than it lets through: the call succeeds, the function has failed. */
export function tooLarge(): Response {
  const errorMessage = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
  return Response.json({ errorMessage, errorType: "Function.ResponseSizeTooLarge" }, {
    headers: { "x-amz-function-error": "Unhandled" },
  });
}

export function textResponse(status: number, body: unknown, errorType: string): Response {
  return Response.json(body, { status, headers: { "x-amzn-errortype": errorType } });
}
