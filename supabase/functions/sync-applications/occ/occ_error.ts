/** OCC could not be asked, or did not answer with something usable. Its message quotes nothing OCC sent. */
export class OccError extends Error {
  override name = "OccError";
  constructor(
    message: string,
    /** Whether asking again later may help. If not, the application is parked. */
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
