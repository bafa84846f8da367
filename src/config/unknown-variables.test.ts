import { describe, expect, test } from 'vitest';
import { complaint } from '../../test/support/config.js';
import { ENVIRONMENT } from './environment.js';
import { SECRET_VARIABLES } from './secret-variables.js';
import { unknownVariableWarnings } from './unknown-variables.js';

const NAMES = Object.keys(ENVIRONMENT.shape);
const VALUE = 'hunter2-not-to-be-shown';

describe('a variable that is almost one of the gateway', () => {
  test.each([
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['REDIS_URI', 'REDIS_URL'],
    ['OTP_LENGHT', 'OTP_LENGTH'],
    ['OTP_TTL_SECOND', 'OTP_TTL_SECONDS'],
    ['GREENAPI_TOKEN', 'GREEN_API_TOKEN'],
    ['GREEN_API_WEBHOOKTOKEN', 'GREEN_API_WEBHOOK_TOKEN'],
    ['GATEWAY_SECERT', 'GATEWAY_SECRET'],
    ['KAVENEGR_API_KEY', 'KAVENEGAR_API_KEY'],
    ['NODE_EVN', 'NODE_ENV'],
    ['NODEENV', 'NODE_ENV'],
    ['PUBLIC_URI', 'PUBLIC_URL'],
    ['SIGNUP', 'SIGN_UP'],
    ['ALLOW_ORIGINS', 'ALLOWED_ORIGINS'],
    ['TRUSTED_PROXY_HOP', 'TRUSTED_PROXY_HOPS'],
    ['GATEWAY_SECRET_FLIE', 'GATEWAY_SECRET_FILE'],
    ['GREENAPI_TOKEN_FILE', 'GREEN_API_TOKEN_FILE'],
    ['DATABSE_URL_FILE', 'DATABASE_URL_FILE'],
  ])('%s is warned about with the name that was meant, %s, and without its value', (name, meant) => {
    expect(unknownVariableWarnings({ PATH: '/bin', [name]: VALUE })).toEqual([
      `${name} has no effect, because the gateway has no such variable: did you mean ${meant}?`,
    ]);
  });

  test('is warned about for every variable of more than six letters', () => {
    for (const name of NAMES.filter((one) => one.length > 6)) {
      for (const misspelt of [
        name.replace(/(.)(.)$/, '$2$1'),
        `${name}X`,
        name.slice(1),
        name.replaceAll('_', ''),
        name.replace('_', '__'),
      ])
        if (misspelt !== name && !NAMES.includes(misspelt))
          expect(unknownVariableWarnings({ [misspelt]: VALUE }), misspelt).toHaveLength(1);
    }
  });

  test('is warned about where it would be a file and is not a secret', () => {
    expect(unknownVariableWarnings({ OTP_LENGTH_FILE: VALUE })).toEqual([
      'OTP_LENGTH_FILE has no effect, because only secrets can be read from a file: set OTP_LENGTH',
    ]);
  });

  test('counts as unset where it is empty', () => {
    expect(unknownVariableWarnings({ DATABSE_URL: '', OTP_LENGHT: '  ', REDIS_URI: undefined })).toEqual([]);
  });

  test('is named beside the mistakes of a start that fails', () => {
    const text = complaint({ NODE_ENV: 'production', GATEWAY_SECERT: VALUE });
    expect(text).toMatch(
      /- GATEWAY_SECRET is missing: .*\nNote:\n {2}- GATEWAY_SECERT has no effect, .*GATEWAY_SECRET\?$/,
    );
    expect(text).not.toContain(VALUE);
  });
});

describe('no warning', () => {
  test('is given about the variables of the gateway', () => {
    const names = [...NAMES, ...SECRET_VARIABLES.map((name) => `${name}_FILE`)];
    expect(unknownVariableWarnings(Object.fromEntries(names.map((name) => [name, VALUE])))).toEqual([]);
  });

  test.each([
    'PATH HOME HOSTNAME HOSTTYPE HOST_IP SHELL USER LOGNAME LANG LANGUAGE LC_ALL TERM PWD OLDPWD SHLVL TZ TMPDIR EDITOR _',
    'NODE_OPTIONS NODE_PATH NODE_VERSION NODE_EXTRA_CA_CERTS NODE_DEBUG NODE_TLS_REJECT_UNAUTHORIZED YARN_VERSION',
    'npm_config_port npm_package_version npm_lifecycle_event npm_node_execpath npm_command INIT_CWD',
    'KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_SERVICE_PORT_HTTPS KUBERNETES_PORT_443_TCP_ADDR',
    'GREEN_API_SERVICE_HOST GREEN_API_PORT GREEN_API_PORT_8080_TCP GREEN_API_PORT_8080_TCP_PROTO REDIS_PORT_6379_TCP',
    'REDIS_SERVICE_HOST REDIS_PORT REDIS_HOST REDIS_PASSWORD REDIS_TLS_URL PHONEGATE_PORT POSTGRES_PORT_5432_TCP_PORT',
    'PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB POSTGRES_URL DB_URL DATABASE_NAME',
    'http_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE CI DEBUG FORCE_COLOR NO_COLOR DISPLAY XDG_RUNTIME_DIR',
    'PUBLIC_IP API_URL API_PORT WEB_PORT VITE_GATEWAY_URL DOCS_SOURCE_URL VERSION POST PATHS PORTS HOSTS RULES ROLE',
    'RENDER_EXTERNAL_URL FLY_APP_NAME RAILWAY_PUBLIC_DOMAIN DATABASE_PUBLIC_URL HEROKU_APP_NAME DYNO WEB_CONCURRENCY',
    'SSH_AUTH_SOCK SSH_CONNECTION SUDO_USER MAIL INVOCATION_ID JOURNAL_STREAM LISTEN_FDS LISTEN_PID NOTIFY_SOCKET SYSTEMD_EXEC_PID',
    'SESSION_ID SESSION_MANAGER SESSION_SECRET LOG_FORMAT LOG_FILE LOGIN_URL SECRET TOKEN OTP SMS WHATSAPP_TOKEN VITEST VITEST_MODE',
  ])('is given about variables of other programs: %s', (names) => {
    const env = Object.fromEntries(names.split(' ').map((name) => [name, VALUE]));
    expect(unknownVariableWarnings(env)).toEqual([]);
  });
});

test('a large environment is read quickly, and gives ten warnings at most', () => {
  const filled = (name: string) =>
    Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`${name}${at}`, VALUE]));
  const startedAt = performance.now();
  expect(unknownVariableWarnings(filled('DATABASE_UR'))).toHaveLength(10);
  expect(unknownVariableWarnings({ ...filled('SERVICE_'), [`DATABASE_${'X'.repeat(1e6)}`]: VALUE })).toEqual([]);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
