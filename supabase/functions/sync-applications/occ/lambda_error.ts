/** What became of a call the AWS SDK rejected, in words that complete "Cannot …: ". The SDK's texts may quote the request. */
export function describeLambdaError(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "TooManyRequestsException") return "OCC is throttled";
  if (/^[A-Z]\w{1,60}(Exception|Failure)$/.test(name)) return `AWS Lambda answered ${name}`;
  return "OCC cannot be reached";
}
