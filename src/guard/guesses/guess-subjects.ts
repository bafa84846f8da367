/** The subjects whose wrong codes are counted, as SQL. A phone begins with a plus and contains no space. */

/** SQL: the clients in one network that enter codes for this phone. Null if one of the two is null. */
export const phoneFromNetwork = (phone: string, network: string) => `(${phone} || ' from ' || ${network})`;

/** SQL: a known device of this phone. Null if one of the two is null. */
export const phoneOnDevice = (phone: string, deviceHash: string) =>
  `(${phone} || ' on ' || encode(${deviceHash}, 'hex'))`;

/** SQL: all known devices of this phone together. */
export const phoneOnKnownDevices = (phone: string) => `(${phone} || ' on known devices')`;

/** SQL: whether a subject is the phone, or the phone with one of its clients. The column compares byte by byte. */
export const isSubjectOf = (phone: string, subject = 'subject') =>
  `(${subject} = ${phone} OR (${subject} > ${phone} || ' ' AND ${subject} < ${phone} || '!'))`;

/** SQL: whether a subject counts for as long as FAILURES_KEPT_DAYS. */
export const isKeptLong = (subject: string) => `(${subject} LIKE '+%' AND ${subject} NOT LIKE '% from %')`;
