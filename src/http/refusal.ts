/** Why the gateway does not serve a request. `error` is one of HTTP_ERROR_CODES. */
export interface Refusal {
  status: number;
  error: string;
  message?: string;
}
