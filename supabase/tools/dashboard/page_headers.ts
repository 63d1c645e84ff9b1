/**
 * What the page may load and where it may connect: its own files, the project's API, nothing else. `frame-ancestors`
 * counts in a header only, so the page's own tag leaves it out.
 */
export function contentSecurityPolicy(apiUrl: string, { header }: { header: boolean }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(apiUrl).origin}`,
    "form-action 'none'",
    "base-uri 'none'",
    ...(header ? ["frame-ancestors 'none'"] : []),
  ].join("; ");
}

/** Of every file of the page. */
export function pageHeaders(apiUrl: string): Record<string, string> {
  return {
    "Content-Security-Policy": contentSecurityPolicy(apiUrl, { header: true }),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
}
