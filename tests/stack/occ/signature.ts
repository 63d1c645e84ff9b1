import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

const MAX_SKEW_MS = 5 * 60_000;

/** Checks AWS Signature Version 4 of a request to Lambda; returns what is wrong, or undefined. */
export function checkSignature(
  request: { method: string; url: URL; headers: Headers; body: Uint8Array },
  credentials: Credentials,
): string | undefined {
  const { method, url, headers, body } = request;
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
    .exec(headers.get("authorization") ?? "");
  if (!match) return "Missing Authentication Token";
  const [, credential = "", signedHeaders = "", signature = ""] = match;
  const [accessKeyId, date = "", region = "", service = "", terminator] = credential.split("/");
  if (accessKeyId !== credentials.accessKeyId) return "The security token included in the request is invalid.";
  if (region !== credentials.region || service !== "lambda" || terminator !== "aws4_request") {
    return "Credential should be scoped to a valid region and to the correct service.";
  }
  const time = headers.get("x-amz-date") ?? "";
  const sentAt = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Math.abs(Date.now() - sentAt) < MAX_SKEW_MS) || !time.startsWith(date)) return "Signature expired";

  const names = signedHeaders.split(";");
  if (!names.includes("host") || !names.includes("x-amz-date")) return "host and x-amz-date must be signed";
  const canonical = [
    method,
    // The path is sent encoded once and signed encoded twice.
    url.pathname.split("/").map(encode).join("/"),
    [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&"),
    ...names.map((name) => `${name}:${(headers.get(name) ?? "").trim().replaceAll(/ +/g, " ")}`),
    "",
    signedHeaders,
    sha256(body),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<Uint8Array | string>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = createHmac("sha256", key).update(toSign).digest();
  if (timingSafeEqual(expected, new Uint8Array(signature.match(/../g)?.map((hex) => parseInt(hex, 16)) ?? []))) {
    return undefined;
  }
  return "The request signature we calculated does not match the signature you provided.";
}

function hmac(key: Uint8Array | string, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
