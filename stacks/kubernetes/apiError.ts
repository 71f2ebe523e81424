/** A refusal of the API server, or another answer that the caller cannot go on with. */
export class ApiError extends Error {
  /** Why, in one word such as `NotFound`. Empty where the server gave none. */
  readonly reason: string;

  /**
   * @param code HTTP status.
   * @param body A Status object, or the plain text of what stands before the server, such as a proxy.
   * @param request Begins the message, such as `GET /version`. Default: the server's words alone.
   */
  constructor(
    readonly code: number,
    body: string,
    request?: string,
  ) {
    const { message, reason } = statusIn(body);
    const said = message || `status ${code}`;
    super(request === undefined ? said : `${request}: ${said}`);
    this.reason = reason ?? "";
  }
}

function statusIn(body: string): { message?: string; reason?: string } {
  try {
    return (JSON.parse(body) ?? {}) as { message?: string; reason?: string };
  } catch {
    return { message: body.trim().slice(0, 200) };
  }
}
