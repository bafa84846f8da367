import type { Config } from '../../config/config.js';
import { DOCTOR_PROBE, GREEN_API_WEBHOOK } from '../../delivery/channels/green-api/settings.js';
import { isLocal } from '../../config/is-local.js';
import { type Finding, ok, problem, warning } from './finding.js';

const ABOUT = 'webhook';
const TIMEOUT_MS = 5_000;
/** An event of an unknown type. The gateway answers 200 and ignores it. */
const PROBE = JSON.stringify({ typeWebhook: DOCTOR_PROBE });

/** Posts to the webhook by its public URL, as Green API does. */
export async function checkWebhook({ publicUrl, greenApi }: Config): Promise<Finding[]> {
  const url = `${publicUrl}${GREEN_API_WEBHOOK}`;
  const findings = [await probe(url, greenApi.webhookToken)];
  if (isLocal(publicUrl) && !isLocal(greenApi.url))
    findings.push(
      problem(
        ABOUT,
        `PUBLIC_URL is ${publicUrl}, which Green API cannot reach`,
        'Set it to the public URL of the gateway',
      ),
    );
  else if (publicUrl.startsWith('http:') && !isLocal(publicUrl))
    findings.push(
      warning(
        ABOUT,
        'PUBLIC_URL is not https: the token of the webhook is sent unencrypted',
        'Put a proxy with TLS in front of the gateway',
      ),
    );
  return findings;
}

async function probe(url: string, token: string | undefined): Promise<Finding> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: PROBE,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    ({ status } = response);
    await response.arrayBuffer();
  } catch {
    return problem(
      ABOUT,
      `${url} does not answer`,
      'Start the gateway, and check PUBLIC_URL and the proxy in front of it',
    );
  }
  if (status === 200) return ok(ABOUT, `${url} accepts webhooks`);
  if (status === 401)
    return problem(
      ABOUT,
      `${url} refuses GREEN_API_WEBHOOK_TOKEN (HTTP 401)`,
      'The gateway that runs there has another token: restart it with this one',
    );
  if (status === 404)
    return problem(
      ABOUT,
      `${url} does not exist (HTTP 404)`,
      'The gateway that runs there has no GREEN_API_ID_INSTANCE, or PUBLIC_URL leads to another server',
    );
  if (status >= 300 && status < 400)
    return problem(
      ABOUT,
      `${url} redirects (HTTP ${status})`,
      'Green API accepts only a 200: configure the proxy not to redirect this path',
    );
  return problem(
    ABOUT,
    `${url} answers HTTP ${status}`,
    'Green API accepts only a 200, and sends no further webhook until it gets one: see the logs of the gateway and the proxy',
  );
}
