/** Of a connection that a server breaks off, or does not take, while it restarts. */
const codes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"];
const texts =
  /connection refused|connection reset|socket hang up|broken pipe|unexpected EOF|: EOF\b|TLS handshake timeout|http2: (client|server)|client connection lost|server is currently unable|apiserver not ready|etcdserver: |before all known HTTP paths|storage is \(re\)initializing/i;

/** Whether the cause of a failure passes by itself, such as a restart of the API server. */
export function isPassing(error: Error & { code?: unknown }): boolean {
  const { code } = error;
  if (code === 429 || code === 503 || code === 504) return true;
  // What the server has judged stays judged, whatever words it used.
  if (typeof code === "number" && code < 500) return false;
  return codes.includes(String(code)) || texts.test(error.message);
}
