/** The widgets of Turnstile and hCaptcha have almost the same methods. */
interface Widget {
  render(container: HTMLElement, options: Record<string, unknown>): string;
  execute(id: string): unknown;
  remove(id: string): void;
}

const SERVICES = {
  TURNSTILE: { global: 'turnstile', script: 'https://challenges.cloudflare.com/turnstile/v0/api.js' },
  HCAPTCHA: { global: 'hcaptcha', script: 'https://js.hcaptcha.com/1/api.js' },
} as const;

export type Service = keyof typeof SERVICES;

/** A user who is shown a puzzle needs time, but a widget that never answers must not hold the form for good. */
const TIMEOUT_MS = 120_000;

/**
 * Shows the widget at the bottom of the page, which in most cases needs nothing from the user. @returns its token; undefined
 * outside of a browser page, and when the widget cannot be loaded
 */
export async function solveByWidget(service: Service, siteKey: string, challenge: string): Promise<string | undefined> {
  if (typeof document === 'undefined') return;
  const { global, script } = SERVICES[service];
  const widget = await load(global, `${script}?render=explicit`);
  if (!widget) return;
  const container = document.createElement('div');
  container.className = 'phonegate-captcha';
  Object.assign(container.style, {
    position: 'fixed',
    bottom: '1rem',
    left: '50%',
    transform: 'translateX(-50%)',
    zIndex: '1000',
  });
  document.body.append(container);
  let id: string | undefined;
  try {
    return await new Promise<string | undefined>((resolve) => {
      const fail = () => resolve(undefined);
      setTimeout(fail, TIMEOUT_MS);
      id = widget.render(container, {
        sitekey: siteKey,
        callback: resolve,
        'error-callback': fail,
        ...(service === 'TURNSTILE'
          ? { cData: challenge, appearance: 'interaction-only' }
          : { size: 'invisible', 'close-callback': fail }),
      });
      if (service === 'HCAPTCHA') widget.execute(id);
    });
  } finally {
    if (id !== undefined) widget.remove(id);
    container.remove();
  }
}

/** Loads the script of a service once. After a failure, the next call tries again. */
function load(global: string, src: string): Promise<Widget | undefined> {
  const loaded = () => (globalThis as unknown as Record<string, Widget | undefined>)[global];
  if (loaded()) return Promise.resolve(loaded());
  return new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = src;
    script.async = true;
    script.addEventListener('load', () => resolve(loaded()));
    script.addEventListener('error', () => {
      script.remove();
      resolve(undefined);
    });
    document.head.append(script);
  });
}
