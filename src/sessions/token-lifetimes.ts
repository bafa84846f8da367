/** How long an access token is valid. */
export const ACCESS_TOKEN_SECONDS = 600;

/** The largest difference between the clocks of instances and backends. */
export const CLOCK_SKEW_SECONDS = 30;

/** After this time since a token was signed, every instance and backend refuses it as expired. */
export const EXPIRED_EVERYWHERE_SECONDS = ACCESS_TOKEN_SECONDS + CLOCK_SKEW_SECONDS;
