type Env = Record<string, string | undefined>;

const FOR_SERVICES = ['CAPTCHA_SITE_KEY', 'CAPTCHA_SECRET', 'CAPTCHA_VERIFY_URL'];

/** The secrets with which the services accept every solution. developers.cloudflare.com/turnstile/troubleshooting/testing, docs.hcaptcha.com */
const TEST_SECRETS = /^(?:[123]x0{30,}AA|0x0{30,})$/i;

/** CAPTCHA variables that are missing, or that contradict each other. */
export function captchaProblems(env: Env): string[] {
  const kind = env['CAPTCHA'] ?? 'altcha';
  const problems: string[] = [];
  if (kind === 'turnstile' || kind === 'hcaptcha') {
    for (const name of ['CAPTCHA_SITE_KEY', 'CAPTCHA_SECRET'])
      if (!env[name])
        problems.push(`${name} is missing: CAPTCHA=${kind} needs it (the service shows both keys of your widget)`);
    if (env['NODE_ENV'] === 'production' && TEST_SECRETS.test(env['CAPTCHA_SECRET'] ?? ''))
      problems.push('CAPTCHA_SECRET is a test key with which the service verifies nothing: use the key of your widget');
  } else if (kind === 'altcha' || kind === 'off') {
    const set = FOR_SERVICES.filter((name) => env[name]);
    if (set.length > 0)
      problems.push(
        `${set.join(', ')} ${set.length === 1 ? 'has' : 'have'} no effect where CAPTCHA is ${kind}: set CAPTCHA to turnstile or hcaptcha, or remove ${set.length === 1 ? 'it' : 'them'}`,
      );
  }
  if (kind === 'off' && env['CAPTCHA_ASK'] === 'always')
    problems.push('CAPTCHA_ASK is always, but CAPTCHA is off: remove one of the two');
  return problems;
}
