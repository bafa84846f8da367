/** Every character that a header name can have besides letters and digits (RFC 9110, 5.6.2). */
const PUNCTUATION = "!#$%&'*+-.^_`|~".split('');

/**
 * What a client can send so that an upstream takes it for an identity header. CGI (RFC 3875), PHP, WSGI and Rack turn the
 * hyphens of a name into underscores, and some turn every other character into one too.
 */
export const LIES: Record<string, string[]> = {
  'as they are': ['X-User-Id', 'lie', 'X-User-Role', 'ADMIN', 'X-User-Phone', '+989120000004', 'X-Session-Id', 'lie'],
  'in lower case': ['x-user-id', 'lie', 'x-user-role', 'ADMIN', 'x-user-phone', 'lie', 'x-session-id', 'lie'],
  'in upper case': ['X-USER-ID', 'lie', 'X-USER-ROLE', 'ADMIN', 'X-USER-PHONE', 'lie', 'X-SESSION-ID', 'lie'],
  twice: ['X-User-Id', 'lie', 'X-User-Id', 'another', 'x-user-role', 'ADMIN', 'X-User-Role', 'ADMIN'],
  'with underscores': ['X_User_Id', 'lie', 'x_user_role', 'ADMIN', 'X_USER_PHONE', 'lie', 'X_Session_Id', 'lie'],
  'with one underscore': ['X-User_Id', 'lie', 'X_User-Role', 'ADMIN', 'X_User-Phone', 'lie', 'X-Session_Id', 'lie'],
  'with dots': ['X.User.Id', 'lie', 'x.user.role', 'ADMIN', 'X.USER.PHONE', 'lie', 'X.Session.Id', 'lie'],
  'with one dot': ['X-User.Id', 'lie', 'X.User-Role', 'ADMIN', 'X.User-Phone', 'lie', 'X-Session.Id', 'lie'],
  'with a dot and an underscore': ['X.User_Id', 'lie', 'X_User.Role', 'ADMIN'],
  'with every other character': PUNCTUATION.flatMap((character) => [
    ['X', 'User', 'Role'].join(character),
    'ADMIN',
    `X-Session${character}Id`,
    'lie',
  ]),
  empty: ['X-User-Id', '', 'X-User-Role', ''],
};

/** The name under which an upstream that uses CGI names sees a header. */
export const cgiName = (header: string) => header.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
