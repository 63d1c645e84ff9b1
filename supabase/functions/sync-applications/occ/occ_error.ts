/** Why OCC gave no answer, where somebody acts on it. */
export type OccErrorKind = "too large" | "timed out" | "not found" | "other";

/** OCC could not be asked, or did not answer with something usable. Quotes nothing OCC sent. */
export class OccError extends Error {
  override name = "OccError";
  constructor(
    action: string,
    /** What OCC did, without saying for which application: the same for all that fail for one cause. */
    readonly state: string,
    readonly kind: OccErrorKind = "other",
    options?: ErrorOptions,
  ) {
    super(`Cannot ${action}: ${state}`, options);
  }
}
