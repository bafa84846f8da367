/**
 * An id belongs to one type, because caches of GraphQL clients can know an object by its id alone. `User`, `Session` and
 * `LoginAttempt` have their UUID as id. The types that show the same user, session or attempt in another way have ids of
 * their own: the name of the type, a colon and the UUID. See docs/decisions/0025.
 */
type OwnIdType = 'AdminUser' | 'SessionInfo' | 'AdminLoginAttempt' | 'SignIn';

export const ownId = (type: OwnIdType, uuid: string): string => `${type}:${uuid}`;

/**
 * The UUID in an argument that takes a UUID or an id of this type. An id of another type is returned as it is: it is not a
 * UUID, and so the id of nothing.
 */
export function readUuid<Id extends string | null | undefined>(type: OwnIdType, id: Id): Id | string {
  const prefix = `${type}:`;
  return id?.startsWith(prefix) ? id.slice(prefix.length) : id;
}
